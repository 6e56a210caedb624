"""Changes that a user would name, one module a noun: the only doors through which facts are written."""
