"""Every door asks the rulebook, whoever comes; what it refuses leaves no trace, what passes is on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from leads.actions.contacts import complete_contact, create_contact, find_or_create_contact, update_contact
from leads.actions.deals import move_deal, open_deal
from leads.actions.ledger import Move
from leads.actions.quarantine import take_in_contact
from leads.actions.refresh import refresh_contacts
from leads.actions.stages import change_stage, change_stage_of
from leads.actions.statuses import set_status, set_status_of
from leads.actions.touchpoints import Event, log_outcome, record_touchpoint, record_touchpoints
from leads.errors import BackIsForManagers, BackNeedsReason, Refused, RuleAsks, RuleForbids
from leads.evaluation import evaluate_stages
from leads.models import Contact, Deal, Origin, RuleException, Source, Touchpoint
from leads.policies import overriding
from lifecycle.compliance import months_of
from lifecycle.models import RuleVersion
from tests.factories.agreements import unguarded
from tests.factories.leads import CompanyFactory, ContactFactory, ContactScoreFactory, DealFactory
from tests.factories.lifecycle import RuleFactory, RuleVersionFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.tables import snapshot

pytestmark = pytest.mark.django_db

KNOWS_THE_JOB: dict[str, Any] = {"all": [{"fact": "job_title", "op": "known"}]}
WHY = "The trade fair list has no job titles."


def own_rule(
    event: str, mode: str, *, target: str = "", criteria: dict[str, Any] = KNOWS_THE_JOB
) -> RuleVersion:
    """In force: the job title must be known, unless it says something else."""
    rule = RuleFactory.create(number=40)
    version: RuleVersion = RuleVersionFactory.create(
        rule=rule, mode=mode, event=event, target=target, criteria=criteria
    )
    return version


def rule_says(key: str, mode: str, **parameters: object) -> RuleVersion:
    """The rule of that key in force, in that mode; past its freezing trigger."""
    version = RuleVersion.objects.in_force().get(rule__key=key)
    with unguarded(RuleVersion):
        version.mode, version.parameters = mode, {**version.parameters, **parameters}
        version.save()
    return version


# A person's doors: each tries the same change against a rule of the company's own


def a_contact(**values: object) -> Contact:
    contact: Contact = ContactFactory.create(**{"stage_id": "lead", "job_title": "", **values})
    return contact


Door = Callable[[Contact, User], object]

PERSONS: dict[str, tuple[str, str, Door]] = {
    "stage": ("stage", "mql", lambda c, u: change_stage(c, to="mql", actor=u, at=NOW)),
    "status": ("status", "in_progress", lambda c, u: set_status(c, to="in_progress", actor=u, at=NOW)),
    "statuses of a list": (
        "status",
        "in_progress",
        lambda c, u: set_status_of([c.pk], to="in_progress", actor=u, at=NOW),
    ),
    "deal": ("deal", "", lambda c, u: open_deal(c, name="M", amount_cents=1, owner=u, actor=u, at=NOW)),
    "new contact": (
        "contact",
        "",
        lambda c, u: create_contact(values={"email": "a@b.test"}, actor=u, at=NOW),
    ),
    "edited contact": (
        "contact",
        "",
        lambda c, u: update_contact(c, changes={"job_title": ""}, version=c.version, at=NOW, actor=u),
    ),
}


@pytest.fixture(params=PERSONS)
def door(request: pytest.FixtureRequest) -> tuple[str, str, Door]:
    return PERSONS[request.param]


def someone_for(event: str) -> Contact:
    """Of whom no job title is known; for an edit, of whom one was."""
    contact = a_contact(stage_id="sql" if event == "deal" else "lead")
    if event == "contact":
        Contact.objects.filter(pk=contact.pk).update(job_title="Buyer")
        contact.refresh_from_db()
    return contact


def test_a_blocking_rule_refuses_a_person_and_names_itself(door: tuple[str, str, Door], rep: User) -> None:
    event, target, change = door
    version, contact = own_rule(event, "block", target=target), someone_for(event)
    before = snapshot()

    with pytest.raises(RuleForbids) as refusal:
        change(contact, rep)

    assert snapshot() == before
    assert refusal.value.values["rule"] == 40
    assert refusal.value.values["version"] == version.agreement.number
    assert "Rule 40 (v1)" in str(refusal.value)


def test_a_warning_asks_a_person_and_passes_with_a_reason(door: tuple[str, str, Door], rep: User) -> None:
    event, target, change = door
    version, contact = own_rule(event, "warn", target=target), someone_for(event)
    before = snapshot()
    with pytest.raises(RuleAsks), transaction.atomic():
        change(contact, rep)
    assert snapshot() == before

    with overriding(f" {WHY} "):
        change(contact, rep)

    noted = RuleException.objects.get()
    assert (noted.version, noted.actor, noted.reason, noted.how) == (version, rep, WHY, "overridden")
    assert (noted.event, noted.target, noted.origin) == (event, target, "person")


def test_advice_is_noted_and_holds_up_nobody(door: tuple[str, str, Door], rep: User) -> None:
    event, target, change = door
    version, contact = own_rule(event, "advise", target=target), someone_for(event)

    change(contact, rep)

    noted = RuleException.objects.get()
    assert (noted.version, noted.actor, noted.reason, noted.how) == (version, rep, "", "passed")


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_a_rule_that_is_kept_is_silent(door: tuple[str, str, Door], mode: str, rep: User) -> None:
    event, target, change = door
    own_rule(event, mode, target=target)
    contact = someone_for(event)
    Contact.objects.filter(pk=contact.pk).update(job_title="Buyer")
    contact.refresh_from_db()
    if event == "contact":
        create_contact(values={"email": "b@b.test", "job_title": "Buyer"}, actor=rep, at=NOW)
    else:
        change(contact, rep)

    assert not RuleException.objects.exists()


def test_a_rule_of_one_stage_does_not_speak_at_another(rep: User) -> None:
    own_rule("stage", "block", target="sql")

    assert change_stage(a_contact(), to="mql", actor=rep, at=NOW) is not None


# Doors without a person


def stages_by_definition(contact: Contact) -> object:
    return change_stage_of([Move(contact.pk, "mql", NOW)], actor=None, origin=Origin.RULE)


NOBODYS: dict[str, tuple[str, str, Callable[[Contact], Any]]] = {
    "definition": ("stage", "mql", stages_by_definition),
    "import": (
        "stage",
        "mql",
        lambda c: change_stage_of([Move(c.pk, "mql", NOW)], actor=None, origin=Origin.IMPORT),
    ),
    "statuses by a job": (
        "status",
        "in_progress",
        lambda c: set_status_of([c.pk], to="in_progress", actor=None, origin=Origin.RULE, at=NOW),
    ),
}


@pytest.fixture(params=NOBODYS)
def job(request: pytest.FixtureRequest) -> tuple[str, str, Callable[[Contact], Any]]:
    return NOBODYS[request.param]


def test_a_blocking_rule_leaves_out_of_a_set_whom_it_speaks_against(
    job: tuple[str, str, Callable[[Contact], Any]],
) -> None:
    event, target, change = job
    own_rule(event, "block", target=target)
    contact = a_contact()
    before = snapshot()

    assert change(contact) == []
    assert snapshot() == before


@pytest.mark.parametrize("mode", ["advise", "warn"])
def test_where_nobody_can_be_asked_the_change_is_made_and_noted(
    job: tuple[str, str, Callable[[Contact], Any]], mode: str
) -> None:
    event, target, change = job
    version = own_rule(event, mode, target=target)

    assert len(change(a_contact())) == 1

    noted = RuleException.objects.get()
    assert (noted.version, noted.actor, noted.how) == (version, None, "passed")


def test_another_system_is_refused_one_change_and_learns_the_rule() -> None:
    own_rule("contact", "block")
    before = snapshot()

    with pytest.raises(RuleForbids):
        create_contact(values={"email": "a@b.test"}, actor=None, origin=Origin.API, at=NOW)
    with pytest.raises(RuleForbids):
        find_or_create_contact(values={"email": "a@b.test"}, actor=None, origin=Origin.API, at=NOW)

    assert snapshot() == before


def test_an_edit_is_not_held_up_by_what_was_broken_before(rep: User) -> None:
    own_rule("contact", "block")
    contact = a_contact()

    update_contact(contact, changes={"city": "Lyon"}, version=contact.version, at=NOW, actor=rep)
    complete_contact(contact, values={"phone": "+33612487703"}, at=NOW)

    assert Contact.objects.get().city == "Lyon"
    assert not RuleException.objects.exists()


def test_a_call_is_logged_even_when_a_rule_holds_its_status_back(rep: User) -> None:
    own_rule("status", "block", target="in_progress")
    contact = a_contact()

    log_outcome(contact, actor=rep, kind="call", outcome="spoke", at=NOW)

    assert Touchpoint.objects.get().kind == "call"
    assert Contact.objects.get().status_id == "new"


# The questions that every company answers: each at its doors, in every mode


def back_from_customer(rep: User) -> Callable[[], object]:
    contact = ContactFactory.create(stage_id="customer", owner=rep)
    return lambda: change_stage(contact, to="sql", actor=rep, at=NOW, reason="Entered by mistake")


def deal_of_an_mql(rep: User) -> Callable[[], object]:
    contact = ContactFactory.create(stage_id="mql")
    return lambda: open_deal(contact, name="Metering", amount_cents=100, owner=rep, actor=rep, at=NOW)


def somebody_of_whom_only_the_name_is_known(rep: User) -> Callable[[], object]:
    return lambda: create_contact(values={"last_name": "Benali"}, actor=rep, at=NOW)


def the_last_address_taken_away(rep: User) -> Callable[[], object]:
    contact = ContactFactory.create(email="ana@client.test", phone="")
    return lambda: update_contact(contact, changes={"email": ""}, version=1, at=NOW, actor=rep)


def a_quote_without_an_expected_close(rep: User) -> Callable[[], object]:
    deal = DealFactory.create(owner=rep, contact__stage_id="sql")
    return lambda: move_deal(deal, to="quote", actor=rep, at=NOW)


QUESTIONS: dict[str, tuple[str, dict[str, object], Callable[[User], Callable[[], object]]]] = {
    "going back": ("regression", {"ways_back": {"customer": {"sql": "forbidden"}}}, back_from_customer),
    "leaving a final stage": ("regression", {"final_stages": ["customer"]}, back_from_customer),
    "deal": ("deal_creation", {}, deal_of_an_mql),
    "quote": ("deal_information", {}, a_quote_without_an_expected_close),
    "new contact": ("minimum_information", {}, somebody_of_whom_only_the_name_is_known),
    "edited contact": ("minimum_information", {}, the_last_address_taken_away),
}


@pytest.fixture(params=QUESTIONS)
def question(request: pytest.FixtureRequest, rep: User) -> tuple[Callable[[str], RuleVersion], Any]:
    """Puts the rule in a mode, and makes a change against it."""
    key, parameters, change = QUESTIONS[request.param]
    return lambda mode: rule_says(key, mode, **parameters), change(rep)


def test_a_question_that_blocks_refuses_and_names_its_rule(question: tuple[Any, Any]) -> None:
    rule_in, change = question
    rule = rule_in("block")
    before = snapshot()

    with pytest.raises(Refused) as refusal:
        change()

    assert snapshot() == before
    assert f"Rule {rule.rule.number} (v{rule.agreement.number})" in str(refusal.value)


def test_a_question_that_warns_asks_for_a_reason_and_keeps_it(question: tuple[Any, Any], rep: User) -> None:
    rule_in, change = question
    rule = rule_in("warn")
    before = snapshot()
    with pytest.raises(RuleAsks), transaction.atomic():
        change()
    assert snapshot() == before

    with overriding(WHY):
        change()

    noted = RuleException.objects.get()
    assert (noted.version, noted.actor, noted.reason, noted.how) == (rule, rep, WHY, "overridden")


def test_a_question_that_advises_holds_up_nobody_and_is_noted(question: tuple[Any, Any], rep: User) -> None:
    rule_in, change = question
    rule = rule_in("advise")

    change()

    noted = RuleException.objects.get()
    assert (noted.version, noted.actor, noted.reason, noted.how) == (rule, rep, "", "passed")


@pytest.mark.parametrize("mode", ["advise", "warn"])
def test_another_system_that_knows_too_little_is_let_in_and_noted(mode: str) -> None:
    rule = rule_says("minimum_information", mode)

    taken = take_in_contact(values={"last_name": "Benali"}, actor=None, at=NOW, origin=Origin.API)

    assert taken.contact is not None
    assert [(note.version, note.contact) for note in RuleException.objects.all()] == [(rule, taken.contact)]


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_who_is_known_by_what_the_rule_asks_for_is_edited_freely(mode: str, rep: User) -> None:
    rule_says("minimum_information", mode, any_of=["company"])
    contact = ContactFactory.create(email="", phone="", company=CompanyFactory.create())

    update_contact(contact, changes={"city": "Lyon"}, version=1, at=NOW, actor=rep)

    assert Contact.objects.get().city == "Lyon"
    assert not RuleException.objects.exists()


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_an_edit_is_not_held_up_by_what_was_never_known(mode: str, rep: User) -> None:
    rule_says("minimum_information", mode)
    contact = ContactFactory.create(email="", phone="")

    update_contact(contact, changes={"city": "Lyon"}, version=1, at=NOW, actor=rep)

    assert Contact.objects.get().city == "Lyon"
    assert not RuleException.objects.exists()


def test_who_is_known_by_what_the_rule_asks_for_is_no_exception() -> None:
    rule = rule_says("minimum_information", "block", any_of=["company", "phone"])
    ContactFactory.create(email="", phone="", company=CompanyFactory.create())
    ContactFactory.create(email="ana@client.test", phone="", company=None)

    (month,) = months_of(rule, since=ago(days=30), until=later(days=1)) or ()

    assert (month.cases, month.exceptions) == (2, 1)


def back(contact: Contact, to: str, actor: User, reason: str = "No budget") -> object:
    return change_stage(contact, to=to, actor=actor, at=NOW, reason=reason)


def test_each_way_back_is_what_the_rule_says_of_it(rep: User, manager: User) -> None:
    """One stage left, four ways; a way of which it says nothing asks for a reason."""
    ways = {"subscriber": "free", "lead": "manager", "mql": "forbidden"}
    rule_says("regression", "block", ways_back={"opportunity": ways})

    def at_opportunity() -> Contact:
        contact: Contact = ContactFactory.create(stage_id="opportunity", owner=rep)
        return contact

    assert back(at_opportunity(), "subscriber", rep, reason="")
    with pytest.raises(BackIsForManagers):
        back(at_opportunity(), "lead", rep)
    assert back(at_opportunity(), "lead", manager)
    with pytest.raises(BackNeedsReason):
        back(at_opportunity(), "lead", manager, reason="")
    for person in (rep, manager):
        with pytest.raises(RuleForbids):
            back(at_opportunity(), "mql", person)
    with pytest.raises(BackNeedsReason):
        back(at_opportunity(), "sql", rep, reason="")
    assert back(at_opportunity(), "sql", rep)


@pytest.mark.parametrize("mode", ["warn", "advise"])
def test_a_forbidden_way_meets_people_as_the_mode_says(rep: User, mode: str) -> None:
    rule = rule_says("regression", mode, ways_back={"sql": {"mql": "forbidden"}})
    contact = ContactFactory.create(stage_id="sql", owner=rep)
    if mode == "warn":
        with pytest.raises(RuleAsks):
            back(contact, "mql", rep)
    with overriding(WHY if mode == "warn" else ""):
        assert back(contact, "mql", rep)

    (note,) = RuleException.objects.all()
    assert (note.version, note.how) == (rule, "overridden" if mode == "warn" else "passed")


def test_the_way_back_from_other_stages_stays_open(rep: User) -> None:
    rule_says("regression", "block", final_stages=["customer"])
    contact = ContactFactory.create(stage_id="sql", owner=rep)

    assert change_stage(contact, to="lead", actor=rep, at=NOW, reason="No budget") is not None


def test_a_deal_is_opened_in_its_stage_though_the_rule_blocks(rep: User) -> None:
    rule_says("deal_creation", "block")
    contact = ContactFactory.create(stage_id="mql")

    change_stage(contact, to="sql", actor=rep, at=NOW)
    open_deal(contact, name="Metering", amount_cents=100, owner=rep, at=NOW)

    assert Deal.objects.count() == 1


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_a_message_while_sales_is_in_contact_is_kept_and_noted(mode: str) -> None:
    rule = rule_says("marketing_pause", mode)
    contact = ContactFactory.create(status_id="in_progress", status_since=ago(days=2))
    event = Event(contact.pk, "email_sent", ago(hours=1), "mailer", "m1")
    earlier = Event(contact.pk, "email_sent", ago(days=9), "mailer", "m0")

    record_touchpoints([event], at=NOW)
    record_touchpoints([event], at=NOW)
    record_touchpoints([earlier], at=NOW)

    assert Touchpoint.objects.count() == 2
    assert [note.version for note in RuleException.objects.all()] == [rule]


def test_one_message_by_its_own_door_is_noted_too() -> None:
    rule_says("marketing_pause", "warn")
    contact = ContactFactory.create(status_id="in_progress", status_since=ago(days=2))

    record_touchpoint(contact, kind="email_sent", occurred_at=NOW, at=NOW, origin="mailer", key="1")

    assert RuleException.objects.get().contact == contact


# On the pages


def test_a_page_asks_for_the_reason_and_keeps_what_was_sent(as_rep: Client, rep: User) -> None:
    own_rule("status", "warn", target="unqualified")
    contact = a_contact(owner=rep)
    sent = {"to": "unqualified", "reason": "Not a buyer"}
    before = Contact.objects.values_list("status", "version").get()

    asked = as_rep.post(f"/contacts/{contact.pk}/status/", sent)

    assert asked.status_code == 422
    assert Contact.objects.values_list("status", "version").get() == before
    assert 'name="reason" value="Not a buyer"' in asked.content.decode()

    answered = as_rep.post(f"/contacts/{contact.pk}/status/", {**sent, "rule_reason": f"{WHY}\0"})

    assert answered.status_code == 303
    assert Contact.objects.get().status_id == "unqualified"
    assert RuleException.objects.get().reason == WHY


def test_a_page_says_which_rule_refuses(as_rep: Client, rep: User) -> None:
    own_rule("deal", "block")
    contact = a_contact(owner=rep)

    answer = as_rep.post(f"/contacts/{contact.pk}/deals/new/", {"name": "Metering", "amount": "100"})

    assert answer.status_code == 422
    assert "Rule 40 (v1)" in answer.content.decode()
    assert not Deal.objects.exists()


# The record


def test_an_exception_on_record_is_never_changed(rep: User) -> None:
    own_rule("deal", "advise")
    open_deal(a_contact(stage_id="sql"), name="M", amount_cents=1, owner=rep, at=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        RuleException.objects.update(reason="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleException.objects.all().delete()


def test_a_definition_waits_until_the_rule_is_kept() -> None:
    own_rule("stage", "block", target="subscriber")
    contact = ContactFactory.create(first_name="", last_name="", job_title="")
    refresh_contacts([contact.pk], at=NOW)
    assert Contact.objects.get().stage_id is None

    Contact.objects.update(job_title="Buyer")
    refresh_contacts([contact.pk], at=NOW)

    assert Contact.objects.get().stage_id is not None


def asked_for_a_demo() -> Contact:
    """Whom the definitions bring to MQL at once; the definition of a lead holds too."""
    contact = ContactFactory.create(
        company=CompanyFactory.create(), source=Source.objects.get(key="webinar"), job_title=""
    )
    ContactScoreFactory.create(contact=contact, triggered_at=NOW)
    return contact


def test_a_closed_stage_lets_its_contact_into_the_nearest_one_before_it() -> None:
    own_rule("stage", "block", target="mql")
    contact = asked_for_a_demo()

    written = evaluate_stages([contact.pk], at=NOW)

    assert [(entry.to_value, entry.definition is not None) for entry in written] == [("lead", True)]
    assert Contact.objects.get().stage_id == "lead"


def test_a_closed_stage_costs_the_same_queries_for_three_and_for_thirty() -> None:
    own_rule("stage", "block", target="mql")
    counted = []
    for number in (3, 30):
        contacts = [asked_for_a_demo().pk for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            assert len(evaluate_stages(contacts, at=NOW)) == number
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_the_next_nights_change_nothing_and_put_nothing_on_record() -> None:
    own_rule("stage", "block", target="mql")
    other = RuleFactory.create(number=41)
    RuleVersionFactory.create(rule=other, mode="advise", event="stage", target="lead", criteria=KNOWS_THE_JOB)
    RuleVersionFactory.create(
        rule=RuleFactory.create(number=42), mode="warn", event="stage", target="mql", criteria=KNOWS_THE_JOB
    )
    contact = asked_for_a_demo()
    assert len(evaluate_stages([contact.pk], at=NOW)) == 1
    before = snapshot()

    for night in range(1, 4):
        assert evaluate_stages([contact.pk], at=later(days=night)) == []

    assert snapshot() == before
    assert [note.version.rule for note in RuleException.objects.all()] == [other]


def test_when_every_stage_is_closed_the_search_ends() -> None:
    own_rule("stage", "block")
    contacts = [asked_for_a_demo() for _ in range(3)]

    assert evaluate_stages([contact.pk for contact in contacts], at=NOW) == []
    assert set(Contact.objects.values_list("stage", flat=True)) == {None}


def test_the_closed_stage_opens_when_the_rule_is_kept() -> None:
    own_rule("stage", "block", target="mql")
    contact = asked_for_a_demo()
    evaluate_stages([contact.pk], at=NOW)
    Contact.objects.update(job_title="Buyer")

    assert [entry.to_value for entry in evaluate_stages([contact.pk], at=later(days=1))] == ["mql"]
