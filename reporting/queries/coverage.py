"""Nobody left behind: what waits for somebody at this moment, whatever the period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum

from leads.missing_deals import missing_deals
from leads.models import Contact, Deal, DealQuerySet, Touchpoint
from leads.worth import deal_worth
from lifecycle.keys import RuleKey, StageKey
from lifecycle.rulebook import rule_in_force
from sla.models import Clock, Handoff

SILENT_DAYS: Final = 14


@dataclass(frozen=True)
class Coverage:
    """Handoffs without an owner (`oldest` entered first), clocks past their deadline, contacts not touched yet
    (`soon` of them past the warning), contacts silent for 14 days with the cents of their open deals, of which
    `silent_uncounted` have no rate and are not in it; contacts where the rule wants a deal, without one."""

    unowned: int
    oldest: datetime | None
    overdue: int
    untouched: int
    soon: int
    silent: int
    silent_cents: int
    silent_uncounted: int = 0
    missing_deals: int = 0


def unowned() -> QuerySet[Handoff]:
    """Handoffs that wait for a rep."""
    return Handoff.objects.filter(state=Handoff.State.WAITING)


def overdue(*, at: datetime) -> QuerySet[Clock]:
    """First-contact clocks that still run past their deadline, of open handoffs."""
    return _running().filter(due_at__lte=at)


def untouched(*, at: datetime) -> QuerySet[Clock]:
    """First-contact clocks that run inside their time, of handoffs that somebody owns."""
    return _running().filter(due_at__gt=at, handoff__state=Handoff.State.ASSIGNED)


def silent(*, at: datetime) -> QuerySet[Contact]:
    """Contacts in SQL or opportunity without any human touchpoint for 14 days; nobody waits behind a tombstone."""
    recent = Touchpoint.objects.filter(
        contact=OuterRef("pk"), is_human=True, occurred_at__gt=at - timedelta(days=SILENT_DAYS)
    )
    in_hand = Contact.objects.filter(
        stage__in=(StageKey.SALES_QUALIFIED, StageKey.OPPORTUNITY), deleted_at=None
    )
    # NOT IN is looked through touch by touch for each contact as soon as its list does not fit into work_mem.
    return in_hand.filter(~Exists(recent))


def silent_deals(*, at: datetime) -> DealQuerySet:
    """The open deals of those contacts."""
    return Deal.objects.open().filter(contact__in=silent(at=at).values("pk"))


def without_deal() -> QuerySet[Contact]:
    """Contacts where the rule on deals in force wants one, without one. Two queries more."""
    return missing_deals(rule_in_force(RuleKey.DEAL_CREATION))


def coverage(*, at: datetime) -> Coverage:
    """Seven queries. Definition: docs/metrics.md, "Nobody left behind"."""
    waiting = unowned().aggregate(count=Count("pk"), oldest=Min("entered_at"))
    running = _running().aggregate(
        overdue=Count("pk", filter=Q(due_at__lte=at)),
        untouched=Count("pk", filter=Q(due_at__gt=at, handoff__state=Handoff.State.ASSIGNED)),
        soon=Count("pk", filter=Q(due_at__gt=at, warn_at__lte=at, handoff__state=Handoff.State.ASSIGNED)),
    )
    quiet = silent(at=at)
    open_deals = silent_deals(at=at).aggregate(
        cents=Sum(deal_worth()), uncounted=Count("pk") - Count(deal_worth())
    )
    return Coverage(
        waiting["count"],
        waiting["oldest"],
        running["overdue"],
        running["untouched"],
        running["soon"],
        quiet.count(),
        int(open_deals["cents"] or 0),
        open_deals["uncounted"],
        without_deal().order_by().count(),
    )


def _running() -> QuerySet[Clock]:
    return Clock.objects.running().filter(
        kind=Clock.Kind.FIRST_CONTACT, handoff__state__in=(Handoff.State.WAITING, Handoff.State.ASSIGNED)
    )
