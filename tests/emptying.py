"""Puts the database back to a new installation after a test of real transactions, in one statement of the server.

Django empties every table and lets the defaults be installed again: a second of work for each such test. Here the
rows of the new installation are kept beside the tables, once a process, and put back as they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connection

KEPT: Final = "as_installed"
"""The schema that holds them."""

_TABLES = """
SELECT c.relname, (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
    AND c.relname <> 'django_migrations' ORDER BY c.relname
"""


def keep() -> None:
    """Remember what stands in the tables now."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {KEPT} CASCADE; CREATE SCHEMA {KEPT}")
        cursor.execute(_TABLES)
        tables = dict(cursor.fetchall())
        kept = [name for name in tables if _holds_something(name)]
        for name in kept:
            cursor.execute(f'CREATE TABLE {KEPT}."{name}" AS SELECT * FROM "{name}"')
        cursor.execute(_procedure(tables, kept))


def put_back() -> None:
    """Empty every table, and put back what was kept. Waits for whoever still writes, as emptying by Django does."""
    with connection.cursor() as cursor:
        cursor.execute(f"CALL {KEPT}.put_back()")


def _holds_something(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')
        (found,) = cursor.fetchone()
    return bool(found)


def _procedure(tables: dict[str, str], kept: Iterable[str]) -> str:
    """Triggers and foreign keys are asleep meanwhile: what comes back has passed them once."""
    names = ", ".join(f'"{name}"' for name in tables)
    emptied = "\n".join(f'DELETE FROM "{name}";' for name in tables)
    filled = "\n".join(
        f'INSERT INTO "{name}" ({tables[name]}) OVERRIDING SYSTEM VALUE'
        f' SELECT {tables[name]} FROM {KEPT}."{name}";'
        for name in kept
    )
    return f"""
CREATE PROCEDURE {KEPT}.put_back() LANGUAGE plpgsql AS $$ BEGIN
SET LOCAL session_replication_role = replica;
LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE;
{emptied}
{filled}
END $$"""
