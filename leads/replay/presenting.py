"""A replay as its page draws it: month by month, in sums, and what became of those who differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import get_language

from accounts.models import User
from leads.facts import contact_catalogue
from leads.models import Origin, Replay, ReplayedContact
from leads.replay.asked import speaks_of_scores
from leads.replay.held import closing_rules, retention_rules, retirements
from leads.replay.scores import scores_then
from leads.scoring.arithmetic import Scores
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.models import RuleVersion, StageDefinition, StatusDefinition


def _is(replay: Replay) -> dict[str, Q]:
    """What each kind of entry is; whatever a yardstick is held against is what it was set against."""
    by_rule, did = Q(did_by=Origin.RULE), Q(did_at__isnull=False)
    compared = did if replay.is_yardstick else by_rule
    return {
        "adds": Q(would_at__isnull=False, did_at=None),
        "drops": Q(would_at=None) & compared,
        "both": Q(would_at__isnull=False) & did,
        "by_hand": Q(would_at=None) & did & ~compared,
        "would": Q(would_at__isnull=False),
        "did": compared,
    }


@dataclass(frozen=True)
class Month:
    """One row; `first` is its first day, None for what would have come in at once when the period began."""

    key: str
    first: date | None
    would: int
    did: int
    by_hand: int

    @property
    def difference(self) -> int:
        return self.would - self.did


@dataclass(frozen=True)
class Became:
    """What became of one group of contacts."""

    outcome: str
    label: str
    adds: int
    drops: int
    both: int


@dataclass(frozen=True)
class Shown:
    """All figures of a replay that is done.

    `gone_did` and `gone_would`: entries of people deleted since, which the months count and nothing else does.
    """

    months: list[Month]
    would: int
    did: int
    by_hand: int
    adds: int
    drops: int
    both: int
    became: list[Became]
    won_by_adds_cents: int
    won_by_drops_cents: int
    gone_did: int
    gone_would: int


def shown(replay: Replay) -> Shown:
    """Two queries; the figures count everybody, the lists behind them whom the reader sees."""
    months = [_month(row, replay) for row in replay.months]
    which = _is(replay)
    counts = dict.fromkeys(which, 0)
    became: dict[str, Any] = {}
    grouped = replay.entries.order_by().values("outcome")
    rows: Any = grouped.annotate(**{kind: Count("pk", filter=is_one) for kind, is_one in which.items()})
    for row in rows:
        became[row["outcome"]] = row
        for kind in counts:
            counts[kind] += row[kind]
    won = replay.entries.order_by().aggregate(
        adds=Sum("won_cents", filter=which["adds"], default=0),
        drops=Sum("won_cents", filter=which["drops"], default=0),
    )
    would, did = sum(month.would for month in months), sum(month.did for month in months)
    return Shown(
        months=months,
        would=would,
        did=did,
        by_hand=sum(month.by_hand for month in months),
        adds=counts["adds"],
        drops=counts["drops"],
        both=counts["both"],
        became=[
            Became(outcome, str(label), row["adds"], row["drops"], row["both"])
            for outcome, label in ReplayedContact.Outcome.choices
            if (row := became.get(outcome))
        ],
        won_by_adds_cents=won["adds"],
        won_by_drops_cents=won["drops"],
        gone_did=did - counts["did"],
        gone_would=would - counts["would"],
    )


def last_trial(definition: StageDefinition | StatusDefinition) -> tuple[Replay, Shown] | None:
    """The newest of what the definition says now, with its figures; None where that was not tried."""
    of_status = isinstance(definition, StatusDefinition)
    trials = Replay.objects.filter(
        **{"status_definition" if of_status else "definition": definition}, state=Replay.State.DONE
    )
    found = next((one for one in trials[:5] if one.is_of(definition)), None)
    return (found, shown(found)) if found else None


def why_failed(replay: Replay) -> str:
    """In the reader's language where its criteria cannot be read any more, else as the database said it."""
    try:
        parse(replay.criteria, contact_catalogue())
    except CriteriaError as error:
        return " ".join(problem.say(get_language() or "en") for problem in error.problems)
    return replay.error


def closed_by(replay: Replay) -> list[RuleVersion]:
    """The rules that kept contacts out in its time, as they came. Two queries; of a yardstick none."""
    if replay.is_yardstick:
        return []
    start, stop = replay.starts_at, replay.ends_at
    own = closing_rules(replay.subject, start=start, stop=stop)
    return [*own, *retention_rules(start=start, stop=stop)]


def was_retired(replay: Replay) -> bool:
    """Whether nobody could enter the stage for a part of its time. One query."""
    if replay.definition is None:
        return False
    return bool(retirements(replay.definition.stage_id, start=replay.starts_at, stop=replay.ends_at))


def _month(row: dict[str, Any], replay: Replay) -> Month:
    first = date.fromisoformat(f"{row['month']}-01") if row["month"] else None
    did, by_hand = row["by_rule"], row["by_hand"]
    if replay.is_yardstick:
        did, by_hand = did + by_hand, 0
    return Month(row["month"] or "at_once", first, row["would"], did, by_hand)


def entries_of(
    replay: Replay, *, kind: str, month: str, outcome: str, reader: User
) -> QuerySet[ReplayedContact]:
    """The contacts behind a figure, whom the reader sees; `kind` is one that `_is` tells, or none."""
    rows = replay.entries.visible_to(reader).select_related("contact__company", "contact__stage")
    rows = rows.filter(_is(replay).get(kind, Q()))
    if outcome:
        rows = rows.filter(outcome=outcome)
    if month == "at_once":
        rows = rows.filter(would_at=replay.starts_at)
    elif month:
        start, stop = _bounds(month)
        column = "did_at" if kind in ("did", "drops", "by_hand") else "would_at"
        rows = rows.filter(**{f"{column}__gte": start, f"{column}__lt": stop})
        rows = rows if column == "did_at" else rows.exclude(would_at=replay.starts_at)
    return rows.order_by("-contact_id", "pk")


@dataclass(frozen=True)
class Line:
    """One entry, with the scores of the moment at which the criteria would have let it in, else of the real one."""

    entry: ReplayedContact
    scores: Scores | None


@dataclass(frozen=True)
class Listed:
    """Entries as they are listed; `says_scores` where the criteria that were tried speak of them."""

    lines: list[Line]
    says_scores: bool


def listed(replay: Replay, rows: Iterable[ReplayedContact]) -> Listed:
    """With what each scored then, where that decides; one query for the entries, one for what criteria may say."""
    entries, catalogue = list(rows), contact_catalogue()
    try:
        says_scores = speaks_of_scores(parse(replay.criteria, catalogue))
    except CriteriaError:
        says_scores = False
    if not says_scores:
        return Listed([Line(entry, None) for entry in entries], says_scores)
    moments = [(entry.contact_id, moment) for entry in entries if (moment := entry.would_at or entry.did_at)]
    scored = scores_then(moments, catalogue)
    return Listed([Line(entry, scores) for entry, scores in zip(entries, scored, strict=True)], says_scores)


def _bounds(month: str) -> tuple[datetime, datetime]:
    """ValueError for what is no month."""
    start = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    year, number = divmod(start.year * 12 + start.month, 12)
    return start, start.replace(year=year, month=number + 1)
