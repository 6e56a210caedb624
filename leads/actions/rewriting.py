"""Rewrites evidence: the one switch that the triggers of append-only tables look at, for the length of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def rewriting() -> Iterator[None]:
    """Inside, in the transaction that is open, append-only rows may be changed and removed."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL smarketing.rewrite = 'on'")
        yield
        cursor.execute("SET LOCAL smarketing.rewrite = 'off'")


def run_each(statements: str, **values: Any) -> None:
    """Execute them one after the other; `{name}` stands for a value, `{{` for a brace."""
    places = {name: f"%({name})s" for name in values}
    with connection.cursor() as cursor:
        for statement in statements.strip().rstrip(";").split(";\n"):
            asked = statement.format(**places)
            wanted = {name: value for name, value in values.items() if places[name] in asked}
            cursor.execute(asked, wanted or None)
