"""How a handoff came to whom it is with, step by step, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts.models import User
from leads.deciding import said_on_record
from leads.facts import contact_catalogue
from lib import formats
from lifecycle.criteria.catalogue import Catalogue
from sla.deadline_words import StepLine
from sla.distribution import SkipReason
from sla.models import Assignment, Handoff

_PLAIN: Final = {
    Assignment.How.KEPT: gettext_lazy("left with %(rep)s, who had the contact already"),
    Assignment.How.CLAIMED: gettext_lazy("taken by %(rep)s"),
    Assignment.How.GIVEN: gettext_lazy("given to %(rep)s by %(by)s"),
    Assignment.How.FOLLOWED: gettext_lazy("went with the contact to %(rep)s, to whom %(by)s gave it"),
    Assignment.How.RELEASED: gettext_lazy("put back among those to be dealt, because its rep had left"),
}


_BEYOND: Final = {
    Assignment.Beyond.NOBODY_LEFT: gettext_lazy("dealt among all: nobody of it takes leads any more"),
    Assignment.Beyond.NOBODY_FREE: gettext_lazy("dealt among all: nobody of it could take it"),
}


def routing_of(handoff: Handoff, *, at: datetime) -> list[StepLine]:
    """Every step, the first first. Three queries at most, however many there are."""
    steps = list(
        Assignment.objects.filter(handoff=handoff)
        .select_related("rep", "by", "rule__agreement", "rule__rule")
        .order_by("pk")
    )
    passed_over = {rep for step in steps if step.rep for ids in step.skipped.values() for rep in ids}
    names = User.objects.in_bulk(passed_over) if passed_over else {}
    facts = contact_catalogue() if any(step.deciding for step in steps) else None
    language, now = get_language() or "en", timezone.localtime(at)
    return [
        StepLine(formats.moment(timezone.localtime(step.at), language, now=now), words_of(step, names, facts))
        for step in steps
    ]


def why_they_wait(handoffs: Sequence[Handoff]) -> dict[int, str]:
    """Of those that nobody was given, by their id, why, in the reader's language. One query, without territories'
    criteria."""
    steps = Assignment.objects.latest_of(list(handoffs))
    return {
        pk: way_of(
            step,
            version=step.rule.agreement.number if step.rule else None,
            kept_by=step.rule.rule.number if step.rule and step.is_kept else None,
        )
        for pk, step in steps.items()
        if step.rep_id is None
    }


def words_of(step: Assignment, names: Mapping[int, User], facts: Catalogue | None = None) -> str:
    """One step as a sentence without its moment; `names` are the reps who were passed over.

    Without `facts` the territory is named, and not what put the lead there.
    """
    match step.how:
        case Assignment.How.DEALT:
            return _in_parts(_dealt(step), territory_of(step, facts), _passed_over(step, names))
        case Assignment.How.OVERFLOW:
            return _in_parts(_waiting(step), territory_of(step, facts))
        case Assignment.How.FOLLOWED if step.by_id is None:
            text = _("went with the contact to %(rep)s")
        case _:
            text = str(_PLAIN[Assignment.How(step.how)])
    return text % {"rep": step.rep, "by": step.by}


def way_of(
    step: Assignment, *, version: int | None, kept_by: int | None = None, facts: Catalogue | None = None
) -> str:
    """How it came there without to whom, for a place that says so; `version` is that of the rule. No query.

    `kept_by`: the number of that rule, where it is one of the company's own.
    """
    if kept_by:
        return _("rule %(rule)s (v%(version)s) keeps the contact from being given to anybody") % {
            "rule": kept_by,
            "version": version,
        }
    match step.how:
        case Assignment.How.DEALT:
            text = _("dealt by the rule (v%(version)s)") if version else str(step.get_how_display())
            dealt = ", ".join(filter(None, (text % {"version": version}, _load(step))))
            skipped = [_number(reason, ids) for reason, ids in step.skipped.items()]
            over = _("passed over: %(reps)s") % {"reps": ", ".join(skipped)} if skipped else ""
            return _in_parts(dealt, territory_of(step, facts), over)
        case Assignment.How.OVERFLOW if step.skipped:
            reasons = [_number(reason, ids) for reason, ids in step.skipped.items()]
            waits = _nobody(step) % {"reasons": ", ".join(reasons), "territory": step.territory}
            says_more = facts or step.beyond  # than its name, which `waits` has
            return _in_parts(waits, territory_of(step, facts) if says_more else "")
        case _:
            return str(step.get_how_display())


def territory_of(step: Assignment, facts: Catalogue | None) -> str:
    """“territory DACH (country code DE)”, and why it went to everybody all the same; empty for a lead of none."""
    if not step.territory:
        return ""
    named = _("territory %(territory)s") % {"territory": step.territory}
    if facts and step.deciding:
        why = said_on_record(step.deciding, facts, get_language() or "en", at=step.at)
        named = f"{named} ({why})" if why else named
    return f"{named}, {_BEYOND[Assignment.Beyond(step.beyond)]}" if step.beyond else named


def _in_parts(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _nobody(step: Assignment) -> str:
    if step.territory and not step.beyond:
        return _("nobody of %(territory)s could take it: %(reasons)s")
    return _("nobody could take it: %(reasons)s")


def _dealt(step: Assignment) -> str:
    said = {"rep": step.rep, "version": step.rule.agreement.number if step.rule else ""}
    text = (
        _("dealt to %(rep)s by the rule (v%(version)s)") if step.rule else _("dealt to %(rep)s by the rule")
    )
    return ", ".join(filter(None, (text % said, _load(step))))


def _load(step: Assignment) -> str:
    """Which lead of the rep's day it was, where the distribution counted them."""
    chosen = next((seat for seat in step.considered if seat["rep"] == step.rep_id), None)
    if chosen is None or chosen["taken"] is None:
        return ""
    load = {"taken": chosen["taken"] + 1, "cap": chosen["cap"]}
    of_the_day = _("lead %(taken)s of %(cap)s that day") if chosen["cap"] else _("lead %(taken)s that day")
    return str(of_the_day % load)


