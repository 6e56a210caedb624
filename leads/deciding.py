"""The facts that decided: what a definition’s criteria find of a contact, as the ledger keeps and reads it back."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from leads.facts import contact_catalogue, snapshots
from leads.models import Contact, Transition
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.dump import dump
from lifecycle.criteria.evaluate import Known, Verdict, evaluate
from lifecycle.criteria.nodes import Node, Path, show_path, walk
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.reasons import decisive, reason
from lifecycle.models import StatusDefinition

log = logging.getLogger(__name__)


BY_DEFINITION: Final = "by_definition"
"""Among the facts of a change of status: its definition set it, and nobody else."""


def understood(criteria: Any, catalogue: Catalogue, owner: object) -> Node | None:
    """The tree, or None where the catalogue has moved on: one broken definition must not stop the others."""
    try:
        return parse(criteria, catalogue)
    except CriteriaError:
        log.exception("%s cannot be evaluated", owner)
        return None


def deciding_facts(
    node: Node, contact_ids: Collection[int], *, at: datetime, catalogue: Catalogue
) -> dict[int, dict[str, Any]]:
    """For the ledger: each leaf the answer rests on, by its place in the criteria, with what was found there."""
    return {
        pk: on_record(verdict)
        for pk, verdict in _verdicts(node, contact_ids, at=at, catalogue=catalogue).items()
    }


def held_against(
    definition: StatusDefinition, contact_ids: Collection[int], *, at: datetime
) -> dict[int, dict[str, Any]]:
    """The same of a status definition, and whether it `holds`; nothing where it has no criteria that can be read."""
    if not definition.criteria or not contact_ids:
        return {}
    catalogue = contact_catalogue()
    node = understood(definition.criteria, catalogue, definition)
    if node is None:
        return {}
    return {
        pk: {**on_record(verdict), "holds": verdict.holds}
        for pk, verdict in _verdicts(node, contact_ids, at=at, catalogue=catalogue).items()
    }


def on_record(verdict: Verdict) -> dict[str, Any]:
    """The leaves a verdict rests on, as the ledger keeps them."""
    return {
        "deciding": [
            {"path": show_path(leaf.path), "holds": leaf.holds, "actual": _as_json(leaf.actual)}
            for leaf in decisive(verdict)
        ]
    }


def leaves_on_record(verdict: Verdict) -> list[dict[str, Any]]:
    """The same where no version is kept beside them: each leaf with its criterion."""
    return [
        {"criterion": dump(leaf.node), "holds": leaf.holds, "actual": _as_json(leaf.actual)}
        for leaf in decisive(verdict)
    ]


def said_on_record(
    leaves: Sequence[Mapping[str, Any]], catalogue: Catalogue, language: str, *, at: datetime
) -> str:
    """Those in words, each once, without what cannot be read any more; `at` is the moment they were evaluated for."""
    said = []
    for leaf in leaves:
        node = understood(leaf["criterion"], catalogue, "a fact on record")
        if node is not None:
            verdict = Verdict(node, (), leaf["holds"], _from_json(leaf["actual"]))
            said.append(reason(verdict, catalogue, language, at=at))
    return ", ".join(dict.fromkeys(said))


def deciding_verdicts(entry: Transition, catalogue: Catalogue) -> list[Verdict]:
    """The leaves that decided an entry, read back from the ledger; none for one that was held against nothing.

    Give them to `lifecycle.criteria.reasons` for the words; none either when the catalogue has moved on.
    """
    definition = entry.definition or entry.status_definition
    if definition is None or definition.criteria is None:
        return []
    tree = understood(definition.criteria, catalogue, definition)
    nodes: dict[str, tuple[Path, Node]] = {
        show_path(path): (path, node) for path, node in (walk(tree) if tree else ())
    }
    return [
        Verdict(nodes[leaf["path"]][1], nodes[leaf["path"]][0], leaf["holds"], _from_json(leaf["actual"]))
        for leaf in entry.facts.get("deciding", ())
        if leaf["path"] in nodes
    ]


def _verdicts(
    node: Node, contact_ids: Collection[int], *, at: datetime, catalogue: Catalogue
) -> dict[int, Verdict]:
    if not contact_ids:
        return {}
    known = snapshots(Contact.objects.filter(pk__in=contact_ids), at=at, catalogue=catalogue, node=node)
    return {pk: evaluate(node, snapshot, at=at, catalogue=catalogue) for pk, snapshot in known.items()}


def _as_json(value: Known) -> Any:
    match value:
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case Decimal():
            return {"number": str(value)}
        case _:
            return value


def _from_json(value: Any) -> Known:
    match value:
        case {"moment": text}:
            return datetime.fromisoformat(text)
        case {"day": text}:
            return date.fromisoformat(text)
        case {"number": text}:
            return Decimal(text)
        case _:
            return value  # type: ignore[no-any-return]  # text, whole number, yes or no, as it was written
