"""The content of the whole database in one value, to show that a refusal changed nothing."""

from __future__ import annotations

from functools import cache

from django.db import connection

NOT_COMPARED = frozenset(
    {
        "django_session",  # when the reader was last seen
        "django_migrations",
    }
)


@cache
def _statement() -> str:
    tables = sorted(set(connection.introspection.table_names()) - NOT_COMPARED)
    return " UNION ALL ".join(
        f"SELECT '{table}', count(*), md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), ''))"
        f' FROM "{table}" AS row'
        for table in tables
    )


def fingerprint() -> dict[str, tuple[int, str]]:
    """Table → rows and checksum. One query over every table: for test data only."""
    with connection.cursor() as cursor:
        cursor.execute(_statement())
        return {table: (rows, checksum) for table, rows, checksum in cursor.fetchall()}
