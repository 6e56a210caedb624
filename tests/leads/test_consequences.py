"""Above a signature stands what would follow: for personas, terms, procedures, duties, delays and the distribution."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.consequences import Consequences
from leads.actions.owners import assign_owner
from lifecycle.compliance import Wanted, cases_of, in_all, months_of
from lifecycle.consequences import weigh
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from sla.actions.distribution import distribute, reassign_handoff
from sla.actions.handing_over import follow_owners
from sla.models import Handoff
from tests.factories.accounts import UserFactory
from tests.factories.leads import CampaignFactory, ContactFactory
from tests.factories.lifecycle import ProcedureVersionFactory, ResponsibilityFactory, TermVersionFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.personas import PersonaVersionFactory
from tests.factories.sla import HandoffFactory, SeatFactory
from tests.leads.test_policies import rule_says
from tests.leads.test_rule_consequences import a_draft

pytestmark = pytest.mark.django_db

BUYER = {"all": [{"fact": "job_title", "op": "is", "value": "Buyer"}]}
KNOWN = {"all": [{"fact": "job_title", "op": "known"}]}


def found(new: object, old: object = None) -> Consequences:
    told = weigh(new, old, NOW)
    assert told is not None
    return told


def texts(told: Consequences) -> list[str]:
    return [str(meaning.text) for meaning in told.meanings]


def test_a_persona_says_who_would_be_given_it_and_who_would_lose_it() -> None:
    old = PersonaVersionFactory.create(match=KNOWN)
    new = PersonaVersionFactory.create(
        persona=old.persona, match=BUYER, agreement__in_force=False, agreement__number=2
    )
    ContactFactory.create(persona=old.persona, job_title="Buyer")
    ContactFactory.create_batch(2, persona=old.persona, job_title="Clerk")
    ContactFactory.create_batch(3, persona=None, job_title="Buyer")

    told = found(new, old)

    (change,) = told.changes
    assert (change.before, change.after) == ("3", "4")
    assert told.flow is not None
    assert (told.flow.leave, told.flow.stay, told.flow.enter) == (2, 1, 3)
    assert [(fate.label, fate.count) for fate in told.fates] == [("No persona", "3")]
    assert texts(told) == ["5 contacts change their persona", "2 of them would be of no persona"]


def test_a_persona_costs_the_same_for_three_contacts_and_for_thirty() -> None:
    new = PersonaVersionFactory.create(match=BUYER, agreement__in_force=False)
    counts = []
    for number in (3, 27):
        ContactFactory.create_batch(number, job_title="Buyer")
        with CaptureQueriesContext(connection) as captured:
            found(new)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_term_says_where_its_new_forbidden_words_are_written() -> None:
    old = TermVersionFactory.create(forbidden_synonyms=["suspect"])
    new = TermVersionFactory.create(
        term=old.term, forbidden_synonyms=["prospect"], agreement__in_force=False, agreement__number=2
    )
    CampaignFactory.create(name="Cold prospects")
    CampaignFactory.create(name="Prospect days")
    CampaignFactory.create(name="Suspects")

    told = found(new, old)

    (change,) = told.changes
    assert (change.before, change.after) == ("1", "2")
    assert [(str(fate.label), fate.count) for fate in told.fates] == [("Campaign", "2")]
    assert texts(told)[:2] == ["Never said any more: prospect", "Said again: suspect"]


def test_a_procedure_says_for_how_many_it_is_followed_today() -> None:
    old = ProcedureVersionFactory.create(scope="stage:mql", criteria=BUYER)
    new = ProcedureVersionFactory.create(
        procedure=old.procedure,
        scope="stage:mql",
        criteria=KNOWN,
        agreement__in_force=False,
        agreement__number=2,
    )
    for title in ("Buyer", "Clerk", ""):
        ContactFactory.create(stage_id="mql", job_title=title, stage_since=ago(days=30))

    told = found(new, old)

    followed = told.changes[-1]
    assert (followed.before, followed.after) == ("1 of 3", "2 of 3")
    assert texts(told)[0] == "3 contacts stand today where it is about"


def test_a_duty_says_who_would_be_late_and_who_has_nobody() -> None:
    old = ResponsibilityFactory.create(stage_id="sql", side="sales", accountable="owner", by="days", days=9)
    new = ResponsibilityFactory.create(
        stage_id="sql",
        side="sales",
        accountable="owner",
        by="days",
        days=2,
        agreement__in_force=False,
        agreement__number=2,
    )
    ContactFactory.create(stage_id="sql", stage_since=ago(days=5), owner=UserFactory.create())
    ContactFactory.create(stage_id="sql", stage_since=ago(days=20), owner=None)
    ContactFactory.create(stage_id="sql", stage_since=ago(days=1), owner=None)

    told = found(new, old)

    late = told.changes[-1]
    assert (late.before, late.after) == ("1", "2")
    assert "For 2 of them there is nobody by name" in texts(told)


def test_a_delay_is_held_beside_the_contract_and_changes_no_clock() -> None:
    new, old = a_draft(RuleKey.HANDOFF_DELAY, hours=8)

    told = found(new, old)

    change = told.changes[0]
    assert (change.before, change.after) == ("24 working hours", "8 working hours")
    assert texts(told) == [
        "How soon is answered is measured; an answer that comes late is noted.",
        "This rule says 8 working hours, the contract in force promises 24 working hours; the clocks go by"
        " the contract.",
    ]


# How the distribution is kept


def a_waiting_lead() -> Handoff:
    return HandoffFactory.create(contact__owner=None, contact__stage_since=ago(hours=1))


def kept(version: RuleVersion) -> tuple[int, int]:
    found = in_all(months_of(version, since=ago(days=1), until=later(days=1)) or ())
    assert found is not None
    return found.cases, found.exceptions


def test_a_lead_given_by_hand_before_it_is_dealt_is_against_the_distribution(
    manager: User, rep: User, other_rep: User
) -> None:
    """Judged by how each lead first came to a rep, through the actions that people and sweeps use."""
    version = rule_says(RuleKey.DISTRIBUTION, "advise", by_hand=[])
    for person in (rep, other_rep):
        SeatFactory.create(user=person, daily_cap=1)
    a_waiting_lead(), a_waiting_lead()
    distribute(at=NOW)
    waits = a_waiting_lead()
    distribute(at=later(minutes=1))  # everybody is full
    reassign_handoff(waits, to=rep, actor=manager, at=later(minutes=2))
    dealt = Handoff.objects.filter(rep=other_rep).get()
    reassign_handoff(dealt, to=rep, actor=manager, at=later(minutes=3))  # after it had been dealt
    assert kept(version) == (3, 0)

    by_hand, by_owner = a_waiting_lead(), a_waiting_lead()
    reassign_handoff(by_hand, to=rep, actor=manager, at=later(minutes=4))
    assign_owner(by_owner.contact, to=other_rep, actor=manager, at=later(minutes=5))
    follow_owners(at=later(minutes=6))

    assert kept(version) == (5, 2)
    seen = cases_of(version, Wanted(manager, ago(days=1), later(days=1)))
    assert [(case.url, case.what) for case in seen or ()] == [
        (
            by_owner.contact.get_absolute_url(),
            f"went with the contact to {other_rep}, to whom {manager} gave it",
        ),
        (by_hand.contact.get_absolute_url(), f"given to {rep} by {manager}"),
    ]
    assert not cases_of(version, Wanted(UserFactory.create(team=None), ago(days=1), later(days=1)))


def test_the_distribution_costs_the_same_for_three_leads_and_for_thirty(manager: User) -> None:
    version = (
        RuleVersion.objects.in_force().select_related("rule", "agreement").get(rule__key=RuleKey.DISTRIBUTION)
    )
    wanted, heir, counts = Wanted(manager, ago(days=1), later(days=1)), UserFactory.create(), []
    for number in (3, 27):
        for _ in range(number):
            reassign_handoff(a_waiting_lead(), to=heir, actor=manager, at=NOW)
        with CaptureQueriesContext(connection) as captured:
            kept(version)
            found(version)
            assert cases_of(version, wanted)
        counts.append(len(captured))
    assert counts[0] == counts[1]
