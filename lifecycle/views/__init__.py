"""The pages of the shared language, one module a family."""
