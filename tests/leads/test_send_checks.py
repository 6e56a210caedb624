"""A send check answers for many at once, is kept as it was answered, and reserves nothing."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from leads.actions import sending
from leads.actions.sending import check_sending
from leads.errors import TooManyAsked
from leads.models import Consent, RuleException, SendCheck, SendCheckLine
from lifecycle.keys import RuleKey
from tests.factories.leads import ContactFactory, TouchpointFactory
from tests.factories.moments import NOW, ago
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db


def test_it_answers_for_addresses_and_numbers_with_the_rule_that_speaks(marketer: User) -> None:
    rule = rule_says(RuleKey.MARKETING_PAUSE, "block")
    free = ContactFactory.create(email="free@client.test")
    paused = ContactFactory.create(status_id="in_progress")
    gone = ContactFactory.create(email="gone@client.test", consent=Consent.WITHDRAWN)

    asked = [
        " Free@Client.test",
        f"{paused.pk}",
        "gone@client.test",
        "nobody@client.test",
        "free@client.test",
    ]
    check = check_sending(asked, actor=marketer, at=NOW)

    assert check.unknown == 1
    assert list(check.lines.order_by("contact").values_list("contact", "leave", "reason", "version")) == [
        (free.pk, "yes", "", None),
        (paused.pk, "no", "paused", rule.pk),
        (gone.pk, "no", "withdrawn", None),
    ]


@pytest.mark.parametrize("mode", ["advise", "warn"])
def test_a_rule_that_does_not_block_advises_against(mode: str, marketer: User) -> None:
    rule_says(RuleKey.MARKETING_PAUSE, mode)
    paused = ContactFactory.create(status_id="in_progress")

    check = check_sending([str(paused.pk)], actor=marketer, at=NOW)

    assert check.lines.get().leave == "advised_against"
    assert not RuleException.objects.exists()


def test_two_who_ask_for_the_last_place_are_both_told_yes(marketer: User) -> None:
    rule_says(RuleKey.MESSAGE_FREQUENCY, "block", messages=1, within_days=7)
    contact = ContactFactory.create()

    answers = [check_sending([contact.email], actor=marketer, at=NOW).lines.get().leave for _ in range(2)]
    TouchpointFactory.create(contact=contact, kind="email_sent", occurred_at=ago(minutes=1))
    after = check_sending([contact.email], actor=marketer, at=NOW).lines.get().leave

    assert (answers, after) == (["yes", "yes"], "no")


def test_more_than_an_answer_holds_are_refused_and_nothing_is_kept(
    marketer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST", 2)
    for asked in ([], ["1", "2", "3"]):
        with pytest.raises(TooManyAsked):
            check_sending(asked, actor=marketer, at=NOW)

    assert not SendCheck.objects.exists()


def test_an_answer_is_never_changed(marketer: User) -> None:
    contact = ContactFactory.create()
    check = check_sending([str(contact.pk)], actor=marketer, at=NOW)

    for change in (
        lambda: SendCheckLine.objects.update(leave="no", reason="paused"),
        lambda: check.lines.all().delete(),
        lambda: SendCheck.objects.filter(pk=check.pk).update(unknown=3),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_it_costs_the_same_for_three_and_for_thirty(marketer: User) -> None:
    costs = []
    for number in (3, 30):
        asked = [one.email for one in ContactFactory.create_batch(number)]
        with CaptureQueriesContext(connection) as queries:
            check_sending(asked, actor=marketer, at=NOW)
        costs.append(len(queries))

    assert costs[0] == costs[1]


# Pages


def test_the_page_shows_whom_it_holds_back_and_gives_every_answer_as_a_file(as_marketer: Client) -> None:
    ContactFactory.create(email="free@client.test", last_name="Free")
    ContactFactory.create(email="paused@client.test", last_name="Paused", status_id="in_progress")

    sent = as_marketer.post(
        "/contacts/send-checks/", {"asked": "free@client.test, paused@client.test\nnobody@client.test"}
    )
    check = SendCheck.objects.get()
    page = as_marketer.get(sent["Location"]).content.decode()
    file = as_marketer.get(f"/contacts/send-checks/{check.pk}/file/")

    assert sent.status_code == 303
    assert "1 of 2 may be written to" in page
    assert "1 address or number belongs to nobody we know." in page
    assert "Benali" not in page
    assert "Paused" in page
    assert "Rule 8, v1" in page
    text = b"".join(file).decode()
    assert '"free@client.test","yes","",""' in text
    assert '"paused@client.test","advised_against","paused","Rule 8, v1"' in text


def test_nobody_asked_for_is_a_form_to_correct(as_marketer: Client) -> None:
    assert as_marketer.post("/contacts/send-checks/", {"asked": " , "}).status_code == 422
    assert not SendCheck.objects.exists()


def test_the_list_of_checks_costs_the_same_for_three_and_thirty(as_marketer: Client, marketer: User) -> None:
    contact, costs = ContactFactory.create(), []
    for number in (3, 27):
        for _ in range(number):
            check_sending([str(contact.pk)], actor=marketer, at=timezone.now())
        as_marketer.get("/contacts/send-checks/")
        with CaptureQueriesContext(connection) as queries:
            as_marketer.get("/contacts/send-checks/")
        costs.append(len(queries))

    assert costs[0] == costs[1]
