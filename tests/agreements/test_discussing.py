"""What people say of a draft stays, and nobody signs over a disagreement."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Notification, User
from agreements.actions import answer, propose, settle, sign, write_comment
from agreements.errors import (
    AlreadyAgreedError,
    DisagreementOpenError,
    MayNotCommentError,
    MayNotSettleError,
    TextMissingError,
    WrongStateError,
)
from agreements.models import Agreement, Comment, Settlement, Signature, State
from agreements.reading import Reading
from sla.models import ContractVersion
from tests.agreements.scenes import drafted, proposed, signed
from tests.factories.accounts import UserFactory
from tests.factories.lifecycle import CommentFactory
from tests.factories.moments import NOW, later

pytestmark = pytest.mark.django_db


def disagreed(agreement: Agreement, actor: User) -> Comment:
    return write_comment(agreement, actor=actor, text="Once is enough.", is_disagreement=True, at=NOW)


def test_a_comment_blocks_nothing(marketer: User, rep: User) -> None:
    draft = drafted(marketer)
    write_comment(draft, actor=rep, text="Good.", at=NOW)

    assert propose(draft, actor=marketer, at=NOW).state == State.PROPOSED


def test_an_open_disagreement_blocks_the_proposal(marketer: User, rep: User) -> None:
    draft = drafted(marketer)
    said = disagreed(draft, rep)

    with pytest.raises(DisagreementOpenError) as refusal:
        propose(draft, actor=marketer, at=NOW)
    assert refusal.value.disagreements == [said]


def test_an_open_disagreement_blocks_the_signature(marketer: User, rep: User) -> None:
    agreement = proposed(marketer)
    disagreed(agreement, rep)

    with pytest.raises(DisagreementOpenError):
        signed(agreement, marketer)
    assert not Signature.objects.exists()


def test_an_answer_alone_does_not_end_a_disagreement(marketer: User, rep: User) -> None:
    draft = drafted(marketer)
    said = disagreed(draft, rep)
    answer(said, actor=marketer, text="Why once?", at=NOW)

    with pytest.raises(DisagreementOpenError):
        propose(draft, actor=marketer, at=NOW)
    (remark,) = Reading(draft, rep).disagreements
    assert remark.state == "answered"


def test_its_author_lets_a_disagreement_go(marketer: User, rep: User) -> None:
    draft = drafted(marketer)
    settle(disagreed(draft, rep), actor=rep, at=NOW)

    assert propose(draft, actor=marketer, at=NOW).state == State.PROPOSED


def test_nobody_else_lets_it_go_without_a_word(marketer: User, rep: User) -> None:
    said = disagreed(drafted(marketer), rep)

    with pytest.raises(MayNotSettleError):
        settle(said, actor=marketer, at=NOW)


def test_a_written_answer_of_the_other_side_settles_it(marketer: User, rep: User) -> None:
    draft = drafted(marketer)
    reply = answer(disagreed(draft, rep), actor=marketer, text="Two, as we said.", settles=True, at=NOW)

    settlement = Settlement.objects.get()
    assert (settlement.settled_by, settlement.answer) == (marketer, reply)
    assert propose(draft, actor=marketer, at=NOW).state == State.PROPOSED


def test_a_colleague_of_the_same_side_does_not_settle_it(marketer: User, rep: User, other_rep: User) -> None:
    said = disagreed(drafted(marketer), rep)

    with pytest.raises(MayNotSettleError):
        answer(said, actor=other_rep, text="Never mind.", settles=True, at=NOW)
    assert Comment.objects.get() == said


def test_settling_twice_is_settling_once(marketer: User, rep: User) -> None:
    said = disagreed(drafted(marketer), rep)
    settle(said, actor=rep, at=NOW)
    settle(said, actor=rep, at=later(hours=1))

    assert Settlement.objects.get().settled_at == NOW


def test_when_both_have_signed_it_is_too_late_to_disagree(marketer: User, rep: User) -> None:
    agreement = signed(proposed(marketer, starts_at=later(days=3)), marketer, rep)

    with pytest.raises(AlreadyAgreedError):
        disagreed(agreement, rep)


def test_what_is_in_force_is_not_discussed(marketer: User, rep: User) -> None:
    agreement = signed(proposed(marketer), marketer, rep)

    with pytest.raises(WrongStateError):
        write_comment(agreement, actor=rep, text="Late.", at=NOW)


def test_a_comment_says_something(marketer: User) -> None:
    with pytest.raises(TextMissingError):
        write_comment(drafted(marketer), actor=marketer, text="  \n", at=NOW)


def test_who_only_reads_the_contract_does_not_comment_on_it(other_rep: User, rep: User) -> None:
    contract = ContractVersion.objects.in_force().get().agreement

    with pytest.raises(MayNotCommentError):
        write_comment(contract, actor=other_rep, text="Too much.", at=NOW)
    with pytest.raises(WrongStateError):  # who signs may speak, but of a draft
        write_comment(contract, actor=rep, text="Too much.", at=NOW)


def test_the_writers_and_those_who_spoke_hear_of_it(marketer: User, rep: User, other_rep: User) -> None:
    draft = drafted(marketer)
    write_comment(draft, actor=rep, text="Once?", at=NOW)
    write_comment(draft, actor=other_rep, text="Twice.", at=NOW)

    told = {(note.user_id, note.params["text"]) for note in Notification.objects.filter(kind="comment")}
    assert told == {(marketer.pk, "Once?"), (marketer.pk, "Twice."), (rep.pk, "Twice.")}


def test_who_has_signed_hears_of_a_disagreement(marketer: User, rep: User) -> None:
    author = UserFactory.create()
    disagreed(signed(proposed(author), marketer), rep)

    told = Notification.objects.filter(kind="comment").values_list("user", flat=True)
    assert set(told) == {author.pk, marketer.pk}


# What the database says by itself


@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_was_said_stays(change: str) -> None:
    said = Comment.objects.filter(pk=CommentFactory.create().pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        said.update(text="Nothing.") if change == "update" else said.delete()


def test_no_signature_is_stored_under_an_open_disagreement(marketer: User, rep: User) -> None:
    agreement = proposed(marketer)
    disagreed(agreement, rep)

    with pytest.raises(IntegrityError, match="open disagreement"), transaction.atomic():
        Signature.objects.create(
            agreement=agreement,
            user=marketer,
            side="marketing",
            content_hash=agreement.content_hash,
            signed_at=NOW,
        )


def test_no_draft_is_proposed_behind_an_open_disagreement(marketer: User, rep: User) -> None:
    draft = drafted(marketer)
    disagreed(draft, rep)

    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=draft.pk).update(state=State.PROPOSED)


def test_no_disagreement_is_stored_with_what_both_have_signed(marketer: User, rep: User) -> None:
    agreement = signed(proposed(marketer, starts_at=later(days=3)), marketer, rep)

    with pytest.raises(IntegrityError), transaction.atomic():
        CommentFactory.create(agreement=agreement, is_disagreement=True)


def test_no_settlement_is_stored_without_a_word(marketer: User, rep: User) -> None:
    said = disagreed(drafted(marketer), rep)

    with pytest.raises(IntegrityError), transaction.atomic():
        Settlement.objects.create(comment=said, settled_by=marketer, settled_at=NOW)


def test_signing_again_after_the_settlement_goes_on(marketer: User, rep: User) -> None:
    agreement = proposed(marketer)
    said = disagreed(agreement, rep)
    settle(said, actor=rep, at=NOW)

    assert sign(agreement, actor=rep, read_hash=agreement.content_hash, at=NOW).state == State.PROPOSED
