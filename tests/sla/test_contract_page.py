"""The contract as its readers see it; amended by numbers, signed by both sides, obeyed from then on."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation
from django.utils.html import strip_tags

from accounts.models import User
from agreements.actions import propose, sign, withdraw
from agreements.editing import editing_of
from agreements.errors import ObstacleError
from agreements.models import Agreement, Signature, State
from agreements.reading import Reading
from sla.actions.contracts import write_terms
from sla.actions.handing_over import hand_over
from sla.contract_forms import ContractForm, SlotsField, initial_of
from sla.contract_words import SUBJECT
from sla.models import Calendar, Clause, Clock, ContractVersion, Metric
from tests.factories.moments import NOW, later
from tests.factories.sla import SeatFactory
from tests.sla.scenes import an_mql

pytestmark = pytest.mark.django_db

DRAFT = "/contracts/draft/"


def written(**changes: Any) -> dict[str, Any]:
    """The answers of an untouched form on the contract in force, with some of them changed."""
    form = ContractForm(version=editing_of(SUBJECT).base)
    answers = {bound.name: bound.value() for bound in form}
    texts = {
        name: form.fields[name].prepare_value(value) if hasattr(form.fields[name], "prepare_value") else value
        for name, value in answers.items()
    }
    return {"revision": "1"} | {name: str(value or "") for name, value in texts.items()} | changes


def everything() -> str:
    """All rows that a draft could touch."""
    rows = [
        row
        for model in (Agreement, Signature, ContractVersion, Clause, Calendar)
        for row in model._default_manager.order_by("pk")
    ]
    return str(serializers.serialize("json", rows))


def amended(actor: User, **changes: Any) -> ContractVersion:
    """A draft with those answers."""
    editing = editing_of(SUBJECT)
    form = ContractForm(written(**changes), version=editing.base)
    assert form.is_valid(), form.errors
    return write_terms(editing, form.terms(), revision=editing.revision, actor=actor, at=NOW)


def in_force_by(draft: ContractVersion, *people: User, at: datetime = NOW) -> ContractVersion:
    agreement = propose(draft.agreement, actor=people[0], at=at)
    for person in people:
        sign(agreement, actor=person, read_hash=agreement.content_hash, at=at)
    return ContractVersion.objects.select_related("agreement").get(pk=draft.pk)


def text_of(metric: str, version: ContractVersion) -> tuple[str, str]:
    clause = version.clauses.get(metric=metric)
    return clause.text_en, clause.text_fr


# Reading


@pytest.mark.parametrize("browser", ["as_rep", "as_marketer", "as_manager", "as_admin"])
def test_everybody_reads_both_sides_and_the_hours(browser: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(browser).get("/contracts/").content.decode()

    assert page.index("Marketing owes") < page.index("Sales owes")
    assert "60% of them accepted" in strip_tags(page)
    assert "First contact within 24 working hours, 4 for a request" in strip_tags(page)
    assert "Monday to Friday" in page
    assert "08:30–12:30, 13:30–18:00" in page
    assert "Public holidays of France" in page
    assert ("Draft an amendment" in page) == (browser in {"as_marketer", "as_manager"})


def test_the_contract_speaks_the_language_of_its_reader(as_rep: Client, rep: User) -> None:
    rep.language = "fr"
    rep.save()
    page = as_rep.get("/contracts/").content.decode()

    assert "200 MQL par mois" in strip_tags(page)
    assert "Du lundi au vendredi" in page
    assert "8\u00a0h\u00a030–12\u00a0h\u00a030" in page
    assert "Jours fériés" in page


def test_a_version_that_never_was_is_not_found(as_rep: Client) -> None:
    assert as_rep.get("/contracts/1/").status_code == 200
    assert as_rep.get("/contracts/99/").status_code == 404


def test_the_page_costs_the_same_with_many_versions(
    as_rep: Client,
    rep: User,
    marketer: User,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for number in range(3):
        in_force_by(amended(marketer, mql_target=str(100 + number)), marketer, rep)
    as_rep.get("/contracts/")  # what a process remembers, such as the glossary, it asks once
    with django_assert_max_num_queries(25):
        page = as_rep.get("/contracts/").content.decode()
    assert page.count("sm-contract-change") == 3


# Drafting


def test_the_form_holds_what_is_in_force(as_marketer: Client) -> None:
    page = as_marketer.get(DRAFT).content.decode()

    assert 'value="200"' in page
    assert page.count("08:30–12:30, 13:30–18:00") >= 5
    assert not Agreement.objects.of(SUBJECT).filter(state=State.DRAFT).exists()


def test_numbers_write_the_sentences_of_both_languages(as_marketer: Client) -> None:
    answer = as_marketer.post(
        DRAFT,
        written(
            mql_target="1200",
            accepted_percent="62.5",
            answer_days="1",
            contact_hours="8",
            request_hours="1.5",
            attempt_count="6",
            attempt_days="20",
        ),
    )

    draft = ContractVersion.objects.get(agreement__state=State.DRAFT)
    assert (answer.status_code, answer["Location"]) == (303, f"/agreements/{draft.agreement_id}/")
    assert text_of(Metric.MQL_DELIVERED, draft) == ("1,200 MQL a month", "1\u202f200 MQL par mois")
    assert text_of(Metric.MQL_ACCEPTED, draft) == (
        "62.5% of them accepted",
        "62,5\u202f% d’entre eux acceptés",
    )
    assert text_of(Metric.REFUSALS_ANSWERED, draft) == (
        "A refusal is answered within 1 working day",
        "Un refus reçoit une réponse sous 1 jour ouvré",
    )
    assert text_of(Metric.FIRST_CONTACT, draft) == (
        "First contact within 8 working hours, 1.5 for a request",
        "Premier contact sous 8 heures ouvrées, 1,5 pour une demande",
    )
    assert text_of(Metric.ATTEMPTS, draft)[0] == "6 attempts in 20 days before Gone dark"
    assert draft.clauses.get(metric=Metric.MQL_ACCEPTED).target == Decimal("0.625")
    assert draft.clauses.get(metric=Metric.FIRST_CONTACT).parameters == {
        "budget_minutes": 480,
        "budget_minutes_request": 90,
    }


def test_the_calendar_is_drafted_with_the_promises(as_manager: Client) -> None:
    as_manager.post(
        DRAFT,
        written(
            friday="9h–12h30; 14-17",
            saturday="10:00-12:00",
            country="CH",
            subdivision="BE",
            time_zone="Europe/Zurich",
            closed_days="2026-12-31\n2026-12-24",
        ),
    )

    calendar = Calendar.objects.get(contract__agreement__state=State.DRAFT)
    assert calendar.slots[4:6] == [[["09:00", "12:30"], ["14:00", "17:00"]], [["10:00", "12:00"]]]
    assert (calendar.country, calendar.subdivision) == ("CH", "BE")
    assert calendar.closed_days == ["2026-12-24", "2026-12-31"]
    assert calendar.working().zone == "Europe/Zurich"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        (dict.fromkeys(["monday", "tuesday", "wednesday", "thursday", "friday"], ""), "monday", "Nobody"),
        ({"monday": "09:00–13:00, 12:00–18:00"}, "monday", "overlap"),
        ({"tuesday": "18:00–09:00"}, "tuesday", "earlier time first"),
        ({"tuesday": "nine to five"}, "tuesday", "not a span of hours"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone", "No time zone"),
        ({"country": "ZZ"}, "country", "valid choice"),
        ({"subdivision": "Mars"}, "subdivision", "No holidays of that region"),
        ({"closed_days": "24/12/2026"}, "closed_days", "not a day"),
        ({"closed_days": "2026-12-24", "extra_days": "2026-12-24"}, "extra_days", "at once"),
        ({"mql_target": "0"}, "mql_target", "greater than or equal to 1"),
        ({"accepted_percent": "140"}, "accepted_percent", "less than or equal to 100"),
        ({"contact_hours": "2", "request_hours": "4"}, "request_hours", "longer than any other"),
        (
            dict.fromkeys(("tuesday", "wednesday", "thursday", "friday"), "")
            | {"monday": "09:00-09:01", "request_hours": "0.5"},
            "contact_hours",
            "over in more than a year",
        ),
    ],
)
def test_a_wrong_answer_is_told_at_its_field_and_nothing_is_kept(
    as_marketer: Client, changes: dict[str, str], field: str, said: str
) -> None:
    before = everything()
    answer = as_marketer.post(DRAFT, written(**changes))

    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert said in " ".join(errors[field])
    assert everything() == before


def test_a_draft_of_before_whose_time_is_never_over_is_neither_proposed_nor_signed(
    marketer: User, rep: User
) -> None:
    draft = amended(marketer)
    Calendar.objects.filter(contract=draft).update(slots=[[["09:00", "09:01"]], [], [], [], [], [], []])
    with pytest.raises(ObstacleError, match="due in more than a year"):
        propose(draft.agreement, actor=marketer, at=NOW)
    assert Agreement.objects.get(pk=draft.agreement_id).state == State.DRAFT


@pytest.mark.parametrize("browser", ["as_rep", "as_admin"])
def test_who_may_not_draft_changes_nothing(browser: str, request: pytest.FixtureRequest) -> None:
    client, before = request.getfixturevalue(browser), everything()

    assert client.post(DRAFT, written(mql_target="1")).status_code == 403
    assert everything() == before


def test_two_drafters_lose_no_word(as_marketer: Client, as_manager: Client) -> None:
    both_read = written()
    as_marketer.post(DRAFT, both_read | {"mql_target": "180"})
    before = everything()
    answer = as_manager.post(DRAFT, both_read | {"mql_target": "150", "monday": "10:00–16:00"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert everything() == before
    assert [label for label, _saved, _yours in answer.context["clash"].fields] == ["MQL a month", "Monday"]
    assert 'value="150"' in page  # theirs is kept in the form
    assert 'name="revision" value="3"' in page

    again = as_manager.post(DRAFT, both_read | {"mql_target": "150", "revision": "3"})
    assert again.status_code == 303
    assert initial_of(editing_of(SUBJECT).base)["mql_target"] == 150


def test_a_proposal_is_not_edited_behind_its_signers(as_marketer: Client, marketer: User) -> None:
    draft = amended(marketer, mql_target="180")
    propose(draft.agreement, actor=marketer, at=NOW)
    before = everything()

    assert as_marketer.post(DRAFT, written(mql_target="1", revision="2")).status_code == 409
    assert everything() == before


def test_the_difference_reads_as_sentences(marketer: User) -> None:
    draft = amended(marketer, mql_target="180", contact_hours="8", friday="09:00–12:00")
    with translation.override("en"):
        changed = {part.label: part.pieces for part in Reading(draft.agreement, marketer).changed}
    words = {
        label: [piece.text.strip() for piece in pieces if piece.kind != "same"]
        for label, pieces in changed.items()
    }

    assert sorted(words) == ["M1", "S1", "Working hours"]
    assert (words["M1"], words["S1"]) == (["200", "180"], ["24", "8"])
    assert "Friday: 09:00–12:00" in words["Working hours"]


def test_an_open_draft_stands_on_the_page_of_the_contract(as_rep: Client, marketer: User) -> None:
    draft = amended(marketer, mql_target="180")
    page = as_rep.get("/contracts/").content.decode()

    assert "Amendment v2 is being drafted" in page
    assert f"/agreements/{draft.agreement_id}/" in page
    assert "Go on drafting" not in page
    assert "180 MQL" in strip_tags(as_rep.get("/contracts/2/").content.decode())


# Signing


def test_an_amendment_goes_from_draft_to_force_by_hand(
    as_marketer: Client, as_rep: Client, as_manager: Client, rep: User
) -> None:
    as_marketer.post(DRAFT, written(mql_target="180"))
    agreement = Agreement.objects.of(SUBJECT).get(state=State.DRAFT)
    address = f"/agreements/{agreement.pk}/"
    assert as_rep.post(f"{address}propose/").status_code == 403
    as_marketer.post(f"{address}propose/", {"note": "Fewer, better."})
    agreement.refresh_from_db()
    sign_it = {"hash": agreement.content_hash}

    assert as_manager.post(f"{address}sign/", sign_it).status_code == 403
    as_marketer.post(f"{address}sign/", sign_it)
    assert "200 MQL a month" in strip_tags(as_rep.get("/contracts/").content.decode())
    assert "Read and sign" in as_rep.get("/contracts/").content.decode()
    as_rep.post(f"{address}sign/", sign_it)

    page = as_rep.get("/contracts/").content.decode()
    assert "180 MQL a month" in strip_tags(page)
    assert "signed v2 for sales" in page
    states = Agreement.objects.of(SUBJECT).order_by("number").values_list("state", flat=True)
    assert list(states) == [State.SUPERSEDED, State.IN_FORCE]


def test_what_was_sent_back_leaves_the_contract_as_it_was(marketer: User, rep: User) -> None:
    draft = amended(marketer, mql_target="180")
    agreement = propose(draft.agreement, actor=marketer, at=NOW)
    withdraw(agreement, actor=rep, reason="Too few.", at=NOW)

    assert ContractVersion.objects.in_force().get().agreement.number == 1
    assert in_force_by(amended(marketer, mql_target="190"), marketer, rep).agreement.number == 3


def test_running_clocks_keep_their_version_and_new_handoffs_take_the_new_one(
    marketer: User, rep: User
) -> None:
    SeatFactory.create(user=rep)
    an_mql(NOW)
    hand_over(at=NOW)
    old = Clock.objects.get()
    due_before = old.due_at

    signed_at = later(hours=1)
    new = in_force_by(amended(marketer, contact_hours="8", monday="09:00–10:00"), marketer, rep, at=signed_at)
    an_mql(later(hours=2))
    hand_over(at=later(hours=2))

    old.refresh_from_db()
    fresh = Clock.objects.exclude(pk=old.pk).get()
    assert (old.contract.agreement.number, old.budget_minutes, old.due_at) == (1, 1440, due_before)
    assert old.calendar.slots[0] == [["08:30", "12:30"], ["13:30", "18:00"]]
    assert (fresh.contract, fresh.budget_minutes) == (new, 480)
    assert fresh.calendar.slots[0] == [["09:00", "10:00"]]
    # Friday noon in Paris: 30 min and 4 h 30 on Friday, one hour on Monday, two on Tuesday
    assert fresh.due_at.isoformat() == "2026-11-24T09:30:00+00:00"


def test_the_signers_of_an_amendment_see_what_it_changes(as_marketer: Client, marketer: User) -> None:
    draft = amended(marketer, mql_target="180")

    page = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()

    assert "If this contract were in force now" in page
    assert "Only what marketing promises changes" in page
    assert "200" in page
    assert "180" in page


def test_a_contract_in_force_has_no_consequences_any_more(as_marketer: Client) -> None:
    agreement = Agreement.objects.of(SUBJECT).in_force().get()

    page = as_marketer.get(f"/agreements/{agreement.pk}/").content.decode()

    assert "If this contract were in force now" not in page


@pytest.mark.parametrize("text", ["1" + " " * 50_000 + "x", "8:30" + " " * 50_000 + "–x", "1 " * 25_000])
def test_hours_that_are_mostly_blanks_are_refused_at_once(text: str) -> None:
    began = time.process_time()

    with pytest.raises(ValidationError, match="is not a span of hours"):
        SlotsField().clean(text)
    assert time.process_time() - began < 3


@pytest.mark.parametrize("text", ["8h30 - 12 : 30", " 08:30–12h30", "8 30 to 12 30", "0830 à 1230"])
def test_hours_are_read_as_people_write_them(text: str) -> None:
    assert SlotsField().clean(text) == [["08:30", "12:30"]]
