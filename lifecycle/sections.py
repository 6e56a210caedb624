"""What of each versioned thing of this app is shown to whoever signs, section by section; knows nothing of who may."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from agreements.kinds import Section
from lifecycle import adherence, vocabulary
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.funnel import stage_lines, status_lines
from lifecycle.links import resolve
from lifecycle.models import (
    FunnelVersion,
    Involving,
    ProcedureVersion,
    Responsibility,
    StageDefinition,
    StatusDefinition,
    TermVersion,
)
from lifecycle.procedure_text import lines_of
from lifecycle.procedures import scope_links
from lifecycle.responsibilities import Called, as_told_apart, by_when, consulted, informed, who
from lifecycle.rule_parameters import status_choices
from lifecycle.term_text import EXAMPLES, QUESTIONS


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
        Section(_("Formula in English"), version.formula),
        Section(_("Formula in French"), version.formula_fr),
        Section(_("Also said"), ", ".join(version.synonyms)),
        Section(_("Never said"), ", ".join(version.forbidden_synonyms)),
        Section(_("What it is about"), ", ".join(str(link.label) for link in resolve(version.links))),
    ]


def funnel_sections(version: FunnelVersion) -> list[Section]:
    return [
        Section(_("Stages, in English"), "\n".join(stage_lines(version, "en"))),
        Section(_("Stages, in French"), "\n".join(stage_lines(version, "fr"))),
        Section(_("Statuses, in English"), "\n".join(status_lines(version, "en"))),
        Section(_("Statuses, in French"), "\n".join(status_lines(version, "fr"))),
    ]


def definition_sections(version: StageDefinition) -> list[Section]:
    facts = vocabulary.catalogue()
    automatic = _("Contacts enter this stage by themselves as soon as the criteria hold.")
    by_hand = _("A person moves the contact; the criteria are the yardstick.")
    return [
        Section(_("In English"), vocabulary.said(version.criteria, facts, "en"), is_criteria=True),
        Section(_("In French"), vocabulary.said(version.criteria, facts, "fr"), is_criteria=True),
        Section(_("How a contact enters"), automatic if version.is_automatic else by_hand),
        Section(
            _("Contacts that we knew before"), version.get_reach_display() if version.is_automatic else ""
        ),
        Section(_("What criteria cannot say, in English"), version.prose_en),
        Section(_("What criteria cannot say, in French"), version.prose_fr),
    ]


def status_sections(version: StatusDefinition) -> list[Section]:
    facts = vocabulary.catalogue()
    return [
        Section(_("In English"), vocabulary.said(version.criteria, facts, "en"), is_criteria=True),
        Section(_("In French"), vocabulary.said(version.criteria, facts, "fr"), is_criteria=True),
        Section(_("How it acts"), how_it_acts(version)),
        Section(_("What criteria cannot say, in English"), version.prose_en),
        Section(_("What criteria cannot say, in French"), version.prose_fr),
    ]


def how_it_acts(version: StatusDefinition) -> str:
    """A sentence; of one that is automatic with the statuses that it takes contacts from."""
    if version.is_automatic:
        names = dict(status_choices())
        return _("Contacts take it by themselves as soon as the criteria hold, from: %(statuses)s.") % {
            "statuses": ", ".join(names.get(key, key) for key in version.from_statuses)
        }
    if version.criteria:
        return _(
            "A person sets it; the criteria are the yardstick, and what they say is kept with the change."
        )
    return _("A person sets it, by what is written here.")


def procedure_sections(version: ProcedureVersion) -> list[Section]:
    scope, facts = scope_links().get(version.scope), vocabulary.catalogue()
    called = as_told_apart(version.owner, version.consulted_person, version.informed_person)
    return [
        Section(_("Name in English"), version.name_en),
        Section(_("Name in French"), version.name_fr),
        Section(_("What it is for, in English"), version.purpose_en),
        Section(_("What it is for, in French"), version.purpose_fr),
        Section(_("Serves"), str(scope.label) if scope else version.scope),
        Section(_("Kept by"), str(version.get_side_display()) if version.side else _("Both")),
        Section(_("By name"), called(version.owner)),
        *_involved(version, called),
        Section(_("Steps, in English"), "\n".join(lines_of(version.steps, "en"))),
        Section(_("Steps, in French"), "\n".join(lines_of(version.steps, "fr"))),
        Section(_("Followed when, in English"), _followed_when(version, facts, "en"), is_criteria=True),
        Section(_("Followed when, in French"), _followed_when(version, facts, "fr"), is_criteria=True),
        Section(_("How a step is kept"), _told_by(version)),
    ]


def _followed_when(version: ProcedureVersion, facts: Catalogue, language: str) -> str:
    """The criteria, and from which day on a contact is counted; empty where nothing is measured."""
    said, days = vocabulary.said(version.criteria, facts, language), version.counts_after_days
    if not said or not days:
        return said
    with override(language):
        after = ngettext(
            "Counted %(n)s day after the contact came there.",
            "Counted %(n)s days after the contact came there.",
            days,
        )
    return f"{said} {after % {'n': days}}"


def responsibility_sections(version: Responsibility) -> list[Section]:
    called = as_told_apart(version.person, version.consulted_person, version.informed_person)
    return [
        Section(_("Responsible team"), str(version.get_side_display())),
        Section(_("Who answers"), who(version, called)),
        Section(_("What is owed, in English"), version.owes_en),
        Section(_("What is owed, in French"), version.owes_fr),
        Section(_("By when"), by_when(version)),
        *_involved(version, called),
    ]


def _involved(version: Involving, called: Called) -> tuple[Section, Section]:
    return (
        Section(_("Consulted"), ", ".join(consulted(version, called))),
        Section(_("Informed"), ", ".join(informed(version, called))),
    )


def _told_by(version: ProcedureVersion) -> str:
    """Which rule or clause tells of which step."""
    labels = {key: label for prefix in ("rule", "clause") for key, label in adherence.choices(prefix)}
    return "\n".join(
        f"{step['what_en'] or step['what_fr']} {labels.get(step['measure'], step['measure'])}"
        for step in version.steps
        if step["measure"]
    )
