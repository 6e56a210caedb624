"""Pages over the commitments, one module a page family."""
