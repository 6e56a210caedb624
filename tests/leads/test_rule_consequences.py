"""Before a rule is signed its signers read whom it speaks against today, and what happens at the doors."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from leads.consequences.rules import consequences
from lifecycle.keys import RuleKey
from lifecycle.models import Rule, RuleVersion
from tests.factories.leads import ContactFactory, DealFactory, TouchpointFactory
from tests.factories.lifecycle import RuleVersionFactory
from tests.factories.moments import NOW, ago
from tests.leads.test_policies import KNOWS_THE_JOB

pytestmark = pytest.mark.django_db


def a_draft(key: str, mode: str = "advise", **parameters: object) -> tuple[RuleVersion, RuleVersion]:
    """The version in force and a draft with other parameters."""
    old = RuleVersion.objects.in_force().select_related("rule", "agreement").get(rule__key=key)
    new = RuleVersionFactory.create(
        rule=Rule.objects.get(key=key),
        mode=mode,
        parameters={**old.parameters, **parameters},
        agreement__in_force=False,
        agreement__number=old.agreement.number + 1,
    )
    return new, old


def told(new: RuleVersion, old: RuleVersion | None = None) -> tuple[str, str, list[str]]:
    found = consequences(new, old, NOW)
    assert found is not None
    (change,) = found.changes
    return change.before, change.after, [meaning.text for meaning in found.meanings]


@pytest.mark.parametrize(
    ("event", "target", "count"), [("stage", "mql", "1"), ("stage", "", "2"), ("contact", "", "3")]
)
def test_a_rule_of_our_own_is_held_against_those_who_stand_where_it_speaks(
    event: str, target: str, count: str
) -> None:
    ContactFactory.create(stage_id="mql", job_title="")
    ContactFactory.create(stage_id="mql", job_title="Buyer")
    ContactFactory.create(stage_id="lead", job_title="")
    ContactFactory.create(stage_id=None, job_title="")
    new = RuleVersionFactory.create(
        event=event, target=target, criteria=KNOWS_THE_JOB, mode="block", agreement__in_force=False
    )

    before, after, meanings = told(new)
    assert (before, after) == ("0", count)
    assert meanings[0] == "A change against it is refused"


def test_a_rule_on_owners_is_held_against_those_whom_somebody_has(rep: User) -> None:
    ContactFactory.create(owner=rep, job_title="")
    ContactFactory.create(owner=rep, job_title="Buyer")
    ContactFactory.create(owner=None, job_title="")
    new = RuleVersionFactory.create(event="owner", criteria=KNOWS_THE_JOB, agreement__in_force=False)

    assert told(new)[1] == "1"


@pytest.mark.parametrize(("target", "count"), [("", "2"), ("quote", "1"), ("lost", "1")])
def test_a_rule_on_a_stage_of_deals_is_held_against_the_contacts_of_deals_there(
    target: str, count: str
) -> None:
    DealFactory.create(contact__job_title="", stage="quote")
    DealFactory.create(contact__job_title="", stage="qualified")
    DealFactory.create(contact__job_title="", stage="lost", closed_at=NOW, lost_reason="price")
    DealFactory.create(contact__job_title="Buyer", stage="quote")
    new = RuleVersionFactory.create(
        event="advance", target=target, criteria=KNOWS_THE_JOB, agreement__in_force=False
    )

    assert told(new)[1] == count


def test_a_deal_is_counted_by_its_contact() -> None:
    DealFactory.create(contact=ContactFactory.create(job_title=""))
    ContactFactory.create(job_title="")
    new = RuleVersionFactory.create(event="deal", criteria=KNOWS_THE_JOB, agreement__in_force=False)

    assert told(new)[1] == "1"


@pytest.mark.parametrize(
    ("event", "target", "english", "french"),
    [
        ("deal", "", "Contacts with an open deal, against it", "Contacts ayant une affaire ouverte"),
        ("advance", "", "Contacts with an open deal, against it", "Contacts ayant une affaire ouverte"),
        (
            "advance",
            "quote",
            "Contacts with a deal at that stage, against it",
            "Contacts ayant une affaire à",
        ),
    ],
)
def test_a_rule_on_deals_says_that_it_counts_their_contacts(
    event: str, target: str, english: str, french: str
) -> None:
    new = RuleVersionFactory.create(
        event=event, target=target, criteria=KNOWS_THE_JOB, agreement__in_force=False
    )

    said = {}
    for language in ("en", "fr"):
        with translation.override(language):
            found = consequences(new, None, NOW)
            assert found is not None
            said[language] = str(found.changes[0].label)

    assert said["en"] == english
    assert said["fr"].startswith(french)


def test_a_longer_retention_has_fewer_due_and_erases_nobody_by_itself() -> None:
    ContactFactory.create(status_id="unqualified", status_since=ago(days=400))
    ContactFactory.create(status_id="unqualified", status_since=ago(days=800))
    new, old = a_draft(RuleKey.RETENTION, delays={"unqualified": 24})

    before, after, meanings = told(new, old)
    assert (before, after) == ("2", "1")
    assert meanings[0].startswith("Nobody is erased before")


def test_a_lower_cap_tells_how_many_have_had_that_many_and_what_a_send_check_would_say() -> None:
    for number in (1, 2):
        contact = ContactFactory.create()
        TouchpointFactory.create_batch(number, contact=contact, kind="email_sent", occurred_at=ago(days=1))
    new, old = a_draft(RuleKey.MESSAGE_FREQUENCY, "block", messages=2)

    before, after, meanings = told(new, old)
    assert (before, after) == ("0", "1")
    assert meanings[0] == "A send check says no; what is sent all the same is noted"


def test_deleting_says_so_before_it_is_signed() -> None:
    new, old = a_draft(RuleKey.RETENTION, how="delete")

    assert told(new, old)[2][1].startswith("Who is approved is deleted")
    assert told(old, old)[2][1].startswith("Who is approved is made anonymous")


def test_a_mode_that_changes_says_what_it_was() -> None:
    DealFactory.create(contact=ContactFactory.create(stage_id="mql"))
    new, old = a_draft(RuleKey.DEAL_CREATION, "warn", stage="mql")

    found = consequences(new, old, NOW)
    assert found is not None
    assert told(new, old)[:2] == ("1", "0")
    assert found.meanings[0].text == "A change against it asks for a reason, which is kept"
    assert found.meanings[0].note == "Until now: advise."


@pytest.mark.parametrize(
    "key",
    [
        RuleKey.MINIMUM_INFORMATION,
        RuleKey.RETENTION,
        RuleKey.REGRESSION,
        RuleKey.DEAL_CREATION,
        RuleKey.MARKETING_PAUSE,
        RuleKey.MESSAGE_FREQUENCY,
        RuleKey.REQUEST_DELAY,
        RuleKey.HANDOFF_DELAY,
        RuleKey.DISTRIBUTION,
        RuleKey.CONTACT_CREATION,
    ],
)
def test_every_question_tells_its_consequences_on_the_page(as_marketer: Client, key: str) -> None:
    new, _ = a_draft(key)
    assert (
        "If this rule were in force now"
        in as_marketer.get(f"/agreements/{new.agreement_id}/").content.decode()
    )


def test_it_costs_the_same_for_three_contacts_and_for_thirty() -> None:
    new = RuleVersionFactory.create(event="contact", criteria=KNOWS_THE_JOB, agreement__in_force=False)
    counts = []
    for number in (3, 27):
        ContactFactory.create_batch(number, job_title="")
        with CaptureQueriesContext(connection) as captured:
            consequences(new, None, NOW)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_rule_in_words_only_has_nothing_to_count() -> None:
    new = RuleVersionFactory.create(agreement__in_force=False)
    assert consequences(new, None, NOW) is None
