"""The promises of a contract as drawn: value, pace or interval, and a state in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html, strip_tags
from django.utils.translation import gettext, ngettext

from lib import formats
from lib.templatetags.formats import door
from reporting.doors import Doors, language
from reporting.figures import ClauseFigure
from sla.clauses import ClauseState
from sla.models import Metric

STATE_MARKS = {
    ClauseState.KEPT_SO_FAR: "ok",
    ClauseState.KEPT: "ok",
    ClauseState.TOO_CLOSE: "undecided",
    ClauseState.NOT_ENOUGH_DATA: "undecided",
    ClauseState.AT_RISK: "risk",
    ClauseState.NOT_KEPT: "breach",
    ClauseState.BREACHED: "breach",
}


OVER = frozenset({ClauseState.KEPT, ClauseState.NOT_KEPT})
"""What a volume comes to when its period is over."""


@dataclass(frozen=True)
class ClauseRow:
    """One promise as drawn. A volume has a pace bar, a rate an interval strip, one below the floor its way there.

    `notes` say what it rests on and what it was before; each count in them leads to its records, as `state_url` does.
    """

    figure: ClauseFigure
    url: str
    value: str
    of: str
    notes: list[str]
    mark: str
    state: str
    state_url: str
    label: str
    share: float
    expected: float | None

    @property
    def title(self) -> str:
        return str(self.figure.clause.get_metric_display())

    @property
    def covers(self) -> str:
        return f"kpi:{self.figure.clause.metric}"

    @property
    def target(self) -> float:
        return float(self.figure.clause.target)


def clause_rows(rows: list[ClauseFigure], doors: Doors, doors_before: Doors | None = None) -> list[ClauseRow]:
    """`doors_before` are of the period that the rows are compared with, if any."""
    return [_clause_row(row, doors, doors_before) for row in rows]


def _clause_row(row: ClauseFigure, doors: Doors, doors_before: Doors | None) -> ClauseRow:
    verdict, speech = row.verdict, language()
    target = float(row.clause.target)
    enough = verdict.state is not ClauseState.NOT_ENOUGH_DATA
    is_over = verdict.state in OVER
    if row.is_volume:
        value, of = formats.number(verdict.count, speech), formats.number(verdict.of, speech)
        notes = [] if is_over else [_pace_note(row)]
        share = verdict.count / verdict.of if verdict.of else 1.0
        expected: float | None = None if is_over else row.pace.share
        before = formats.number(row.before, speech) if row.before is not None else ""
    else:
        value = formats.rate(verdict.rate, speech) if verdict.rate is not None and enough else ""
        of = formats.rate(target, speech)
        notes = [_counted_words(row, doors), *_rate_notes(row, doors)]
        share = (verdict.rate or 0.0) if enough else verdict.of / max(verdict.needed or 0, 1)
        expected = None
        before = formats.rate(row.before, speech) if row.before is not None else ""
    if before and doors_before:
        leading = door(before, doors_before.to(row.records))
        notes.append(format_html(gettext("before: %(before)s") % {"before": "{}"}, leading))
    return ClauseRow(
        figure=row,
        url=doors.to(row.records),
        value=value,
        of=gettext("of %(target)s") % {"target": of},
        notes=notes,
        mark=STATE_MARKS[verdict.state],
        state=state_words(row),
        state_url=doors.to("refusals_missed")
        if verdict.state is ClauseState.BREACHED and row.clause.metric == Metric.REFUSALS_ANSWERED
        else "",
        label=", ".join(
            [f"{row.clause.get_metric_display()}: {value or state_words(row)}", *map(strip_tags, notes)]
        ),
        share=share,
        expected=expected,
    )


def _pace_note(row: ClauseFigure) -> str:
    return gettext("%(expected)s expected by today, day %(day)s of %(days)s") % {
        "expected": formats.number(row.verdict.expected or 0, language()),
        "day": row.pace.day,
        "days": row.pace.days,
    }


def _counted_words(row: ClauseFigure, doors: Doors) -> str:
    """How many a rate rests on, each number leading to them."""
    verdict, speech = row.verdict, language()
    if verdict.state is ClauseState.NOT_ENOUGH_DATA:
        words = gettext("%(of)s decided, %(needed)s needed")
        counts = {
            "of": formats.number(verdict.of, speech),
            "needed": formats.number(verdict.needed or 0, speech),
        }
        return door(words % counts, doors.to(row.of_records))
    words = gettext("%(count)s of %(of)s") % {"count": "{count}", "of": "{of}"}
    return format_html(
        words,
        count=door(formats.number(verdict.count, speech), doors.to(row.records)),
        of=door(formats.number(verdict.of, speech), doors.to(row.of_records)),
    )


def _rate_notes(row: ClauseFigure, doors: Doors) -> list[str]:
    verdict = row.verdict
    notes: list[str] = []
    if verdict.state is ClauseState.NOT_ENOUGH_DATA:
        return notes
    if verdict.interval is not None:
        bounds = formats.bounds(verdict.interval.low, verdict.interval.high, language())
        notes.append(gettext("95%%: %(bounds)s") % {"bounds": bounds})
    if row.pending:
        waiting = ngettext("%(count)s still open", "%(count)s still open", row.pending)
        words = waiting % {"count": formats.number(row.pending, language())}
        notes.append(door(words, doors.to("refusals_pending")))
    return notes


def state_words(row: ClauseFigure) -> str:
    """A clause's state in words; a volume says by how many it leads or trails."""
    verdict, speech = row.verdict, language()
    if verdict.ahead is not None and verdict.state in (ClauseState.KEPT_SO_FAR, ClauseState.AT_RISK):
        if verdict.ahead == 0:
            return gettext("On pace")
        words = gettext("%(count)s ahead") if verdict.ahead > 0 else gettext("%(count)s behind")
        return words % {"count": formats.number(abs(verdict.ahead), speech)}
    if verdict.state is ClauseState.BREACHED:
        return ngettext("%(count)s breached", "%(count)s breached", verdict.broken or 0) % {
            "count": formats.number(verdict.broken or 0, speech)
        }
    return {
        ClauseState.KEPT_SO_FAR: gettext("Kept so far"),
        ClauseState.KEPT: gettext("Kept"),
        ClauseState.TOO_CLOSE: gettext("Too close to call"),
        ClauseState.NOT_ENOUGH_DATA: gettext("Not enough data"),
        ClauseState.AT_RISK: gettext("At risk"),
        ClauseState.NOT_KEPT: gettext("Not kept"),
    }[verdict.state]
