"""Drafts, signatures and versions of whatever the two teams sign."""
