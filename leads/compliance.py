"""Counts how well the rules about contacts and deals are kept: the changes, and those on record against a rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import CharField, Count, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Least, TruncMonth

from leads.deal_information import lacks_something, missing_of
from leads.messaging.sets import messages
from leads.minimum import asked_for, lacking
from leads.models import (
    Contact,
    Deal,
    DealStage,
    Entity,
    Erasure,
    FieldChange,
    RuleException,
    Transition,
)
from leads.retention import due, due_at, waited_out
from leads.rule_changes import MOVES, SENT, SPOKEN_AT, against, changes_of, noted_alone
from lifecycle.compliance import OWN, Case, Kept, Wanted, provide, provide_noting
from lifecycle.keys import MessageKind, RuleKey
from lifecycle.models import RuleEvent, RuleVersion

IN_TIME: Final = timedelta(days=31)
"""A list is looked through by a person: whoever is erased within a month of being due was erased in time."""


def months(rows: QuerySet[Any], moment: str, since: datetime, until: datetime) -> dict[datetime, int]:
    """How many rows each month has. One query."""
    within = rows.filter(**{f"{moment}__gte": since, f"{moment}__lt": until}).order_by()
    counted = within.annotate(month=TruncMonth(moment)).values("month").annotate(n=Count("pk"))
    return dict(counted.values_list("month", "n"))


def _on_record(version: RuleVersion, since: datetime, until: datetime) -> list[Kept]:
    """Cases are counted where they happen, exceptions from the record."""
    happened = Counter[datetime]()
    for changes in changes_of(version):
        happened.update(months(changes.rows, changes.moment, since, until))
    alone = months(noted_alone([version]), "at", since, until)
    return _kept(happened, alone, months(against(version), "at", since, until))


def _kept(
    happened: Mapping[datetime, int], alone: Mapping[datetime, int], noted: Mapping[datetime, int]
) -> list[Kept]:
    """What happened, and what is on record `alone` of it; of these, what is on record in all."""
    return [
        Kept(month, happened.get(month, 0) + alone.get(month, 0), noted.get(month, 0))
        for month in sorted({*happened, *noted})
    ]


def own_months(versions: Sequence[RuleVersion], *, since: datetime, until: datetime) -> dict[int, list[Kept]]:
    """The months of each rule of the company's own, by the version's id, as each alone has them; eleven queries."""
    happened: dict[tuple[str, str], dict[datetime, int]] = {}
    events = {version.event for version in versions}
    for event, kind in MOVES.items():
        if event in events:
            targets = {version.target for version in versions if version.event == event}
            moves = Transition.objects.filter(kind=kind).exclude(to_value="")
            if "" not in targets:
                moves = moves.filter(to_value__in=targets)
            for target, found in _months_by("to_value", moves, "at", since, until).items():
                happened[event, str(target)] = found
    if RuleEvent.DEAL in events:
        happened[RuleEvent.DEAL, ""] = months(Deal.objects.all(), "opened_at", since, until)
    if RuleEvent.ADVANCE in events:
        for target, found in _deal_steps(since, until).items():
            happened[RuleEvent.ADVANCE, target] = found
    if RuleEvent.MESSAGE in events:
        for way in MessageKind.ALL:
            sent = messages().filter(kind__in=SENT[way])
            happened[RuleEvent.MESSAGE, way] = months(sent, "occurred_at", since, until)
    if RuleEvent.CONTACT in events:
        happened[RuleEvent.CONTACT, ""] = months(Contact.objects.all(), "created_at", since, until)
    rules = [version.rule_id for version in versions]
    on_record = RuleException.objects.filter(version__rule__in=rules)
    noted = _months_by("version__rule", on_record, "at", since, until)
    alone = _months_by("version__rule", noted_alone(versions), "at", since, until)
    return {
        version.pk: _kept(
            _happened(version, happened), alone.get(version.rule_id, {}), noted.get(version.rule_id, {})
        )
        for version in versions
    }


def _deal_steps(since: datetime, until: datetime) -> dict[str, dict[datetime, int]]:
    """By stage and month, how many deals came to it: by being opened there, which is what the first change of their
    stage found, or by a change. Two queries."""
    steps = FieldChange.objects.filter(entity=Entity.DEAL, field="stage")
    text = Func(F("before"), template="%(expressions)s #>> '{}'", output_field=CharField())
    first = steps.filter(subject_id=OuterRef("pk")).order_by("known_at", "pk").values(stage=text)[:1]
    opened = Deal.objects.annotate(opened_in=Coalesce(Subquery(first), F("stage")))
    found: dict[str, Counter[datetime]] = {}
    for counted in (
        _months_by("opened_in", opened, "opened_at", since, until),
        _months_by("after", steps, "known_at", since, until),
    ):
        for stage, by_month in counted.items():
            found.setdefault(stage, Counter()).update(by_month)
    return {stage: dict(by_month) for stage, by_month in found.items()}


def _own(version: RuleVersion, since: datetime, until: datetime) -> list[Kept]:
    return own_months([version], since=since, until=until)[version.pk]


def _happened(
    version: RuleVersion, happened: dict[tuple[str, str], dict[datetime, int]]
) -> dict[datetime, int]:
    """At its target, or anywhere for a rule that names none."""
    wanted = [
        found
        for (event, target), found in happened.items()
        if event == version.event and version.target in ("", target)
    ]
    return dict(sum((Counter(found) for found in wanted), Counter[datetime]()))


def _months_by(
    column: str, rows: QuerySet[Any], moment: str, since: datetime, until: datetime
) -> dict[Any, dict[datetime, int]]:
    """How many rows each value of the column has in each month. One query."""
    within = rows.filter(**{f"{moment}__gte": since, f"{moment}__lt": until}).order_by()
    counted = within.annotate(month=TruncMonth(moment)).values(column, "month").annotate(n=Count("pk"))
    found: dict[Any, dict[datetime, int]] = {}
    for value, month, number in counted.values_list(column, "month", "n"):
        found.setdefault(value, {})[month] = number
    return found


def lacking_minimum(version: RuleVersion) -> Q:
    """Less is known of them than the rule asks; nobody knows any more what was known of the erased."""
    return lacking(asked_for(version)) & Q(erasure=None)


def _minimum(version: RuleVersion, since: datetime, until: datetime) -> list[Kept]:
    happened = months(Contact.objects.all(), "created_at", since, until)
    without = months(Contact.objects.filter(lacking_minimum(version)), "created_at", since, until)
    return [Kept(month, n, without.get(month, 0)) for month, n in sorted(happened.items())]


def _retention(version: RuleVersion, since: datetime, until: datetime) -> list[Kept]:
    """A case is a person who became due, in that month; kept is who was erased within `IN_TIME` of it. Each change
    that was made to somebody due is a case too, against the rule.

    Who became due lately and still waits is no case yet; who has waited since before the time looked at counts in
    its first month.
    """
    erased = erased_with_due(version)
    in_time = months(erased.filter(at__lte=F("due_at") + IN_TIME), "due_at", since, until)
    late = months(erased.filter(at__gt=F("due_at") + IN_TIME), "due_at", since, until)
    overdue = months(waiting_with_due(version, since=since, until=until), "due_at", since, until)
    worked_on = months(against(version), "at", since, until)
    against_it = Counter(late) + Counter(overdue) + Counter(worked_on)
    return [
        Kept(month, in_time.get(month, 0) + against_it[month], against_it[month])
        for month in sorted(in_time | against_it)
    ]


def erased_with_due(version: RuleVersion) -> QuerySet[Erasure]:
    """With `due_at`, when the version wanted it."""
    since_due = due_at(version.parameters, status="contact__status", since="contact__status_since")
    # Under an earlier version, or when approved sooner, a person was erased before this one would have wanted it.
    return Erasure.objects.annotate(due_at=Least(since_due, F("at")))


def waiting_with_due(version: RuleVersion, *, since: datetime, until: datetime) -> QuerySet[Contact]:
    """Who waits too long, with `due_at`, in the time looked at."""
    began = due_at(version.parameters, status="status", since="status_since")
    return _waiting(version, until).annotate(due_at=Greatest(began, Value(since)))


def _waiting(version: RuleVersion, until: datetime) -> QuerySet[Contact]:
    """Who was due longer ago than `IN_TIME` and is still here."""
    return due(version, at=until).filter(waited_out(version.parameters, at=until - IN_TIME))


def people(contacts: QuerySet[Contact], wanted: Wanted, moment: str) -> list[Case]:
    """The contacts as cases, by that moment."""
    seen = contacts.filter(pk__in=Contact.objects.visible_to(wanted.reader).values("pk"))
    return [
        Case(one.name, one.get_absolute_url(), getattr(one, moment))
        for one in seen.order_by(f"-{moment}", "pk")[: wanted.most]
    ]


def _came_with_less(version: RuleVersion, wanted: Wanted) -> list[Case]:
    came = {"created_at__gte": wanted.since, "created_at__lt": wanted.until}
    return people(Contact.objects.filter(lacking_minimum(version), **came), wanted, "created_at")


def _overdue(version: RuleVersion, wanted: Wanted) -> list[Case]:
    """Who waits still, and what was done to somebody who was due."""
    waiting = people(_waiting(version, wanted.until), wanted, "status_since")
    return newest([*waiting, *recorded(version, wanted)], wanted)


def recorded(version: RuleVersion, wanted: Wanted, rows: QuerySet[RuleException] | None = None) -> list[Case]:
    """What is on record against it, with the reason given; of these rows only, where there are some."""
    noted = (against(version) if rows is None else rows).filter(
        at__gte=wanted.since, at__lt=wanted.until, contact__in=Contact.objects.visible_to(wanted.reader)
    )
    return [
        Case(row.contact.name, row.contact.get_absolute_url(), row.at, row.reason or row.get_how_display())
        for row in noted.select_related("contact")[: wanted.most]
    ]


def newest(cases: Sequence[Case], wanted: Wanted) -> list[Case]:
    """Of several lists as many as are wanted, the latest first."""
    in_order = sorted(cases, key=lambda case: case.at or wanted.since, reverse=True)
    return in_order[: wanted.most]


def _noted_since(since: datetime) -> dict[int, int]:
    rows = RuleException.objects.filter(at__gte=since).order_by().values("version__rule")
    return dict(rows.annotate(n=Count("pk")).values_list("version__rule", "n"))


def _informed(version: RuleVersion, since: datetime, until: datetime) -> list[Kept]:
    """A case is a deal that was opened, in that month; against the rule where it lacks something today."""
    deals = Deal.objects.exclude(stage=DealStage.LOST).filter(contact__erasure=None)
    without = months(deals.filter(lacks_something(version.parameters)), "opened_at", since, until)
    happened = months(deals, "opened_at", since, until)
    return [Kept(month, n, without.get(month, 0)) for month, n in sorted(happened.items())]


def _uninformed(version: RuleVersion, wanted: Wanted) -> list[Case]:
    """Deals that lack something, with what."""
    deals = Deal.objects.visible_to(wanted.reader).filter(lacks_something(version.parameters))
    deals = deals.select_related("contact")
    within = deals.filter(opened_at__gte=wanted.since, opened_at__lt=wanted.until)
    return [
        Case(deal.name, deal.get_absolute_url(), deal.opened_at, ", ".join(missing_of(version, deal)))
        for deal in within.order_by("-opened_at", "-pk")[: wanted.most]
    ]


def provide_measures() -> None:
    provide_noting(_noted_since)
    provide(OWN, _own)
    for key in SPOKEN_AT:
        if key != OWN:
            provide(key, _on_record)
    provide(RuleKey.MINIMUM_INFORMATION, _minimum, _came_with_less)
    provide(RuleKey.DEAL_INFORMATION, _informed, _uninformed)
    provide(RuleKey.RETENTION, _retention, _overdue)
