"""What the rules on distribution and on delays have against a lead that is given or taken by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from leads import policies
from leads.actions import owners
from leads.actions.bulk import Wanted, begin_change, change_now
from leads.actions.owners import assign_owner, assign_owner_of
from leads.errors import RuleAsks, RuleForbids
from leads.models import Contact, Origin, RuleException
from leads.policies import overriding
from lifecycle.models import RuleEvent, RuleVersion
from sla.actions import distribution
from sla.actions.decisions import accept_handoff
from sla.actions.distribution import Dealt, claim_handoff, distribute, reassign_handoff
from sla.actions.handing_over import follow_owners
from sla.models import Handoff
from sla.routing_words import routing_of
from tests.factories.accounts import AbsenceFactory, UserFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import ClockFactory, HandoffFactory, SeatFactory
from tests.leads.races import at_once
from tests.leads.tables import snapshot
from tests.leads.test_policies import WHY, rule_says

pytestmark = pytest.mark.django_db

Giving = Callable[[Handoff, User, User], object]

WAYS: dict[str, Giving] = {
    "the owner of the contact": lambda h, to, by: assign_owner(h.contact, to=to, actor=by, at=NOW),
    "many owners": lambda h, to, by: change_now([h.contact_id], Wanted(owner=to), actor=by, at=NOW),
    "many owners by a worker": lambda h, to, by: begin_change(
        [h.contact_id], Wanted(owner=to), actor=by, at=NOW
    ),
    "a handoff": lambda h, to, by: reassign_handoff(h, to=to, actor=by, at=NOW),
    "taking it": lambda h, to, by: claim_handoff(h, actor=to, at=NOW),
    "taking it by deciding": lambda h, to, by: accept_handoff(h, actor=to, at=NOW),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Giving:
    return WAYS[request.param]


def is_away(rep: User) -> None:
    SeatFactory.create(user=rep)
    AbsenceFactory.create(user=rep, starts_at=ago(days=1), ends_at=later(days=1))


def is_full(rep: User) -> None:
    SeatFactory.create(user=rep, daily_cap=0)


HINDRANCES = {"away": is_away, "full": is_full}


@pytest.fixture(params=HINDRANCES)
def hindered(request: pytest.FixtureRequest, rep: User) -> User:
    HINDRANCES[request.param](rep)
    return rep


def test_where_it_blocks_a_lead_goes_by_hand_to_nobody_away_or_full(
    way: Giving, hindered: User, manager: User
) -> None:
    handoff = HandoffFactory.create()
    rule_says("distribution", "block")
    before = snapshot()

    with pytest.raises(RuleForbids) as refusal, transaction.atomic():
        way(handoff, hindered, manager)

    assert snapshot() == before
    assert "Rule 7 (v1) does not allow this" in str(refusal.value)
    assert hindered.get_full_name() in str(refusal.value)


def test_where_it_warns_the_reason_is_asked_and_kept(way: Giving, hindered: User, manager: User) -> None:
    handoff = HandoffFactory.create()
    rule = rule_says("distribution", "warn")
    before = snapshot()

    with pytest.raises(RuleAsks), transaction.atomic():
        way(handoff, hindered, manager)
    assert snapshot() == before
    with overriding(WHY):
        way(handoff, hindered, manager)

    noted = list(RuleException.objects.values_list("version", "event", "target", "how", "reason"))
    given = (rule.pk, "owner", str(hindered.pk), "overridden", WHY)
    assert noted in ([given], [])  # what a worker will do is noted when it does it
    assert bool(noted) == (Contact.objects.get().owner == hindered)


def test_where_it_advises_it_is_noted(hindered: User, manager: User) -> None:
    rule = rule_says("distribution", "advise")

    reassign_handoff(HandoffFactory.create(), to=hindered, actor=manager, at=NOW)

    noted = RuleException.objects.get()
    assert (noted.version, noted.how, noted.actor) == (rule, "passed", manager)


def test_another_system_gives_it_to_nobody_else_and_leaves_it(hindered: User) -> None:
    handoff = HandoffFactory.create()
    rule_says("distribution", "block")

    assert assign_owner_of([handoff.contact_id], to=hindered, actor=None, at=NOW, origin=Origin.API) == []


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_a_contact_without_an_open_lead_and_a_rep_with_room_are_nothing_to_it(
    mode: str, rep: User, other_rep: User, manager: User
) -> None:
    is_away(rep)
    rule_says("distribution", mode)
    assign_owner(ContactFactory.create(), to=rep, actor=manager, at=NOW)
    accepted = HandoffFactory.create(rep=other_rep, decided=True).contact
    assign_owner(accepted, to=rep, actor=manager, at=NOW)
    reassign_handoff(HandoffFactory.create(), to=other_rep, actor=manager, at=NOW)
    theirs = HandoffFactory.create(rep=rep).contact
    assign_owner(theirs, to=rep, actor=manager, at=NOW)
    assign_owner(theirs, to=None, actor=manager, at=NOW)

    assert not RuleException.objects.exists()


def test_of_many_those_that_fit_under_the_cap_are_no_exception(rep: User, manager: User) -> None:
    """Two were dealt today, one is on its way: of four more, two fit under five."""
    SeatFactory.create(user=rep, daily_cap=5)
    HandoffFactory.create_batch(2, rep=rep, assigned_at=ago(hours=1))
    rule_says("distribution", "advise")
    assign_owner(HandoffFactory.create().contact, to=rep, actor=manager, at=NOW)
    more = [HandoffFactory.create(entered_at=ago(minutes=9 - place)) for place in range(4)]

    change_now([row.contact_id for row in more], Wanted(owner=rep), actor=manager, at=NOW)

    noted = set(RuleException.objects.values_list("contact", flat=True))
    assert noted == {more[2].contact_id, more[3].contact_id}
    assert follow_owners(at=later(minutes=1)) == 5


def test_a_rule_that_names_the_one_says_nothing_of_the_other(rep: User, manager: User) -> None:
    is_full(rep)
    rule_says("distribution", "block", by_hand=["absent"])

    reassign_handoff(HandoffFactory.create(), to=rep, actor=manager, at=NOW)

    assert Handoff.objects.get().rep == rep


def test_what_was_signed_before_its_mode_met_anybody_holds_nobody_up(hindered: User, manager: User) -> None:
    version = rule_says("distribution", "block")
    with unguarded(RuleVersion):
        RuleVersion.objects.filter(pk=version.pk).update(parameters={})

    reassign_handoff(HandoffFactory.create(), to=hindered, actor=manager, at=NOW)

    assert Handoff.objects.get().rep == hindered
    assert not RuleException.objects.exists()


# Overdue answers


def owes(rep: User, **fields: Any) -> Handoff:
    """A lead whose answer was due an hour ago."""
    handoff: Handoff = HandoffFactory.create(rep=rep, **fields)
    ClockFactory.create(handoff=handoff, started_at=ago(hours=5), warn_at=ago(hours=2), due_at=ago(hours=1))
    return handoff


LANES = {"request_delay": "request", "handoff_delay": "standard"}


@pytest.mark.parametrize("key", LANES)
def test_who_owes_an_answer_is_given_nothing_more_by_hand(
    way: Giving, key: str, rep: User, manager: User
) -> None:
    SeatFactory.create(user=rep)
    owes(rep, lane=LANES[key])
    handoff = HandoffFactory.create()
    number = rule_says(key, "block").rule.number
    before = snapshot()

    with pytest.raises(RuleForbids) as refusal, transaction.atomic():
        way(handoff, rep, manager)

    assert snapshot() == before
    assert f"Rule {number} (v1) does not allow this" in str(refusal.value)
    assert "owes 1 answer that is overdue" in str(refusal.value)


@pytest.mark.parametrize("mode", ["advise", "warn"])
def test_the_other_modes_are_about_the_answer_not_about_the_next_lead(
    mode: str, rep: User, manager: User
) -> None:
    SeatFactory.create(user=rep)
    owes(rep)
    rule_says("handoff_delay", mode)

    reassign_handoff(HandoffFactory.create(), to=rep, actor=manager, at=NOW)

    assert not RuleException.objects.exists()


def test_as_many_as_the_rule_admits_and_answers_of_the_other_lane_hold_nobody_up(
    rep: User, manager: User
) -> None:
    SeatFactory.create(user=rep)
    owes(rep, lane="standard")
    owes(rep, lane="request")
    rule_says("handoff_delay", "block", overdue=1)

    reassign_handoff(HandoffFactory.create(), to=rep, actor=manager, at=NOW)

    assert Handoff.objects.filter(rep=rep).count() == 3


def test_the_distribution_passes_over_who_owes_and_says_so(rep: User, other_rep: User) -> None:
    for person in (rep, other_rep):
        SeatFactory.create(user=person)
    owes(rep)
    waiting = HandoffFactory.create()
    rule_says("handoff_delay", "block")

    distribute(at=NOW)

    waiting.refresh_from_db()
    assert waiting.rep == other_rep
    step = waiting.assignments.get()
    assert step.skipped == {"owes": [rep.pk]}
    (line,) = routing_of(waiting, at=NOW)
    assert f"passed over: {rep.get_full_name()} (owes an overdue answer)" in line.text


def test_without_anybody_free_of_debts_the_lead_waits_and_says_why(rep: User) -> None:
    SeatFactory.create(user=rep)
    owes(rep)
    waiting = HandoffFactory.create()
    rule_says("handoff_delay", "block")

    assert distribute(at=NOW).overflow == 1

    assert "1 rep who owes an overdue answer" in routing_of(waiting, at=NOW)[0].text


@pytest.mark.parametrize("mode", ["advise", "warn"])
def test_the_distribution_passes_over_nobody_in_the_other_modes(mode: str, rep: User) -> None:
    SeatFactory.create(user=rep)
    owes(rep)
    rule_says("handoff_delay", mode)
    HandoffFactory.create()

    assert distribute(at=NOW).assigned == 1


# Pages


def test_the_queue_asks_a_manager_why_and_goes_on_with_the_reason(as_manager: Client, rep: User) -> None:
    is_full(rep)
    handoff = HandoffFactory.create()

    asked = as_manager.post(f"/handoffs/{handoff.pk}/assign/", {"rep": rep.pk})
    assert asked.status_code == 422
    assert "has the leads of the day" in asked.text
    gone_on = as_manager.post(f"/handoffs/{handoff.pk}/assign/", {"rep": rep.pk, "rule_reason": WHY})

    assert gone_on.status_code == 303
    assert RuleException.objects.get().reason == WHY
    assert Handoff.objects.get().rep == rep


def test_a_lead_whose_contact_is_theirs_already_takes_the_place_it_was_counted_for(
    rep: User, manager: User
) -> None:
    rule_says("distribution", "block")
    SeatFactory.create(user=rep, daily_cap=1)
    handoff = HandoffFactory.create(contact__owner=None)
    assign_owner(handoff.contact, to=rep, actor=manager, at=NOW)

    assert claim_handoff(handoff, actor=rep, at=NOW).rep == rep


# At the same moment


def both_give_the_last_place(rep: User, manager: User) -> list[object]:
    """Two leads, one place left today, and two tabs."""
    rule_says("distribution", "block")
    SeatFactory.create(user=rep, daily_cap=1)
    leads = HandoffFactory.create_batch(2, contact__owner=None)
    return list(at_once(*(partial(reassign_handoff, one, to=rep, actor=manager, at=NOW) for one in leads)))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_give_the_last_place_of_the_day_one_is_refused(rep: User, manager: User) -> None:
    results = both_give_the_last_place(rep, manager)

    assert sorted(type(result).__name__ for result in results) == ["Handoff", "RuleForbids"]
    assert Handoff.objects.filter(rep=rep).count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_holding_the_seat_both_would_give_it(
    rep: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both have come so far before either has given anything."""
    together = Barrier(2)
    monkeypatch.setitem(policies._HOLDS, RuleEvent.OWNER, [lambda _change: together.wait(60)])
    obliged = Barrier(2)
    asked = policies.oblige

    def both_are_asked(*args: Any, **kwargs: Any) -> None:
        asked(*args, **kwargs)
        obliged.wait(60)

    monkeypatch.setattr(owners, "oblige", both_are_asked)

    results = both_give_the_last_place(rep, manager)

    assert [type(result).__name__ for result in results] == ["Handoff", "Handoff"]


