"""Scores: the arithmetic of points, the one statement that scores everyone, and why a score is what it is."""
