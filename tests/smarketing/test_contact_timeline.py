"""The timeline: one order for touches, ledger and promises, by pages, filtered."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leads.models import Contact
from lifecycle.models import RuleVersion
from sla.actions.distribution import distribute, reassign_handoff
from sla.models import Breach, Clock
from smarketing.contact_page.asked import Filters
from smarketing.contact_page.event import PROMISE, Event
from smarketing.contact_page.timeline import timeline
from tests.factories.leads import ContactFactory, TouchpointFactory, TransitionFactory
from tests.factories.moments import NOW, later
from tests.factories.sla import HandoffFactory, SeatFactory
from tests.sla.scenes import a_lead_that_went_round
from tests.smarketing.contact import a_lead, page_of, queries_of, text_of

pytestmark = pytest.mark.django_db


def everything(contact: Contact, filters: Filters | None = None, position: str = "") -> Any:
    return timeline(contact.pk, filters or Filters(), names={}, position=position)


def events_of(found: Any) -> list[tuple[bool, int]]:
    return [(event.is_ledger, event.pk) for _day, events in found.days for event in events]


def test_touchpoints_and_ledger_rows_stand_in_one_order_page_by_page() -> None:
    contact, start = ContactFactory.create(), timezone.now() - timedelta(days=1)
    for number in range(60):
        at = start + timedelta(minutes=number // 3)  # three of each moment, so that pages cut through ties
        TouchpointFactory.create(
            contact=contact, kind="note", occurred_at=at, attributes={"note": str(number)}
        )
        TransitionFactory.create(contact=contact, kind="status", from_value="a", to_value="b", at=at)
    first = everything(contact)
    second = everything(contact, position=first.earlier)
    third = everything(contact, position=second.earlier)
    shown = [event for page in (first, second, third) for event in events_of(page)]
    touches = {(False, pk) for pk in contact.touchpoints.values_list("pk", flat=True)}
    moves = {(True, pk) for pk in contact.transitions.values_list("pk", flat=True)}

    assert [len(events_of(page)) for page in (first, second, third)] == [50, 50, 20]
    assert third.earlier == ""
    assert len(shown) == len(set(shown)) == 120
    assert set(shown) == touches | moves


def test_what_became_of_a_handoff_stands_among_the_events(as_rep: Client, rep: User) -> None:
    contact, at = a_lead(rep), timezone.now()
    clock = Clock.objects.get(handoff__contact=contact)
    late = at - timedelta(hours=2)
    Clock.objects.filter(pk=clock.pk).update(
        started_at=late - timedelta(hours=5), warn_at=late - timedelta(hours=1), due_at=late,
        warned_at=late - timedelta(hours=1), breached_at=late,
    )  # fmt: skip
    Breach.objects.create(clock=clock, at=late, recorded_at=late, rep=rep, cause="absent")
    as_rep.post(
        f"/contacts/{contact.pk}/log/", {"done": "call:spoke", "key": str(uuid4()), "rule_reason": "Ill"}
    )
    as_rep.post(f"/contacts/{contact.pk}/reject/", {"reason": "fit", "note": "Two people only"})
    page = page_of(as_rep, contact, "?team=sales")

    assert "<b>First contact due at" in page
    assert "<b>First contact was due</b>: Owner absent" in page
    assert "<b>First contact late</b>, after" in page
    assert "<b>Lead refused</b>: Out of target <span" in page
    assert "“Two people only”" in page
    assert "First contact was due" not in page_of(as_rep, contact, "?team=marketing")
    assert "First contact was due" not in page_of(as_rep, contact, "?human=1")
    only = page_of(as_rep, contact, "?kind=handoff")
    assert "Lead refused" in only
    assert "First contact was due" not in only


def test_promises_are_paged_with_the_rest() -> None:
    contact, start = ContactFactory.create(), timezone.now() - timedelta(days=1)
    for number in range(60):
        TouchpointFactory.create(
            contact=contact,
            kind="note",
            occurred_at=start + timedelta(minutes=number),
            attributes={"note": "x"},
        )
    told = [
        Event(
            rank=PROMISE,
            pk=number,
            at=start + timedelta(minutes=number),
            kind="clock",
            after="met",
            side="sales",
        )
        for number in range(59, -1, -20)
    ]
    first = timeline(contact.pk, Filters(), names={}, promises=told)
    second = timeline(contact.pk, Filters(), names={}, promises=told, position=first.earlier)

    assert [len(events_of(page)) for page in (first, second)] == [50, 13]
    assert len(set(events_of(first) + events_of(second))) == 63


def test_a_position_that_was_tampered_with_shows_the_newest() -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact)

    assert len(events_of(everything(contact, position="forged"))) == 1


def test_like_touches_of_a_day_are_folded_and_notes_are_not() -> None:
    contact, at = ContactFactory.create(), timezone.now().replace(hour=12)
    for minutes in range(3):
        TouchpointFactory.create(
            contact=contact, kind="page_view", occurred_at=at + timedelta(minutes=minutes)
        )
    for minutes in range(10, 12):
        TouchpointFactory.create(
            contact=contact,
            kind="note",
            attributes={"note": "x"},
            occurred_at=at + timedelta(minutes=minutes),
        )
    found = everything(contact)

    assert [event.count for _day, events in found.days for event in events] == [1, 1, 3]


def test_the_timeline_is_filtered_by_team_kind_and_people(rep: User) -> None:
    contact, at = ContactFactory.create(), timezone.now()
    call = TouchpointFactory.create(contact=contact, kind="call", actor=rep, occurred_at=at)
    visit = TouchpointFactory.create(contact=contact, kind="page_view", occurred_at=at)
    robot = TouchpointFactory.create(contact=contact, kind="email_open", is_human=False, occurred_at=at)
    rule = TransitionFactory.create(contact=contact, kind="status", from_value="a", to_value="b", at=at)
    person = TransitionFactory.create(
        contact=contact, kind="status", from_value="b", to_value="a", at=at, actor=rep, origin="person"
    )

    def shown(**filters: Any) -> set[int]:
        return {pk for _ledger, pk in events_of(everything(contact, Filters(**filters)))}

    assert shown(team="sales") == {call.pk, person.pk}
    assert shown(team="marketing") == {visit.pk, robot.pk}
    assert shown(kind="page_view") == {visit.pk}
    assert shown(kind="status") == {rule.pk, person.pk}
    assert shown(human=True) == {call.pk, visit.pk, person.pk}


def test_htmx_gets_the_timeline_alone(as_rep: Client) -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="call", outcome="spoke")
    response = as_rep.get(
        f"/contacts/{contact.pk}/?kind=call", headers={"HX-Request": "true", "HX-Target": "timeline"}
    )

    assert text_of(response).startswith('<section class="sm-card" id="timeline"')
    assert "HX-Request" in response["Vary"]


# How it came to whom


def lines_of(page: str) -> list[str]:
    """The ledger's lines as they read, the newest first."""
    found = re.findall(r'<li class="is-ledger">.*?<p>(.*?)</p>', page)
    return [re.sub(r"<[^>]+>", "", line).replace("\u00a0", " ") for line in found]


