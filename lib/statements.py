"""Querysets put into SQL once a process and planned once a connection; knows how they are asked, not what.

To put a query of a dozen tables into SQL costs a page several times what the server needs to answer it, and the
server several times more to plan it than to run it. A statement is built with a `stand_in` for each value that
changes, everything else is written into its text, and psycopg prepares it under a name the first time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import copy
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from psycopg import Cursor
from psycopg._queries import PostgresQuery
from psycopg.types.numeric import Int8

Row = TypeVar("Row")

LEAST: Final = -(2**62)
"""Stand-ins are counted from here on; no row has such an id."""
MOST: Final = 2**63 - 1
"""The largest id of all."""
PLACES: Final = re.compile(r"%[%s]")


def stand_in(number: int) -> int:
    """Stands for the value of that number, an id, while a statement is built."""
    return LEAST + number


class Statement(Generic[Row]):
    """A queryset of one shape; `build` is called at its first use and returns it with its stand-ins.

    A plan that is made once cannot look at the values. Where one plan is not right for all of them, for ten rows and
    for ten thousand, say so: then it is planned each time.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Row]], *, is_planned_once: bool = True) -> None:
        self._build = build
        self._is_planned_once = is_planned_once
        self._lock = Lock()
        self._made: _Made | None = None

    def rows(self, *values: int) -> list[Row]:
        """As the queryset would give them, with these ids in the order of the stand-ins' numbers. One query."""
        if any(abs(value) > MOST for value in values):  # no row has it, and the server takes none
            return []
        with self._lock:
            made = self._made = self._made or _Made(self._build())
        if not made.text:
            return []
        compiler: Any = copy(made.compiler)
        connection = compiler.connection = connections[made.using]
        with _planned(connection) if self._is_planned_once else connection.cursor() as cursor:
            cursor.execute(made.text, [Int8(values[number]) for number in made.numbers])
            found = cursor.fetchall()
        compiler.execute_sql = lambda *_what, **_how: [found]
        answered: Any = made.queryset.all()
        answered.query.get_compiler = lambda *_what, **_how: compiler
        return list(answered)


class _Made:
    """The text with the values that never change written in, and of which number each place left in it is."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self.queryset = queryset
        self.using = queryset.db
        self.compiler: SQLCompiler = queryset.query.get_compiler(using=self.using)
        self.numbers: list[int] = []
        try:
            text, params = self.compiler.as_sql()
        except EmptyResultSet:  # nobody may see anything, say: there is nothing to ask
            text, params = "", ()
        left = iter(params)
        self.text = PLACES.sub(lambda place: place[0] if place[0] == "%%" else self._written(left), text)

    def _written(self, left: Iterator[Any]) -> str:
        value = next(left)
        if isinstance(value, int) and LEAST <= value < LEAST + 100:
            self.numbers.append(value - LEAST)
            return "%s"
        connection: Any = connections[self.using]
        connection.ensure_connection()
        written: str = connection.ops.compose_sql("%s", [value])
        return written.replace("%", "%%")


class _PlannedCursor(Cursor[Any]):
    """Sends values beside the text, which the server has planned already."""

    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        answered = super().execute(query, params, **{**how, "prepare": True})
        if self._query is None:  # sent by its name alone; whoever logs queries reads its text here
            self._query = PostgresQuery(self._tx)
            self._query.query = query.encode()
        return answered


def _planned(connection: Any) -> Any:
    """A cursor as Django opens them, with its wrappers and its time zone, but for how it sends."""
    connection.ensure_connection()
    opened = connection.connection
    usual, opened.cursor_factory = opened.cursor_factory, _PlannedCursor
    try:
        return connection.cursor()
    finally:
        opened.cursor_factory = usual
