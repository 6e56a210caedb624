"""Definitions in force move contacts forward, each to the furthest stage it has reached, and say on what facts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from leads.actions.deals import open_deal, send_quote, win_deal
from leads.actions.refresh import refresh_contacts
from leads.actions.stages import change_stage
from leads.actions.touchpoints import record_touchpoint
from leads.deciding import deciding_verdicts
from leads.evaluation import evaluate_stages, match_personas
from leads.facts import contact_catalogue
from leads.models import Contact, DirtyContact, Source, StageInterval, Touchpoint, Transition
from lifecycle.criteria.reasons import reason
from lifecycle.models import StageDefinition
from tests.factories.agreements import unguarded
from tests.factories.leads import CompanyFactory, ContactFactory, ContactScoreFactory, TouchpointFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db


def a_lead(**values: object) -> Contact:
    """Somebody known by name at a company, from a named source."""
    found = {"company": CompanyFactory.create(), "source": Source.objects.get(key="webinar"), **values}
    return ContactFactory.create(**found)


def a_target(**values: object) -> Contact:
    """A lead that fits: 40 for the role, 60 for the company."""
    company = CompanyFactory.create(headcount=800, sector="Energy")
    return a_lead(company=company, job_title="Directrice énergie", function="operations", **values)


def stage_of(contact: Contact) -> str | None:
    return Contact.objects.get(pk=contact.pk).stage_id


def request_demo(contact: Contact, *, at: object = NOW) -> Touchpoint:
    return TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=at)


# Each stage by its default definition


def test_an_address_alone_makes_a_subscriber() -> None:
    contact = ContactFactory.create(first_name="", last_name="")

    refresh_contacts([contact.pk], at=NOW)

    assert stage_of(contact) == "subscriber"


def test_a_contact_without_an_address_has_no_stage() -> None:
    contact = ContactFactory.create(email="", phone="+33612487703")

    refresh_contacts([contact.pk], at=NOW)

    assert stage_of(contact) is None


def test_name_address_company_and_a_named_source_make_a_lead() -> None:
    named, given = a_lead(), ContactFactory.create(company=CompanyFactory.create())
    unknown = ContactFactory.create(company=CompanyFactory.create())
    TouchpointFactory.create(contact=given, kind="download")

    refresh_contacts([named.pk, given.pk, unknown.pk], at=NOW)

    assert [stage_of(contact) for contact in (named, given, unknown)] == ["lead", "lead", "subscriber"]


def test_fit_and_engagement_make_an_mql_and_neither_alone() -> None:
    both, unfit, cold = a_target(), a_lead(), a_target()
    for contact in (both, unfit):
        for hours in (1, 30):
            TouchpointFactory.create(contact=contact, kind="webinar_attended", occurred_at=ago(hours=hours))
        TouchpointFactory.create(contact=contact, kind="pricing_view", occurred_at=ago(hours=2))
        TouchpointFactory.create(contact=contact, kind="download", occurred_at=ago(hours=3))

    refresh_contacts([both.pk, unfit.pk, cold.pk], at=NOW)

    assert [stage_of(contact) for contact in (both, unfit, cold)] == ["mql", "lead", "lead"]


def test_a_demo_request_makes_an_mql_at_once_unless_the_model_excludes_the_contact() -> None:
    asking, student = a_lead(), a_lead(job_title="Stagiaire marketing")
    request_demo(asking)
    request_demo(student)

    refresh_contacts([asking.pk, student.pk], at=NOW)

    assert [stage_of(contact) for contact in (asking, student)] == ["mql", "lead"]


def test_only_a_person_makes_an_sql(rep: User) -> None:
    contact = a_lead(stage_id="mql")
    TouchpointFactory.create(contact=contact, kind="meeting", outcome="met", actor=rep)
    for question in ("need", "budget", "timing", "authority"):
        contact.answers.create(question=question, text="Known", answered_at=NOW)

    refresh_contacts([contact.pk], at=NOW)

    assert stage_of(contact) == "mql"


def test_a_quote_makes_an_opportunity_and_a_won_deal_a_customer_who_may_recommend(rep: User) -> None:
    contact = a_lead(stage_id="sql")

    deal = open_deal(contact, name="Metering", amount_cents=4_500_000, owner=rep, at=NOW)
    refresh_contacts([contact.pk], at=NOW)
    assert stage_of(contact) == "sql"

    send_quote(deal, actor=rep, at=NOW)
    refresh_contacts([contact.pk], at=later(minutes=1))
    assert stage_of(contact) == "opportunity"

    win_deal(deal, at=later(days=1))
    refresh_contacts([contact.pk], at=later(days=1))
    assert stage_of(contact) == "customer"

    record_touchpoint(
        contact,
        kind="nps",
        occurred_at=later(days=40),
        at=later(days=40),
        origin="survey",
        key="1",
        attributes={"score": 9},
    )
    refresh_contacts([contact.pk], at=later(days=40))
    assert stage_of(contact) == "promoter"
    assert [interval.stage_id for interval in StageInterval.objects.filter(contact=contact)] == [
        "sql",
        "opportunity",
        "customer",
        "promoter",
    ]


# How a contact moves


def test_a_contact_goes_to_the_furthest_stage_in_one_step() -> None:
    contact = a_lead()
    request_demo(contact)

    refresh_contacts([contact.pk], at=NOW)

    entry = Transition.objects.get(contact=contact, kind="stage")
    assert (entry.from_value, entry.to_value, entry.origin, entry.at) == ("", "mql", "rule", NOW)


def test_nobody_moves_back_and_nothing_is_written_twice() -> None:
    contact = a_lead(stage_id="customer")
    request_demo(contact)

    assert evaluate_stages([contact.pk], at=NOW) == []
    refresh_contacts([contact.pk], at=NOW)

    assert stage_of(contact) == "customer"
    assert not DirtyContact.objects.exists()


def test_the_ledger_keeps_the_version_that_decided_and_the_facts_in_words_of_both_languages() -> None:
    contact = a_lead()
    ContactScoreFactory.create(contact=contact, fit=82, engagement=74)

    (entry,) = evaluate_stages([contact.pk], at=NOW)

    assert entry.definition == StageDefinition.objects.in_force().get(stage="mql")
    assert entry.facts == {
        "deciding": [
            {"path": "/all/0/not", "holds": False, "actual": False},
            {"path": "/all/1/any/0/all/0", "holds": True, "actual": 82},
            {"path": "/all/1/any/0/all/1", "holds": True, "actual": 74},
        ]
    }
    catalogue = contact_catalogue()
    leaves = deciding_verdicts(Transition.objects.get(pk=entry.pk), catalogue)
    assert [reason(leaf, catalogue, "en", at=NOW) for leaf in leaves][1:] == [
        "fit 82 ≥ 60",
        "engagement 74 ≥ 50",
    ]
    assert reason(leaves[1], catalogue, "fr", at=NOW) == "adéquation 82 ≥ 60"


def test_a_moment_survives_the_ledger() -> None:
    contact = a_lead()
    ContactScoreFactory.create(contact=contact, fit=10, engagement=10, triggered_at=ago(days=1))

    (entry,) = evaluate_stages([contact.pk], at=NOW)

    leaves = deciding_verdicts(Transition.objects.get(pk=entry.pk), contact_catalogue())
    assert leaves[-1].actual == ago(days=1)


def test_a_definition_that_is_not_automatic_any_more_moves_nobody() -> None:
    with unguarded(StageDefinition):
        StageDefinition.objects.update(is_automatic=False)
    contact = a_lead()

    refresh_contacts([contact.pk], at=NOW)

    assert stage_of(contact) is None


def test_a_broken_definition_stops_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    with unguarded(StageDefinition):
        StageDefinition.objects.filter(stage="mql").update(criteria={"fact": "custom.gone", "op": "known"})
    contact = a_lead()

    refresh_contacts([contact.pk], at=NOW)

    assert stage_of(contact) == "lead"
    assert "mql v1 cannot be evaluated" in caplog.text


@pytest.mark.parametrize("other", ["email_reply", "note"])
def test_what_was_signed_before_touches_said_what_they_carry_goes_on_moving_contacts(other: str) -> None:
    signed = {"touch": ["call", other], "op": "at_least", "count": 1, "where": {"outcome": "spoke"}}
    with unguarded(StageDefinition):
        StageDefinition.objects.filter(stage="mql").update(criteria=signed)
    reached, other_outcome = a_lead(), a_lead()
    TouchpointFactory.create(contact=reached, kind="call", outcome="spoke", occurred_at=ago(days=1))
    TouchpointFactory.create(contact=other_outcome, kind="call", outcome="no_answer", occurred_at=ago(days=1))
    TouchpointFactory.create(contact=other_outcome, kind=other, occurred_at=ago(days=1))

    refresh_contacts([reached.pk, other_outcome.pk], at=NOW)

    assert (stage_of(reached), stage_of(other_outcome)) == ("mql", "lead")


@pytest.mark.parametrize("count", [3, 30])
def test_evaluating_many_costs_the_same_queries(
    count: int, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    contacts = [a_lead() for _ in range(count)]
    for contact in contacts:
        request_demo(contact)

    with django_assert_max_num_queries(30):  # type: ignore[attr-defined]  # pytest-django's context manager
        refresh_contacts([contact.pk for contact in contacts], at=NOW)


# A person's move back binds the definitions


@pytest.fixture
def given_back(manager: User) -> Contact:
    """An MQL by a demo request of last week whom a person moved back to lead ten days before NOW."""
    contact = a_lead(stage_id="mql", stage_since=ago(days=12))
    request_demo(contact, at=ago(days=13))
    change_stage(contact, to="lead", actor=manager, at=ago(days=10), reason="no project")
    return contact


def test_who_was_moved_back_stays_although_the_definition_still_holds(given_back: Contact) -> None:
    refresh_contacts([given_back.pk], at=NOW)

    assert stage_of(given_back) == "lead"


def test_a_new_request_ends_the_wait(given_back: Contact) -> None:
    request_demo(given_back, at=ago(days=1))

    refresh_contacts([given_back.pk], at=NOW)

    assert stage_of(given_back) == "mql"


def test_after_the_cool_down_the_person_must_have_come_back(given_back: Contact) -> None:
    refresh_contacts([given_back.pk], at=later(days=21))
    assert stage_of(given_back) == "lead"

    TouchpointFactory.create(contact=given_back, kind="page_view", occurred_at=later(days=1))
    refresh_contacts([given_back.pk], at=later(days=2))
    assert stage_of(given_back) == "lead"

    refresh_contacts([given_back.pk], at=later(days=21))
    assert stage_of(given_back) == "mql"


def test_a_robot_does_not_come_back(given_back: Contact) -> None:
    TouchpointFactory.create(contact=given_back, kind="demo_request", occurred_at=ago(days=1), is_human=False)

    refresh_contacts([given_back.pk], at=NOW)

    assert stage_of(given_back) == "lead"


def test_a_move_back_does_not_stand_in_the_way_of_a_stage_beyond(given_back: Contact, rep: User) -> None:
    deal = open_deal(given_back, name="Metering", amount_cents=100, owner=rep, at=ago(days=1))
    win_deal(deal, at=NOW)

    refresh_contacts([given_back.pk], at=NOW)

    assert stage_of(given_back) == "customer"


# Personas


def test_the_first_persona_that_matches_is_given_and_taken_when_it_no_longer_does() -> None:
    match = {"fact": "function", "op": "is", "value": "operations"}
    first = PersonaVersionFactory.create(persona__position=1, match=match).persona
    PersonaVersionFactory.create(persona__position=2, match={"fact": "email", "op": "known"})
    contact, other = ContactFactory.create(function="operations"), ContactFactory.create(email="")

    assert match_personas([contact.pk, other.pk], at=NOW) == 1
    assert match_personas([contact.pk, other.pk], at=NOW) == 0

    contact.refresh_from_db()
    assert contact.persona == first
    Contact.objects.update(function="", email="")
    match_personas([contact.pk], at=NOW)
    contact.refresh_from_db()
    assert contact.persona is None


def test_a_persona_that_cannot_be_read_any_more_stops_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    gone = {"fact": "custom.gone", "op": "known"}
    unreadable = PersonaVersionFactory.create(persona__position=1, match=gone).persona
    match = {"fact": "function", "op": "is", "value": "operations"}
    readable = PersonaVersionFactory.create(persona__position=2, match=match).persona
    new, had = a_lead(function="operations"), a_lead(persona=unreadable, function="")

    refresh_contacts([new.pk, had.pk], at=NOW)

    new.refresh_from_db()
    had.refresh_from_db()
    assert (new.persona, had.persona) == (readable, unreadable)
    assert (stage_of(new), stage_of(had)) == ("lead", "lead")
    assert "cannot be evaluated" in caplog.text


def test_where_no_persona_can_be_read_everybody_keeps_theirs() -> None:
    persona = PersonaVersionFactory.create(match={"fact": "custom.gone", "op": "known"}).persona
    contact = ContactFactory.create(persona=persona)

    assert match_personas([contact.pk], at=NOW) == 0


def test_a_persona_given_by_hand_stays_where_nothing_matches() -> None:
    by_hand = PersonaVersionFactory.create(match=None).persona
    PersonaVersionFactory.create(match={"fact": "function", "op": "is", "value": "operations"})
    contact = ContactFactory.create(persona=by_hand)

    match_personas([contact.pk], at=NOW)

    contact.refresh_from_db()
    assert contact.persona == by_hand
