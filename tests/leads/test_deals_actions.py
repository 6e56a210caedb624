"""A deal is opened, quoted, won or lost with a reason, and each step makes its contact be looked at again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from accounts.models import User
from leads.actions.deals import lose_deal, move_deal, open_deal, reopen_deal, send_quote, win_deal
from leads.errors import (
    BeforeOpening,
    DealIsClosed,
    DealIsOpen,
    DealMoved,
    DealStageRefused,
    LossNeedsReason,
    Refused,
)
from leads.models import Deal, DirtyContact, Touchpoint
from tests.factories.leads import CompanyFactory, ContactFactory, DealFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.races import at_once
from tests.leads.tables import snapshot

pytestmark = pytest.mark.django_db


def refused(error: type[Refused], change: Callable[[], object]) -> None:
    before = snapshot()
    with pytest.raises(error) as caught:
        change()
    assert snapshot() == before
    assert "%(" not in str(caught.value)


def test_a_deal_is_of_the_contact_and_its_company(rep: User) -> None:
    company = CompanyFactory.create()
    contact = ContactFactory.create(company=company)

    deal = open_deal(contact, name=" Metering ", amount_cents=4_500_000, owner=rep, at=NOW)

    assert (deal.name, deal.company, deal.stage, deal.opened_at) == ("Metering", company, "qualified", NOW)
    assert DirtyContact.objects.get().contact == contact


def test_a_quote_is_a_touchpoint_and_keeps_the_moment_of_the_first(rep: User) -> None:
    deal = DealFactory.create()

    send_quote(deal, actor=rep, at=NOW)
    send_quote(deal, actor=rep, at=later(days=1))

    assert (deal.stage, deal.quote_sent_at) == ("quote", NOW)
    assert list(
        Touchpoint.objects.order_by("occurred_at").values_list("kind", "occurred_at", "attributes__deal")
    ) == [("quote_sent", NOW, deal.pk), ("quote_sent", later(days=1), deal.pk)]


def test_moving_a_deal_to_the_column_of_quotes_sends_the_quote(rep: User) -> None:
    deal = DealFactory.create()

    move_deal(deal, to="quote", actor=rep, at=NOW)
    move_deal(deal, to="negotiation", actor=rep, at=later(days=1))

    assert (deal.stage, deal.quote_sent_at) == ("negotiation", NOW)
    assert Touchpoint.objects.get().kind == "quote_sent"


def test_a_deal_is_won_at_its_moment(rep: User) -> None:
    deal = DealFactory.create(opened_at=ago(days=5))

    win_deal(deal, at=NOW, reason="Fast answers")

    assert (deal.stage, deal.closed_at, deal.won_reason) == ("won", NOW, "Fast answers")
    assert DirtyContact.objects.get().contact == deal.contact


def test_a_loss_has_one_of_the_reasons() -> None:
    deal = DealFactory.create()

    refused(LossNeedsReason, lambda: lose_deal(deal, reason="", at=NOW))
    lose_deal(deal, reason="price", at=NOW, note="Ten percent too dear")

    assert (deal.stage, deal.lost_reason, deal.note) == ("lost", "price", "Ten percent too dear")


def test_a_closed_deal_is_reopened_before_anything_else(rep: User) -> None:
    deal = DealFactory.create(won=True, quote_sent_at=ago(days=1))

    refused(DealIsClosed, lambda: move_deal(deal, to="quote", actor=rep, at=NOW))
    refused(DealIsClosed, lambda: lose_deal(deal, reason="price", at=NOW))
    reopen_deal(deal, at=later(minutes=1))

    assert (deal.stage, deal.closed_at) == ("quote", None)  # nobody saw it leave another
    refused(DealIsOpen, lambda: reopen_deal(deal, at=NOW))


@pytest.mark.parametrize("stage", ["qualified", "quote", "negotiation"])
def test_a_reopened_deal_is_where_it_was_and_nowhere_it_never_came_to(rep: User, stage: str) -> None:
    deal = DealFactory.create()
    move_deal(deal, to="quote", actor=rep, at=NOW)
    move_deal(deal, to=stage, actor=rep, at=later(minutes=1))
    lose_deal(deal, reason="price", at=later(minutes=2))
    reopen_deal(deal, at=later(minutes=3))
    assert deal.stage == stage

    win_deal(deal, at=later(minutes=4))
    reopen_deal(deal, at=later(minutes=5))
    assert deal.stage == stage


def test_won_and_lost_are_no_columns_to_move_to(rep: User) -> None:
    deal = DealFactory.create()

    refused(DealStageRefused, lambda: move_deal(deal, to="won", actor=rep, at=NOW))


def test_nothing_is_won_before_it_was_opened() -> None:
    deal = DealFactory.create(opened_at=ago(days=5))

    refused(BeforeOpening, lambda: win_deal(deal, at=ago(days=6)))


def test_a_change_of_what_somebody_else_moved_is_refused(rep: User) -> None:
    deal = DealFactory.create()
    stale = Deal.objects.get(pk=deal.pk)
    move_deal(deal, to="negotiation", actor=rep, at=NOW)

    refused(DealMoved, lambda: win_deal(stale, at=NOW))


@pytest.mark.django_db(transaction=True)
def test_a_deal_won_and_lost_at_once_is_one_of_both() -> None:
    deal = DealFactory.create()
    copies = [Deal.objects.get(pk=deal.pk) for _ in range(2)]

    results = at_once(
        partial(win_deal, copies[0], at=NOW), partial(lose_deal, copies[1], reason="price", at=NOW)
    )

    assert sorted(type(result).__name__ for result in results) == ["Deal", "DealMoved"]
