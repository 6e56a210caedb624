"""The card of a contact that says who may write now, and the calendar of what was written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leads.messaging.verdict import Sent
from leads.models import Consent, Contact
from lifecycle.keys import RuleKey
from smarketing.contact_page.writing import Planned, calendar_days
from tests.factories.leads import ContactFactory, TouchpointFactory
from tests.factories.lifecycle import RuleFactory, RuleVersionFactory
from tests.factories.moments import NOW
from tests.leads.test_policies import own_rule, rule_says
from tests.smarketing.contact import page_of, queries_of

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 20)


def card_of(page: str) -> str:
    return page.split('aria-labelledby="h-writing"')[1].split("</section>", maxsplit=1)[0]


def test_a_contact_whom_nothing_holds_back_may_be_written_to_by_both(as_rep: Client, rep: User) -> None:
    card = card_of(page_of(as_rep, ContactFactory.create(owner=rep)))

    assert card.count("Yes") == 2
    assert f"{rep} writes." in card
    assert "Consent is not known." in card
    assert "Nothing is planned." in card


def test_each_reason_names_its_rule_and_version_and_opens_it(as_rep: Client, rep: User) -> None:
    rule_says(RuleKey.MESSAGE_FREQUENCY, "block", messages=1, within_days=30)
    contact = ContactFactory.create(owner=rep, status_id="in_progress")
    TouchpointFactory.create(
        contact=contact, kind="email_sent", occurred_at=timezone.now() - timedelta(days=1)
    )

    card = card_of(page_of(as_rep, contact))

    assert "No<" in card
    assert (
        'Sales is in contact, by the status · <a class="sm-link" href="/rules/marketing_pause/">Rule 8, v1</a>'
        in card
    )
    assert "Written to often enough lately <span" in card
    assert 'href="/rules/message_frequency/"' in card
    assert "Another branded message fits" in card


def test_withdrawn_consent_says_no_to_marketing_and_yes_to_sales(as_rep: Client, rep: User) -> None:
    card = card_of(page_of(as_rep, ContactFactory.create(owner=rep, consent=Consent.WITHDRAWN)))

    assert card.index("No<") < card.index("Consent withdrawn") < card.index("Yes<")


def test_the_calendar_tells_both_kinds_apart_without_colour(as_rep: Client, rep: User) -> None:
    contact, at = ContactFactory.create(owner=rep), timezone.now() - timedelta(days=8)
    TouchpointFactory.create_batch(2, contact=contact, kind="email_sent", occurred_at=at)
    TouchpointFactory.create(contact=contact, kind="sales_email", occurred_at=at)

    card = card_of(page_of(as_rep, contact))

    assert "2 branded messages" in card
    assert "1 personal message" in card
    assert card.count("<tr>") == 9


def test_days_are_those_of_the_reader_and_hold_what_is_planned() -> None:
    begins = date(2026, 10, 5)
    back = Planned(date(2026, 11, 24), "Sales comes back", "calendar-clock")
    sent = [Sent(NOW), Sent(NOW, is_personal=True), Sent(NOW - timedelta(days=100))]

    days = calendar_days(sent, [back], begins=begins, today=TODAY)

    assert (days[0].on, days[-1].on, len(days)) == (begins, date(2026, 11, 29), 56)
    assert [(day.on, day.branded, day.personal) for day in days if day.branded] == [(TODAY, 1, 1)]
    assert [day.on for day in days if day.planned] == [back.on]
    assert [day.on for day in days if day.is_today] == [TODAY]


def test_a_rule_of_the_companys_own_says_what_is_wanting_to_whom_it_speaks(as_rep: Client, rep: User) -> None:
    criteria = {"all": [{"fact": "job_title", "op": "known"}, {"fact": "city", "op": "known"}]}
    own_rule("message", "block", target="branded", criteria=criteria)
    contact = ContactFactory.create(owner=rep, job_title="", city="Lyon")

    card = card_of(page_of(as_rep, contact))

    assert card.count("Not met: the job title is known") == 1
    assert "Rule 40, v1" in card
    assert card.index("No<") < card.index("Not met") < card.index("Yes<")
    Contact.objects.filter(pk=contact.pk).update(job_title="Buyer")
    assert card_of(page_of(as_rep, contact)).count("Yes<") == 2


def test_a_rule_on_every_message_speaks_to_both(as_rep: Client, rep: User) -> None:
    own_rule("message", "advise")

    card = card_of(page_of(as_rep, ContactFactory.create(owner=rep, job_title="")))

    assert (card.count("Better not"), card.count("Not met: the job title is known")) == (2, 2)


def test_rules_of_their_own_cost_one_query_for_all_of_them(as_rep: Client, rep: User) -> None:
    contact = ContactFactory.create(owner=rep, job_title="")
    page_of(as_rep, contact)
    without = queries_of(as_rep, contact)
    own_rule("message", "advise")
    page_of(as_rep, contact)
    one = queries_of(as_rep, contact)
    RuleVersionFactory.create(
        rule=RuleFactory.create(number=41), event="message", criteria={"fact": "city", "op": "known"}
    )
    page_of(as_rep, contact)

    assert (one, queries_of(as_rep, contact)) == (without + 1, without + 1)
