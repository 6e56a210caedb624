"""Messages by the rulebook: what is noted as it is recorded, and whom a list may be written to, as one is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from leads.actions.contacts import update_contact
from leads.actions.touchpoints import Event, log_outcome, record_touchpoint, record_touchpoints
from leads.facts import contact_catalogue, snapshot
from leads.messaging.sets import NOW as FREE
from leads.messaging.sets import counted, held_back, leave_of, paused, with_cause
from leads.messaging.terms import terms_in_force
from leads.messaging.verdict import (
    Cap,
    Due,
    Known,
    Own,
    Pause,
    Sent,
    Spoken,
    Terms,
    marketing_may_write,
    was_too_many,
)
from leads.models import Consent, Contact, RetentionHold, RuleException, Touchpoint
from lifecycle.compliance import months_of
from lifecycle.criteria.evaluate import evaluate
from lifecycle.criteria.parse import parse
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.pausing import AT_ONCE, FIRST_TOUCH, NOT_BY_OWNER, OWNED, OWNED_BY_SALES, Pausing
from tests.effort import examples
from tests.factories.accounts import UserFactory
from tests.factories.leads import (
    ContactFactory,
    DealFactory,
    TouchpointFactory,
    TransitionFactory,
)
from tests.factories.moments import NOW, ago
from tests.leads.races import at_once
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db

CAP = RuleKey.MESSAGE_FREQUENCY


def wrote(contact: Contact, *days: float, kind: str = "email_sent") -> None:
    for number in days:
        TouchpointFactory.create(contact=contact, kind=kind, occurred_at=ago(days=number))


def event(contact: Contact, *, days: float, kind: str = "email_sent", key: str = "") -> Event:
    return Event(contact.pk, kind, ago(days=days), "mailer", key or f"{contact.pk}-{kind}-{days}")


# What is recorded


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_the_message_that_is_too_many_is_kept_and_noted_at_its_own_moment(mode: str) -> None:
    rule = rule_says(CAP, mode, messages=2, within_days=7)
    contact = ContactFactory.create()
    events = [event(contact, days=days) for days in (40, 39, 38, 3)]

    record_touchpoints(events, at=NOW)
    record_touchpoints(events, at=NOW)

    assert Touchpoint.objects.count() == 4
    assert [(note.version, note.at) for note in RuleException.objects.all()] == [(rule, ago(days=38))]


def test_each_of_several_messages_of_one_batch_is_judged() -> None:
    rule_says(CAP, "advise", messages=1, within_days=30)
    contact = ContactFactory.create()

    record_touchpoints([event(contact, days=days) for days in (1, 2, 3, 4)], at=NOW)

    assert RuleException.objects.count() == 3


def test_a_message_recorded_by_its_own_door_is_judged_too() -> None:
    rule_says(CAP, "block", messages=1, within_days=30)
    contact = ContactFactory.create()
    wrote(contact, 2)

    record_touchpoint(contact, kind="email_sent", occurred_at=NOW, at=NOW, origin="mailer", key="1")

    assert RuleException.objects.get().origin == "api"


@pytest.mark.parametrize(("counted", "notes"), [("branded", 0), ("branded_and_personal", 1)])
def test_a_personal_message_logged_on_a_page_counts_where_the_rule_says_so(
    counted: str, notes: int, rep: User
) -> None:
    rule_says(CAP, "warn", messages=1, within_days=30, counted=counted)
    contact = ContactFactory.create(owner=rep)
    wrote(contact, 2)

    log_outcome(contact, actor=rep, kind="sales_email", outcome="sent", at=NOW)

    found = RuleException.objects.filter(version__rule__key=CAP)
    assert found.count() == notes
    assert all((note.origin, note.actor) == ("person", rep) for note in found)


def test_the_rule_is_kept_by_how_many_messages_it_counts_month_by_month() -> None:
    rule = rule_says(CAP, "advise", messages=2, within_days=7)
    contact = ContactFactory.create()
    record_touchpoints([event(contact, days=days) for days in (40, 39, 38, 3)], at=NOW)

    version = RuleVersion.objects.select_related("rule").get(pk=rule.pk)
    months = months_of(version, since=ago(days=60), until=NOW + timedelta(days=1))

    assert months is not None
    assert [(one.cases, one.exceptions) for one in months] == [(3, 1), (1, 0)]


def test_recording_costs_the_same_for_three_messages_and_for_thirty() -> None:
    rule_says(CAP, "advise", messages=1, within_days=7)
    costs = []
    for number in (3, 30):
        contacts = ContactFactory.create_batch(number)
        events = [event(contact, days=days) for contact in contacts for days in (1, 2)]
        with CaptureQueriesContext(connection) as queries:
            record_touchpoints(events, at=NOW)
        costs.append(len(queries))

    assert costs[0] == costs[1]


# Whom a list may be written to


def test_each_contact_is_counted_once_and_the_filter_finds_those_of_its_reason() -> None:
    rule_says(CAP, "block", messages=2, within_days=7)
    free = ContactFactory.create()
    wrote(free, 1, 8)
    full = ContactFactory.create(status_id="in_progress")
    wrote(full, 1, 2)
    ContactFactory.create(status_id="in_progress")
    ContactFactory.create(consent=Consent.WITHDRAWN, status_id="in_progress")
    ContactFactory.create(email="", phone="+33123456789", consent=Consent.WITHDRAWN)
    wrote(ContactFactory.create(), 1, kind="email_bounced")
    terms = terms_in_force()

    numbers = counted(Contact.objects.all(), terms, at=NOW)

    assert numbers == {"": 1, "no_email": 1, "withdrawn": 1, "bounced": 1, "paused": 1, "capped": 1}
    found = {
        reason: set(held_back(Contact.objects.all(), reason or FREE, terms, at=NOW)) for reason in numbers
    }
    assert {reason: len(contacts) for reason, contacts in found.items()} == numbers
    assert (found[""], found["capped"]) == ({free}, {full})


def test_another_address_takes_mail_again(rep: User) -> None:
    contact = ContactFactory.create()
    wrote(contact, 1, kind="email_bounced")
    terms = terms_in_force()
    assert counted(Contact.objects.all(), terms, at=NOW) == {"bounced": 1}

    update_contact(
        contact, changes={"email": "other@client.test"}, version=contact.version, actor=rep, at=NOW
    )

    assert counted(Contact.objects.all(), terms, at=NOW) == {"": 1}


class TestSetsSayWhatTheVerdictSays(TestCase):
    """The rule in Python and its form in SQL are one."""

    @given(data=st.data())
    @settings(max_examples=examples(60), deadline=None)
    def test_of_every_contact(self, data: Any) -> None:
        terms = data.draw(_terms)
        people = data.draw(st.lists(_person, min_size=1, max_size=4))
        expected = {}
        for facts in people:
            contact = ContactFactory.create(
                email="" if facts["no_email"] else f"p{Contact.objects.count()}@client.test",
                phone="+33123456789",
                consent=facts["consent"],
                status_id=facts["status"],
                status_since=ago(days=facts["since"]),
                stage_id=facts["stage"],
                stage_since=ago(days=facts["stage_since"]),
                city=facts["city"],
                owner=_owner(facts["owner_side"]),
                created_at=ago(days=400),
            )
            if facts["owned_for"] is not None:
                TransitionFactory.create(contact=contact, kind="owner", at=ago(days=facts["owned_for"]))
            for personal, hours in facts["sent"]:
                wrote(contact, hours / 24, kind="sales_email" if personal else "email_sent")
            for hours in facts["touched"]:
                wrote(contact, hours / 24, kind="call")
            if facts["bounced"]:
                wrote(contact, 50, kind="email_bounced")
            if facts["kept"] == "deal":
                DealFactory.create(contact=contact)
            elif facts["kept"] == "exception":
                RetentionHold.objects.create(
                    contact=contact,
                    reason="R",
                    until=NOW.date(),
                    made_by=UserFactory.create(),
                    made_at=ago(days=1),
                )
            touches = [hours for hours in facts["touched"] if hours >= 0]
            touches += [hours for personal, hours in facts["sent"] if personal and hours >= 0]
            verdict = marketing_may_write(
                Known(
                    has_email=not facts["no_email"],
                    has_withdrawn=facts["consent"] == Consent.WITHDRAWN,
                    has_bounced=facts["bounced"],
                    status=facts["status"],
                    status_since=ago(days=facts["since"]),
                    sent=[Sent(ago(hours=hours), personal) for personal, hours in facts["sent"]],
                    stage=facts["stage"],
                    stage_since=ago(days=facts["stage_since"]),
                    owner_side=facts["owner_side"],
                    owner_since=ago(days=400 if facts["owned_for"] is None else facts["owned_for"]),
                    touched_at=ago(hours=min(touches)) if touches else None,
                    is_kept=facts["kept"] != "",
                    unmet=_wanting(contact, terms),
                ),
                terms,
                at=NOW,
            )
            first = verdict.first
            cause = first.cause if first else ""
            expected[contact.pk] = (first.code if first else "", verdict.leave, cause)

        rows = with_cause(Contact.objects.filter(pk__in=expected), terms, at=NOW)
        found = {row.pk: (row.held_back, leave_of(row.held_back, terms), row.pause_cause) for row in rows}
        assert found == expected
        if terms.pause:
            held = set(paused(Contact.objects.filter(pk__in=expected), terms.pause, at=NOW))
            assert {one.pk for one in held} >= {pk for pk, said in expected.items() if said[0] == "paused"}


def _owner(side: str | None) -> User | None:
    if side is None:
        return None
    owner: User = UserFactory.create(team__side=side) if side else UserFactory.create(team=None)
    return owner


def _wanting(contact: Contact, terms: Terms) -> dict[int, str]:
    """By the evaluation in Python, which the criteria have beside their SQL."""
    words = contact_catalogue()
    found = {}
    for one in terms.own:
        node = parse(one.criteria, words)
        if not evaluate(node, snapshot(contact, at=NOW, catalogue=words), at=NOW, catalogue=words).holds:
            found[one.rule.version_id] = "it"
    return found


OWN_CRITERIA = (
    {"fact": "city", "op": "known"},
    {"not": {"fact": "city", "op": "is", "value": "Lyon"}},
    {"touch": "call", "op": "at_least", "count": 1, "within_days": 2},
    {"touch": "sales_email", "last": "longer_ago", "days": 1},
    {
        "any": [
            {"fact": "status", "op": "is", "value": "new"},
            {"fact": "consent", "op": "is", "value": "given"},
        ]
    },
)
_own = st.builds(
    Own,
    rule=st.just(Spoken("r", 1, 1, stops=False)),
    criteria=st.sampled_from(OWN_CRITERIA),
    kind=st.sampled_from(["", "branded", "personal"]),
)


_mode = st.sampled_from(["advise", "warn", "block"])


def _spoken_in(mode: str, number: int = 1, version_id: int = 0) -> Spoken:
    return Spoken("r", number, 1, mode == "block", version_id, mode == "warn")


def _numbered(rules: list[tuple[Own, str]]) -> tuple[Own, ...]:
    return tuple(
        replace(one, rule=_spoken_in(mode, 40 + place, 70 + place)) for place, (one, mode) in enumerate(rules)
    )


_spoken = _mode.map(_spoken_in)
_terms = st.builds(
    Terms,
    pause=st.none()
    | st.builds(
        Pause,
        rule=_spoken,
        when=st.builds(
            Pausing,
            statuses=st.sampled_from([(), ("new",), ("in_progress", "unqualified")]),
            stages=st.sampled_from([(), ("sql",)]),
            owned=st.sampled_from([NOT_BY_OWNER, OWNED_BY_SALES, OWNED]),
            begins=st.sampled_from([AT_ONCE, FIRST_TOUCH]),
            release_days=st.integers(0, 3),
        ),
    ),
    due=st.none() | st.builds(Due, rule=_spoken, delays=st.just({"unqualified": 12})),
    own=st.lists(st.tuples(_own, _mode), max_size=3).map(_numbered),
    cap=st.none()
    | st.builds(
        Cap, rule=_spoken, messages=st.integers(1, 3), days=st.integers(1, 4), personal=st.booleans()
    ),
)
_person = st.fixed_dictionaries(
    {
        "no_email": st.sampled_from([False, False, False, True]),
        "consent": st.sampled_from(Consent.values),
        "bounced": st.sampled_from([False, False, True]),
        "status": st.sampled_from(["new", "in_progress", "unqualified"]),
        "since": st.sampled_from([-1, 0, 1, 2, 364, 365, 366, 500]),
        "stage": st.sampled_from(["lead", "sql"]),
        "city": st.sampled_from(["", "Lyon", "Dijon"]),
        "stage_since": st.integers(-1, 4),
        "owner_side": st.sampled_from([None, "", "sales", "marketing"]),
        "owned_for": st.none() | st.integers(-1, 4),
        "touched": st.lists(st.integers(-24, 120), max_size=2),
        "kept": st.sampled_from(["", "", "deal", "exception"]),
        "sent": st.lists(st.tuples(st.booleans(), st.integers(-24, 120)), max_size=6),
    }
)


# Pages


def test_the_list_of_those_who_may_be_written_to_costs_the_same_for_three_and_thirty(
    as_marketer: Client,
) -> None:
    costs = []
    for number in (3, 27):
        for contact in ContactFactory.create_batch(number):
            TouchpointFactory.create_batch(2, contact=contact, kind="email_sent", occurred_at=timezone.now())
        for address in ("/contacts/?writing=now", "/contacts/writing/"):
            as_marketer.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert as_marketer.get(address).status_code == 200
            costs.append(len(queries))

    assert costs[:2] == costs[2:]


def test_the_segment_says_how_many_may_be_written_to_and_opens_the_others_by_reason(
    as_marketer: Client,
) -> None:
    ContactFactory.create(last_name="Free", stage_id="lead")
    ContactFactory.create(last_name="Paused", stage_id="lead", status_id="in_progress")
    ContactFactory.create(last_name="Elsewhere", stage_id="mql")

    page = as_marketer.get("/contacts/writing/?stage=lead").content.decode()

    assert 'href="/contacts/?stage=lead&amp;writing=now" aria-labelledby="h-free">1</a>' in page
    assert 'href="/contacts/?stage=lead&amp;writing=paused" aria-label="Sales is in contact, 1">1</a>' in page
    found = as_marketer.get("/contacts/?stage=lead&writing=paused").content.decode()
    assert "Paused" in found
    assert "Free" not in found


def test_a_rep_counts_only_whom_they_see(as_rep: Client) -> None:
    ContactFactory.create(owner=UserFactory.create(team=None))

    page = as_rep.get("/contacts/writing/").content.decode()
    assert 'aria-labelledby="h-free">0</a>' in page


# Two who record at once


def _last_place(contact: Contact) -> Iterable[object]:
    return at_once(
        *(
            partial(
                record_touchpoint,
                contact,
                kind="email_sent",
                occurred_at=NOW,
                at=NOW,
                origin="mailer",
                key=str(number),
            )
            for number in range(4)
        )
    )


@pytest.mark.django_db(transaction=True)
def test_of_four_messages_recorded_at_once_under_the_last_place_three_are_noted() -> None:
    rule_says(CAP, "advise", messages=1, within_days=7)
    contact = ContactFactory.create()

    results = list(_last_place(contact))

    assert not [one for one in results if isinstance(one, Exception)]
    assert RuleException.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_without_holding_the_contact_none_would_see_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: nobody commits before all have counted."""
    rule_says(CAP, "advise", messages=1, within_days=7)
    contact = ContactFactory.create()
    all_have_counted = Barrier(4)

    def counted_together(message: Sent, sent: Sequence[Sent], cap: Cap) -> bool:
        all_have_counted.wait(60)
        return was_too_many(message, sent, cap)

    monkeypatch.setattr("leads.actions.touchpoints.one_after_the_other", lambda rows: None)
    monkeypatch.setattr("leads.messaging.noting.was_too_many", counted_together)

    assert not [one for one in _last_place(contact) if isinstance(one, Exception)]
    assert RuleException.objects.count() == 0
