"""Pieces of SQL with their parameters, put together in the order in which they are written; knows no rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter
from typing import Any


@dataclass(frozen=True, slots=True)
class Sql:
    """Text with `%s` for each of its parameters, in order."""

    text: str
    params: tuple[Any, ...] = ()


def value(param: object, cast: str = "") -> Sql:
    """One parameter, cast to a type of the database when one is given."""
    return Sql(f"%s::{cast}" if cast else "%s", (param,))


def fill(template: str, **pieces: Sql) -> Sql:
    """The template with each `{name}` replaced by the piece; templates are ours, values are parameters."""
    text: list[str] = []
    params: list[Any] = []
    for literal, name, _, _ in Formatter().parse(template):
        text.append(literal)
        if name is not None:
            text.append(pieces[name].text)
            params.extend(pieces[name].params)
    return Sql("".join(text), tuple(params))


def join(separator: str, pieces: Iterable[Sql], *, empty: str = "") -> Sql:
    found = list(pieces)
    if not found:
        return Sql(empty)
    return Sql(
        separator.join(piece.text for piece in found),
        tuple(param for piece in found for param in piece.params),
    )
