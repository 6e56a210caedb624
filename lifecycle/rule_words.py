"""A version of a rule in words: its parts as they are signed and compared, and what its parameters say."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from agreements.kinds import Section
from lib import formats
from lifecycle import going_back, pausing_words, vocabulary
from lifecycle.creation import group_choices
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.pausing import pausing_of
from lifecycle.pausing_words import BEGINS, OWNERS
from lifecycle.rule_parameters import (
    BY_HAND,
    COUNTED,
    DEAL_KNOWABLE,
    HOW,
    KNOWABLE,
    STEWARDS,
    in_order,
    parameter_label,
    stage_choices,
    status_choices,
    target_choices,
)
from lifecycle.territories import TERRITORIES, in_words, territories_of


def rule_parameters(version: RuleVersion) -> list[tuple[str, str]]:
    """What the rule turns on, in words."""
    known = (
        *KNOWABLE,
        *DEAL_KNOWABLE,
        *STEWARDS,
        *BY_HAND,
        *COUNTED,
        *HOW,
        *OWNERS,
        *BEGINS,
        *group_choices(),
        *stage_choices(),
        *status_choices(),
    )
    names: dict[str, str] = {key: str(name) for key, name in known}
    return [
        (parameter_label(name), _said_of(value, names))
        for name, value in in_order(version.parameters).items()
        if name not in (going_back.WAYS_BACK, going_back.FINAL_STAGES, TERRITORIES)
    ]


def _said_of(value: object, names: Mapping[str, str]) -> str:
    if isinstance(value, dict):  # the delays of the rule on retention, by status
        return ", ".join(
            _("%(status)s: %(months)s")
            % {"status": names.get(status, status), "months": _months_in_words(months)}
            for status, months in value.items()
        )
    if isinstance(value, list):
        return ", ".join(names.get(str(one), str(one)) for one in value)
    return names.get(str(value), str(value))


def _months_in_words(number: int) -> str:
    return ngettext("%(n)s month", "%(n)s months", number) % {"n": number}


def ways_back(version: RuleVersion) -> list[going_back.Row]:
    """The matrix of the rule on going back; empty for the others."""
    if version.rule.key != RuleKey.REGRESSION:
        return []
    return going_back.GoingBack.of(version.parameters).rows(going_back.loop())


def _ways_in_words(version: RuleVersion) -> list[Section]:
    if version.rule.key != RuleKey.REGRESSION:
        return []
    lines = going_back.GoingBack.of(version.parameters).lines(going_back.loop())
    return [Section(_("Ways back"), "\n".join(lines))]


def pause_sentence(version: RuleVersion, language: str = "") -> str:
    """When marketing stops writing, as this version says it; empty for the other rules."""
    if version.rule.key != RuleKey.MARKETING_PAUSE:
        return ""
    return pausing_words.in_words(pausing_of(version.parameters), language)


def _pause_in_words(version: RuleVersion) -> list[Section]:
    if version.rule.key != RuleKey.MARKETING_PAUSE:
        return []
    return [
        Section(_("When it pauses, in English"), pause_sentence(version, "en")),
        Section(_("When it pauses, in French"), pause_sentence(version, "fr")),
    ]


def _territories_in_words(version: RuleVersion) -> list[Section]:
    if version.rule.key != RuleKey.DISTRIBUTION:
        return []
    said, facts = territories_of(version.parameters), vocabulary.catalogue()
    return [
        Section(_("Territories, in English"), "\n".join(in_words(said, facts, "en"))),
        Section(_("Territories, in French"), "\n".join(in_words(said, facts, "fr"))),
    ]


def speaks_when(version: RuleVersion) -> str:
    """What a rule of the company's own speaks at, with the name of its stage, status or stage of a deal."""
    said = str(version.get_event_display()) if version.event else ""
    if not version.target:
        return said
    names = dict(target_choices(version.event))
    return formats.labelled(said, str(names.get(version.target, version.target)), get_language() or "en")


def rule_sections(version: RuleVersion) -> list[Section]:
    parameters = "\n".join(
        _("%(name)s: %(value)s") % {"name": name, "value": value} for name, value in rule_parameters(version)
    )
    sections = [
        Section(_("Question in English"), version.question_en),
        Section(_("Question in French"), version.question_fr),
        Section(_("Answer in English"), version.text_en),
        Section(_("Answer in French"), version.text_fr),
        Section(_("Mode"), version.get_mode_display()),
    ]
    if not version.event:
        own = (
            *_ways_in_words(version),
            *_territories_in_words(version),
            *_pause_in_words(version),
        )
        return [*sections, Section(_("Parameters"), parameters), *own]
    facts = vocabulary.catalogue()
    return [
        *sections,
        Section(_("The rule speaks when"), speaks_when(version)),
        Section(_("Then, in English"), vocabulary.said(version.criteria, facts, "en"), is_criteria=True),
        Section(_("Then, in French"), vocabulary.said(version.criteria, facts, "fr"), is_criteria=True),
    ]
