"""Finds the territory of a lead, and deals the leads of the past by the territories of a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, F, IntegerField, Value, When

from accounts.models import User
from accounts.naming import told_apart
from leads.criteria_trial import patient
from leads.deciding import leaves_on_record, understood
from leads.facts import contact_catalogue, matching, snapshots
from leads.models import Contact
from lifecycle.adherence import LOOKED_BACK
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.evaluate import evaluate
from lifecycle.criteria.nodes import AnyOf, Node
from lifecycle.territories import EVERYBODY, RepShare, Territory, Trial, in_sales, provide
from sla.distribution import Choice, Pool, choose
from sla.distribution import Seat as Place
from sla.models import Handoff, Seat

MOST_TRIED: Final = 20_000
"""Leads of the past that are dealt one after the other for a page; of more, the newest."""


@dataclass(frozen=True)
class Placed:
    """The territory of a lead, and the facts that put it there, as the ledger keeps them."""

    territory: Territory
    deciding: Sequence[Mapping[str, Any]]

    @property
    def pool(self) -> Pool:
        return pool_of(self.territory)


def pool_of(territory: Territory) -> Pool:
    return Pool(frozenset(territory.reps), territory.otherwise == EVERYBODY)


def placed(
    contact_ids: Collection[int], territories: Sequence[Territory], *, at: datetime
) -> dict[int, Placed]:
    """By contact, the first territory whose criteria hold; contacts of none are left out.

    Three queries, however many territories and contacts; none without territories. Criteria that cannot be read any
    more hold for nobody.
    """
    if not territories or not contact_ids:
        return {}
    catalogue = contact_catalogue()
    nodes = _understood(territories, catalogue)
    if not nodes:
        return {}
    known = snapshots(
        Contact.objects.filter(pk__in=contact_ids),
        at=at,
        catalogue=catalogue,
        node=AnyOf(tuple(node for _territory, node in nodes)),
    )
    found = {}
    for pk, snapshot in known.items():
        for territory, node in nodes:
            verdict = evaluate(node, snapshot, at=at, catalogue=catalogue)
            if verdict.holds:
                found[pk] = Placed(territory, leaves_on_record(verdict))
                break
    return found


def _understood(territories: Sequence[Territory], catalogue: Catalogue) -> list[tuple[Territory, Node]]:
    read = ((one, understood(one.criteria, catalogue, f"territory {one.name}")) for one in territories)
    return [(territory, node) for territory, node in read if node is not None]


# The past


def tried(territories: Sequence[Territory], at: datetime) -> Trial:
    """The leads of the last three months, dealt in their order to those who have a seat today.

    Without absences, caps and owners, which belong to their day: what is compared is how much falls to whom. Five
    queries. Raise TakesLongError.
    """
    catalogue = contact_catalogue()
    nodes = _understood(territories, catalogue)
    handoffs = Handoff.objects.filter(entered_at__gt=at - LOOKED_BACK, entered_at__lte=at)
    handoffs = handoffs.filter(contact__deleted_at=None)
    if not nodes:
        return _dealt([None] * min(handoffs.count(), MOST_TRIED), territories)
    of = _place_of(nodes, catalogue)
    with patient(AnyOf(tuple(node for _territory, node in nodes)), at=at, catalogue=catalogue):
        newest = list(
            handoffs.annotate(of=of).order_by("-entered_at", "-pk").values_list("of", flat=True)[:MOST_TRIED]
        )
    return _dealt([None if place is None else nodes[place][0] for place in reversed(newest)], territories)


def _place_of(nodes: Sequence[tuple[Territory, Node]], catalogue: Catalogue) -> Case:
    """The number of the first that holds of the contact of a handoff when it was handed over; NULL where none does."""
    cases = [
        When(matching(node, at=F("entered_at"), catalogue=catalogue, subject="contact"), then=Value(place))
        for place, (_territory, node) in enumerate(nodes)
    ]
    return Case(*cases, default=None, output_field=IntegerField())


def _dealt(leads: Sequence[Territory | None], territories: Sequence[Territory]) -> Trial:
    seats = Seat.objects.filter(user__in=in_sales()).order_by("pk")
    newcomers = in_sales().filter(seat=None).order_by("pk").values_list("pk", flat=True)
    around = [
        *(Place(seat.user_id, weight=seat.weight if seat.is_active else 0) for seat in seats),
        *map(Place, newcomers),
    ]
    pools = {territory.name: pool_of(territory) for territory in territories}
    choices: list[Choice] = []
    for territory in leads:
        choice, around = choose(around, None, pools[territory.name] if territory else None)
        choices.append(choice)
    of_territory = Counter(territory.name for territory in leads if territory)
    of_rep = Counter(choice.rep_id for choice in choices if choice.rep_id)
    names = told_apart(User.objects.filter(pk__in=[place.rep_id for place in around]))
    return Trial(
        days=LOOKED_BACK.days,
        total=len(leads),
        of_territory=[(territory.name, of_territory[territory.name]) for territory in territories],
        of_none=sum(territory is None for territory in leads),
        of_rep=[RepShare(place.rep_id, names[place.rep_id], of_rep[place.rep_id]) for place in around],
        waiting=sum(choice.rep_id is None for choice in choices),
    )


def provide_trial() -> None:
    provide(tried)
