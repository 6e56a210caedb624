"""The content of the whole database in one value, to show that a refusal changed nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from django.db import connection

NOT_COMPARED = frozenset(
    {
        "django_session",  # when the reader was last seen
        "django_migrations",
    }
)


TOUCHED = """
SELECT relname FROM pg_stat_xact_user_tables
WHERE schemaname = current_schema() AND n_tup_ins + n_tup_upd + n_tup_del > 0
"""


@cache
def _tables() -> frozenset[str]:
    return frozenset(connection.introspection.table_names()) - NOT_COMPARED


def _statement(tables: Iterable[str]) -> str:
    return " UNION ALL ".join(
        f"SELECT '{table}', count(*), md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), ''))"
        f' FROM "{table}" AS row'
        for table in sorted(tables)
    )


def _read(tables: Iterable[str]) -> dict[str, tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_statement(tables))
        return {table: (rows, checksum) for table, rows, checksum in cursor.fetchall()}


def fingerprint() -> dict[str, tuple[int, str]]:
    """Table → rows and checksum. One query over every table: for test data only."""
    return _read(_tables())


def changed_since(before: Mapping[str, tuple[int, str]]) -> list[str]:
    """The tables that are not as they were, within one transaction: only those that it has written to are read."""
    return [table for table, found in written().items() if found != before[table]]


def written() -> dict[str, tuple[int, str]]:
    """Of the tables that this transaction has written to, what `fingerprint` says of every one."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED)
        touched = {table for (table,) in cursor.fetchall()} & _tables()
    return _read(touched) if touched else {}
