"""Personas: drafted by marketing, read by all, recognised by criteria or by nobody."""

import pytest
from django.test import Client

from accounts.models import User
from agreements.actions import draft_from, save_draft
from agreements.models import State
from personas.models import PersonaVersion
from tests.agreements.scenes import changes_read_in
from tests.factories.moments import NOW
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db


def test_without_a_persona_the_page_says_how_to_begin(as_marketer: Client) -> None:
    assert "No persona yet" in as_marketer.get("/personas/").content.decode()


def test_a_sheet_shows_what_is_known_and_leaves_out_what_is_not(as_rep: Client) -> None:
    PersonaVersionFactory.create(
        persona__slug="energy", name_en="Energy manager", objectives=["Pass the audit"], match=None
    )
    page = as_rep.get("/personas/energy/").content.decode()

    assert "Pass the audit" in page
    assert "Obstacles" not in page
    assert "Nobody is recognised by criteria." in page


def test_a_new_persona_may_begin_without_criteria(as_marketer: Client) -> None:
    sent = {"name_en": "Plant manager", "objectives": "Fewer calls\nLower bills", "criteria-r-kind": "all"}
    answer = as_marketer.post("/personas/new/", sent)

    version = PersonaVersion.objects.get()
    assert answer.status_code == 303
    assert (version.match, version.objectives) == (None, ["Fewer calls", "Lower bills"])
    assert version.agreement.state == State.DRAFT


def test_criteria_are_kept_with_the_sheet(as_marketer: Client) -> None:
    sent = {
        "name_en": "Plant manager",
        "criteria-r-kind": "all",
        "criteria-r_0-kind": "fact",
        "criteria-r_0-fact": "job_title",
        "criteria-r_0-op": "known",
    }
    answer = as_marketer.post("/personas/new/", sent)

    assert answer.status_code == 303
    draft = PersonaVersion.objects.get(persona__slug="plant-manager")
    assert draft.match == {"all": [{"fact": "job_title", "op": "known"}]}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_difference_says_in_both_languages_who_belongs_to_it(marketer: User, language: str) -> None:
    standing = PersonaVersionFactory.create(match=None)
    draft = draft_from(standing, actor=marketer, at=NOW)
    match = {"all": [{"fact": "country", "op": "is", "value": "CH"}]}
    draft = save_draft(
        draft, values={"match": match}, revision=draft.agreement.revision, actor=marketer, at=NOW
    )

    assert list(changes_read_in(language, draft.agreement, marketer).values()) == [
        ("Nobody is recognised by criteria.", "The country is “CH”."),
        ("Aucun critère ne permet de les reconnaître.", "Le pays est «\u202fCH\u202f»."),
    ]
