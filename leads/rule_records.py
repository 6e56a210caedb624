"""The changes behind the figures of a rule, one by one: all it speaks at, those that kept it, those against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leads.compliance import IN_TIME, erased_with_due, lacking_minimum, waiting_with_due
from leads.deal_information import lacks_something, missing_of
from leads.models import Contact, Deal, DealStage, FieldChange, RuleException, Touchpoint, Transition
from leads.rule_changes import SPOKEN_AT, against, changes_of, noted_alone, without_noted
from leads.words import KIND_WORDS
from lifecycle.compliance import Case, Recording, Records, Wanted, Which, provide_records
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion, Stage, Status

Rows = QuerySet[Any]


def of_contacts(records: Records, found: QuerySet[Contact]) -> Rows:
    return records.rows.filter(**{f"{records.contact}__in": found.values("pk")})


def of_the_deleted(records: Sequence[Records]) -> int:
    """How many are counted of contacts that are on no list. One query for each kind of record."""
    deleted = Contact.objects.filter(deleted_at__isnull=False)
    return sum(of_contacts(found, deleted).count() for found in records)


# What a row of each kind says


def contacts(rows: Rows, moment: str = "created_at", *, what: Any = "") -> Records:
    def says(contact: Contact) -> Case:
        return Case(contact.name, contact.get_absolute_url(), getattr(contact, moment), what)

    return Records(rows, moment, says, "pk")


def deals(rows: Rows, version: RuleVersion | None = None) -> Records:
    """With what each lacks of what that version asks for."""

    def says(deal: Deal) -> Case:
        lacking = ", ".join(missing_of(version, deal)) if version else ""
        return Case(deal.name, deal.get_absolute_url(), deal.opened_at, lacking or deal.contact.name)

    return Records(rows.select_related("contact"), "opened_at", says, "contact")


def exceptions(rows: QuerySet[RuleException]) -> Records:
    def says(row: RuleException) -> Case:
        return Case(
            row.contact.name, row.contact.get_absolute_url(), row.at, row.reason or row.get_how_display()
        )

    return Records(rows.select_related("contact"), "at", says, "contact")


def moves(rows: QuerySet[Transition]) -> Records:
    names = {one.key: one.name for model in (Stage, Status) for one in model._default_manager.all()}

    def says(row: Transition) -> Case:
        ways = [names[key] for key in (row.from_value, row.to_value) if key in names]
        return Case(row.contact.name, row.contact.get_absolute_url(), row.at, " → ".join(ways))

    return Records(rows.select_related("contact"), "at", says, "contact")


def messages(rows: Rows) -> Records:
    def says(row: Any) -> Case:
        return Case(
            row.contact.name,
            row.contact.get_absolute_url(),
            row.occurred_at,
            KIND_WORDS.get(row.kind, row.kind),
        )

    return Records(rows.select_related("contact"), "occurred_at", says, "contact")


def steps_of_deals(rows: QuerySet[FieldChange]) -> Records:
    """Deals that came to another stage, from the history of their facts."""
    deal = Deal.objects.filter(pk=OuterRef("subject_id"))
    rows = rows.annotate(deal_name=Subquery(deal.values("name")[:1]))
    labels = dict(DealStage.choices)

    def says(row: Any) -> Case:
        url = reverse("leads:deal-detail", args=[row.subject_id])
        return Case(row.deal_name, url, row.known_at, labels.get(row.after, row.after))

    return Records(rows, "known_at", says, "of_contact")


# What each rule counts

SAYS: Final[dict[type[Model], Callable[[Rows], Records]]] = {
    Contact: contacts,
    Deal: deals,
    FieldChange: steps_of_deals,
    Touchpoint: messages,
    Transition: moves,
}


def _on_record(version: RuleVersion, which: Which, wanted: Wanted) -> list[Records]:
    """What was against it is on record."""
    if which == Which.AGAINST:
        return [exceptions(against(version))]
    found = without_noted(version) if which == Which.KEPT else changes_of(version)
    records = [SAYS[changes.rows.model](changes.rows) for changes in found]
    return records if which == Which.KEPT else [*records, exceptions(noted_alone([version]))]


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
    found = [Records(rows, "due_at", says, "contact")]
    if which == Which.KEPT:
        return found
    waiting = waiting_with_due(version, since=wanted.since, until=wanted.until)
    return [*found, contacts(waiting, "due_at", what=_("waits still")), exceptions(against(version))]


PROVIDED: Final[dict[str, Recording]] = {
    **dict.fromkeys(SPOKEN_AT, _on_record),
    RuleKey.MINIMUM_INFORMATION: _minimum,
    RuleKey.DEAL_INFORMATION: _informed,
    RuleKey.RETENTION: _retention,
}


def provide_rule_records() -> None:
    for key, recording in PROVIDED.items():
        provide_records(key, recording)
