"""Asks why an answer comes late, where a rule on delays warns, and puts on record that it did, in every mode.

An answer that was given is evidence: no mode refuses it. A person who logs it is asked before it is kept; what comes
from elsewhere is noted. Whoever has told the cause at the breach already is not asked again.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import User
from leads.errors import RuleAsks
from leads.models import Origin, RuleException, Touchpoint
from leads.policies import reason_given, words_of
from lifecycle.models import RuleEvent, RuleMode, RuleVersion
from sla.delays import rules_of_delay
from sla.models import Breach, Clock


def note_late(clocks: Sequence[Clock], *, asked: User | None) -> None:
    """Of clocks that a touch has just stopped after they were due; `asked` is the person who waits for the answer.

    Raise RuleAsks for the first that nobody has given a reason for. What was due before the rule came into force was
    late by no rule. Four queries, none without a late answer.
    """
    if not clocks:
        return
    rules = {lane: rule for lane, rule in rules_of_delay().items() if rule.is_asked}
    late = [
        (clock, rules[clock.handoff.lane])
        for clock in clocks
        if clock.handoff.lane in rules and _is_bound(clock, rules[clock.handoff.lane])
    ]
    if late:
        told = {breach.clock_id: breach for breach in _told([clock for clock, _rule in late])}
        answered = _answered_by([clock for clock, _rule in late])
        notes = [
            _note(
                clock, rule, told.get(clock.pk), by=answered.get(clock.stopped_by_id), asks=asked is not None
            )
            for clock, rule in late
        ]
        RuleException.objects.bulk_create(notes)


def _is_bound(clock: Clock, rule: RuleVersion) -> bool:
    since = rule.agreement.in_force_from
    return since is None or clock.due_at >= since


def _told(clocks: Sequence[Clock]) -> list[Breach]:
    """The breaches of these clocks whose cause somebody has told."""
    return list(Breach.objects.filter(clock__in=clocks, told_by__isnull=False))


def _answered_by(clocks: Sequence[Clock]) -> dict[int | None, int | None]:
    """Who gave each answer, by the touch."""
    touches = Touchpoint.objects.filter(pk__in=[clock.stopped_by_id for clock in clocks])
    return dict(touches.values_list("pk", "actor"))


def _note(
    clock: Clock, rule: RuleVersion, told: Breach | None, *, by: int | None, asks: bool
) -> RuleException:
    note = RuleException(
        version=rule,
        contact_id=clock.handoff.contact_id,
        event=RuleEvent.ANSWER,
        target=clock.handoff.lane,
        how=RuleException.How.PASSED,
        origin=Origin.PERSON if by else Origin.API,
        actor_id=by,
        at=clock.stopped_at or clock.due_at,
    )
    if rule.mode != RuleMode.WARN:
        return note
    if told:
        note.how, note.actor_id = RuleException.How.OVERRIDDEN, told.told_by_id
        note.reason = ": ".join(filter(None, (str(told.get_told_cause_display()), told.told_note)))
    elif asks and not reason_given():
        late = _("This answer comes late. The rule: “%(rule)s”") % {"rule": rule.text}
        raise RuleAsks(**words_of(rule) | {"text": late})
    elif asks:
        note.how, note.reason = RuleException.How.OVERRIDDEN, reason_given()
    return note
