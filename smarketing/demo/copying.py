"""Writes many rows at once into a table of a model; knows no company and no story."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg.types.json import Jsonb

Row = Sequence[Any]


def copy_in(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """COPY rows into a model's table; values of JSON columns are given as plain objects."""
    known = {field.name: field for field in model._meta.concrete_fields}
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(str(known[name].column)) for name in columns)
    json_at = {index for index, name in enumerate(columns) if isinstance(known[name], models.JSONField)}
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([Jsonb(value) if i in json_at else value for i, value in enumerate(row)])


def settle_sequences(*tables: type[models.Model]) -> None:
    """Let the next id of each table follow the ids that were written."""
    with connection.cursor() as cursor:
        for model in tables:
            table = model._meta.db_table
            quoted = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), coalesce(max(id), 0) + 1, false) FROM {quoted}",  # noqa: S608 - our own table names
                [table],
            )
