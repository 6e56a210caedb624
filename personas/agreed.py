"""How agreements call, show and find a persona."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import Role
from agreements.kinds import Kind, Section, register
from lifecycle import vocabulary
from lifecycle.consequences import weigh
from lifecycle.criteria.catalogue import Catalogue
from personas.models import PersonaVersion

DRAFTERS = frozenset({Role.MARKETER.value, Role.ADMIN.value})

LISTS = (
    ("objectives", gettext_lazy("Objectives")),
    ("obstacles", gettext_lazy("Obstacles")),
    ("triggers", gettext_lazy("What makes them look for something")),
    ("objections", gettext_lazy("Objections")),
    ("channels", gettext_lazy("Where they are found")),
    ("quotes", gettext_lazy("In their words")),
)
"""The parts of a sheet that are lists of sentences, in the order they are read."""


def persona_sections(version: PersonaVersion) -> list[Section]:
    facts = vocabulary.catalogue()
    return [
        Section(_("Name in English"), version.name_en),
        Section(_("Name in French"), version.name_fr),
        Section(_("In one paragraph, English"), version.summary_en),
        Section(_("In one paragraph, French"), version.summary_fr),
        Section(_("Who belongs to it, in English"), _who_belongs(version, facts, "en"), is_criteria=True),
        Section(_("Who belongs to it, in French"), _who_belongs(version, facts, "fr"), is_criteria=True),
        *(Section(str(label), "\n".join(getattr(version, name))) for name, label in LISTS),
        Section(_("How our offer helps"), version.how_we_help),
    ]


def _who_belongs(version: PersonaVersion, facts: Catalogue, language: str) -> str:
    with override(language):
        return vocabulary.said(version.match, facts) or _("Nobody is recognised by criteria.")


def register_kinds() -> None:
    register(
        Kind(
            prefix="persona",
            label=gettext_lazy("Persona"),
            model=PersonaVersion,
            title=lambda version: version.name,
            url=lambda version: reverse("personas:persona-detail", args=[version.persona.slug]),
            edit_url=lambda version: reverse("personas:persona-edit", args=[version.persona.slug]),
            drafted_by=DRAFTERS,
            related=("persona",),
            sections=persona_sections,
            consequences=weigh,
            icon="drama",
        )
    )
