"""How agreements call, show and find the things of this app that are versioned."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role
from agreements.kinds import Kind, Section, register
from lifecycle import vocabulary
from lifecycle.forms import KNOWABLE, parameter_label, stage_choices, status_choices
from lifecycle.links import resolve
from lifecycle.models import RuleVersion, StageDefinition, TermVersion
from lifecycle.term_text import EXAMPLES, QUESTIONS

EVERYONE = frozenset(Role.values)
DRAFTERS = frozenset({Role.MARKETER.value, Role.MANAGER.value, Role.ADMIN.value})


def term_sections(version: TermVersion) -> list[Section]:
    in_english, in_french = _("%(part)s, in English"), _("%(part)s, in French")
    by_language = (("en", in_english), ("fr", in_french))
    answers = [
        Section(wording % {"part": label}, version.operations.get(f"{key}_{language}", ""))
        for key, label in QUESTIONS.items()
        for language, wording in by_language
    ]
    examples = [
        Section(wording % {"part": label}, "\n".join(version.examples.get(f"{key}_{language}", [])))
        for key, label in EXAMPLES.items()
        for language, wording in by_language
    ]
    return [
        Section(_("Name in English"), version.name_en),
        Section(_("Name in French"), version.name_fr),
        Section(_("Definition in English"), version.sentence_en),
        Section(_("Definition in French"), version.sentence_fr),
        *answers,
        *examples,
        Section(_("Formula"), version.formula),
        Section(_("Also said"), ", ".join(version.synonyms)),
        Section(_("Never said"), ", ".join(version.forbidden_synonyms)),
        Section(_("What it is about"), ", ".join(str(link.label) for link in resolve(version.links))),
    ]


def definition_sections(version: StageDefinition) -> list[Section]:
    facts = vocabulary.catalogue()
    automatic = _("Contacts enter this stage by themselves as soon as the criteria hold.")
    by_hand = _("A person moves the contact; the criteria are the yardstick.")
    return [
        Section(_("In English"), vocabulary.said(version.criteria, facts, "en")),
        Section(_("In French"), vocabulary.said(version.criteria, facts, "fr")),
        Section(_("How a contact enters"), automatic if version.is_automatic else by_hand),
        Section(
            _("Contacts that we knew before"), version.get_reach_display() if version.is_automatic else ""
        ),
        Section(_("What criteria cannot say, in English"), version.prose_en),
        Section(_("What criteria cannot say, in French"), version.prose_fr),
    ]


def rule_parameters(version: RuleVersion) -> list[tuple[str, str]]:
    """What the rule turns on, in words."""
    names: dict[str, str] = {key: str(name) for key, name in (*KNOWABLE, *stage_choices(), *status_choices())}
    return [
        (
            parameter_label(name),
            ", ".join(names.get(str(one), str(one)) for one in value)
            if isinstance(value, list)
            else names.get(str(value), str(value)),
        )
        for name, value in version.parameters.items()
    ]


def rule_sections(version: RuleVersion) -> list[Section]:
    parameters = "\n".join(f"{name}: {value}" for name, value in rule_parameters(version))
    sections = [
        Section(_("Question in English"), version.question_en),
        Section(_("Question in French"), version.question_fr),
        Section(_("Answer in English"), version.text_en),
        Section(_("Answer in French"), version.text_fr),
        Section(_("Mode"), version.get_mode_display()),
    ]
    if not version.event:
        return [*sections, Section(_("Parameters"), parameters)]
    names = dict((*stage_choices(), *status_choices()))
    speaks = str(version.get_event_display()) + (f": {names.get(version.target)}" if version.target else "")
    facts = vocabulary.catalogue()
    return [
        *sections,
        Section(_("The rule speaks when"), speaks),
        Section(_("Then, in English"), vocabulary.said(version.criteria, facts, "en")),
        Section(_("Then, in French"), vocabulary.said(version.criteria, facts, "fr")),
    ]


def register_kinds() -> None:
    register(
        Kind(
            prefix="term",
            label=gettext_lazy("Glossary term"),
            model=TermVersion,
            title=lambda version: version.name,
            url=lambda version: reverse("lifecycle:term-detail", args=[version.term.slug]),
            edit_url=lambda version: reverse("lifecycle:term-edit", args=[version.term.slug]),
            drafted_by=EVERYONE,
            related=("term",),
            sections=term_sections,
            icon="book-open",
        )
    )
    register(
        Kind(
            prefix="stage",
            label=gettext_lazy("Stage definition"),
            model=StageDefinition,
            title=lambda version: version.stage.name,
            url=lambda version: reverse("lifecycle:definition-detail", args=[version.stage_id]),
            edit_url=lambda version: reverse("lifecycle:definition-edit", args=[version.stage_id]),
            drafted_by=DRAFTERS,
            related=("stage",),
            sections=definition_sections,
            consequences=vocabulary.consequences,
            icon="git-commit-vertical",
        )
    )
    register(
        Kind(
            prefix="rule",
            label=gettext_lazy("Rule"),
            model=RuleVersion,
            title=lambda version: version.question,
            url=lambda version: f"/rules/{version.rule.key}/",
            edit_url=lambda version: reverse("lifecycle:rule-edit", args=[version.rule.key]),
            drafted_by=DRAFTERS,
            commented_by=DRAFTERS,
            related=("rule",),
            sections=rule_sections,
            icon="scale",
        )
    )
