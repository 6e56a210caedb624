"""The procedure book: written step by step without scripts, signed like everything else, measured where it can be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.actions import (
    accept,
    draft_from,
    propose,
    propose_retirement,
    save_draft,
    sign,
    withdraw,
)
from agreements.adoption import to_read
from agreements.errors import ObstacleError
from agreements.models import Agreement, State
from lifecycle.models import ProcedureVersion
from lifecycle.procedure_forms import EMPTY
from lifecycle.procedure_text import lines_of, untranslated
from tests.agreements.scenes import changes_read_in
from tests.factories.accounts import UserFactory
from tests.factories.lifecycle import ProcedureVersionFactory, TermVersionFactory
from tests.factories.moments import NOW
from tests.leads.races import at_once

pytestmark = pytest.mark.django_db


def a_step(place: int, **values: str) -> dict[str, str]:
    step = dict.fromkeys(EMPTY, "") | {"unit": "hours"} | values
    return {f"step{place}-{name}": value for name, value in step.items()}


def sent(*steps: dict[str, str], **more: Any) -> dict[str, Any]:
    """What the page sends for these steps."""
    fields = {"name_en": "A trade show", "counts_after_days": "0", "revision": "1", "criteria-r-kind": "all"}
    numbered = [a_step(place, **step) for place, step in enumerate(steps)]
    return fields | {"steps": str(len(steps))} | {k: v for step in numbered for k, v in step.items()} | more


def values_in(page: str) -> list[str]:
    """What each step says it does, in the order of the page."""
    import re

    return [text.strip() for text in re.findall(r'name="step\d+-what_en"[^>]*>([^<]*)<', page)]


def test_the_book_of_a_new_installation_says_how_leads_pass_between_the_teams(as_rep: Client) -> None:
    page = as_rep.get("/procedures/").content.decode()

    for name in ("A new MQL", "A refused lead", "A recycled lead", "A demo or contact request"):
        assert name in page
    assert "/procedures/new/" not in page


def test_the_book_says_what_nothing_measures(as_rep: Client) -> None:
    said = "Not measurable: no rule, clause or criteria tells of it"
    assert as_rep.get("/procedures/").content.decode().count(said) == 1  # nothing tells of a recycled lead

    ProcedureVersionFactory.create()
    assert as_rep.get("/procedures/").content.decode().count(said) == 2


def test_each_default_is_written_in_both_languages(as_rep: Client) -> None:
    assert [untranslated(version) for version in ProcedureVersion.objects.all()] == [[], [], [], []]

    as_rep.post("/settings/preferences/", {"language": "fr"})
    assert "sous 24 heures ouvrées" in as_rep.get("/procedures/a-new-mql/").content.decode()


def test_steps_are_read_in_their_order_with_who_where_and_how_long(as_rep: Client) -> None:
    page = as_rep.get("/procedures/a-refused-lead/").content.decode()

    first, second = page.index("Chooses the reason that fits"), page.index("Reads the reason and answers")
    assert first < second
    assert "within 5 working days" in page[second - 600 : second]


def test_a_new_procedure_is_a_draft_that_both_sides_sign_and_everybody_reads(
    as_marketer: Client, marketer: User, rep: User, other_rep: User
) -> None:
    step = {"side": "sales", "who_en": "the rep", "what_en": "Calls.", "within": "2", "unit": "days"}
    answer = as_marketer.post("/procedures/new/", sent(step, {"what_en": ""}))
    draft = ProcedureVersion.objects.get(procedure__slug="a-trade-show")
    assert answer.status_code == 303
    assert draft.steps == [
        EMPTY | {"side": "sales", "who_en": "the rep", "what_en": "Calls.", "within": 2, "unit": "days"}
    ]

    agreement = propose(draft.agreement, actor=marketer, at=NOW)
    for person in (marketer, rep):
        sign(agreement, actor=person, read_hash=agreement.content_hash, at=NOW)

    assert ProcedureVersion.objects.in_force().get(procedure=draft.procedure) == draft
    assert [one.subject for one in to_read(other_rep)] == [agreement.subject]
    accept(Agreement.objects.get(pk=agreement.pk), actor=other_rep, at=NOW)
    assert not to_read(other_rep)


def test_what_is_signed_never_changes() -> None:
    version = ProcedureVersion.objects.in_force().get(procedure__slug="a-new-mql")

    with pytest.raises(DatabaseError):
        ProcedureVersion.objects.filter(pk=version.pk).update(steps=[EMPTY])


def test_a_procedure_without_a_step_is_refused_by_page_and_database(as_marketer: Client) -> None:
    answer = as_marketer.post("/procedures/new/", sent({"what_en": " "}))
    assert answer.status_code == 422
    assert "Write at least one step" in answer.content.decode()

    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersionFactory.create(steps=[], agreement__in_force=False)


@pytest.mark.parametrize(
    ("command", "order"),
    [
        ("up:2", ["One", "Three", "Two"]),
        ("down:0", ["Two", "One", "Three"]),
        ("remove:1", ["One", "Three"]),
        ("add:3", ["One", "Two", "Three", ""]),
        ("up:0", ["One", "Two", "Three"]),
        ("down:2", ["One", "Two", "Three"]),
        ("remove:99", ["One", "Two", "Three"]),
    ],
)
def test_buttons_change_the_order_and_save_nothing(
    as_marketer: Client, command: str, order: list[str]
) -> None:
    steps = ({"what_en": "One"}, {"what_en": "Two"}, {"what_en": "Three"})
    answer = as_marketer.post("/procedures/new/", sent(*steps, **{"steps-do": command}))

    assert answer.status_code == 200
    assert values_in(answer.content.decode()) == order
    assert Agreement.objects.open().count() == 0


def test_a_button_of_the_steps_keeps_what_was_written_elsewhere(as_marketer: Client) -> None:
    written = sent({"what_en": "One", "who_fr": "l’équipe"}, purpose_en="Why", **{"steps-do": "add:1"})
    page = as_marketer.post("/procedures/new/", written).content.decode()

    assert 'value="A trade show"' in page
    assert "l’équipe" in page
    assert ">\nWhy</textarea>" in page


def test_a_wrong_time_is_shown_at_its_step(as_marketer: Client) -> None:
    answer = as_marketer.post("/procedures/new/", sent({"what_en": "One", "within": "soon"}))

    assert answer.status_code == 422
    assert 'id="id_step0-within-error"' in answer.content.decode()


def test_two_writers_meet_at_a_page_with_both_texts(as_marketer: Client, as_manager: Client) -> None:
    url = "/procedures/a-recycled-lead/edit/"
    first = as_marketer.post(url, sent({"what_en": "Waits."}, name_en="A recycled lead"))
    second = as_manager.post(url, sent({"what_en": "Calls."}, name_en="A recycled lead"))

    assert (first.status_code, second.status_code) == (303, 409)
    page = second.content.decode()
    assert "Waits." in page
    assert values_in(page) == ["Calls."]


def test_criteria_need_a_place_where_contacts_are(as_marketer: Client) -> None:
    criteria = {"criteria-r_0-kind": "fact", "criteria-r_0-fact": "job_title", "criteria-r_0-op": "known"}
    without = as_marketer.post("/procedures/new/", sent({"what_en": "Asks."}, **criteria))
    assert without.status_code == 422
    assert "Choose a stage or a status" in without.content.decode()

    scoped = as_marketer.post("/procedures/new/", sent({"what_en": "Asks."}, scope="stage:mql", **criteria))
    assert scoped.status_code == 303
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersionFactory.create(
            criteria={"all": []}, scope="rule:retention", agreement__in_force=False
        )


def test_a_step_put_in_between_is_one_change(as_marketer: Client, marketer: User) -> None:
    page = as_marketer.get("/procedures/a-recycled-lead/edit/").content.decode()
    version = ProcedureVersion.objects.in_force().get(procedure__slug="a-recycled-lead")
    before = [{name: str(value or "") for name, value in step.items()} for step in version.steps]
    steps = [
        before[0],
        {"what_en": "Thanks the person.", "what_fr": "Remercie.", "unit": "hours"},
        *before[1:],
    ]
    names = {
        n: getattr(version, n)
        for n in ("name_en", "name_fr", "purpose_en", "purpose_fr", "scope", "side", "consulted")
    }
    assert as_marketer.post("/procedures/a-recycled-lead/edit/", sent(*steps, **names)).status_code == 303

    draft = Agreement.objects.get(state=State.DRAFT)
    page = as_marketer.get(f"/agreements/{draft.pk}/").content.decode()
    assert "2 changes" in page  # the English and the French steps
    assert "Thanks the person." in page


def test_what_is_due_for_review_is_listed(as_rep: Client) -> None:
    version = ProcedureVersion.objects.in_force().get(procedure__slug="a-new-mql")
    Agreement.objects.filter(pk=version.agreement_id).update(review_on=date(2026, 1, 5))

    assert "One procedure is due for review." in as_rep.get("/procedures/").content.decode()
    assert "Due for review since" in as_rep.get("/procedures/a-new-mql/").content.decode()


def test_a_word_that_is_explained_nowhere_leads_to_its_definition(as_marketer: Client) -> None:
    step = EMPTY | {"what_en": "Send the NDA & ask."}
    version = ProcedureVersionFactory.create(steps=[step])

    page = as_marketer.get(f"/procedures/{version.procedure.slug}/").content.decode()
    form = as_marketer.get("/terms/new/", {"name": "NDA"})

    assert '<a class="sm-link" href="/terms/new/?name=NDA">NDA</a>' in page
    assert form.context["form"]["name_en"].value() == "NDA"


def test_whoever_writes_a_procedure_sees_its_words_that_are_never_said_and_that_are_only_drafted(
    as_marketer: Client,
) -> None:
    TermVersionFactory.create(
        term__slug="warm-lead", name_en="Warm lead", name_fr="Lead tiède", forbidden_synonyms=["hot one"]
    )
    TermVersionFactory.create(
        term__slug="field-audit", name_en="Field audit", name_fr="Audit de terrain", agreement__in_force=False
    )
    step = EMPTY | {
        "what_en": "Take every hot one to a field audit.",
        "what_fr": "Propose un audit de terrain.",
    }
    version = ProcedureVersionFactory.create(steps=[step], agreement__in_force=False)

    for page in (f"/procedures/{version.procedure.slug}/", f"/procedures/{version.procedure.slug}/edit/"):
        card = as_marketer.get(page).content.decode().split('id="h-gaps"')[1].split("</section>")[0]
        assert "<b>hot one</b>" in card
        assert '<a class="sm-link" href="/terms/warm-lead/">Warm lead</a>' in card
        assert '<a class="sm-link" href="/terms/field-audit/">field audit</a>' in card
    saved = as_marketer.get(f"/procedures/{version.procedure.slug}/edit/")
    assert 'aria-disabled="true"' not in saved.content.decode().split("sm-form-actions")[1]


def test_who_writes_in_english_sees_the_words_of_the_french_text_too(as_marketer: Client) -> None:
    TermVersionFactory.create(
        term__slug="warm-lead", name_en="Warm lead", name_fr="Lead tiède", forbidden_synonyms=["piste tiède"]
    )
    step = EMPTY | {"what_en": "Call.", "what_fr": "Appeler les pistes tièdes."}
    version = ProcedureVersionFactory.create(steps=[step], agreement__in_force=False)

    for page in (f"/procedures/{version.procedure.slug}/", f"/procedures/{version.procedure.slug}/edit/"):
        card = as_marketer.get(page).content.decode().split('id="h-gaps"')[1].split("</section>")[0]
        assert '<b lang="fr">pistes tièdes</b>' in card
        assert "French text" in card


def test_a_line_says_who_what_where_and_how_long() -> None:
    step = EMPTY | {
        "side": "sales",
        "who_en": "the rep",
        "what_en": "Calls.",
        "where_en": "My queue",
        "within": 1,
    }

    assert lines_of([step], "en") == ["Sales – the rep: Calls. · My queue · within 1 working hour"]


def test_the_book_costs_the_same_for_three_and_thirty(as_rep: Client) -> None:
    counts = []
    as_rep.get("/procedures/")  # the words of the glossary are in memory from here on
    for number in (3, 27):
        for _ in range(number):
            ProcedureVersionFactory.create(scope="stage:mql")
        with CaptureQueriesContext(connection) as captured:
            as_rep.get("/procedures/")
        counts.append(len(captured))

    assert counts[0] == counts[1]


# One name, one procedure


def test_a_name_in_the_book_is_taken(as_marketer: Client) -> None:
    answer = as_marketer.post("/procedures/new/", sent({"what_en": "Asks."}, name_en="A new MQL"))

    assert answer.status_code == 422
    assert "The book has a procedure of that name already." in answer.content.decode()


def test_a_name_whose_draft_was_withdrawn_is_free_again_and_keeps_its_history(
    as_marketer: Client, marketer: User
) -> None:
    as_marketer.post("/procedures/new/", sent({"what_en": "Asks."}))
    withdraw(Agreement.objects.open().get(), actor=marketer, reason="Not now", at=NOW)
    assert as_marketer.get("/procedures/a-trade-show/").status_code == 404

    answer = as_marketer.post("/procedures/new/", sent({"what_en": "Calls."}))

    assert answer.status_code == 303
    assert as_marketer.get("/procedures/a-trade-show/").status_code == 200
    versions = ProcedureVersion.objects.filter(procedure__slug="a-trade-show")
    assert sorted(versions.values_list("agreement__number", "agreement__state")) == [
        (1, State.WITHDRAWN),
        (2, State.DRAFT),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_one_name_at_once_one_reads_why_not(
    marketer: User, manager: User, signed_in: Callable[[User], Client]
) -> None:
    browsers = [signed_in(person) for person in (marketer, manager)]
    new = sent({"what_en": "Asks."})

    answers = at_once(
        *(lambda browser=browser: browser.post("/procedures/new/", new) for browser in browsers)
    )

    assert sorted(getattr(answer, "status_code", str(answer)) for answer in answers) == [303, 422]
    assert ProcedureVersion.objects.filter(procedure__slug="a-trade-show").count() == 1


def test_a_procedure_says_who_does_it_answers_for_it_is_consulted_and_informed(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    values = {
        "side": "sales",
        "owner": str(rep.pk),
        "consulted": ["sales", "marketing_owner"],
        "informed": ["sales_manager"],
        "informed_person": str(marketer.pk),
    }
    step = {"side": "marketing", "what_en": "Sorts the cards."}
    assert as_marketer.post("/procedures/new/", sent(step, **values)).status_code == 303

    version = ProcedureVersion.objects.get(procedure__slug="a-trade-show")
    page = " ".join(as_marketer.get("/procedures/a-trade-show/").content.decode().split())
    parts = page[page.index("Who has which part") :][:1500]

    assert version.consulted == ["marketing_owner", "sales"]  # in the order of the form
    assert "Claire Vasseur" in parts
    assert "the contact’s owner in marketing, everybody in sales" in parts
    assert f"the manager of sales, {marketer}" in parts


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"consulted": ["owner"], "informed": ["owner"]}, "choose each once"),
        ({"side": "sales", "consulted": ["sales_manager"]}, "leave them out here"),
        ({"side": "", "informed": ["marketing_manager"]}, "leave them out here"),
        ({"consulted": ["board"]}, "board"),
    ],
)
def test_nobody_has_two_parts_in_a_procedure(as_marketer: Client, values: dict[str, Any], words: str) -> None:
    answer = as_marketer.post("/procedures/new/", sent({"what_en": "Sorts the cards."}, **values))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ProcedureVersion.objects.filter(procedure__slug="a-trade-show").exists()


def test_the_database_keeps_the_parts_of_a_procedure_apart(rep: User) -> None:
    version = ProcedureVersionFactory.create(side="sales", agreement__in_force=False)
    for wrong in (
        {"consulted": ["board"]},
        {"consulted": ["owner"], "informed": ["owner"]},
        {"consulted": ["sales_manager"]},
        {"side": "", "informed": ["marketing_manager"]},
        {"owner": rep, "informed_person": rep},
        {"consulted_person": rep, "informed_person": rep},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProcedureVersion.objects.filter(pk=version.pk).update(**wrong)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_difference_says_in_both_languages_when_it_is_followed(marketer: User, language: str) -> None:
    standing = ProcedureVersionFactory.create(scope="stage:mql")
    draft = draft_from(standing, actor=marketer, at=NOW)
    values = {
        "criteria": {"all": [{"fact": "country", "op": "is", "value": "CH"}]},
        "counts_after_days": 3,
    }
    draft = save_draft(draft, values=values, revision=draft.agreement.revision, actor=marketer, at=NOW)

    assert list(changes_read_in(language, draft.agreement, marketer).values()) == [
        ("", "The country is “CH”. Counted 3 days after the contact came there."),
        ("", "Le pays est «\u202fCH\u202f». Compté 3 jours après l’arrivée du contact."),
    ]


def test_whoever_left_keeps_a_procedure_from_being_signed_and_not_from_being_retired(
    marketer: User, rep: User
) -> None:
    gone = UserFactory.create(is_active=False)
    standing = ProcedureVersionFactory.create(owner=gone)
    draft = draft_from(standing, actor=marketer, at=NOW)

    with pytest.raises(ObstacleError):
        propose(draft.agreement, actor=marketer, at=NOW)

    withdraw(draft.agreement, actor=marketer, reason="Nobody answers for it.", at=NOW)
    ending = propose_retirement(standing.agreement, actor=marketer, reason="Nobody does it.", at=NOW)
    for person in (marketer, rep):
        sign(ending, actor=person, read_hash=ending.content_hash, at=NOW)
    assert Agreement.objects.get(pk=ending.pk).state == State.RETIRED
