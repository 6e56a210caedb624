"""Evaluates the definitions in force at past moments of the story, for the ledger to hold what decided then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads.deciding import on_record
from leads.evaluation import load_steps
from leads.facts import contact_catalogue, snapshots
from leads.models import Contact
from leads.scoring.arithmetic import Touch, score
from leads.scoring.loading import LoadedModel, load_in_force
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.evaluate import Known, Snapshot, evaluate
from lifecycle.criteria.nodes import Node
from lifecycle.keys import StageKey
from smarketing.demo.story import ContactStory, TouchStory

THEN: Mapping[str, Mapping[str, Known]] = {
    StageKey.OPPORTUNITY: {"deals.quote_sent": True, "deals.open_count": 1},
    StageKey.CUSTOMER: {"deals.won_count": 1},
    StageKey.PROMOTER: {"deals.won_count": 1},
}
"""What of a person's one deal is known at the entry into a stage, whatever became of it later."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The contact's entry into a stage."""

    contact_id: int
    stage: str
    at: datetime


def deciding_facts_of(
    entries: Iterable[Entry], people: Sequence[ContactStory]
) -> dict[tuple[int, str], dict[str, Any]]:
    """By contact and stage, the leaves of the definition that held; needs contacts, touches and deals written.

    A handful of queries a stage, whatever the number of entries.
    """
    catalogue, by_stage = contact_catalogue(), _by_stage(entries)
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for step in load_steps(catalogue):
        entered = by_stage.get(step.definition.stage_id)
        for entry, snapshot in _snapshots_then(step.node, entered, people, catalogue) if entered else ():
            verdict = evaluate(step.node, snapshot, at=entry.at, catalogue=catalogue)
            if verdict.holds:
                found[entry.contact_id, entry.stage] = on_record(verdict)
    return found


def _by_stage(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.stage, []).append(entry)
    return found


def _snapshots_then(
    node: Node, entered: Sequence[Entry], people: Sequence[ContactStory], catalogue: Catalogue
) -> Iterator[tuple[Entry, Snapshot]]:
    """What was known of each at the entry; touches after it are there, and not seen by the evaluation."""
    model, ids, last = load_in_force(), [entry.contact_id for entry in entered], max(e.at for e in entered)
    known = snapshots(Contact.objects.filter(pk__in=ids), at=last, catalogue=catalogue, node=node)
    of_fit = _fit_rules_met(model, ids, at=last)
    for entry in entered:
        now = known[entry.contact_id]
        scored = _scores(model, of_fit, people[entry.contact_id - 1], entry)
        yield entry, Snapshot({**now.facts, **scored, **THEN.get(entry.stage, {})}, now.touches)


def _fit_rules_met(model: LoadedModel | None, ids: Sequence[int], *, at: datetime) -> dict[int, set[int]]:
    """By contact, the fit rules that hold; what the demo knows of a person does not change with time."""
    met: dict[int, set[int]] = {}
    conditions = model.conditions(at=at) if model else {}
    for rule, condition in conditions.items():
        for pk in Contact.objects.filter(condition, pk__in=ids).order_by().values_list("pk", flat=True):
            met.setdefault(pk, set()).add(rule)
    return met


def _scores(
    model: LoadedModel | None, met: Mapping[int, set[int]], person: ContactStory, entry: Entry
) -> dict[str, Known]:
    """What the scoring model said of the person at that moment."""
    if model is None:
        return {}
    touches = [_touch(touch) for touch in person.touches]
    found = score(model.rules, met=met.get(entry.contact_id, ()), touches=touches, at=entry.at)
    return {
        "score.fit": found.fit,
        "score.engagement": found.engagement,
        "score.excluded": found.is_excluded,
        "score.triggered_at": found.triggered_at,
    }


def _touch(told: TouchStory) -> Touch:
    return Touch(told.kind, told.at, told.attributes | {"outcome": told.outcome}, told.is_human)
