"""Pages over the facts, one module a page family."""
