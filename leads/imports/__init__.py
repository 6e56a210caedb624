"""Bringing people and deals in from files, so that every row ends imported or refused with its reason."""
