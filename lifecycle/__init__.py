"""The shared language: stages, statuses, fields, glossary, rulebook and criteria."""
