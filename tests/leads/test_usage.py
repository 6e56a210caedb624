"""Words that are never said and still written, and moves by hand that the definition does not admit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from leads.models import Contact, Transition
from leads.usage import Found, by_side, misuse, moves_against, pattern_of
from lifecycle.models import StageDefinition
from lifecycle.procedure_forms import EMPTY
from tests.factories.accounts import SavedViewFactory, UserFactory
from tests.factories.leads import CampaignFactory, ContactFactory, TouchpointFactory, TransitionFactory
from tests.factories.lifecycle import (
    ProcedureVersionFactory,
    ResponsibilityFactory,
    RuleVersionFactory,
    TermVersionFactory,
)
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def places(words: list[str], reader: User) -> list[tuple[str, str]]:
    return [(str(found.kind), found.text) for found in misuse(words, reader=reader, at=NOW)]


def noted(text: str, author: User, **fields: object) -> None:
    TouchpointFactory.create(kind="call", attributes={"note": text}, actor=author, **fields)


def test_a_forbidden_word_is_found_in_campaigns_views_rules_and_notes(manager: User, rep: User) -> None:
    CampaignFactory.create(name="Hot leads of June")
    CampaignFactory.create(name="Hot lead hunt")
    SavedViewFactory.create(user=manager, name="My hot lead list")
    RuleVersionFactory.create(text_en="A hot lead is called first.")
    noted("Spoke to a HOT LEAD today.", rep, occurred_at=NOW - timedelta(days=1))

    assert places(["hot lead"], manager) == [
        ("Campaign", "Hot lead hunt"),
        ("Saved view", "My hot lead list"),
        ("Rule", "What do we do?  A hot lead is called first. "),
        ("Note", "Spoke to a HOT LEAD today."),
    ]


def test_a_forbidden_word_is_found_in_steps_and_duties_of_either_language_while_they_are_in_force(
    manager: User,
) -> None:
    step = EMPTY | {"what_en": "Calls the hot lead.", "where_fr": "liste des prospects chauds"}
    ProcedureVersionFactory.create(name_en="Hot lead day", purpose_fr="Un hot lead attend.", steps=[step])
    ProcedureVersionFactory.create(name_en="Hot lead night", agreement__in_force=False)
    ResponsibilityFactory.create(owes_en="owes the hot lead a call", owes_fr="doit un appel")

    assert sorted(places(["hot lead", "prospects chauds"], manager)) == [
        ("Procedure", "Calls the hot lead."),
        ("Procedure", "Hot lead day"),
        ("Procedure", "Un hot lead attend."),
        ("Procedure", "liste des prospects chauds"),
        ("Responsibility", "owes the hot lead a call"),
    ]


def test_the_lint_costs_the_same_for_three_and_thirty_procedures(manager: User) -> None:
    counts = []
    for number in (3, 27):
        for _ in range(number):
            ProcedureVersionFactory.create(purpose_en="For the hot lead.")
        with CaptureQueriesContext(connection) as captured:
            assert len(places(["hot lead"], manager)) >= number
        counts.append(len(captured))

    assert counts == [6, 6]


def test_a_part_of_another_word_is_not_the_word(manager: User) -> None:
    CampaignFactory.create(name="Prospectus, hotheaded")

    assert places(["prospectu", "hothead"], manager) == []


@pytest.mark.parametrize(
    "word", ["C++", "a.b", "(old) lead", "100%", "prospect d’été", "x|y", "[a-z]", "\\d", "*"]
)
def test_signs_in_a_word_are_taken_as_they_are(manager: User, word: str) -> None:
    CampaignFactory.create(name=f"The {word} campaign")
    CampaignFactory.create(name="abc 123 xyz axb cccc")

    assert places([word], manager) == [("Campaign", f"The {word} campaign")]


def test_without_a_word_nothing_is_looked_for(manager: User, django_assert_num_queries: object) -> None:
    CampaignFactory.create()

    assert pattern_of(["", "  "]) == ""
    assert misuse([" "], reader=manager, at=NOW) == []


def test_a_rep_reads_no_note_of_a_contact_they_may_not_see_and_no_view_of_a_stranger(rep: User) -> None:
    stranger = UserFactory.create(team=None)
    noted("a hot lead", stranger, contact=ContactFactory.create(owner=stranger))
    SavedViewFactory.create(user=stranger, name="hot lead", shared=True)
    SavedViewFactory.create(user=UserFactory.create(), name="hot lead of the team", shared=True)

    assert places(["hot lead"], rep) == [("Saved view", "hot lead of the team")]


def test_an_old_note_is_let_rest_and_robots_write_none(manager: User, rep: User) -> None:
    noted("a hot lead", rep, occurred_at=NOW - timedelta(days=91))
    TouchpointFactory.create(kind="form_submit", attributes={"note": "hot lead"})

    assert places(["hot lead"], manager) == []


def test_a_long_note_is_cut_around_the_word(manager: User, rep: User) -> None:
    noted("x " * 100 + "a hot lead" + " y" * 100, rep)

    ((_, text),) = places(["hot lead"], manager)
    assert "a hot lead" in text
    assert len(text) < 140


def test_findings_are_counted_by_team() -> None:
    found = [Found("Note", "", "w", "", side) for side in ("sales", "sales", "", "marketing")]

    assert by_side(found) == [("marketing", 1), ("sales", 2)]


def moved(contact: Contact, actor: User, **fields: object) -> Transition:
    values = {"contact": contact, "to_value": "lead", "at": NOW - timedelta(days=2), "actor": actor} | fields
    entry: Transition = TransitionFactory.create(origin="person", **values)
    return entry


@pytest.fixture
def definition(db: None) -> StageDefinition:
    return StageDefinition.objects.in_force().select_related("agreement", "stage").get(stage="lead")


def test_a_move_by_hand_of_whom_the_definition_does_not_admit_is_told_with_what_was_lacking(
    definition: StageDefinition, manager: User, rep: User
) -> None:
    moved(ContactFactory.create(first_name=""), rep)

    (found,) = moves_against(definition, reader=manager, at=NOW)

    assert found.side == "sales"
    assert "first name" in found.lacking


def test_scores_are_those_of_the_moment_of_the_move(manager: User, rep: User) -> None:
    before, after = ContactFactory.create(), ContactFactory.create()
    for contact, days in ((before, 3), (after, 1)):
        TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=NOW - timedelta(days=days))
        moved(contact, rep, to_value="mql")
    qualified = StageDefinition.objects.in_force().select_related("agreement", "stage").get(stage="mql")

    assert [found.contact for found in moves_against(qualified, reader=manager, at=NOW)] == [after]


def test_a_move_by_the_rules_or_taken_back_is_not_told(
    definition: StageDefinition, manager: User, rep: User
) -> None:
    TransitionFactory.create(to_value="lead", at=NOW - timedelta(days=2))
    taken = moved(ContactFactory.create(), rep)
    TransitionFactory.create(
        contact=taken.contact, from_value="lead", to_value="", origin="person", actor=rep, undoes=taken
    )

    assert moves_against(definition, reader=manager, at=NOW) == []


def test_the_page_of_a_term_counts_and_the_page_of_its_use_lists(as_manager: Client) -> None:
    TermVersionFactory.create(term__slug="warm-lead", name_en="Warm lead", forbidden_synonyms=["tepid one"])
    CampaignFactory.create(name="Every tepid one")

    assert "Words never said, still written" in as_manager.get("/terms/warm-lead/").content.decode()
    page = as_manager.get("/terms/warm-lead/use/").content.decode()
    assert "Every tepid one" in page
    assert "<del>tepid one</del>" in page
