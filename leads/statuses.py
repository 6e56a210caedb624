"""Holds the automatic definitions of statuses against contacts, in sets, and gives whoever meets one its status.

Only from the statuses that a definition names, and once a stay: who left a status, by whoever’s hand, does not take
it again before something new is known. So neither a person and a rule nor two rules can throw a contact to and fro.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Case, IntegerField, Max, Q, QuerySet, Value, When

from leads.actions.statuses import set_status_of
from leads.deciding import BY_DEFINITION, understood
from leads.facts import contact_catalogue, matching
from leads.models import Answer, Contact, Entity, FieldChange, Origin, Touchpoint, Transition, TransitionKind
from leads.touchpoint_kinds import MESSAGES
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.models import StatusDefinition

NO_NEWS: Final = ("recontact_on", "persona_id")
"""Facts that follow from a status or a rule, and tell nothing new of the contact."""


@dataclass(frozen=True, slots=True)
class Taking:
    """An automatic definition in force, ready to run."""

    definition: StatusDefinition
    node: Node

    @property
    def status(self) -> str:
        return self.definition.status_id

    @property
    def from_statuses(self) -> list[str]:
        found: list[str] = self.definition.from_statuses
        return found


@transaction.atomic
def evaluate_statuses(contact_ids: Collection[int], *, at: datetime) -> list[Transition]:
    """Set the status of those of the contacts that meet the definition of another; answer the rows written.

    Where several hold, the last in the order of the statuses. Whom the rulebook holds from it stays where it is. One
    query where no definition is automatic; then three when nobody changes.
    """
    definitions = list(StatusDefinition.objects.automatic().select_related("status", "agreement"))
    if not definitions or not contact_ids:
        return []
    catalogue = contact_catalogue()
    takings = _takings(definitions, catalogue)
    met = _who_meet(contact_ids, takings, at=at, catalogue=catalogue)
    free = _without_who_left(met)
    return [
        entry
        for taking in takings
        if (ids := [pk for pk, found in free.items() if found is taking])
        for entry in set_status_of(
            ids,
            to=taking.status,
            actor=None,
            at=at,
            origin=Origin.RULE,
            facts={BY_DEFINITION: True},
            standing_in=taking.from_statuses,
        )
    ]


def _takings(definitions: Iterable[StatusDefinition], catalogue: Catalogue) -> list[Taking]:
    """The last status first."""
    in_order = sorted(definitions, key=lambda one: -one.status.position)
    return [
        Taking(definition, node)
        for definition in in_order
        if (node := understood(definition.criteria, catalogue, definition)) is not None
    ]


def _who_meet(
    contact_ids: Collection[int], takings: Sequence[Taking], *, at: datetime, catalogue: Catalogue
) -> dict[int, Taking]:
    """For each contact that stands where a definition takes from, the first that holds of it. One query."""
    if not takings:
        return {}
    cases = (
        When(
            Q(status__in=taking.from_statuses) & matching(taking.node, at=at, catalogue=catalogue),
            then=Value(place),
        )
        for place, taking in enumerate(takings)
    )
    sources = {status for taking in takings for status in taking.from_statuses}
    rows = Contact.objects.filter(pk__in=contact_ids, status__in=sources, erasure=None, deleted_at=None)
    found = rows.order_by().annotate(taking=Case(*cases, output_field=IntegerField()))
    return {pk: takings[place] for pk, place in found.values_list("pk", "taking") if place is not None}


# Once a stay


def _without_who_left(met: Mapping[int, Taking]) -> dict[int, Taking]:
    """Leave out who left that status before and of whom nothing is known that was not known then."""
    left = _last_left(met)
    bound = {pk: left[pk, taking.status] for pk, taking in met.items() if (pk, taking.status) in left}
    news = _last_news(bound) if bound else {}
    return {
        pk: taking
        for pk, taking in met.items()
        if pk not in bound or ((heard := news.get(pk)) is not None and heard > bound[pk])
    }


def _last_left(met: Mapping[int, Taking]) -> dict[tuple[int, str], datetime]:
    """When each of the contacts left which status the last time, by whoever’s hand. One query."""
    if not met:
        return {}
    rows = Transition.objects.filter(
        contact__in=met, kind=TransitionKind.STATUS, from_value__in={one.status for one in met.values()}
    )
    latest = rows.order_by().values("contact", "from_value").annotate(last=Max("at"))
    return {
        (contact, status): at for contact, status, at in latest.values_list("contact", "from_value", "last")
    }


def _last_news(contact_ids: Iterable[int]) -> dict[int, datetime]:
    """When something was last learned of each: a touch, an answer, a fact that somebody changed. Three queries.

    By when we heard of a touch: the clock of another system may run ahead, or what it tells come late.

    What we send to many tells nothing of anybody.
    """
    ids = list(contact_ids)
    touches = Touchpoint.objects.filter(contact__in=ids, is_human=True).exclude(kind__in=MESSAGES)
    answers = Answer.objects.filter(contact__in=ids)
    facts = FieldChange.objects.filter(entity=Entity.CONTACT, subject_id__in=ids).exclude(
        Q(field__in=NO_NEWS) | Q(origin=Origin.RULE)
    )
    found: dict[int, datetime] = {}
    for rows, contact, moment in (
        (touches, "contact", "recorded_at"),
        (answers, "contact", "answered_at"),
        (facts, "subject_id", "known_at"),
    ):
        for pk, at in _latest(rows, contact, moment):
            found[pk] = max(at, found.get(pk, at))
    return found


def _latest(rows: QuerySet[Any], contact: str, moment: str) -> Iterable[tuple[int, datetime]]:
    found: Iterable[tuple[int, datetime]] = rows.order_by().values_list(contact).annotate(last=Max(moment))
    return found
