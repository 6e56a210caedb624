"""Which versions mean campaigns by their names, and would mean others if one were renamed; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Model
from django.urls import reverse

from agreements.kinds import kind_of, versions_of
from agreements.models import OPEN, Agreement, State
from leads.deciding import understood
from leads.facts import contact_catalogue
from leads.models import ScoringRule
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.evaluate import Snapshot, Touch, evaluate
from lifecycle.criteria.nodes import Node, TouchCount, TouchRecency
from lifecycle.models import ProcedureVersion, RuleVersion, StageDefinition, StatusDefinition
from personas.models import PersonaVersion

CAMPAIGN: Final = "campaign"
"""The key of the fact of a contact, and of what a touch carries."""

SPEAKING: Final[tuple[tuple[type[Model], str, tuple[str, ...]], ...]] = (
    (StageDefinition, "agreement", ("criteria",)),
    (StatusDefinition, "agreement", ("criteria",)),
    (ProcedureVersion, "agreement", ("criteria",)),
    (RuleVersion, "agreement", ("criteria", "parameters")),
    (PersonaVersion, "agreement", ("match",)),
    (ScoringRule, "model__agreement", ("criteria",)),
)
"""Where criteria are written down, and the way from there to the agreement."""

ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""A name is the same at any time."""


@dataclass(frozen=True)
class Naming:
    """A version in force, or one that is being written or signed."""

    kind: str
    title: str
    number: int
    state: str
    url: str

    def __str__(self) -> str:
        named = self.title if self.title == self.kind else f"{self.kind} {self.title}"
        return f"{named}, v{self.number} ({self.state})"


def namings_changed(before: str, after: str) -> list[Naming]:
    """The versions of whose criteria one holds of a campaign by one of the two names and not by the other.

    What asks for neither name, or for both, goes on meaning the same contacts. Seven queries, and one a kind for the
    words of what is found.
    """
    catalogue = contact_catalogue()
    found = {
        pk
        for pk, tree in _criteria()
        for leaf in _leaves(tree)
        if (node := understood(leaf, catalogue, f"agreement {pk}")) is not None
        and _means(node, before, catalogue) != _means(node, after, catalogue)
    }
    agreements = list(Agreement.objects.filter(pk__in=found))
    versions = versions_of(agreements)
    return [_naming(agreement, versions[agreement.pk]) for agreement in agreements]


def _criteria() -> Iterator[tuple[int, object]]:
    """Agreement and criteria of whatever is in force or open. Six queries."""
    for model, way, columns in SPEAKING:
        rows = model._default_manager.filter(**{f"{way}__state__in": (State.IN_FORCE, *OPEN)}).order_by("pk")
        for agreement, *trees in rows.values_list(way, *columns):
            yield from ((agreement, tree) for tree in trees)


def _leaves(tree: object) -> Iterator[dict[str, Any]]:
    """What asks for the campaign of a contact or of a touch, in whatever group or territory."""
    match tree:
        case {"fact": "campaign"} | {"touch": _, "where": {"campaign": _}}:
            yield tree  # type: ignore[misc]  # a dictionary, as the pattern says
        case dict():
            for child in tree.values():
                yield from _leaves(child)
        case list():
            for child in tree:
                yield from _leaves(child)


def _means(leaf: Node, name: str, catalogue: Catalogue) -> bool:
    """Whether it holds of a contact, or counts a touch, of a campaign of that name."""
    snapshot = Snapshot({CAMPAIGN: name})
    if isinstance(leaf, TouchCount | TouchRecency):
        named = tuple(test for test in leaf.touches.where if test.key == CAMPAIGN)
        leaf = TouchCount(replace(leaf.touches, where=named), "at_least", 1)
        snapshot = Snapshot({}, (Touch(leaf.touches.kinds[0], ANY_TIME, {CAMPAIGN: name}),))
    return evaluate(leaf, snapshot, at=ANY_TIME, catalogue=catalogue).holds


def _naming(agreement: Agreement, version: Any) -> Naming:
    kind = kind_of(agreement.subject)
    return Naming(
        str(kind.label),
        kind.title(version),
        agreement.number,
        agreement.get_state_display(),
        reverse("agreements:agreement-detail", args=[agreement.pk]),
    )
