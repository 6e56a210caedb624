"""Words that are never said and still written, and moves by hand that the definition does not admit."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from leads.definitions import definitions_about
from leads.models import Contact, Deal, Touchpoint, Transition
from leads.quizzes.actions import answer_case
from leads.usage.board import Line, board_for
from leads.usage.moves import moves_against, moves_counted
from leads.usage.words import Found, Sought, _dealt, _noted, by_side, misuse, misuses
from leads.usage.words import places as count_places
from lib.inflection import likes_of, pattern_of
from lifecycle.models import Stage, StageDefinition, Status, StatusDefinition, TermVersion
from lifecycle.procedure_forms import EMPTY
from tests.agreements.scenes import proposed, signed
from tests.factories.accounts import SavedViewFactory, UserFactory
from tests.factories.leads import (
    AnswerFactory,
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    DealFactory,
    QuizCaseFactory,
    SourceFactory,
    TouchpointFactory,
    TransitionFactory,
)
from tests.factories.lifecycle import (
    FieldFactory,
    ProcedureVersionFactory,
    ResponsibilityFactory,
    RuleVersionFactory,
    TermVersionFactory,
)
from tests.factories.moments import NOW
from tests.factories.personas import PersonaVersionFactory

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
        ("Campaign", "Hot leads of June"),
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


def test_a_forbidden_word_is_found_in_what_everybody_reads_all_day(manager: User) -> None:
    Stage.objects.filter(key="lead").update(name_en="Hot lead")
    Stage.objects.filter(key="mql").update(name_fr="Hot lead mûr", is_active=False)
    Status.objects.filter(key="new").update(name_fr="Hot lead neuf")
    FieldFactory.create(key="heat", label_en="Hot lead since")
    source = SourceFactory.create(name_en="Hot lead fair")
    PersonaVersionFactory.create(persona__slug="hot", name_en="The hot lead")
    found = misuse(["hot lead"], reader=manager, at=NOW)

    assert [(str(one.kind), one.text, one.url, one.side) for one in found] == [
        ("Stage", "Hot lead", "/definitions/lead/", "marketing"),
        ("Status", "Hot lead neuf", "/definitions/", ""),
        ("Field", "Hot lead since", "/settings/fields/", ""),
        ("Source", "Hot lead fair", f"/contacts/?source={source.pk}", "marketing"),
        ("Persona", "The hot lead", "/personas/hot/", ""),
    ]
    counted = {str(kind): number for kind, number in count_places(["hot lead"], at=NOW) if number}
    assert counted == {"Stage": 1, "Status": 1, "Field": 1, "Source": 1, "Persona": 1}


def test_a_forbidden_word_stops_nobody_from_naming_a_campaign(as_marketer: Client) -> None:
    TermVersionFactory.create(forbidden_synonyms=["hot lead"])
    sent = {"name": "Hot lead hunt", "source": SourceFactory.create().pk, "currency": "EUR", "version": 1}

    assert as_marketer.post("/campaigns/new/", sent | {"cost": "0"}).status_code == 303


def test_all_places_are_counted_and_the_first_hundred_listed(as_manager: Client) -> None:
    TermVersionFactory.create(term__slug="warm-lead", forbidden_synonyms=["tepid one"])
    for number in range(103):
        CampaignFactory.create(name=f"Tepid one {number}")

    page = as_manager.get("/terms/warm-lead/use/").content.decode()
    assert "The first 100 of 103; the figures count all." in page
    assert page.count("<del>Tepid one</del>") == 100
    assert "Tepid one" not in as_manager.get("/terms/warm-lead/use/?team=sales").content.decode()


def test_a_forbidden_word_is_found_in_tactics_in_force_in_both_languages(manager: User) -> None:
    assert places(["nurture mail", "e-mail de nurturing"], manager) == [
        ("Tactics", "Send a nurture mail that shows for whom the offer is made and what it changes."),
        (
            "Tactics",
            "Envoyer un e-mail de nurturing qui montre à qui l’offre s’adresse et ce qu’elle change.",
        ),
    ]


def test_the_lint_costs_the_same_for_three_and_thirty_procedures(manager: User) -> None:
    counts = []
    for number in (3, 27):
        for _ in range(number):
            ProcedureVersionFactory.create(purpose_en="For the hot lead.")
        with CaptureQueriesContext(connection) as captured:
            assert len(places(["hot lead"], manager)) >= number
        counts.append(len(captured))

    assert counts == [10, 10]


def test_a_part_of_another_word_is_not_the_word(manager: User) -> None:
    CampaignFactory.create(name="Prospectus, hotheaded")

    assert places(["prospec", "hothead"], manager) == []


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


def test_other_forms_of_a_word_are_found_whatever_their_accents_and_case(manager: User, rep: User) -> None:
    CampaignFactory.create(name="Relance des PROSPECTES QUALIFIEES")
    RuleVersionFactory.create(text_fr="Les prospects qualifiés d’abord.")
    noted("Une prospecte  qualifiée appelle.", rep)
    noted("Un prospecteur qualifié appelle.", rep)

    assert [
        (found.word, str(found.kind)) for found in misuse(["prospect qualifié"], reader=manager, at=NOW)
    ] == [
        ("PROSPECTES QUALIFIEES", "Campaign"),
        ("prospects qualifiés", "Rule"),
        ("prospecte  qualifiée", "Note"),
    ]
    counted = {str(kind): number for kind, number in count_places(["prospect qualifié"], at=NOW) if number}
    assert counted == {"Campaign": 1, "Rule": 1, "Note": 1}


def test_a_forbidden_word_is_found_in_names_reasons_and_notes_of_deals(manager: User, rep: User) -> None:
    named = DealFactory.create(name="Two hot leads", owner=rep)
    won = DealFactory.create(won=True, won_reason="A hot lead of June", owner=rep, closed_at=NOW)
    DealFactory.create(note="Once a HOT LEAD.", contact=ContactFactory.create())
    DealFactory.create(name="Hot", won_reason="lead")
    DealFactory.create(
        name="Hot lead of old",
        won=True,
        opened_at=NOW - timedelta(days=200),
        closed_at=NOW - timedelta(days=91),
    )
    found = misuse(["hot lead"], reader=manager, at=NOW)

    assert sorted((str(one.kind), one.text, one.side) for one in found) == [
        ("Deal", "A hot lead of June", "sales"),
        ("Deal", "Once a HOT LEAD.", ""),
        ("Deal", "Two hot leads", "sales"),
    ]
    assert {one.url for one in found} > {named.get_absolute_url(), won.get_absolute_url()}
    assert {str(kind): number for kind, number in count_places(["hot lead"], at=NOW)}["Deal"] == 3


def test_a_rep_reads_no_deal_of_a_contact_they_may_not_see(rep: User) -> None:
    stranger = UserFactory.create(team=None)
    DealFactory.create(name="hot lead", contact=ContactFactory.create(owner=stranger))

    assert places(["hot lead"], rep) == []


def test_notes_and_deals_are_found_by_an_index_of_their_letters(rep: User) -> None:
    contact = ContactFactory.create()
    Touchpoint.objects.bulk_create(
        Touchpoint(
            contact=contact,
            kind="call",
            occurred_at=NOW - timedelta(minutes=number),
            actor=rep,
            attributes={"note": f"Spoke of the offer, number {number}."},
            origin="test",
            key=str(number),
        )
        for number in range(4_000)
    )
    Deal.objects.bulk_create(
        Deal(contact=contact, name=f"Rollout {number}", amount_cents=100, opened_at=NOW)
        for number in range(4_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_touchpoint")
        cursor.execute("ANALYZE leads_deal")

    for sought in (Sought.of(["tepid one"]), Sought(likes_of(["tepid one", "warm sheep", "cold fish"]))):
        assert "touchpoint_note_letters" in _noted(sought, at=NOW).explain()
        assert "deal_letters" in _dealt(sought, at=NOW).explain()


def test_a_glossary_of_hundreds_of_words_is_held_against_what_is_written_at_once(
    manager: User, rep: User
) -> None:
    noted("Un prospect tres chaud 299 attend.", rep)
    words = {
        term: [f"prospect très chaud {number}" for number in range(15 * term, 15 * term + 15)]
        for term in range(20)
    }
    began = time.process_time()
    found = misuses(words, reader=manager, at=NOW)

    assert {term: [place.word for place in each] for term, each in found.items()} == {
        19: ["prospect tres chaud 299"]
    }
    assert time.process_time() - began < 3


def test_a_term_of_a_thousand_words_is_read_and_the_first_of_them_looked_for(
    as_manager: Client, rep: User
) -> None:
    words = [f"very long word {number}" for number in range(1_000)]
    TermVersionFactory.create(term__slug="wide", forbidden_synonyms=words)
    noted("A very long word 3 and a very long word 900.", rep)
    noted("A very long word 900.", rep)

    page = as_manager.get("/terms/wide/use/").content.decode()
    assert page.count("<del>very long word 3</del>") == 1
    assert "<td><del>very long word 900</del></td>" not in page
    assert "980 words that are never said are beyond the limit of a term and are not looked for." in page


def test_marks_without_a_letter_are_found_nowhere(manager: User) -> None:
    CampaignFactory.create(name="Épreuve")

    assert places(["\u0301", "\u0301 \u0302"], manager) == []


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

    (found,) = moves_against(definition, reader=manager, at=NOW).last

    assert found.side == "sales"
    assert "first name" in found.lacking


def test_scores_are_those_of_the_moment_of_the_move(manager: User, rep: User) -> None:
    before, after = ContactFactory.create(), ContactFactory.create()
    for contact, days in ((before, 3), (after, 1)):
        TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=NOW - timedelta(days=days))
        moved(contact, rep, to_value="mql")
    qualified = StageDefinition.objects.in_force().select_related("agreement", "stage").get(stage="mql")

    assert [found.contact for found in moves_against(qualified, reader=manager, at=NOW).last] == [after]


def test_a_move_by_the_rules_or_taken_back_is_not_told(
    definition: StageDefinition, manager: User, rep: User
) -> None:
    TransitionFactory.create(to_value="lead", at=NOW - timedelta(days=2))
    taken = moved(ContactFactory.create(), rep)
    TransitionFactory.create(
        contact=taken.contact, from_value="lead", to_value="", origin="person", actor=rep, undoes=taken
    )

    assert moves_against(definition, reader=manager, at=NOW).last == []


def test_all_moves_against_are_counted_and_the_last_hundred_told(
    definition: StageDefinition, manager: User, rep: User, marketer: User, as_manager: Client
) -> None:
    nameless = ContactFactory.create_batch(103, first_name="")
    for contact in nameless:
        moved(contact, rep)
    moved(ContactFactory.create(first_name=""), marketer)
    moved(ContactFactory.create(company=CompanyFactory.create(), source=SourceFactory.create()), rep)

    moves = moves_against(definition, reader=manager, at=NOW)
    assert (len(moves), moves.by_side, len(moves.last)) == (104, [("marketing", 1), ("sales", 103)], 100)
    of_sales = moves_against(definition, reader=manager, at=NOW, side="sales")
    assert (len(of_sales), {move.side for move in of_sales.last}) == (103, {"sales"})


def test_what_is_counted_in_the_database_is_what_each_contact_is_judged_by(manager: User, rep: User) -> None:
    """Some by touches, some by what was learned since, with scores; one by one and all at once."""
    for number in range(24):
        contact = ContactFactory.create(first_name="Ada" if number % 2 else "")
        at = NOW - timedelta(days=2)
        if number % 3:
            TouchpointFactory.create(
                contact=contact, kind="demo_request", occurred_at=at - timedelta(days=1 if number % 4 else -1)
            )
        AnswerFactory.create(contact=contact, answered_at=NOW - timedelta(hours=1))
        for stage in ("lead", "mql", "sql"):
            moved(contact, rep, to_value=stage, from_value="", at=at)
    definitions = StageDefinition.objects.in_force().select_related("agreement", "stage")
    at_once = moves_counted(definitions, reader=manager, at=NOW)

    for definition in definitions:
        alone = moves_against(definition, reader=manager, at=NOW)
        assert len(at_once[definition.stage.covers]) == len(alone) == len(alone.last)
        assert all(move.lacking for move in alone.last)
    assert 0 < len(at_once["stage:mql"]) < 24


def test_a_status_set_by_hand_against_its_definition_is_counted_as_a_move_is(
    manager: User, rep: User
) -> None:
    definition = StatusDefinition.objects.in_force().select_related("agreement", "status").get(status="lost")
    spoken, silent = ContactFactory.create(), ContactFactory.create()
    TouchpointFactory.create(
        contact=spoken, kind="call", outcome="spoke", actor=rep, occurred_at=NOW - timedelta(days=3)
    )
    for contact in (spoken, silent):
        moved(contact, rep, kind="status", to_value="lost", from_value="new")
    moved(silent, rep, kind="stage", to_value="lost")

    moves = moves_against(definition, reader=manager, at=NOW)
    assert [found.contact for found in moves.last] == [silent]
    assert lines_of(manager, "status-lost")["sales"].moves == 1
    words_alone = StatusDefinition.objects.in_force().filter(criteria=None).values("status")
    assert not definitions_about(f"status:{row['status']}" for row in words_alone)


def lines_of(reader: User, slug: str) -> dict[str, Line]:
    (row,) = (row for row in board_for(reader, at=NOW).rows if row.entry.term.slug == slug)
    return {line.side: line for line in row.lines}


def test_the_board_shows_both_teams_beside_each_other(
    definition: StageDefinition, manager: User, rep: User, marketer: User
) -> None:
    version = TermVersion.objects.in_force().get(term__covers="stage:lead")
    signed(proposed(marketer, version), marketer, rep)
    CampaignFactory.create(name="Every prospect")
    noted("a prospect", rep)
    noted("one more prospect", rep)
    RuleVersionFactory.create(text_en="Never say prospect.")
    moved(ContactFactory.create(first_name=""), rep)
    lines = lines_of(manager, version.term.slug)

    assert [(side, line.words, line.moves) for side, line in lines.items()] == [
        ("", 4, 1),
        ("marketing", 1, 0),
        ("sales", 2, 1),
    ]
    told = {
        side: (line.accepted.accepted, line.accepted.concerned)
        for side, line in lines.items()
        if line.accepted
    }
    assert told == {"": (2, 3), "marketing": (1, 1), "sales": (1, 1)}


def test_the_board_costs_the_same_for_three_words_and_for_thirty(
    manager: User, marketer: User, rep: User
) -> None:
    counts = []
    for number in (3, 27):
        for _ in range(number):
            version = TermVersionFactory.create(
                name_en=f"Word {TermVersion.objects.count()}",
                forbidden_synonyms=["tepid one"],
                links=["stage:mql"],
            )
            signed(proposed(marketer, version), marketer, rep)
            case = QuizCaseFactory.create(quiz__term=version.term)
            answer_case(case, value="yes", actor=rep, at=NOW)
            noted("a tepid one", rep)
            moved(ContactFactory.create(), rep, to_value="mql")
        with CaptureQueriesContext(connection) as captured:
            board_for(manager, at=NOW)
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 35


def test_each_figure_of_the_board_leads_to_a_list_of_so_many(
    definition: StageDefinition, as_manager: Client, rep: User
) -> None:
    noted("a prospect", rep)
    moved(ContactFactory.create(first_name=""), rep)
    page = as_manager.get("/agreements/overview/").content.decode()
    doors = re.findall(r'href="(/terms/lead/use/[^"#]*)#(words|moves)">(\d+)</a>', page)

    assert [(address.partition("?")[2], what, number) for address, what, number in doors] == [
        ("", "words", "1"),
        ("", "moves", "1"),
        ("team=marketing", "words", "0"),
        ("team=marketing", "moves", "0"),
        ("team=sales", "words", "1"),
        ("team=sales", "moves", "1"),
    ]
    for address, what, number in doors:
        listed = (
            as_manager.get(address).content.decode().partition(f'id="{what}"')[2].partition("</section>")[0]
        )
        assert listed.count('<tr><th scope="row">') == int(number)


def test_the_page_of_a_term_counts_and_the_page_of_its_use_lists(as_manager: Client) -> None:
    TermVersionFactory.create(term__slug="warm-lead", name_en="Warm lead", forbidden_synonyms=["tepid one"])
    CampaignFactory.create(name="Every tepid one")

    assert "Words never said, still written" in as_manager.get("/terms/warm-lead/").content.decode()
    page = as_manager.get("/terms/warm-lead/use/").content.decode()
    assert "Every tepid one" in page
    assert "<del>tepid one</del>" in page
