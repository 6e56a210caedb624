"""Pages of figures and of marketing's day, one module a page family."""
