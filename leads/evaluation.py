"""Holds the definitions and personas in force against contacts, in sets, and moves those who meet them.

Only forward: each contact to the furthest stage whose automatic definition holds, in one step, on the record
with the version that decided and the facts it decided on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.db.models import Case, F, IntegerField, Max, Q, Value, When

from leads.actions.history import sign_changes
from leads.actions.ledger import Move
from leads.actions.stages import change_stage_of
from leads.deciding import deciding_facts, understood
from leads.facts import contact_catalogue, matching
from leads.models import Contact, Origin, Touchpoint, Transition, TransitionKind
from leads.news import heard_of_since
from leads.touchpoint_kinds import KINDS, TRIGGER_KINDS
from lifecycle import rulebook
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.keys import RuleKey, StatusKey
from lifecycle.models import Stage, StageDefinition
from personas.models import PersonaVersion

COOL_DOWN_DAYS: Final = 30
"""Where the rulebook does not say how long a move back by a person binds the definitions."""

INBOUND: Final = tuple(kind.key for kind in KINDS.values() if kind.direction != "outbound")


@dataclass(frozen=True, slots=True)
class Step:
    """An automatic definition in force, ready to run."""

    definition: StageDefinition
    node: Node
    position: int


# Stages


@transaction.atomic
def evaluate_stages(contact_ids: Collection[int], *, at: datetime) -> list[Transition]:
    """Move those of the contacts that meet a definition of a further stage; answer the rows written.

    A contact that a person moved back stays until it may move again (rule 3 of the rulebook). Whom a rule holds
    from a stage goes to the furthest one before it whose definition holds and that no rule closes. Seven queries
    when nobody moves, as many again for each stage that a rule closes to somebody.
    """
    catalogue = contact_catalogue()
    steps = load_steps(catalogue)
    written: list[Transition] = []
    closed: dict[int, set[int]] = {}
    waiting = set(contact_ids)
    while waiting:
        reached = furthest(waiting, steps, at=at, catalogue=catalogue, closed=closed)
        reached = without_held_back(reached, at=at)
        moved = change_stage_of(
            _moves(reached, steps, at=at, catalogue=catalogue), actor=None, origin=Origin.RULE, marks=False
        )
        written += moved
        waiting = set(reached) - {entry.contact_id for entry in moved}
        # Each round closes a stage to each contact that is left: there are no more rounds than stages.
        for pk in waiting:
            closed.setdefault(reached[pk].definition.pk, set()).add(pk)
    return written


def _moves(
    reached: Mapping[int, Step], steps: Sequence[Step], *, at: datetime, catalogue: Catalogue
) -> list[Move]:
    return [
        Move(pk, step.definition.stage_id, at, facts=facts, definition_id=step.definition.pk)
        for step in steps
        for pk, facts in deciding_facts(
            step.node, [pk for pk, found in reached.items() if found is step], at=at, catalogue=catalogue
        ).items()
    ]


def load_steps(catalogue: Catalogue) -> list[Step]:
    """The automatic definitions in force of stages in use, the furthest stage first. One query."""
    definitions = StageDefinition.objects.in_force().filter(is_automatic=True, stage__is_active=True)
    return [
        Step(definition, node, definition.stage.position)
        for definition in definitions.select_related("stage", "agreement").order_by("-stage__position")
        if (node := understood(definition.criteria, catalogue, definition)) is not None
    ]


def furthest(
    contact_ids: Collection[int],
    steps: Sequence[Step],
    *,
    at: datetime,
    catalogue: Catalogue,
    closed: Mapping[int, Collection[int]] = MappingProxyType({}),
) -> dict[int, Step]:
    """For each contact that is before a stage whose definition holds, the furthest such step. One query.

    `closed`: by definition, the contacts that it may not move.
    """
    if not steps:
        return {}
    cases = (
        When(
            _before(step)
            & _reached(step)
            & ~Q(pk__in=closed.get(step.definition.pk, ()))
            & matching(step.node, at=at, catalogue=catalogue),
            then=Value(place),
        )
        for place, step in enumerate(steps)
    )
    rows = Contact.objects.filter(pk__in=contact_ids, erasure=None).order_by()
    # Named once: a filter on it would have the database, and Django before it, work all of it out again
    found = rows.annotate(step=Case(*cases, output_field=IntegerField())).values_list("pk", "step")
    return {pk: steps[place] for pk, place in found if place is not None}


def _before(step: Step) -> Q:
    return Q(stage=None) | Q(stage__position__lt=step.position)


def _reached(step: Step) -> Q:
    """Where a definition leaves alone whom we knew before: those of whom something is new since it is in force."""
    definition = step.definition
    since = definition.agreement.in_force_from
    if definition.reach == StageDefinition.Reach.EVERYBODY or since is None:
        return Q()
    return heard_of_since(since)


# Moves back bind the definitions


@dataclass(frozen=True, slots=True)
class MoveBack:
    """A person's decision that is still the last word on a contact's stage."""

    at: datetime
    from_position: int


def without_held_back(reached: Mapping[int, Step], *, at: datetime) -> dict[int, Step]:
    """Leave out who was moved back from that stage or a further one and has not come back to us since.

    A demo or contact request ends the wait at once, and so does the day on which we agreed to come back; anything
    else from the person ends it after the cool-down.
    """
    backs = moves_back(reached)
    bound = {pk: back for pk, back in backs.items() if reached[pk].position <= back.from_position}
    if not bound:
        return dict(reached)
    days = rulebook.parameters(RuleKey.REGRESSION).get("cool_down_days", COOL_DOWN_DAYS)
    requested, returned = _last_touches(bound, TRIGGER_KINDS), _last_touches(bound, INBOUND)
    agreed = _brought_back(bound)
    free = {
        pk
        for pk, back in bound.items()
        if _is_after(requested.get(pk), back.at)
        or _is_after(agreed.get(pk), back.at)
        or (at >= back.at + timedelta(days=days) and _is_after(returned.get(pk), back.at))
    }
    return {pk: step for pk, step in reached.items() if pk not in bound or pk in free}


def moves_back(contact_ids: Iterable[int]) -> dict[int, MoveBack]:
    """Of those whose last change of stage was a move back by a person, where from and when. Two queries."""
    rows = Transition.objects.of_stage().filter(contact__in=list(contact_ids))
    latest = rows.order_by("contact", "-at", "-pk").distinct("contact")
    positions: dict[str, int] = dict(Stage.objects.values_list("key", "position"))
    return {
        contact: MoveBack(at, positions[before])
        for contact, before, after, at, origin in latest.values_list(
            "contact", "from_value", "to_value", "at", "origin"
        )
        if origin == Origin.PERSON and positions.get(before, -1) > positions.get(after, -1)
    }


def _last_touches(contact_ids: Iterable[int], kinds: Sequence[str]) -> dict[int, datetime]:
    rows = Touchpoint.objects.filter(contact__in=list(contact_ids), kind__in=kinds, is_human=True)
    return dict(rows.order_by().values_list("contact").annotate(Max("occurred_at")))


def _brought_back(contact_ids: Iterable[int]) -> dict[int, datetime]:
    """When the wait that was agreed with a contact was over the last time (leads.actions.coming_back)."""
    rows = Transition.objects.filter(
        contact__in=list(contact_ids),
        kind=TransitionKind.STATUS,
        from_value=StatusKey.BAD_TIMING,
        origin=Origin.RULE,
    )
    return dict(rows.order_by().values_list("contact").annotate(Max("at")))


def _is_after(moment: datetime | None, other: datetime) -> bool:
    return moment is not None and moment > other


# Personas


@transaction.atomic
def match_personas(contact_ids: Collection[int], *, at: datetime) -> int:
    """Give each contact the first persona, by position, whose match holds; answer how many changed.

    A persona without a match is given by hand and stays where nothing matches.
    """
    versions = PersonaVersion.objects.in_force().filter(persona__is_active=True, match__isnull=False)
    found = list(versions.select_related("persona"))
    if not found:
        return 0
    wanted = persona_wanted(found, at=at, catalogue=contact_catalogue())
    rows = Contact.objects.filter(pk__in=contact_ids, deleted_at=None).order_by().annotate(wanted=wanted)
    by_persona: dict[int | None, list[int]] = {}
    for pk, before, after in rows.values_list("pk", "persona", "wanted"):
        if after != before:
            by_persona.setdefault(after, []).append(pk)
    if by_persona:
        sign_changes(at=at, origin=Origin.RULE)
    return sum(
        Contact.objects.filter(pk__in=ids).update(persona=persona) for persona, ids in by_persona.items()
    )


def persona_wanted(versions: Collection[PersonaVersion], *, at: datetime, catalogue: Catalogue) -> Case | F:
    """The persona a contact is to have by these versions, which have a match: the first by position that holds.

    One that is not among them was given by hand and stays where nothing matches; so does one whose match cannot be
    read any more.
    """
    in_order = sorted(versions, key=lambda version: (version.persona.position, version.persona.slug))
    read = {
        version.persona_id: node
        for version in in_order
        if (node := understood(version.match, catalogue, version)) is not None
    }
    if not read:
        return F("persona")
    cases = [
        When(matching(node, at=at, catalogue=catalogue), then=Value(persona))
        for persona, node in read.items()
    ]
    by_hand = ~Q(persona__in=list(read))
    return Case(*cases, When(by_hand, then=F("persona")), output_field=IntegerField())
