"""What lacks a translation is marked where the things that were agreed are listed."""

from __future__ import annotations

import pytest
from django.test import Client

from lifecycle.models import Responsibility, RuleVersion, StageDefinition
from personas.models import PersonaVersion
from tests.factories.lifecycle import (
    ResponsibilityFactory,
    RuleVersionFactory,
    StageDefinitionFactory,
    StageFactory,
)
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db

FRENCH = "French missing"


def test_a_version_names_the_language_that_lacks_what_the_other_says() -> None:
    assert PersonaVersion(name_en="Buyer", name_fr="Achat").untranslated == []
    assert PersonaVersion(name_en="Buyer", name_fr="").untranslated == ["fr"]
    assert PersonaVersion(name_en="Buyer", name_fr="Achat", summary_fr="Signe.").untranslated == ["en"]
    assert PersonaVersion(name_en="Buyer", summary_fr="Signe.").untranslated == ["en", "fr"]
    assert StageDefinition(prose_en="By hand.").untranslated == ["fr"]
    assert RuleVersion(question_en="?", text_en="!", question_fr="?").untranslated == ["fr"]
    assert Responsibility(owes_en="A call", owes_fr="Un appel").untranslated == []


def test_a_persona_without_french_is_marked_in_the_list(as_marketer: Client) -> None:
    PersonaVersionFactory.create(name_en="Buyer", name_fr="Achat", summary_en="", summary_fr="")
    assert FRENCH not in as_marketer.get("/personas/").content.decode()
    PersonaVersionFactory.create(name_en="Clerk", name_fr="")
    assert as_marketer.get("/personas/").content.decode().count(FRENCH) == 1


def test_a_rule_without_french_is_marked_in_the_list_and_on_its_page(as_marketer: Client) -> None:
    rule = RuleVersionFactory.create(question_fr="", text_fr="Nous le faisons.").rule
    for address in ("/rules/", f"/rules/{rule.key}/"):
        assert as_marketer.get(address).content.decode().count(FRENCH) == 1


def test_a_definition_and_a_duty_without_french_are_marked(as_marketer: Client) -> None:
    before = as_marketer.get("/definitions/").content.decode().count(FRENCH)
    StageDefinitionFactory.create(
        stage_id=StageFactory.create().key,
        agreement__in_force=True,
        prose_en="Never a competitor.",
        prose_fr="",
    )
    assert as_marketer.get("/definitions/").content.decode().count(FRENCH) == before + 1
    ResponsibilityFactory.create(owes_en="A call", owes_fr="")
    assert as_marketer.get("/definitions/").content.decode().count(FRENCH) == before + 2
