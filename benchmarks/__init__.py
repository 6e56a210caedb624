"""How fast the product does its work on volumes, beside the same work as hand-written SQL on the same server."""
