"""Tactics by cell of the two by two: as they read, as they are written, and what became of the contacts."""