def _passed_over(step: Assignment, names: Mapping[int, User]) -> str:
    parts = [
        f"{', '.join(str(names[rep]) for rep in ids if rep in names)} ({_why(reason)})"
        for reason, ids in step.skipped.items()
        if any(rep in names for rep in ids)
    ]
    return _("passed over: %(reps)s") % {"reps": ", ".join(parts)} if parts else ""


def _why(reason: str) -> str:
    words = {
        SkipReason.ABSENT: _("away"),
        SkipReason.FULL: _("full"),
        SkipReason.NO_SHARE: _("takes no leads"),
        SkipReason.OWES: _("owes an overdue answer"),
    }
    return words[SkipReason(reason)]


def _waiting(step: Assignment) -> str:
    if step.rule and step.is_kept:
        said = {"rule": step.rule.rule.number, "version": step.rule.agreement.number}
        return _("waited: rule %(rule)s (v%(version)s) keeps the contact from being given to anybody") % said
    reasons = [_number(reason, ids) for reason, ids in step.skipped.items()]
    if not reasons:
        return _("waited: nobody could take it")
    if step.territory and not step.beyond:
        text = _("waited, nobody of %(territory)s could take it: %(reasons)s")
    else:
        text = _("waited, nobody could take it: %(reasons)s")
    return text % {"reasons": ", ".join(reasons), "territory": step.territory}


def _number(reason: str, ids: Sequence[int]) -> str:
    n = len(ids)
    match SkipReason(reason):
        case SkipReason.ABSENT:
            text = ngettext("%(n)s rep away", "%(n)s reps away", n)
        case SkipReason.FULL:
            text = ngettext("%(n)s rep full", "%(n)s reps full", n)
        case SkipReason.NO_SHARE:
            text = ngettext("%(n)s rep who takes no leads", "%(n)s reps who take no leads", n)
        case SkipReason.OWES:
            text = ngettext("%(n)s rep who owes an overdue answer", "%(n)s reps who owe an overdue answer", n)
    return text % {"n": n}
