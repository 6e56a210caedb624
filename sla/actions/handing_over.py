"""Handing over: every entry into MQL becomes one handoff, found again from the ledger by whoever looks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When

from agreements.models import State
from leads.models import Origin, Touchpoint, Transition, TransitionKind
from leads.touchpoint_kinds import TRIGGER_KINDS
from lifecycle.keys import StageKey
from lifecycle.models import Stage
from sla.actions.clocks import BATCH, start_clocks, stop_clocks, stop_touched
from sla.actions.routing import Step, route
from sla.actions.scope import EVERYTHING, Scope
from sla.giving import astray, given_by_hand
from sla.models import Assignment, ContractVersion, Handoff
from sla.notices import tell_assigned

logger = logging.getLogger(__name__)

REQUEST_WINDOW = timedelta(days=7)
"""A demo or contact request this long before the entry, or less, puts the handoff into the fast lane."""

ONE_SECOND = timedelta(seconds=1)
"""Stages that an import enters at one moment stand microseconds apart."""

MQL = StageKey.MARKETING_QUALIFIED


@dataclass(frozen=True)
class Departure:
    """How a contact left MQL again without a decision on its handoff."""

    at: datetime
    actor_id: int | None
    is_forward: bool

    @property
    def state(self) -> str:
        """A rep who moves a lead on has accepted it; one that fell back was closed."""
        return Handoff.State.ACCEPTED if self.is_forward else Handoff.State.CLOSED


def entries_without_handoff(scope: Scope = EVERYTHING) -> models.QuerySet[Transition]:
    """Entries into MQL still to be handed over: not those taken back, nor imported history unless asked.

    An import asks by `{"hand_over": true}` in the facts of its transitions; whom its own dates take out of MQL again is
    history all the same.
    """
    entries = Transition.objects.filter(kind=TransitionKind.STAGE, to_value=MQL, undoes=None)
    entries = scope.narrow(entries)
    is_there = Q(interval__left_at=None) | Q(interval__left_at__gt=F("recorded_at") + ONE_SECOND)
    entries = entries.filter(~Q(origin=Origin.IMPORT) | Q(is_there, facts__hand_over=True))
    return entries.filter(~Exists(Handoff.objects.filter(transition=OuterRef("pk"))))


@transaction.atomic
def hand_over(*, at: datetime, scope: Scope = EVERYTHING) -> int:
    """Make the missing handoffs, with their clocks, of the entries in scope.

    Safe to run twice and at once: one handoff a transition is a constraint. Answers how many entries it found.
    Nine queries, however many there are.
    """
    found = entries_without_handoff(scope)
    entries = list(_with_evidence(found).order_by("contact_id", "at", "pk"))
    if not entries:
        return 0
    contracts = _contracts()
    if not contracts:
        logger.warning("%d leads are not handed over: no contract is in force", len(entries))
        return 0
    handoffs = _handoffs(entries, contracts)
    close_open([row.contact_id for row in handoffs if row.state == Handoff.State.WAITING], at=at)
    Handoff.objects.bulk_create(handoffs, ignore_conflicts=True, batch_size=BATCH)
    made = list(Handoff.objects.filter(transition__in=[row.transition_id for row in handoffs]).order_by("pk"))
    start_clocks(made)
    stop_touched(at=at, scope=Scope.of(row.contact_id for row in made))
    for row in made:
        if row.decided_at:
            stop_clocks([row], reason=row.state, at=row.decided_at)
    return len(entries)


def _with_evidence(entries: models.QuerySet[Transition]) -> models.QuerySet[Transition]:
    """Adds when it `came`, `request_at` (the latest request before that, or NULL) and `left_at` (NULL while in MQL).

    An entry comes at its own time, one that an import hands over when it was imported: nobody could act before.
    """
    came = Case(When(origin=Origin.IMPORT, then=F("recorded_at")), default=F("at"))
    entries = entries.annotate(came=came)
    requests = Touchpoint.objects.filter(
        contact=OuterRef("contact"),
        kind__in=TRIGGER_KINDS,
        is_human=True,
        occurred_at__lte=OuterRef("came"),
        occurred_at__gt=OuterRef("came") - REQUEST_WINDOW,
    ).order_by("-occurred_at")
    return entries.annotate(
        request_at=Subquery(requests.values("occurred_at")[:1]), left_at=F("interval__left_at")
    )


def _contracts() -> list[ContractVersion]:
    """Every version that is or was in force, oldest first."""
    return list(
        ContractVersion.objects.filter(agreement__state__in=(State.IN_FORCE, State.SUPERSEDED))
        .select_related("agreement")
        .order_by("agreement__in_force_from")
    )


def contract_at(contracts: Sequence[ContractVersion], at: datetime) -> ContractVersion:
    """The version in force at a moment; before the first one, the first."""
    started = [row for row in contracts if row.agreement.in_force_from and row.agreement.in_force_from <= at]
    return started[-1] if started else contracts[0]


def _handoffs(entries: Sequence[Transition], contracts: Sequence[ContractVersion]) -> list[Handoff]:
    gone = [entry for entry in entries if entry.left_at]  # type: ignore[attr-defined]  # annotated
    departures = departures_of({entry.contact_id for entry in gone})
    handoffs = []
    for _contact, rows in groupby(entries, key=lambda entry: entry.contact_id):
        of_contact = list(rows)
        for entry, following in zip(of_contact, [*of_contact[1:], None], strict=True):
            departure = _departure(departures.get(entry.contact_id, []), entry, following)
            handoffs.append(_handoff(entry, contract_at(contracts, entry.came), departure))  # type: ignore[attr-defined]
    return handoffs


def _departure(
    departures: Sequence[Departure], entry: Transition, following: Transition | None
) -> Departure | None:
    came = entry.came  # type: ignore[attr-defined]  # annotated
    left = next((departure for departure in departures if departure.at > came), None)
    if left or not following:
        return left
    return Departure(following.came, None, is_forward=False)  # type: ignore[attr-defined]  # annotated


def _handoff(entry: Transition, contract: ContractVersion, departure: Departure | None) -> Handoff:
    asked = entry.request_at  # type: ignore[attr-defined]  # annotated
    return Handoff(
        transition=entry,
        contact_id=entry.contact_id,
        contract=contract,
        lane=Handoff.Lane.REQUEST if asked else Handoff.Lane.STANDARD,
        entered_at=entry.came,  # type: ignore[attr-defined]  # annotated
        state=departure.state if departure else Handoff.State.WAITING,
        decided_at=departure.at if departure else None,
        decided_by_id=departure.actor_id if departure else None,
    )


def departures_of(contact_ids: Iterable[int]) -> dict[int, list[Departure]]:
    """By contact, the moments at which it left MQL, oldest first; rows taken back are none. Two queries."""
    wanted = list(contact_ids)
    if not wanted:
        return {}
    positions = dict(Stage.objects.values_list("pk", "position"))
    rows = (
        Transition.objects.filter(
            contact_id__in=wanted, kind=TransitionKind.STAGE, from_value=MQL, undone_by=None
        )
        .order_by("contact_id", "at", "pk")
        .values_list("contact_id", "at", "actor_id", "to_value")
    )
    found: dict[int, list[Departure]] = {}
    for contact_id, at, actor_id, to_value in rows:
        is_forward = positions.get(to_value, 0) > positions.get(MQL, 0)
        found.setdefault(contact_id, []).append(Departure(at, actor_id, is_forward))
    return found


def close_open(contact_ids: Sequence[int], *, at: datetime) -> None:
    """End what is still open of these contacts, clocks too: each enters again, or is erased."""
    stale = list(
        Handoff.objects.open()
        .filter(contact_id__in=contact_ids)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    if stale:
        stop_clocks(stale, reason=Handoff.State.CLOSED, at=at)
        Handoff.objects.filter(pk__in=[row.pk for row in stale]).update(
            state=Handoff.State.CLOSED, decided_at=at
        )


@transaction.atomic
def settle_departed(*, at: datetime, scope: Scope = EVERYTHING) -> int:
    """Decide the open handoffs whose contact left MQL: moved on means accepted, fallen back means closed."""
    moves = Transition.objects.filter(kind=TransitionKind.STAGE, from_value=MQL)
    moves = scope.narrow(moves)
    stale = list(
        Handoff.objects.open()
        .filter(contact__in=moves.values("contact"))
        .exclude(contact__stage=MQL)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    departures = departures_of({row.contact_id for row in stale})
    for row in stale:
        left = next(
            (found for found in departures.get(row.contact_id, []) if found.at >= row.entered_at),
            Departure(at, None, is_forward=False),
        )
        row.state, row.decided_at, row.decided_by_id = left.state, left.at, left.actor_id
        stop_clocks([row], reason=row.state, at=left.at)
    Handoff.objects.bulk_update(stale, ("state", "decided_at", "decided_by"), batch_size=BATCH)
    return len(stale)


@transaction.atomic
def follow_owners(*, at: datetime, scope: Scope = EVERYTHING) -> int:
    """An open handoff goes with its contact when a person gives the contact to somebody else.

    The rep is told as of any other lead, unless it was the rep who took it. Nine queries at most, however many.
    """
    changes = scope.narrow(given_by_hand())
    given = changes.filter(contact=OuterRef("contact"), at__gte=OuterRef("entered_at"))
    rows = (
        astray(changes)
        .annotate(given_by=Subquery(given.order_by("-at", "-pk").values("actor")[:1]))
        .select_related("contact__owner")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    steps = [Step(row, Assignment.How.FOLLOWED, row.contact.owner, row.given_by) for row in rows]
    appended = route(steps, at=at)
    given_to_them = (step.handoff for step in steps if step.rep and step.rep.pk != step.by_id)
    tell_assigned(given_to_them, steps=appended, at=at)
    return len(steps)
