"""Declined, or in force at the agreed moment, whenever the sweep comes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Notification, User
from agreements.actions import decline, draft_from, propose, put_in_force_due, withdraw
from agreements.errors import MayNotSignError, ReasonMissingError, StartsTooSoonError, WrongStateError
from agreements.models import Agreement, State
from lifecycle.models import TermVersion
from tests.agreements.scenes import drafted, proposed, signed
from tests.factories.agreements import AgreementFactory
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import INSTALLED, NOW, later

pytestmark = pytest.mark.django_db

MONDAY = later(days=3)


def test_who_may_sign_may_decline_and_says_why(marketer: User, rep: User) -> None:
    agreement = decline(proposed(marketer), actor=rep, reason="Twice is too much.", at=later(hours=1))

    assert (agreement.state, agreement.close_reason, agreement.closed_by) == (
        State.DECLINED,
        "Twice is too much.",
        rep,
    )
    assert Notification.objects.filter(user=marketer, kind="withdrawn").exists()


def test_without_the_right_to_sign_nobody_declines(marketer: User, other_rep: User) -> None:
    with pytest.raises(MayNotSignError):
        decline(proposed(marketer), actor=other_rep, reason="No.", at=NOW)


def test_only_what_is_proposed_is_declined(marketer: User, rep: User) -> None:
    with pytest.raises(WrongStateError):
        decline(drafted(marketer), actor=rep, reason="No.", at=NOW)


def test_declining_needs_a_reason(marketer: User, rep: User) -> None:
    with pytest.raises(ReasonMissingError):
        decline(proposed(marketer), actor=rep, reason=" ", at=NOW)


def test_a_declined_text_is_taken_up_again(marketer: User, rep: User) -> None:
    declined = decline(proposed(marketer), actor=rep, reason="No.", at=NOW)

    again = draft_from(TermVersion.objects.get(agreement=declined), actor=marketer, at=NOW)

    assert (again.agreement.number, again.sentence_en) == (3, "Replied twice, says v2.")


def test_what_was_declined_is_neither_reopened_nor_rewritten(marketer: User, rep: User) -> None:
    declined = decline(proposed(marketer), actor=rep, reason="No.", at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=declined.pk).update(state=State.PROPOSED)
    with pytest.raises(IntegrityError), transaction.atomic():
        TermVersion.objects.filter(agreement=declined).update(sentence_en="Anything")


def test_signed_by_both_it_waits_for_its_day(marketer: User, rep: User) -> None:
    agreement = signed(proposed(marketer, starts_at=MONDAY), marketer, rep)

    assert agreement.state == State.PROPOSED
    assert put_in_force_due(at=later(days=2)) == 0


def test_on_its_day_it_comes_into_force_from_the_agreed_moment_however_late_the_sweep(
    marketer: User, rep: User
) -> None:
    agreement = signed(proposed(marketer, starts_at=MONDAY), marketer, rep)

    assert put_in_force_due(at=later(days=5)) == 1
    assert put_in_force_due(at=later(days=5)) == 0

    agreement.refresh_from_db()
    before = Agreement.objects.of(agreement.subject).get(number=1)
    assert (agreement.state, agreement.in_force_from) == (State.IN_FORCE, MONDAY)
    assert (before.state, before.in_force_until) == (State.SUPERSEDED, MONDAY)


def test_signed_only_after_its_day_it_is_in_force_at_once(marketer: User, rep: User) -> None:
    agreement = signed(proposed(marketer, starts_at=MONDAY), marketer)
    assert put_in_force_due(at=later(days=4)) == 0

    agreement = signed(agreement, rep, at=later(days=4))

    assert (agreement.state, agreement.in_force_from) == (State.IN_FORCE, later(days=4))


def test_before_its_day_it_can_still_be_withdrawn(marketer: User, rep: User) -> None:
    agreement = signed(proposed(marketer, starts_at=MONDAY), marketer, rep)
    withdraw(agreement, actor=marketer, reason="The market changed.", at=later(days=1))

    assert put_in_force_due(at=later(days=4)) == 0
    assert Notification.objects.filter(user=rep, kind="withdrawn").exists()


def test_the_day_lies_ahead(marketer: User) -> None:
    with pytest.raises(StartsTooSoonError):
        propose(drafted(marketer), actor=marketer, starts_at=NOW, at=NOW)


def test_the_signers_day_is_not_moved_under_them(marketer: User) -> None:
    agreement = proposed(marketer, starts_at=MONDAY)

    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=agreement.pk).update(starts_at=later(days=1))


def test_at_no_moment_are_two_versions_of_a_thing_in_force() -> None:
    first = TermVersionFactory.create().agreement

    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementFactory.create(
            subject=first.subject,
            number=2,
            state=State.SUPERSEDED,
            in_force_from=INSTALLED,
            in_force_until=NOW,
            content_hash="0" * 64,
        )


@pytest.mark.parametrize("state", [State.IN_FORCE, State.SUPERSEDED, State.RETIRED])
def test_what_somebody_drafted_is_not_put_there_as_if_it_had_been_signed(marketer: User, state: str) -> None:
    """Past the actions, by a row of its own: the database refuses what it would refuse of a draft."""
    with pytest.raises(IntegrityError, match="nobody has signed"), transaction.atomic():
        AgreementFactory.create(
            state=state,
            drafted_by=marketer,
            in_force_from=INSTALLED,
            in_force_until=NOW if state == State.SUPERSEDED else None,
            content_hash="0" * 64,
            retires=state == State.RETIRED,
            note="It ends.",
        )
    assert AgreementFactory.create(in_force=True).pk  # what a new installation starts with
