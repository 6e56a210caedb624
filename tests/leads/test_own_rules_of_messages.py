"""A rule of the company's own that speaks where a contact is written to: send checks, what is sent, and the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from leads.actions.sending import check_sending, write_all_the_same
from leads.actions.touchpoints import record_touchpoint, record_touchpoints
from leads.consequences.rules import consequences
from leads.errors import RuleAsks, RuleForbids
from leads.messaging.sets import counted, held_back
from leads.messaging.terms import terms_in_force
from leads.models import Consent, Contact, RuleException, SendCheck
from leads.policies import overriding
from lifecycle.compliance import months_of
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.rule_forms import OwnRuleForm
from lifecycle.rule_words import speaks_when
from tests.factories.leads import ContactFactory, TouchpointFactory
from tests.factories.lifecycle import RuleFactory, RuleVersionFactory
from tests.factories.moments import INSTALLED, NOW, ago, later
from tests.leads.test_messaging import event
from tests.leads.test_policies import WHY, own_rule, rule_says

pytestmark = pytest.mark.django_db

NOT_LATELY: dict[str, Any] = {"touch": "email_sent", "op": "none", "within_days": 7}


def nobody_knows_the_job(**values: Any) -> Contact:
    contact: Contact = ContactFactory.create(**{"job_title": "", **values})
    return contact


def answers(check: SendCheck) -> list[tuple[str, str, int | None]]:
    return list(check.lines.order_by("contact_id").values_list("leave", "reason", "version"))


# The send check


@pytest.mark.parametrize(
    ("mode", "leave"), [("advise", "advised_against"), ("warn", "advised_against"), ("block", "no")]
)
def test_whoever_does_not_meet_it_is_left_out_by_the_rule_and_its_version(
    mode: str, leave: str, marketer: User
) -> None:
    rule = own_rule("message", mode, target="branded")
    free, held = ContactFactory.create(job_title="Buyer"), nobody_knows_the_job()

    check = check_sending([free.email, held.email], actor=marketer, at=NOW)

    assert answers(check) == [("yes", "", None), (leave, "own", rule.pk)]
    assert not RuleException.objects.exists()


def test_a_rule_on_what_sales_writes_holds_no_mailing_back(marketer: User) -> None:
    own_rule("message", "block", target="personal")

    check = check_sending([nobody_knows_the_job().email], actor=marketer, at=NOW)

    assert answers(check) == [("yes", "", None)]


def test_what_stops_is_told_before_it_and_of_two_rules_of_their_own_the_first(marketer: User) -> None:
    first = own_rule("message", "advise")
    second = RuleVersionFactory.create(
        rule=RuleFactory.create(number=41),
        mode="advise",
        event="message",
        criteria={"fact": "city", "op": "known"},
    )
    held, other = nobody_knows_the_job(city=""), ContactFactory.create(job_title="Buyer", city="")
    gone = nobody_knows_the_job(consent=Consent.WITHDRAWN)

    check = check_sending([held.email, other.email, gone.email], actor=marketer, at=NOW)

    assert answers(check) == [
        ("advised_against", "own", first.pk),
        ("advised_against", "own", second.pk),
        ("no", "withdrawn", None),
    ]
    terms = terms_in_force()
    assert counted(Contact.objects.all(), terms, at=NOW) == {"own-40": 1, "own-41": 1, "withdrawn": 1}
    assert list(held_back(Contact.objects.all(), "own-41", terms, at=NOW)) == [other]


def test_a_window_is_counted_from_the_moment_of_asking(marketer: User) -> None:
    own_rule("message", "block", criteria=NOT_LATELY)
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="email_sent", occurred_at=NOW)

    now, later_on = (check_sending([contact.email], actor=marketer, at=later(days=days)) for days in (6, 7))

    assert (now.lines.get().leave, later_on.lines.get().leave) == ("no", "yes")


def test_a_check_costs_three_queries_more_whatever_the_number_of_contacts(marketer: User) -> None:
    costs = []
    for number, _ in ((3, None), (3, own_rule("message", "advise")), (30, None)):
        asked = [one.email for one in ContactFactory.create_batch(number)]
        with CaptureQueriesContext(connection) as queries:
            check_sending(asked, actor=marketer, at=NOW)
        costs.append(len(queries))

    assert costs[0] == costs[1] == costs[2]


# All the same


def test_a_reason_lets_the_list_go_and_stands_beside_the_message_that_was_sent(
    marketer: User, manager: User
) -> None:
    rule = own_rule("message", "warn")
    contacts = [nobody_knows_the_job(), ContactFactory.create(job_title="Buyer")]
    check = check_sending([one.email for one in contacts], actor=marketer, at=NOW)
    with pytest.raises(RuleAsks):
        write_all_the_same(check, actor=manager, at=later(minutes=5))

    with overriding(WHY):
        again = write_all_the_same(check, actor=manager, at=later(minutes=5))
    events = [
        event(one, days=-hours / 24, key=f"{one.pk}-{hours}") for one in contacts for hours in (1, 24 * 8)
    ]
    record_touchpoints(events, at=later(days=9))

    assert answers(again) == [("despite", "own", rule.pk), ("yes", "", None)]
    assert (again.asked_by, again.reason, check.lines.get(version=rule).leave) == (
        manager,
        WHY,
        "advised_against",
    )
    notes = RuleException.objects.order_by("at").values_list("at", "how", "reason", "actor", "origin")
    assert list(notes) == [
        (later(hours=1), "overridden", WHY, manager.pk, "api"),
        (later(days=8), "passed", "", None, "api"),
    ]


def test_the_reason_is_of_the_rule_that_asked_for_it_alone(marketer: User) -> None:
    rule_says(RuleKey.MARKETING_PAUSE, "warn")
    own = own_rule("message", "warn")
    contact = nobody_knows_the_job(status_id="in_progress")
    check = check_sending([contact.email], actor=marketer, at=NOW)
    with overriding(WHY):
        write_all_the_same(check, actor=marketer, at=NOW)

    record_touchpoints([event(contact, days=0)], at=NOW)

    found = dict(RuleException.objects.values_list("version__rule__key", "reason"))
    assert found == {RuleKey.MARKETING_PAUSE: WHY, own.rule.key: ""}


def test_advice_hides_no_warning_of_whom_somebody_wants_to_write_to(marketer: User) -> None:
    rule_says(RuleKey.MARKETING_PAUSE, "advise")
    own = own_rule("message", "warn")
    contact = nobody_knows_the_job(status_id="in_progress")
    check = check_sending([contact.email], actor=marketer, at=NOW)
    with pytest.raises(RuleAsks, match=r"Rule 40 \(v1\)"):
        write_all_the_same(check, actor=marketer, at=NOW)

    with overriding(WHY):
        again = write_all_the_same(check, actor=marketer, at=NOW)
    record_touchpoints([event(contact, days=0)], at=NOW)

    assert (answers(check), answers(again)) == (
        [("advised_against", "own", own.pk)],
        [("despite", "own", own.pk)],
    )
    assert again.reason == WHY
    found = dict(RuleException.objects.values_list("version__rule__key", "reason"))
    assert found == {RuleKey.MARKETING_PAUSE: "", own.rule.key: WHY}


def test_who_is_stopped_stays_out_and_a_list_of_nobody_else_is_refused_by_the_rule(marketer: User) -> None:
    rule = own_rule("message", "block")
    rule_says(RuleKey.MARKETING_PAUSE, "advise")
    stopped = nobody_knows_the_job()
    advised = ContactFactory.create(job_title="Buyer", status_id="in_progress")
    alone = check_sending([stopped.email], actor=marketer, at=NOW)
    both = check_sending([stopped.email, advised.email], actor=marketer, at=NOW)

    again = write_all_the_same(both, actor=marketer, at=NOW)
    with pytest.raises(RuleForbids, match=r"Rule 40 \(v1\)"):
        write_all_the_same(alone, actor=marketer, at=NOW)

    assert [leave for leave, _reason, _version in answers(again)] == ["no", "despite"]
    assert answers(again)[0][2] == rule.pk


# What is recorded


def test_a_message_is_held_against_what_was_so_before_it() -> None:
    rule = own_rule("message", "advise", criteria=NOT_LATELY)
    contact = ContactFactory.create()

    for key in ("first", "second"):
        record_touchpoint(contact, kind="email_sent", occurred_at=NOW, at=NOW, origin="mailer", key=key)

    assert [note.version for note in RuleException.objects.all()] == [rule]


def test_what_was_sent_before_the_rule_was_in_force_is_not_held_against_it() -> None:
    own_rule("message", "block")
    contact = nobody_knows_the_job()
    moments = (INSTALLED - timedelta(days=1), INSTALLED, ago(days=1))
    days = [(NOW - moment) / timedelta(days=1) for moment in moments]

    record_touchpoints([event(contact, days=one) for one in days], at=NOW)

    assert [note.at for note in RuleException.objects.order_by("at")] == [INSTALLED, ago(days=1)]


@pytest.mark.parametrize(("target", "cases"), [("branded", [(2, 1)]), ("personal", [(1, 0)]), ("", [(3, 1)])])
def test_it_is_kept_by_how_many_messages_of_its_kind(target: str, cases: list[tuple[int, int]]) -> None:
    rule = own_rule("message", "advise", target=target)
    known = ContactFactory.create(job_title="Buyer")
    events = [event(nobody_knows_the_job(), days=1), event(known, days=1)]
    record_touchpoints([*events, event(known, days=2, kind="sales_email")], at=NOW)

    version = RuleVersion.objects.select_related("rule").get(pk=rule.pk)
    months = months_of(version, since=ago(days=10), until=NOW)

    assert months is not None
    assert [(one.cases, one.exceptions) for one in months] == cases


@pytest.mark.parametrize(
    ("target", "names"),
    [("branded", {"Free"}), ("personal", {"Free", "Withdrawn"}), ("", {"Free", "Withdrawn"})],
)
def test_a_draft_is_held_against_whom_one_could_write_to(
    target: str, names: set[str], as_marketer: Client
) -> None:
    """Sales still writes to who withdrew consent; nobody to an address that came back, until it is mended."""
    nobody_knows_the_job(first_name="Free")
    nobody_knows_the_job(first_name="Withdrawn", consent=Consent.WITHDRAWN)
    nobody_knows_the_job(first_name="No address", email="", phone="+33123456789")
    TouchpointFactory.create(contact=nobody_knows_the_job(first_name="Came back"), kind="email_bounced")
    ContactFactory.create(job_title="Buyer")
    rule = own_rule("message", "warn", target=target)

    told = consequences(rule, None, NOW)
    page = as_marketer.get(f"/agreements/{rule.agreement_id}/contacts/then/")

    assert told is not None
    assert (told.changes[0].after, told.meanings[0].text) == (
        str(len(names)),
        "A send check advises against; whoever writes all the same says why",
    )
    assert {contact.first_name for contact, _ in page.context["listed"].lines} == names


# Pages


def test_the_segment_counts_it_under_its_own_line_which_opens_whom_it_holds_back(as_marketer: Client) -> None:
    own_rule("message", "block")
    nobody_knows_the_job(last_name="Unknown")
    ContactFactory.create(job_title="Buyer", last_name="Buyer")

    page = as_marketer.get("/contacts/writing/").content.decode()
    found = as_marketer.get("/contacts/?writing=own-40").content.decode()

    assert 'href="/contacts/?writing=own-40" aria-label="Not met: the job title is known, 1">1</a>' in page
    assert "Rule 40, v1" in page
    assert ("Unknown" in found, "Buyer</" in found) == (True, False)
    assert "Marketing mail" in found


def test_the_page_of_a_check_says_how_many_each_rule_holds_back(as_marketer: Client, marketer: User) -> None:
    own_rule("message", "block")
    rule_says(RuleKey.MARKETING_PAUSE, "advise")
    asked = [nobody_knows_the_job().email for _ in range(2)]
    asked.append(ContactFactory.create(job_title="Buyer", status_id="in_progress").email)
    check = check_sending(asked, actor=marketer, at=NOW)

    page = as_marketer.get(f"/contacts/send-checks/{check.pk}/").content.decode()
    file = b"".join(as_marketer.get(f"/contacts/send-checks/{check.pk}/file/")).decode()

    rows = [part.split("</tr>")[0] for part in page.split('<th scope="row">')]
    assert [row.startswith("Not met: the job title is known</th>") for row in rows[1:3]] == [True, False]
    assert [row.startswith("Sales is in contact, by the status</th>") for row in rows[1:3]] == [False, True]
    assert (">2</td>" in rows[1], ">1</td>" in rows[2]) == (True, True)
    assert "Write all the same" in page
    assert '"no","own","Rule 40, v1","",""' in file


def test_the_page_of_a_check_costs_the_same_for_three_and_for_thirty(
    as_marketer: Client, marketer: User
) -> None:
    own_rule("message", "advise")
    costs = []
    for number in (3, 30):
        asked = [nobody_knows_the_job().email for _ in range(number)]
        check = check_sending(
            [*asked, ContactFactory.create(consent=Consent.WITHDRAWN).email], actor=marketer, at=NOW
        )
        as_marketer.get(f"/contacts/send-checks/{check.pk}/")
        with CaptureQueriesContext(connection) as queries:
            as_marketer.get(f"/contacts/send-checks/{check.pk}/")
        costs.append(len(queries))

    assert costs[0] == costs[1]


# One that cannot be read any more


UNREADABLE: dict[str, Any] = {"fact": "custom.gone", "op": "known"}


@pytest.mark.parametrize(
    "address",
    ["/contacts/{pk}/", "/contacts/writing/", "/contacts/?writing=now", "/contacts/?writing=own-40"],
)
def test_a_rule_that_cannot_be_read_any_more_leaves_the_pages_standing(
    address: str, as_marketer: Client, caplog: pytest.LogCaptureFixture
) -> None:
    own_rule("message", "block", criteria=UNREADABLE)
    contact = nobody_knows_the_job()

    response = as_marketer.get(address.format(pk=contact.pk))

    assert response.status_code == 200
    assert "cannot be evaluated" in caplog.text


def test_a_rule_that_cannot_be_read_any_more_holds_nobody_back_and_the_one_beside_it_does(
    marketer: User,
) -> None:
    own_rule("message", "block", criteria=UNREADABLE)
    other = RuleVersionFactory.create(
        rule=RuleFactory.create(number=41),
        mode="block",
        event="message",
        criteria={"fact": "city", "op": "known"},
    )
    free, held = ContactFactory.create(city="Lyon"), ContactFactory.create(city="")

    check = check_sending([free.email, held.email], actor=marketer, at=NOW)
    record_touchpoints([event(free, days=1), event(held, days=1)], at=NOW)

    assert answers(check) == [("yes", "", None), ("no", "own", other.pk)]
    assert [found.version_id for found in RuleException.objects.all()] == [other.pk]


@pytest.mark.parametrize(
    ("target", "is_taken"), [("", True), ("branded", True), ("personal", True), ("sql", False)]
)
def test_its_form_takes_a_kind_of_message_and_nothing_else(target: str, is_taken: bool) -> None:
    said = {"question_en": "Whom?", "text_en": "These.", "mode": "warn", "event": "message", "target": target}
    assert OwnRuleForm(said).is_valid() is is_taken


def test_the_rule_says_what_kind_it_speaks_of() -> None:
    version = own_rule("message", "advise", target="personal")
    assert speaks_when(version) == "A contact is written to: In person, by sales"