def test_the_timeline_says_how_it_came_to_whom(
    as_manager: Client, rep: User, other_rep: User, manager: User
) -> None:
    contact = a_lead_that_went_round(rep, other_rep, manager).contact
    version = RuleVersion.objects.in_force().get(rule__key="distribution").agreement.number
    lines = lines_of(page_of(as_manager, contact))

    told = [line for line in lines if line.startswith(("Assigned to", "Lead with"))]
    assert told == [
        f"Assigned to {other_rep}, taken by the rep",
        "Lead without a rep, put back because the rep left",
        f"Lead with {rep}, followed the contact’s new owner",
        f"Assigned to {rep}",
        f"Assigned to {other_rep}, given by hand",
        f"Assigned to {rep}, dealt by the rule (v{version}), lead 1 of 5 that day · passed over: 1 rep full",
        "Lead without a rep, nobody could take it: 2 reps full",
    ]


def test_a_lead_that_stays_with_its_owner_says_so_though_nothing_moved(as_manager: Client, rep: User) -> None:
    SeatFactory.create(user=rep, daily_cap=5)
    handoff = HandoffFactory.create(contact__owner=rep)
    distribute(at=NOW)

    page = page_of(as_manager, handoff.contact)
    assert f"Lead with {rep}, left with the contact’s owner" in lines_of(page)


def test_how_it_came_is_told_under_each_filter_that_shows_it(
    as_manager: Client, rep: User, other_rep: User, manager: User
) -> None:
    contact = a_lead_that_went_round(rep, other_rep, manager).contact

    owner = lines_of(page_of(as_manager, contact, "?kind=owner"))
    promises = lines_of(page_of(as_manager, contact, "?kind=handoff"))
    assert f"Assigned to {other_rep}, given by hand" in owner
    assert not [line for line in owner if line.startswith("Lead")]
    assert len([line for line in promises if line.startswith("Lead with")]) == 3


def test_the_steps_cost_no_further_query(
    as_manager: Client, rep: User, other_rep: User, manager: User
) -> None:
    handoff = HandoffFactory.create(rep=rep, state="assigned")
    counts = []
    page_of(as_manager, handoff.contact)  # fills what this process remembers for a minute
    for first, number in ((0, 3), (3, 27)):
        for minute in range(first, first + number):
            to = (rep, other_rep)[minute % 2]
            reassign_handoff(handoff, to=to, actor=manager, at=later(minutes=minute))
            handoff.refresh_from_db()
        counts.append(queries_of(as_manager, handoff.contact))

    assert counts[0] == counts[1]
