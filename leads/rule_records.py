"""The changes behind the figures of a rule, one by one: all it speaks at, those that kept it, those against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db.models import CharField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.compliance import (
    IN_TIME,
    against,
    branded,
    brought_in,
    counted_messages,
    erased_with_due,
    lacking_minimum,
    moves_back,
    waiting_with_due,
)
from leads.deal_information import lacks_something, missing_of
from leads.models import Contact, Deal, DealStage, Entity, FieldChange, RuleException, Transition
from leads.words import KIND_WORDS
from lifecycle.compliance import OWN, Case, Recording, Records, Wanted, Which, provide_records
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleVersion, Stage, Status

Rows = QuerySet[Any]


def of_contacts(path: str) -> Callable[[Rows, User], Rows]:
    """Of the contacts the reader sees, which these rows name so."""

    def seen(rows: Rows, reader: User) -> Rows:
        return rows.filter(**{f"{path}__in": Contact.objects.visible_to(reader).values("pk")})

    return seen


# What a row of each kind says


def contacts(rows: Rows, moment: str = "created_at", *, what: Any = "") -> Records:
    def says(contact: Contact) -> Case:
        return Case(contact.name, contact.get_absolute_url(), getattr(contact, moment), what)

    return Records(rows, moment, says, of_contacts("pk"))


def deals(rows: Rows, version: RuleVersion | None = None) -> Records:
    """With what each lacks of what that version asks for."""

    def says(deal: Deal) -> Case:
        lacking = ", ".join(missing_of(version, deal)) if version else ""
        return Case(deal.name, deal.get_absolute_url(), deal.opened_at, lacking or deal.contact.name)

    return Records(rows.select_related("contact"), "opened_at", says, of_contacts("contact"))


def exceptions(rows: QuerySet[RuleException]) -> Records:
    def says(row: RuleException) -> Case:
        return Case(
            row.contact.name, row.contact.get_absolute_url(), row.at, row.reason or row.get_how_display()
        )

    return Records(rows.select_related("contact"), "at", says, of_contacts("contact"))


def moves(rows: QuerySet[Transition]) -> Records:
    names = {one.key: one.name for model in (Stage, Status) for one in model._default_manager.all()}

    def says(row: Transition) -> Case:
        ways = [names[key] for key in (row.from_value, row.to_value) if key in names]
        return Case(row.contact.name, row.contact.get_absolute_url(), row.at, " → ".join(ways))

    return Records(rows.select_related("contact"), "at", says, of_contacts("contact"))


def messages(rows: Rows) -> Records:
    def says(row: Any) -> Case:
        return Case(
            row.contact.name,
            row.contact.get_absolute_url(),
            row.occurred_at,
            KIND_WORDS.get(row.kind, row.kind),
        )

    return Records(rows.select_related("contact"), "occurred_at", says, of_contacts("contact"))


def steps_of_deals(rows: QuerySet[FieldChange]) -> Records:
    """Deals that came to another stage, from the history of their facts."""
    deal = Deal.objects.filter(pk=OuterRef("subject_id"))
    rows = rows.annotate(
        deal_name=Subquery(deal.values("name")[:1]), of_contact=Subquery(deal.values("contact")[:1])
    )
    labels = dict(DealStage.choices)

    def says(row: Any) -> Case:
        url = reverse("leads:deal-detail", args=[row.subject_id])
        return Case(row.deal_name, url, row.known_at, labels.get(row.after, row.after))

    return Records(rows, "known_at", says, of_contacts("of_contact"))


# What each rule counts

Happened = Callable[[RuleVersion], Sequence[tuple[Records, str]]]
"""The changes that a rule speaks at, each with how its rows name their contact."""


def _on_record(happened: Happened) -> Recording:
    """What was against it is on record: the same contact at the same moment."""

    def recording(version: RuleVersion, which: Which, wanted: Wanted) -> list[Records]:
        if which == Which.AGAINST:
            return [exceptions(against(version))]
        found = happened(version)
        if which == Which.ALL:
            return [records for records, _path in found]
        return [_without(records, against(version), path) for records, path in found]

    return recording


def _without(records: Records, noted: QuerySet[RuleException], path: str) -> Records:
    same = noted.filter(contact=OuterRef(path), at=OuterRef(records.moment))
    return Records(records.rows.filter(~Exists(same)), records.moment, records.says, records.seen)


def _own(version: RuleVersion) -> list[tuple[Records, str]]:
    if version.event == RuleEvent.DEAL:
        return [(deals(Deal.objects.all()), "contact")]
    if version.event == RuleEvent.CONTACT:
        return [(contacts(Contact.objects.all()), "pk")]
    if version.event == RuleEvent.ADVANCE:
        return _deal_steps(version.target)
    rows = Transition.objects.filter(kind=version.event).exclude(to_value="")
    return [(moves(rows.filter(to_value=version.target) if version.target else rows), "contact")]


def _deal_steps(target: str) -> list[tuple[Records, str]]:
    """As `leads.compliance` counts them: opened there, or come there."""
    steps = FieldChange.objects.filter(entity=Entity.DEAL, field="stage").annotate(to_stage=_text("after"))
    opened = Deal.objects.all()
    if target:
        first = FieldChange.objects.filter(entity=Entity.DEAL, field="stage", subject_id=OuterRef("pk"))
        before = first.order_by("known_at", "pk").annotate(stood=_text("before")).values("stood")[:1]
        opened = opened.annotate(left=Subquery(before)).filter(Q(left=target) | Q(left=None, stage=target))
        steps = steps.filter(to_stage=target)
    return [(deals(opened), "contact"), (steps_of_deals(steps), "of_contact")]


def _text(column: str) -> Func:
    return Func(F(column), template="%(expressions)s #>> '{}'", output_field=CharField())


def _split(which: Which, rows: Rows, broken: Q) -> Rows:
    """Those of the rows; the broken ones are against the rule."""
    if which == Which.ALL:
        return rows
    return rows.filter(broken) if which == Which.AGAINST else rows.exclude(broken)


def _minimum(version: RuleVersion, which: Which, wanted: Wanted) -> list[Records]:
    broken = Q(pk__in=Contact.objects.filter(lacking_minimum(version)).values("pk"))
    return [contacts(_split(which, Contact.objects.all(), broken))]


def _informed(version: RuleVersion, which: Which, wanted: Wanted) -> list[Records]:
    counted = Deal.objects.exclude(stage=DealStage.LOST).filter(contact__erasure=None)
    broken = Q(pk__in=counted.filter(lacks_something(version.parameters)).values("pk"))
    return [deals(_split(which, counted, broken), version)]


def _retention(version: RuleVersion, which: Which, wanted: Wanted) -> list[Records]:
    """Who was erased in time or late, who waits, and what was done to somebody due."""
    erased = erased_with_due(version)

    def says(row: Any) -> Case:
        what = _("erased in time") if row.at <= row.due_at + IN_TIME else _("erased late")
        return Case(row.contact.name, row.contact.get_absolute_url(), row.due_at, what)

    late = Q(at__gt=F("due_at") + IN_TIME)
    rows = _split(which, erased, late).select_related("contact")
    found = [Records(rows, "due_at", says, of_contacts("contact"))]
    if which == Which.KEPT:
        return found
    waiting = waiting_with_due(version, since=wanted.since, until=wanted.until)
    return [*found, contacts(waiting, "due_at", what=_("waits still")), exceptions(against(version))]


PROVIDED: Final[dict[str, Recording]] = {
    OWN: _on_record(_own),
    RuleKey.REGRESSION: _on_record(lambda version: [(moves(moves_back()), "contact")]),
    RuleKey.DEAL_CREATION: _on_record(lambda version: [(deals(Deal.objects.all()), "contact")]),
    RuleKey.MARKETING_PAUSE: _on_record(lambda version: [(messages(branded()), "contact")]),
    RuleKey.MESSAGE_FREQUENCY: _on_record(lambda version: [(messages(counted_messages(version)), "contact")]),
    RuleKey.CONTACT_CREATION: _on_record(lambda version: [(contacts(brought_in()), "pk")]),
    RuleKey.MINIMUM_INFORMATION: _minimum,
    RuleKey.DEAL_INFORMATION: _informed,
    RuleKey.RETENTION: _retention,
}


def provide_rule_records() -> None:
    for key, recording in PROVIDED.items():
        provide_records(key, recording)
