"""A scoring model in words: its rules by axis and group, each with the sentence of its condition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language

from leads.models import ScoringModel, ScoringRule
from leads.scoring.arithmetic import Axis
from leads.scoring.loading import attributes_of, fit_catalogue, fit_criteria
from leads.touch_words import TOUCHES
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import AttributeTest, Touches
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.sentences import sentence
from lifecycle.criteria.touch_sentences import qualified

TOUCH_WORDS = {kind.key: kind for kind in TOUCHES}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule. `condition` is the generated sentence of a fit rule, the kind of touch of an engagement rule."""

    id: int
    label: str
    condition: str
    points: int
    cap: int | None
    half_life_days: int | None
    effect: str
    row: ScoringRule


@dataclass(frozen=True, slots=True)
class GroupRows:
    """Rules that share a ceiling; without one for those that stand alone."""

    id: int | None
    label: str
    cap: int | None
    rules: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class AxisRows:
    axis: Axis
    threshold: int
    groups: tuple[GroupRows, ...]

    @property
    def count(self) -> int:
        return sum(len(group.rules) for group in self.groups)


def in_words(model: ScoringModel, catalogue: Catalogue) -> tuple[AxisRows, AxisRows]:
    """Fit, then engagement; one query."""
    rows = list(model.rules.select_related("group"))
    fit = [row for row in rows if row.axis == "fit"]
    engagement = [row for row in rows if row.axis == "engagement"]
    return (
        AxisRows("fit", model.fit_threshold, _groups(fit, catalogue)),
        AxisRows("engagement", model.engagement_threshold, _groups(engagement, catalogue)),
    )


def _groups(rows: Iterable[ScoringRule], catalogue: Catalogue) -> tuple[GroupRows, ...]:
    by_group: dict[int | None, list[ScoringRule]] = {}
    for row in rows:
        by_group.setdefault(row.group_id, []).append(row)
    return tuple(_group(members, catalogue) for members in by_group.values())


def _group(members: list[ScoringRule], catalogue: Catalogue) -> GroupRows:
    group = members[0].group
    rules = tuple(_rule(row, catalogue) for row in members)
    if group is None:
        return GroupRows(None, "", None, rules)
    return GroupRows(group.pk, group.label, group.cap, rules)


def _rule(row: ScoringRule, catalogue: Catalogue) -> RuleRow:
    condition = (
        touch_in_words(row, catalogue)
        if row.axis == "engagement"
        else criteria_in_words(row.criteria, catalogue)
    )
    return RuleRow(row.pk, row.label, condition, row.points, row.cap, row.half_life_days, row.effect, row)


def criteria_in_words(criteria: object, catalogue: Catalogue) -> str:
    """The sentence; where the criteria no longer fit the catalogue, what is wrong with them."""
    language = get_language() or "en"
    try:
        return sentence(fit_criteria(criteria, fit_catalogue(catalogue)), catalogue, language)
    except CriteriaError as error:
        return " ".join(problem.say(language) for problem in error.problems)


def touch_in_words(row: ScoringRule, catalogue: Catalogue) -> str:
    """“a webinar attended whose complete is true”."""
    kind = TOUCH_WORDS.get(row.kind)
    if kind is None:
        return row.kind
    language = get_language() or "en"
    tests = (AttributeTest(key, "in", values) for key, values in attributes_of(row.where))
    touches = Touches((row.kind,), tuple(tests))
    return qualified(kind.one.of(language), touches, catalogue, language)
