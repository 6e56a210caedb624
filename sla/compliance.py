"""Counts how well the rules about delays and distribution are kept: clocks that started, handoffs that were dealt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from leads.compliance import months, newest, recorded
from leads.models import Contact, RuleException
from leads.rule_changes import against
from leads.rule_records import exceptions
from lifecycle.compliance import (
    Case,
    Kept,
    Listing,
    Measure,
    Recording,
    Records,
    Wanted,
    Which,
    provide,
    provide_records,
)
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from sla.models import Assignment, Clock, Handoff
from sla.routing_words import words_of


def _first_contacts(lane: str) -> QuerySet[Clock]:
    """A clock belongs to the month in which it started."""
    return Clock.objects.filter(kind=Clock.Kind.FIRST_CONTACT, handoff__lane=lane)


def _late(lane: str) -> Listing:
    """The clocks that passed their deadline."""

    def listing(version: RuleVersion, wanted: Wanted) -> Sequence[Case]:
        late = _first_contacts(lane).exclude(breached_at=None)
        seen = late.filter(
            started_at__gte=wanted.since,
            started_at__lt=wanted.until,
            handoff__contact__in=Contact.objects.visible_to(wanted.reader),
        )
        rows = seen.select_related("handoff__contact").order_by("-breached_at", "-pk")[: wanted.most]
        return [
            Case(row.handoff.contact.name, row.handoff.contact.get_absolute_url(), row.breached_at)
            for row in rows
        ]

    return listing


def dealt() -> QuerySet[Assignment]:
    """The step by which each handoff came to a rep for the first time, in the month of that step."""
    return Assignment.objects.first_ones()


def waited() -> Exists:
    """That nobody could take the lead before that step."""
    earlier = Assignment.objects.filter(
        handoff=OuterRef("handoff"), pk__lt=OuterRef("pk"), how=Assignment.How.OVERFLOW
    )
    return Exists(earlier)


def against_distribution() -> Q:
    """By hand though the distribution could have dealt it: it had not been left in the queue of all."""
    return Q(how__in=Assignment.BY_HAND) & ~Q(waited())


def _noted(version: RuleVersion) -> Exists:
    """Whether it is on record that the step was made against the rule: to somebody away or at the cap."""
    of_the_lead = against(version).filter(
        contact=OuterRef("handoff__contact"), at__gte=OuterRef("handoff__entered_at"), at__lte=OuterRef("at")
    )
    return Exists(of_the_lead)


def _given_on(version: RuleVersion) -> QuerySet[RuleException]:
    """What is on record of leads that a rep had already."""
    first = Assignment.objects.first_ones().filter(
        handoff__contact=OuterRef("contact"), handoff__entered_at__lte=OuterRef("at"), at__gte=OuterRef("at")
    )
    return against(version).filter(~Exists(first))


def _distributed(version: RuleVersion, since: datetime, until: datetime) -> list[Kept]:
    """A case is a lead that came to its first rep, and each step against the rule after that."""
    firsts = dealt()
    given_on = Counter(months(_given_on(version), "at", since, until))
    cases = Counter(months(firsts, "at", since, until)) + given_on
    broken = firsts.filter(against_distribution() | Q(_noted(version)))
    exceptions = Counter(months(broken, "at", since, until)) + given_on
    return [Kept(month, n, exceptions[month]) for month, n in sorted(cases.items())]


def _given_by_hand(version: RuleVersion, wanted: Wanted) -> Sequence[Case]:
    """Those steps, each with how it came about, or with the reason that was given."""
    given = dealt().filter(
        against_distribution() | Q(_noted(version)),
        at__gte=wanted.since,
        at__lt=wanted.until,
        handoff__contact__in=Contact.objects.visible_to(wanted.reader),
    )
    rows = given.select_related("handoff__contact", "rep", "by").order_by("-at", "-pk")[: wanted.most]
    firsts = [
        Case(row.handoff.contact.name, row.handoff.contact.get_absolute_url(), row.at, words_of(row, {}))
        for row in rows
    ]
    return newest([*firsts, *recorded(version, wanted, _given_on(version))], wanted)


def _counted(rows: QuerySet[Any], exceptions: QuerySet[Any], moment: str) -> Measure:
    def measure(version: RuleVersion, since: datetime, until: datetime) -> list[Kept]:
        happened = months(rows, moment, since, until)
        against = months(exceptions, moment, since, until)
        return [Kept(month, n, against.get(month, 0)) for month, n in sorted(happened.items())]

    return measure


def _clocks(lane: str) -> Recording:
    """First contacts, by the start of their clock."""

    def recording(version: RuleVersion, which: Which, wanted: Wanted) -> list[Records]:
        rows = _first_contacts(lane)
        if which != Which.ALL:
            rows = rows.filter(breached_at__isnull=which == Which.KEPT)
        return [Records(rows.select_related("handoff__contact"), "started_at", _clock, "handoff__contact")]

    return recording


def _clock(clock: Clock) -> Case:
    contact = clock.handoff.contact
    in_time = _("in time") if clock.stopped_at else _("still running")
    what = _("late") if clock.breached_at else in_time
    return Case(contact.name, contact.get_absolute_url(), clock.started_at, what)


def _dealt_out(version: RuleVersion, which: Which, wanted: Wanted) -> list[Records]:
    """Leads that came to their first rep, and what is on record of those that a rep had already."""
    rows = dealt().select_related("handoff__contact", "rep", "by")
    broken = Q(pk__in=dealt().filter(against_distribution() | Q(_noted(version))).values("pk"))
    if which != Which.ALL:
        rows = rows.filter(broken) if which == Which.AGAINST else rows.exclude(broken)
    found = [Records(rows, "at", _step, "handoff__contact")]
    return found if which == Which.KEPT else [*found, exceptions(_given_on(version))]


def _step(step: Assignment) -> Case:
    contact = step.handoff.contact
    return Case(contact.name, contact.get_absolute_url(), step.at, words_of(step, {}))


def provide_measures() -> None:
    lanes = (
        (RuleKey.REQUEST_DELAY, Handoff.Lane.REQUEST),
        (RuleKey.HANDOFF_DELAY, Handoff.Lane.STANDARD),
    )
    for key, lane in lanes:
        clocks = _first_contacts(lane)
        provide(key, _counted(clocks, clocks.exclude(breached_at=None), "started_at"), _late(lane))
        provide_records(key, _clocks(lane))
    provide(RuleKey.DISTRIBUTION, _distributed, _given_by_hand)
    provide_records(RuleKey.DISTRIBUTION, _dealt_out)
