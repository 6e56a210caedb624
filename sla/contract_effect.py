"""What a version of something else would do to the contract: MQL a month, how many sales accepts, what it can take.

Reckoned from what there is: the trial on the past that is kept with the draft, handoffs, seats and the contract in
force. Where that is too little it says so, with how much there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from django.db.models import Count, Q
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from agreements.consequences import Consequences, Effect, Meaning, figure, provide_effect
from leads.facts import contact_catalogue
from leads.models import Replay
from leads.replay.asked import speaks_of_scores
from leads.replay.pace import Pace, let_in, pace_of
from leads.replay.paths import path_of
from leads.replay.presenting import last_trial
from lib import formats
from lib.intervals import FLOOR
from lifecycle.criteria.nodes import Node, facts_of
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.keys import StageKey
from lifecycle.models import StageDefinition
from lifecycle.territories import in_sales
from sla.clauses import ClauseState, Verdict, rate
from sla.contract_words import Promise, default_calendar, promises_of
from sla.models import ContractVersion, Handoff, Metric, Seat

DECIDED: Final = (Handoff.State.ACCEPTED, Handoff.State.REJECTED, Handoff.State.RECYCLED)
SHORTEST: Final = timedelta(days=30)
"""A trial of less says nothing of a month."""

STATES: Final = {
    ClauseState.KEPT_SO_FAR: "ok",
    ClauseState.TOO_CLOSE: "undecided",
    ClauseState.AT_RISK: "risk",
}


@dataclass(frozen=True)
class Terms:
    """The contract in force, as far as it speaks of how many leads come."""

    version: ContractVersion
    promises: dict[str, Promise]

    def promise(self, metric: Metric) -> Promise | None:
        return self.promises.get(metric)

    def working_days(self, since: datetime, until: datetime) -> int:
        calendar = default_calendar(self.version)
        if calendar is None:
            return 0
        hours = calendar.working()
        first, last = since.astimezone(hours.tz).date(), until.astimezone(hours.tz).date()
        return hours.working_days(first + timedelta(days=1), last)


def provide_effects() -> None:
    provide_effect("stage", _of_definition)
    provide_effect("scoring", _of_scoring)
    provide_effect("persona", _of_persona)


def _terms() -> Terms | None:
    """Three queries."""
    version = (
        ContractVersion.objects.in_force()
        .select_related("agreement")
        .prefetch_related("clauses", "calendars")
        .first()
    )
    if version is None:
        return None
    sides = {clause.side for clause in version.clauses.all()}
    found = {one.clause.metric: one for side in sides for one in promises_of(version, side)}
    return Terms(version, found)


def _of_definition(new: StageDefinition, found: Consequences, at: datetime) -> Effect | None:
    """Only the definition of the stage that is handed over decides what the contract counts."""
    terms = _terms() if new.stage_id == StageKey.MARKETING_QUALIFIED else None
    if terms is None:
        return None
    takes = _taken_a_day()
    tried = last_trial(new)
    if tried is None:
        meanings: list[Meaning] = [_not_tried(new)]
    else:
        meanings = [*_of_the_trial(tried[0], terms, takes)]
    return _effect(terms, [*meanings, *_at_once(found.arrivals, takes)])


def _of_scoring(new: Any, found: Consequences, at: datetime) -> Effect | None:
    node = _criteria_of_mql()
    if node is None or not speaks_of_scores(node):
        return None
    text = _("How many MQL a month it makes is not known in advance")
    note = _("A trial on the past reckons with the models that were in force then.")
    return _of_what_changes(found, Meaning("undecided", text, note))


def _of_persona(new: Any, found: Consequences, at: datetime) -> Effect | None:
    node = _criteria_of_mql()
    if node is None or "persona" not in facts_of(node):
        return None
    text = _("The definition of MQL asks for the persona")
    note = _("How many MQL a month it makes is not known in advance.")
    return _of_what_changes(found, Meaning("undecided", text, note))


def _of_what_changes(found: Consequences, said: Meaning) -> Effect | None:
    terms = _terms()
    if terms is None:
        return None
    return _effect(terms, [said, *_at_once(found.arrivals, _taken_a_day())])


def _effect(terms: Terms, meanings: list[Meaning]) -> Effect:
    number = terms.version.agreement.number
    return Effect(_("What it means for the contract, v%(n)s") % {"n": number}, tuple(meanings))


def _criteria_of_mql() -> Node | None:
    """Of the definition in force. Two queries."""
    definition = StageDefinition.objects.in_force().filter(stage=StageKey.MARKETING_QUALIFIED).first()
    try:
        return parse(definition.criteria, contact_catalogue()) if definition else None
    except CriteriaError:
        return None


def _not_tried(new: StageDefinition) -> Meaning:
    return Meaning(
        "undecided",
        _("How many MQL a month it makes is not known yet"),
        _("Try it on the past: the result is kept with the draft and stands here."),
        path_of(new.stage),
    )


def _of_the_trial(replay: Replay, terms: Terms, takes: int) -> Iterator[Meaning]:
    """Four queries."""
    pace, url = pace_of(replay), path_of(replay.subject)
    n = max(pace.would, pace.did)
    if n < FLOOR or pace.until - pace.since < SHORTEST:
        note = _("%(n)s entries in %(days)s days; %(needed)s in %(month)s days are needed.") % {
            "n": figure(n),
            "days": figure(pace.days),
            "needed": figure(FLOOR),
            "month": figure(SHORTEST.days),
        }
        yield Meaning("undecided", _("Not enough data for a pace by the month"), note, url)
        return
    yield _delivered(pace, terms.promise(Metric.MQL_DELIVERED), url)
    yield _accepted(replay, pace, terms.promise(Metric.MQL_ACCEPTED))
    yield from _first_contacts(pace, terms, takes)


def _delivered(pace: Pace, promise: Promise | None, url: str) -> Meaning:
    then, now = pace.a_month(pace.would), pace.a_month(pace.did)
    text = _("%(then)s MQL a month instead of %(now)s") % {"then": figure(then), "now": figure(now)}
    n = _("At the pace of %(days)s days, n = %(n)s instead of %(was)s.") % {
        "days": figure(pace.days),
        "n": figure(pace.would),
        "was": figure(pace.did),
    }
    if pace.erased:
        n = f"{n} {_erased(pace.erased)}"
    if promise is None:
        return Meaning("undecided", text, n, url)
    says = _("%(clause)s says %(target)s a month.") % {"clause": promise.number, "target": promise.target}
    if then >= promise.clause.target:
        return Meaning("ok", text, f"{n} {says}", url)
    amend = _("Amend the clause, or widen the definition.")
    return Meaning("risk", text, f"{n} {says} {amend}", url)


def _erased(number: int) -> str:
    text = ngettext(
        "%(n)s more entered and is left out: erased since.",
        "%(n)s more entered and are left out: erased since.",
        number,
    )
    return text % {"n": figure(number)}


def _accepted(replay: Replay, pace: Pace, promise: Promise | None) -> Meaning:
    """Of what sales decided of late: the share that was accepted of all, and of whom the criteria would let in.

    Nobody knows of the erased whether they would have been let in, so that they are in neither.
    """
    among = Q(contact__in=let_in(replay))
    accepted = Q(state=Handoff.State.ACCEPTED)
    found = Handoff.objects.filter(
        state__in=DECIDED, decided_at__gt=pace.since, decided_at__lte=pace.until, contact__erasure=None
    ).aggregate(
        of=Count("pk"),
        kept=Count("pk", filter=accepted),
        of_them=Count("pk", filter=among),
        kept_them=Count("pk", filter=accepted & among),
    )
    target = float(promise.clause.target) if promise else 0.0
    then, now = rate(found["kept_them"], found["of_them"], target), rate(found["kept"], found["of"], target)
    says = (
        _("%(clause)s says %(target)s.") % {"clause": promise.number, "target": promise.target}
        if promise
        else ""
    )
    if then.rate is None:
        text = _("Not enough data for how many sales would accept")
        of = _("%(of)s decided of whom it lets in, %(needed)s needed.") % {
            "of": figure(then.of),
            "needed": figure(then.needed or FLOOR),
        }
        return Meaning("undecided", text, f"{of} {says}".strip())
    language = get_language() or "en"
    text = _("%(then)s accepted by sales") % {"then": formats.rate(then.rate, language)}
    if now.rate is not None:
        text = _("%(then)s accepted by sales instead of %(now)s") % {
            "then": formats.rate(then.rate, language),
            "now": formats.rate(now.rate, language),
        }
    state = STATES[then.state] if promise else "undecided"
    return Meaning(state, text, f"{_sureness(then, language)} {says}".strip())


def _sureness(verdict: Verdict, language: str) -> str:
    interval = verdict.interval
    if interval is None:
        return ""
    bounds = formats.bounds(interval.low, interval.high, language)
    return _("Of what sales decided of whom it lets in: %(bounds)s, n = %(n)s.") % {
        "bounds": bounds,
        "n": figure(verdict.of),
    }


def _first_contacts(pace: Pace, terms: Terms, takes: int) -> Iterator[Meaning]:
    """What comes to sales each working day, against what its seats take."""
    days = terms.working_days(pace.since, pace.until)
    if not days:
        return
    language = get_language() or "en"
    then, now = pace.would / days, pace.did / days
    text = _("%(then)s first contacts a working day instead of %(now)s") % {
        "then": formats.number(then, language, digits=1),
        "now": formats.number(now, language, digits=1),
    }
    yield Meaning("ok" if then <= takes else "breach", text, _seats(takes))


def _at_once(arrivals: int, takes: int) -> Iterator[Meaning]:
    """Those who would be handed over on the day it comes into force."""
    if not arrivals:
        return
    text = ngettext(
        "Up to %(n)s contact comes to sales at once", "Up to %(n)s contacts come to sales at once", arrivals
    ) % {"n": figure(arrivals)}
    days = ceil(arrivals / takes) if takes else 0
    if days > 1:
        note = ngettext(
            "%(days)s working day of all that the seats take.",
            "%(days)s working days of all that the seats take.",
            days,
        ) % {"days": figure(days)}
        yield Meaning("risk", text, f"{note} {_seats(takes)}")
    else:
        yield Meaning("ok" if takes else "breach", text, _seats(takes))


def _seats(takes: int) -> str:
    if not takes:
        return _("No seat of sales takes leads.")
    return ngettext("The seats of sales take %(n)s a day.", "The seats of sales take %(n)s a day.", takes) % {
        "n": figure(takes)
    }


def _taken_a_day() -> int:
    """Leads that the seats of sales take in a day when everybody is there, the usual number without a seat. A query."""
    usual = Seat().daily_cap
    caps = in_sales().values_list("seat__daily_cap", "seat__is_active")
    return sum(usual if cap is None else cap for cap, takes in caps if takes is not False)
