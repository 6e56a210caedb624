"""Rows as lines for COPY: each cell read as what its column was said to hold; knows no database.

Who works here, which stages there are and what the company's fields are called comes in as `Known`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from leads.imports import cells, values
from leads.imports.headings import folded
from leads.imports.mapping import Mapping as ColumnMapping
from leads.imports.records import Row
from leads.imports.staging import LIMITS
from leads.imports.values import KEPT_CHARS, ValueRefused

FUTURE_ALLOWED: Final = timedelta(days=1)
# json.dumps makes an encoder of its own for each call that is not plain.
_JSON: Final = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Known:
    """What the installation knows: words (folded) → keys, and when it is now."""

    at: datetime
    owners: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    stage_order: tuple[str, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    field_types: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


Step = Callable[[str, list[str], dict[str, object]], None]


class Converter:
    """What contacts and deals have in common.

    Compiles a mapping once; `line_of` turns a row into one line of COPY text or raises ValueRefused.

    `left_out` counts, by reason and heading, the values that were not understood and left out on request, and
    keeps the first lines on which that happened.
    """

    columns: ClassVar[dict[str, str]]

    def __init__(self, mapping: ColumnMapping, *, headings: list[str], known: Known) -> None:
        self.mapping = mapping
        self.known = known
        self.zone = ZoneInfo(mapping.time_zone)
        self.places = {name: place for place, name in enumerate(self.columns)}
        self.left_out: dict[tuple[str, str], list[int]] = {}
        self._width = len(self.columns)
        self._custom_place = self.places["custom"]
        self._steps = [
            (index, heading, step)
            for index, heading in enumerate(headings)
            if heading in mapping.columns and (step := self._step(mapping.columns[heading].target))
        ]

    def line_of(self, row: Row) -> str:
        out = [""] * self._width
        out[0] = str(row.line)
        custom: dict[str, object] = {}
        texts = row.cells
        for index, heading, step in self._steps:
            text = texts[index].strip()
            if text:
                try:
                    if text[0] == "#" and text in values.ERROR_WORDS:
                        raise ValueRefused("error_cell", value=text)
                    step(text, out, custom)
                except ValueRefused as refusal:
                    self._refused(refusal, heading, row.line)
        self._finish(out, custom)
        if custom:
            out[self._custom_place] = _JSON(custom)
        line = "\t".join(out)
        # The sum of checks is cheaper than escaping each cell of each row.
        if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= self._width:
            line = "\t".join(map(cells.escaped, out))
        return line + "\n"

    def _refused(self, refusal: ValueRefused, heading: str, line: int) -> None:
        is_identity = self.mapping.columns[heading].target in ("email", "external_id", "deal.external_id")
        if refusal.code == "unknown_owner" or (self.mapping.on_bad_value == "leave_out" and not is_identity):
            self.left_out.setdefault((refusal.code, heading), []).append(line)
            return
        raise ValueRefused(refusal.code, **{**refusal.params, "column": heading})

    def _step(self, target: str) -> Step | None:
        if not target:
            return None
        group, _, key = target.partition(".")
        return self._custom_step(key) if group == "custom" else self._own_step(group, key)

    def _own_step(self, group: str, key: str) -> Step:
        """How a column of this kind of record is read; `key` is what stands behind the point."""
        raise NotImplementedError

    def _finish(self, out: list[str], custom: dict[str, object]) -> None:
        """What is known of a row only when all of its cells are read."""
        raise NotImplementedError

    def _text(self, name: str) -> Step:
        """Text that is kept as it is; nearly every cell goes this way, so it costs one call."""
        place, limit = self.places[name], LIMITS.get(name, cells.MAX_TEXT)

        def step(text: str, out: list[str], custom: dict[str, object]) -> None:
            out[place] = text if len(text) <= limit and text.isascii() else cells.short(name, text)

        return step

    def _plain(self, name: str, read: Callable[[str], str]) -> Step:
        place = self.places[name]

        def step(text: str, out: list[str], custom: dict[str, object]) -> None:
            out[place] = read(text)

        return step

    def _owner(self, text: str) -> str:
        owner = self.known.owners.get(text.lower()) or self.known.owners.get(folded(text))
        if owner is None:
            raise ValueRefused("unknown_owner", value=text[:KEPT_CHARS])
        return str(owner)

    def _past_moment(self, text: str) -> str:
        moment = values.moment(text, order=self.mapping.date_order, zone=self.zone)
        if moment > self.known.at + FUTURE_ALLOWED:
            raise ValueRefused("future_date", value=text[:KEPT_CHARS])
        return min(moment, self.known.at).isoformat()

    def _custom_step(self, key: str) -> Step:
        kind = self.known.field_types.get(key, "text")
        decimal, order = self.mapping.decimal, self.mapping.date_order
        reads: dict[str, Callable[[str], object]] = {
            "number": lambda text: cells.json_number(text, decimal=decimal),
            "money": lambda text: values.cents(text, decimal=decimal),
            "date": lambda text: values.day(text, order=order).isoformat(),
            "boolean": values.yes_or_no,
        }
        if choices := self.known.choices.get(key):
            reads["choice"] = lambda text: cells.choice(choices, text)
        read = reads.get(kind, str)

        def step(text: str, out: list[str], custom: dict[str, object]) -> None:
            custom[key] = read(text)

        return step
