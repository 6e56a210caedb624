"""How what was agreed is used: words that are never said, moves against a definition, all of it side by side."""
