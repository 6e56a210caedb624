"""The glossary's pages: found by any word, explained beside a label, drafted without losing anybody's text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from agreements.actions import set_review
from agreements.models import Agreement, State
from lifecycle.models import Term, TermVersion
from tests.factories.lifecycle import RuleVersionFactory, TermVersionFactory

pytestmark = pytest.mark.django_db


def written(**changes: str | list[str]) -> dict[str, str | list[str]]:
    """The fields of the edit page."""
    words = ("name_en", "name_fr", "sentence_en", "sentence_fr", "formula", "formula_fr")
    names = (*words, "synonyms", "forbidden_synonyms")
    return {**dict.fromkeys(names, ""), "name_en": "Warm lead", "revision": "1", **changes}


@pytest.fixture
def warm(db: None) -> TermVersion:
    return TermVersionFactory.create(
        term__slug="warm-lead", name_en="Warm lead", sentence_en="Someone who replied.", synonyms=["hot one"]
    )


def test_a_term_is_found_by_a_word_of_its_french_without_accents(as_rep: Client) -> None:
    TermVersionFactory.create(name_en="Reply", name_fr="Réponse qualifiée")

    page = as_rep.get("/terms/", {"q": "reponse qualifiee"}).content.decode()

    assert "Reply" in page
    assert "Subscriber" not in page


def test_a_search_that_finds_nothing_offers_to_drop_it(as_rep: Client) -> None:
    assert "No term says “xyzzy”" in as_rep.get("/terms/", {"q": "xyzzy"}).content.decode()


def test_the_list_costs_the_same_for_three_terms_and_for_thirty(
    as_rep: Client, django_assert_max_num_queries: Any
) -> None:
    TermVersionFactory.create_batch(3)
    as_rep.get("/terms/")
    with django_assert_max_num_queries(30) as few:
        as_rep.get("/terms/")
    TermVersionFactory.create_batch(27)
    with django_assert_max_num_queries(len(few)):
        as_rep.get("/terms/")


def test_a_label_on_the_screen_is_explained_in_a_popover(as_rep: Client) -> None:
    answer = as_rep.get("/terms/covering/stage:mql/", headers={"HX-Request": "true"})

    fragment = answer.content.decode()
    assert "Marketing qualified lead" in fragment
    assert "<html" not in fragment
    assert "HX-Request" in answer["Vary"]


def test_without_javascript_the_label_leads_to_the_term(as_rep: Client) -> None:
    assert as_rep.get("/terms/covering/stage:mql/")["Location"] == "/terms/marketing-qualified-lead/"


def test_a_word_that_nobody_defined_says_so(as_rep: Client) -> None:
    answer = as_rep.get("/terms/covering/kpi:nothing/", headers={"HX-Request": "true"})

    assert "Not defined yet" in answer.content.decode()


def test_reading_the_edit_page_begins_no_draft(as_rep: Client, warm: TermVersion) -> None:
    assert as_rep.get("/terms/warm-lead/edit/").status_code == 200
    assert Agreement.objects.open().count() == 0


def test_the_first_save_begins_the_draft_and_leaves_what_is_in_force(
    as_rep: Client, rep: User, warm: TermVersion
) -> None:
    sent = written(sentence_en="Someone who replied twice.", synonyms="tepid\n\n lukewarm ")
    answer = as_rep.post("/terms/warm-lead/edit/", sent)

    draft = TermVersion.objects.get(agreement__state=State.DRAFT)
    assert (answer.status_code, answer["Location"]) == (303, f"/agreements/{draft.agreement_id}/")
    assert (draft.sentence_en, draft.synonyms) == ("Someone who replied twice.", ["tepid", "lukewarm"])
    assert draft.agreement.drafted_by == rep
    assert TermVersion.objects.get(pk=warm.pk).sentence_en == "Someone who replied."


def test_two_writers_see_both_texts(as_rep: Client, as_marketer: Client, warm: TermVersion) -> None:
    as_marketer.post("/terms/warm-lead/edit/", written(sentence_en="Marketing’s text."))

    answer = as_rep.post("/terms/warm-lead/edit/", written(sentence_en="The rep’s text."))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Marketing’s text." in page
    assert "The rep’s text." in page
    assert TermVersion.objects.get(agreement__state=State.DRAFT).sentence_en == "Marketing’s text."

    again = written(sentence_en="Both texts.", revision="3")
    assert as_rep.post("/terms/warm-lead/edit/", again).status_code == 303
    assert TermVersion.objects.get(agreement__state=State.DRAFT).sentence_en == "Both texts."


def test_a_draft_that_was_withdrawn_meanwhile_takes_no_words(
    as_rep: Client, as_marketer: Client, warm: TermVersion
) -> None:
    as_rep.post("/terms/warm-lead/edit/", written(sentence_en="Replied twice."))
    draft = TermVersion.objects.get(agreement__state=State.DRAFT)
    as_marketer.post(f"/agreements/{draft.agreement_id}/withdraw/", {"reason": "Not now."})

    answer = as_rep.post("/terms/warm-lead/edit/", written(sentence_en="Replied thrice.", revision="2"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "proposed or ended while you were writing" in page
    assert "Replied thrice." in page

    assert as_rep.post("/terms/warm-lead/edit/", written(sentence_en="Replied thrice.")).status_code == 303
    assert TermVersion.objects.get(agreement__state=State.DRAFT).sentence_en == "Replied thrice."


def test_a_draft_that_was_proposed_meanwhile_takes_no_words(
    as_rep: Client, as_marketer: Client, warm: TermVersion
) -> None:
    as_rep.post("/terms/warm-lead/edit/", written(sentence_en="Replied twice."))
    draft = TermVersion.objects.get(agreement__state=State.DRAFT)
    as_marketer.post(f"/agreements/{draft.agreement_id}/propose/", {"note": "Good."})

    answer = as_rep.post("/terms/warm-lead/edit/", written(sentence_en="Replied thrice.", revision="2"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Replied thrice." in page
    assert f'href="/agreements/{draft.agreement_id}/"' in page
    assert TermVersion.objects.get(agreement__state=State.PROPOSED).sentence_en == "Replied twice."


def test_a_term_without_a_name_is_shown_again(as_rep: Client, warm: TermVersion) -> None:
    answer = as_rep.post("/terms/warm-lead/edit/", written(name_en=""))

    assert answer.status_code == 422
    assert Agreement.objects.open().count() == 0


def test_a_new_term_is_a_draft_until_both_teams_sign(as_rep: Client) -> None:
    as_rep.post("/terms/new/", written(name_en="Hot potato", sentence_en="Nobody wants it."))

    assert Term.objects.get(slug="hot-potato").side == "sales"
    assert "Not agreed yet." in as_rep.get("/terms/hot-potato/").content.decode()


def test_a_second_term_of_one_name_is_refused(as_rep: Client, warm: TermVersion) -> None:
    assert as_rep.post("/terms/new/", written(name_en="Warm Lead")).status_code == 422


def test_what_people_write_is_shown_as_text(as_rep: Client, warm: TermVersion) -> None:
    as_rep.post("/terms/warm-lead/edit/", written(sentence_en="<script>alert(1)</script> {{7*7}}"))

    draft = Agreement.objects.open().get()
    page = as_rep.get(f"/agreements/{draft.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "{{7*7}}" in page or "&lt;" in page


def test_a_term_is_read_in_the_other_language_with_what_it_lacks_marked(
    as_rep: Client, warm: TermVersion
) -> None:
    page = as_rep.get("/terms/warm-lead/", {"lang": "fr"}).content.decode()

    assert "Someone who replied." in page
    assert "Not translated into French yet" in page
    assert "French missing" in as_rep.get("/terms/", {"q": "warm lead"}).content.decode()


def test_the_answers_of_daily_work_and_the_examples_are_saved_and_read(
    as_rep: Client, warm: TermVersion
) -> None:
    sent = written(
        sentence_en="Someone **who** replied.",
        answer_evidence_en="a logged call",
        answer_evidence_fr="un appel noté",
        example_is_en="“Call me.”\n“When?”",
        example_is_not_en="“Unsubscribe.”",
        links=["stage:lead", "kpi:leads"],
    )

    as_rep.post("/terms/warm-lead/edit/", sent)

    draft = TermVersion.objects.get(agreement__state=State.DRAFT)
    assert draft.operations == {"evidence_en": "a logged call", "evidence_fr": "un appel noté"}
    assert draft.examples == {"is_en": ["“Call me.”", "“When?”"], "is_not_en": ["“Unsubscribe.”"]}
    assert draft.links == ["stage:lead", "kpi:leads"]
    shown = as_rep.get(f"/agreements/{draft.agreement_id}/").content.decode()
    assert "un appel noté" in shown
    assert 'value="a logged call"' in as_rep.get("/terms/warm-lead/edit/").content.decode()


def test_a_link_to_nothing_is_refused(as_rep: Client, warm: TermVersion) -> None:
    assert as_rep.post("/terms/warm-lead/edit/", written(links=["stage:nowhere"])).status_code == 422


def test_the_definition_links_other_terms_but_not_itself(as_rep: Client, warm: TermVersion) -> None:
    TermVersionFactory.create(
        term__slug="echo", name_en="Echo", sentence_en="An echo of a **warm lead**, a handoff, and `handoff`."
    )

    page = as_rep.get("/terms/echo/").content.decode()

    assert 'href="/terms/warm-lead/" class="sm-term-link"' in page
    assert page.count('href="/terms/handoff/" class="sm-term-link"') == 1
    assert 'href="/terms/echo/" class="sm-term-link"' not in page


def test_a_word_in_a_text_opens_its_definition(as_rep: Client, warm: TermVersion) -> None:
    answer = as_rep.get("/terms/warm-lead/", headers={"HX-Request": "true", "HX-Target": "definition"})

    assert "<html" not in answer.content.decode()
    assert "Someone who replied." in answer.content.decode()


def test_a_term_explains_what_it_links_to(as_rep: Client) -> None:
    TermVersionFactory.create(name_en="Budget owner", links=["field:contact.budget"])

    answer = as_rep.get("/terms/covering/field:contact.budget/", headers={"HX-Request": "true"})

    assert "Budget owner" in answer.content.decode()


def test_rules_link_to_the_glossary_in_one_query_and_follow_it(
    as_rep: Client, warm: TermVersion, django_assert_max_num_queries: Any
) -> None:
    rule = RuleVersionFactory.create(text_en="Call a warm lead today.")
    assert 'href="/terms/warm-lead/"' in as_rep.get("/rules/").content.decode()

    with django_assert_max_num_queries(30) as few:
        as_rep.get("/rules/")
    RuleVersionFactory.create_batch(9, text_en="Never call a warm lead twice.")
    with django_assert_max_num_queries(len(few)):
        as_rep.get("/rules/")

    TermVersionFactory.create(term__slug="today", name_en="Today")
    assert 'href="/terms/today/"' in as_rep.get("/rules/").content.decode(), rule


def test_a_term_says_when_it_is_looked_at_again_and_that_the_day_has_come(
    as_rep: Client, warm: TermVersion
) -> None:
    page = f"/terms/{warm.term.slug}/"
    assert "Review on" not in as_rep.get(page).content.decode()

    set_review(warm.agreement, review_on=date(2099, 3, 2))
    planned = as_rep.get(page).content.decode().replace("\u00a0", " ")
    set_review(warm.agreement, review_on=date(2026, 1, 15))
    overdue = as_rep.get(page).content.decode().replace("\u00a0", " ")

    assert "Review on 2 Mar 2099" in planned
    assert "Overdue for review" not in planned
    assert "Overdue for review" in overdue
    assert "due 15 Jan" in overdue


@pytest.mark.parametrize("name", ["synonyms", "forbidden_synonyms"])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("\n".join(f"word {number}" for number in range(21)), "20 words at most; these are 21."),
        ("x" * 61, "60 letters and 5 words at most."),
        ("one two three four five six", "60 letters and 5 words at most."),
        ("\u0301", "has no letter and no digit."),
        ("!?", "has no letter and no digit."),
    ],
)
def test_a_term_takes_as_many_words_as_can_be_looked_for(
    as_rep: Client, warm: TermVersion, name: str, words: str, told: str
) -> None:
    page = as_rep.post("/terms/warm-lead/edit/", written(**{name: words}))

    assert told in page.content.decode()
    assert list(TermVersion.objects.filter(term=warm.term)) == [warm]
