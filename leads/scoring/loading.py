"""A scoring model out of its rows: the rules of `arithmetic`, and the criteria of its fit rules."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, cast

from django.db.models import Count, Q

from leads.facts import COLUMNS, contact_catalogue, matching
from leads.models import ScoringModel, ScoringRule
from leads.scoring.arithmetic import Axis, Effect, Rule, Rules
from lifecycle.criteria.catalogue import WITH_DAYS, Catalogue, Words
from lifecycle.criteria.evaluate import Snapshot, evaluate
from lifecycle.criteria.nodes import AnyOf, FactTest, Node, touch_kinds_of, walk
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError, Problem

FIT_GROUPS = frozenset({"contact", "company", "answers", "custom"})
"""What fit may speak of. A score, a stage or a deal may not: the score decides about those."""

NOBODY = AnyOf(())
CACHE_SECONDS = 60

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model ready to run. `criteria` by the id of the fit rule, words by rule and by axis and group."""

    id: int
    number: int
    rules: Rules
    criteria: Mapping[int, Node]
    catalogue: Catalogue
    thresholds: Mapping[Axis, int]
    rule_words: Mapping[int, Words]
    group_words: Mapping[tuple[Axis, str], Words]

    @cached_property
    def is_timeless(self) -> bool:
        """Whether no fit rule speaks of an age or of what was answered by then: its conditions are always the same."""
        tests = (node for tree in self.criteria.values() for _, node in walk(tree))
        return not any(
            isinstance(test, FactTest) and (test.op in WITH_DAYS or test.fact in COLUMNS) for test in tests
        )

    def conditions(self, *, at: datetime) -> dict[int, Q]:
        """The contacts that each fit rule holds of."""
        return {id: matching(node, at=at, catalogue=self.catalogue) for id, node in self.criteria.items()}

    def met(self, snapshot: Snapshot, *, at: datetime) -> set[int]:
        """The fit rules that hold of one contact."""
        return {
            id
            for id, node in self.criteria.items()
            if evaluate(node, snapshot, at=at, catalogue=self.catalogue).holds
        }


def load_in_force() -> LoadedModel | None:
    """The model in force, remembered by this process for a minute; one query then.

    What is in force is never edited, so only the catalogue (a custom field that changed) can be that old.
    """
    model: Any = (
        ScoringModel.objects.in_force()
        .select_related("agreement")
        .annotate(rule_count=Count("rules"))
        .order_by("-agreement__in_force_from")
        .first()
    )
    if model is None:
        return None
    return remembered(model, model.rule_count)


def remembered(model: ScoringModel, rule_count: int) -> LoadedModel:
    """A model in force that somebody has read already, with its agreement; no query within the minute."""
    return _remembered(_Version(model, rule_count), int(time.monotonic() // CACHE_SECONDS))


class _Version:
    """A model in force, equal to itself loaded again."""

    def __init__(self, model: ScoringModel, rule_count: int) -> None:
        self.model = model
        self.key = (model.pk, model.agreement.content_hash, rule_count)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=4)
def _remembered(version: _Version, minute: int) -> LoadedModel:
    return load(version.model)


def load(model: ScoringModel, *, catalogue: Catalogue | None = None) -> LoadedModel:
    """The model with its rules; two queries, and one for the catalogue when none is given.

    A fit rule that no longer fits the catalogue (a field of the company went away) holds of nobody and is logged:
    one such rule must not keep everybody from being scored.
    """
    catalogue = catalogue or contact_catalogue()
    fit = fit_catalogue(catalogue)
    rows = list(model.rules.select_related("group"))
    groups = {
        (cast(Axis, group.axis), group.key): group
        for group in (row.group for row in rows)
        if group is not None
    }
    return LoadedModel(
        id=model.pk,
        number=model.agreement.number,
        rules=Rules(
            rules=tuple(rule_of(row) for row in rows),
            groups={place: group.cap for place, group in groups.items()},
            window_days=model.window_days,
        ),
        criteria={row.pk: _criteria_of(row, fit) for row in rows if row.axis == "fit"},
        catalogue=fit,
        thresholds={"fit": model.fit_threshold, "engagement": model.engagement_threshold},
        rule_words={row.pk: _words(row.label_en, row.label_fr) for row in rows},
        group_words={place: _words(group.label_en, group.label_fr) for place, group in groups.items()},
    )


def _criteria_of(row: ScoringRule, catalogue: Catalogue) -> Node:
    try:
        return fit_criteria(row.criteria, catalogue)
    except CriteriaError as error:
        log.warning("scoring rule %s holds of nobody: %s", row.pk, error)
        return NOBODY


def _words(english: str, french: str) -> Words:
    return Words(english or french, french or english)


def rule_of(row: ScoringRule) -> Rule:
    """The rule without its words."""
    return Rule(
        id=row.pk,
        axis=cast(Axis, row.axis),
        points=row.points,
        effect=cast(Effect, row.effect),
        cap=row.cap,
        group=row.group.key if row.group else None,
        kind=row.kind,
        where=attributes_of(row.where),
        half_life_days=row.half_life_days,
    )


def attributes_of(where: Mapping[str, Any]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """`{"complete": true, "form": ["demo", "price"]}` in a fixed order, each with the values that will do."""
    return tuple(
        (key, tuple(wanted) if isinstance(wanted, list) else (wanted,))
        for key, wanted in sorted(where.items())
    )


def fit_catalogue(catalogue: Catalogue) -> Catalogue:
    """What fit may speak of: the person, the company, the answers; not what the score itself decides about."""
    return Catalogue(
        tuple(fact for fact in catalogue.facts if fact.group in FIT_GROUPS),
        groups=tuple(group for group in catalogue.groups if group[0] in FIT_GROUPS),
    )


def fit_criteria(data: object, catalogue: Catalogue) -> Node:
    """The tree of a fit rule, by `fit_catalogue`. Raises `CriteriaError`, also where it speaks of touches."""
    node = parse(data, catalogue)
    if touch_kinds_of(node):
        raise CriteriaError([Problem((), "unknown_key", (("key", "touch"),))])
    return node
