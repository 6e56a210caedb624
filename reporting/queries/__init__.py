"""The numbers of the cockpit: one module a question; each docstring names its columns, units and definition."""