def full_with_one_more() -> tuple[User, Handoff]:
    """A rep with one place left today, and a lead of somebody who takes none any more."""
    rep = UserFactory.create()
    SeatFactory.create(user=rep, daily_cap=1)
    other = SeatFactory.create(is_active=False).user
    lead: Handoff = HandoffFactory.create(
        rep=other, state="assigned", assigned_at=ago(days=1), contact__owner=other
    )
    return rep, lead


def give_the_last_place_to_many(rep: User, manager: User) -> list[object]:
    """Two lists, a lead in each, one place left."""
    rule_says("distribution", "block")
    SeatFactory.create(user=rep, daily_cap=1)
    leads = HandoffFactory.create_batch(2, contact__owner=None)
    wanted = Wanted(owner=rep)
    return list(
        at_once(*(partial(change_now, [one.contact_id], wanted, actor=manager, at=NOW) for one in leads))
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_bulk_changes_that_fill_the_last_place_one_is_refused(rep: User, manager: User) -> None:
    results = give_the_last_place_to_many(rep, manager)

    assert sorted(type(result).__name__ for result in results) == ["RuleForbids", "int"]
    assert Contact.objects.filter(owner=rep).count() == 1


def give_and_deal_the_last_place(manager: User) -> tuple[User, list[object]]:
    """A bulk change of owners at the moment of the distribution; then leads follow their contacts."""
    rule_says("distribution", "block")
    rep, lead = full_with_one_more()
    HandoffFactory.create(contact__owner=None)
    results = at_once(
        partial(change_now, [lead.contact_id], Wanted(owner=rep), actor=manager, at=NOW),
        partial(distribute, at=NOW),
    )
    follow_owners(at=NOW)
    return rep, list(results)


@pytest.mark.django_db(transaction=True)
def test_a_bulk_change_and_the_distribution_do_not_fill_the_last_place_twice(manager: User) -> None:
    rep, results = give_and_deal_the_last_place(manager)

    assert Handoff.objects.filter(rep=rep).count() == 1
    assert isinstance(results[0], RuleForbids) or results[0] == 1
    assert isinstance(results[1], Dealt)


@pytest.mark.django_db(transaction=True)
def test_without_holding_the_seat_a_bulk_change_and_the_distribution_would(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both have looked at the seat before either has given anything."""
    monkeypatch.setitem(policies._HOLDS, RuleEvent.OWNER, [])
    looked = Barrier(2)
    asked, assign = policies.admitted, distribution._assign

    def after_both_looked(*args: Any, **kwargs: Any) -> set[int]:
        found = asked(*args, **kwargs)
        looked.wait(60)
        return found

    def assigned_then(*args: Any, **kwargs: Any) -> None:
        looked.wait(60)
        assign(*args, **kwargs)

    monkeypatch.setattr(owners, "admitted", after_both_looked)
    monkeypatch.setattr(distribution, "_assign", assigned_then)

    rep, _results = give_and_deal_the_last_place(manager)

    assert Handoff.objects.filter(rep=rep).count() == 2


def test_the_distribution_counts_leads_that_are_on_their_way_to_a_rep(manager: User) -> None:
    rule_says("distribution", "block")
    rep, lead = full_with_one_more()
    waiting = HandoffFactory.create(contact__owner=None)
    change_now([lead.contact_id], Wanted(owner=rep), actor=manager, at=NOW)

    dealt = distribute(at=NOW)
    assert (dealt.assigned, dealt.overflow) == (0, 1)

    follow_owners(at=NOW)
    assert list(Handoff.objects.filter(rep=rep)) == [lead]
    waiting.refresh_from_db()
    assert waiting.rep is None


def test_a_lead_that_waits_for_its_new_owner_is_not_counted_twice(rep: User, manager: User) -> None:
    SeatFactory.create(user=rep, daily_cap=1)
    handoff = HandoffFactory.create(contact__owner=None)
    change_now([handoff.contact_id], Wanted(owner=rep), actor=manager, at=NOW)

    assert distribute(at=NOW).assigned == 1

    assert Handoff.objects.get().rep == rep
