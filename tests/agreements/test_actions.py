"""A version comes into force when both sides have signed the same text, and never changes after that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from accounts.models import Notification, User
from accounts.notifications import worded
from agreements.actions import draft_from, propose, save_draft, sign, withdraw
from agreements.content import content_hash
from agreements.doorbell import agreement_in_force
from agreements.errors import (
    AlreadyDraftedError,
    ContentChangedError,
    DraftChangedError,
    MayNotSignError,
    NothingChangedError,
    ReasonMissingError,
    WrongStateError,
)
from agreements.models import Agreement, Signature, State
from lifecycle.models import TermVersion
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import NOW, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_force(db: None) -> TermVersion:
    return TermVersionFactory.create(name_en="Warm lead", sentence_en="Someone who replied.")


def drafted(version: TermVersion, actor: User, sentence: str = "Someone who replied twice.") -> TermVersion:
    draft = draft_from(version, actor=actor, at=NOW)
    return save_draft(
        draft, values={"sentence_en": sentence}, revision=draft.agreement.revision, actor=actor, at=NOW
    )


def proposed(version: TermVersion, actor: User) -> Agreement:
    return propose(drafted(version, actor).agreement, actor=actor, at=NOW)


def signed(agreement: Agreement, *people: User, at: datetime = NOW) -> Agreement:
    for person in people:
        agreement = sign(agreement, actor=person, read_hash=agreement.content_hash, at=at)
    return agreement


def test_a_draft_says_what_the_version_in_force_says(in_force: TermVersion, marketer: User) -> None:
    draft = draft_from(in_force, actor=marketer, at=NOW)

    assert draft.content() == in_force.content()
    assert (draft.agreement.number, draft.agreement.state) == (2, State.DRAFT)


def test_there_is_one_open_draft_at_a_time(in_force: TermVersion, marketer: User, rep: User) -> None:
    draft = draft_from(in_force, actor=marketer, at=NOW)

    with pytest.raises(AlreadyDraftedError) as refusal:
        draft_from(in_force, actor=rep, at=NOW)
    assert refusal.value.agreement == draft.agreement


def test_a_draft_saved_meanwhile_keeps_both_texts(in_force: TermVersion, marketer: User, rep: User) -> None:
    draft = draft_from(in_force, actor=marketer, at=NOW)
    save_draft(
        draft, values={"sentence_en": "Replied."}, revision=draft.agreement.revision, actor=marketer, at=NOW
    )

    with pytest.raises(DraftChangedError) as refusal:
        save_draft(
            draft,
            values={"sentence_en": "Wrote back."},
            revision=draft.agreement.revision,
            actor=rep,
            at=later(hours=1),
        )

    error = refusal.value
    assert (error.saved, error.yours) == ({"sentence_en": "Replied."}, {"sentence_en": "Wrote back."})
    assert (error.saved_by, error.saved_at, error.revision) == (marketer, NOW, draft.agreement.revision + 1)
    assert TermVersion.objects.get(pk=draft.pk).sentence_en == "Replied."


def test_a_form_of_a_withdrawn_draft_does_not_overwrite_the_one_begun_after_it(
    in_force: TermVersion, marketer: User, rep: User
) -> None:
    first = draft_from(in_force, actor=marketer, at=NOW)
    read = save_draft(
        first,
        values={"sentence_en": "Replied."},
        revision=first.agreement.revision,
        actor=marketer,
        at=NOW,
    ).agreement.revision
    withdraw(first.agreement, actor=marketer, reason="Too early.", at=later(hours=1))
    second = draft_from(in_force, actor=rep, at=later(hours=2))
    assert second.agreement.revision > read
    with pytest.raises(DraftChangedError):  # once as it was begun, and once saved
        save_draft(second, values={"sentence_en": "Stale."}, revision=read, actor=marketer, at=later(hours=3))
    saved = save_draft(
        second,
        values={"sentence_en": "Wrote back."},
        revision=second.agreement.revision,
        actor=rep,
        at=later(hours=3),
    )
    with pytest.raises(DraftChangedError):
        save_draft(saved, values={"sentence_en": "Stale."}, revision=read, actor=marketer, at=later(hours=4))
    assert TermVersion.objects.get(pk=second.pk).sentence_en == "Wrote back."


def test_the_name_of_what_is_to_be_signed_is_read_in_the_reader_s_language(
    in_force: TermVersion, marketer: User, rep: User
) -> None:
    draft = draft_from(in_force, actor=marketer, at=NOW)
    values = {"sentence_en": "Replied twice.", "name_en": "Warm lead", "name_fr": "Lead tiède"}
    draft = save_draft(draft, values=values, revision=draft.agreement.revision, actor=marketer, at=NOW)
    with override("en"):  # the language of the one who asks
        propose(draft.agreement, actor=marketer, at=NOW)

    told = Notification.objects.get(user=rep, kind="to_sign")
    said = {}
    for language in ("en", "fr"):
        with override(language):
            said[language] = worded(told.text, told.params)
    assert "Warm lead" in said["en"]
    assert "Lead tiède" in said["fr"]
    assert "Warm lead" not in said["fr"]


def test_a_proposal_needs_something_new(in_force: TermVersion, marketer: User) -> None:
    first = signed_first(in_force, marketer)
    draft = draft_from(first, actor=marketer, at=NOW)

    with pytest.raises(NothingChangedError):
        propose(draft.agreement, actor=marketer, at=NOW)


def signed_first(in_force: TermVersion, marketer: User) -> TermVersion:
    """A version in force whose hash is that of its content."""
    seller = UserFactory.create(may_sign=True)
    agreement = signed(proposed(in_force, marketer), marketer, seller)
    return TermVersion.objects.get(agreement=agreement)


def test_the_signers_are_asked_but_not_the_one_who_proposed(
    in_force: TermVersion, marketer: User, rep: User, manager: User
) -> None:
    proposed(in_force, marketer)

    (note,) = Notification.objects.all()
    assert (note.user, note.kind) == (rep, "to_sign")


def test_one_side_is_not_enough(in_force: TermVersion, marketer: User) -> None:
    agreement = signed(proposed(in_force, marketer), marketer)

    assert agreement.state == State.PROPOSED


def test_the_second_side_puts_it_in_force_and_ends_the_one_before(
    in_force: TermVersion, marketer: User, rep: User
) -> None:
    agreement = signed(proposed(in_force, marketer), marketer, rep, at=later(hours=1))

    assert (agreement.state, agreement.in_force_from) == (State.IN_FORCE, later(hours=1))
    before = Agreement.objects.get(pk=in_force.agreement_id)
    assert (before.state, before.in_force_until) == (State.SUPERSEDED, later(hours=1))


def test_two_people_of_one_side_do_not_make_two_sides(in_force: TermVersion, marketer: User) -> None:
    colleague = UserFactory.create(team=marketer.team, role="marketer", may_sign=True)

    assert signed(proposed(in_force, marketer), marketer, colleague).state == State.PROPOSED


def test_signing_twice_is_signing_once(in_force: TermVersion, marketer: User, rep: User) -> None:
    agreement = signed(proposed(in_force, marketer), marketer, marketer, rep, rep)

    assert agreement.state == State.IN_FORCE
    assert Signature.objects.filter(agreement=agreement).count() == 2


def test_without_the_right_nobody_signs(in_force: TermVersion, marketer: User, other_rep: User) -> None:
    agreement = proposed(in_force, marketer)

    with pytest.raises(MayNotSignError):
        sign(agreement, actor=other_rep, read_hash=agreement.content_hash, at=NOW)
    assert not Signature.objects.exists()


def test_one_signs_only_what_one_has_read(in_force: TermVersion, marketer: User) -> None:
    agreement = proposed(in_force, marketer)

    with pytest.raises(ContentChangedError):
        sign(agreement, actor=marketer, read_hash="0" * 64, at=NOW)
    assert not Signature.objects.exists()


def test_a_draft_cannot_be_signed(in_force: TermVersion, marketer: User) -> None:
    draft = drafted(in_force, marketer)

    with pytest.raises(WrongStateError):
        sign(draft.agreement, actor=marketer, read_hash="", at=NOW)


def test_a_refused_proposal_leaves_what_is_in_force_and_tells_its_author(
    in_force: TermVersion, marketer: User, rep: User
) -> None:
    agreement = withdraw(proposed(in_force, marketer), actor=rep, reason="Too narrow", at=NOW)

    assert (agreement.state, agreement.close_reason, agreement.closed_by) == (
        State.WITHDRAWN,
        "Too narrow",
        rep,
    )
    assert Agreement.objects.of(in_force.agreement.subject).in_force().get() == in_force.agreement
    assert Notification.objects.filter(user=marketer, kind="withdrawn").exists()


def test_a_refusal_says_why(in_force: TermVersion, marketer: User, rep: User) -> None:
    agreement = proposed(in_force, marketer)

    with pytest.raises(ReasonMissingError):
        withdraw(agreement, actor=rep, reason="  ", at=NOW)


def test_after_a_refusal_the_work_is_taken_up_again(in_force: TermVersion, marketer: User, rep: User) -> None:
    refused = drafted(in_force, marketer)
    withdraw(refused.agreement, actor=rep, reason="Too narrow", at=NOW)

    again = draft_from(refused, actor=marketer, at=NOW)

    assert (again.agreement.number, again.sentence_en) == (3, "Someone who replied twice.")


def test_coming_into_force_rings_after_the_commit(
    in_force: TermVersion, marketer: User, rep: User, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[str] = []

    def listener(subject: str, **_: object) -> None:
        heard.append(subject)

    agreement_in_force.connect(listener)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            signed(proposed(in_force, marketer), marketer, rep)
            assert heard == []
    finally:
        agreement_in_force.disconnect(listener)
    assert heard == [in_force.agreement.subject]


# What was signed stays as it was, whoever asks the database


@pytest.mark.parametrize("change", ["update", "delete", "reopen", "rehash"])
def test_what_is_in_force_cannot_be_changed_by_anybody(in_force: TermVersion, change: str) -> None:
    agreements = Agreement.objects.filter(pk=in_force.agreement_id)
    changes: dict[str, Callable[[], object]] = {
        "update": lambda: TermVersion.objects.filter(pk=in_force.pk).update(sentence_en="Anything"),
        "delete": lambda: TermVersion.objects.filter(pk=in_force.pk).delete(),
        "reopen": lambda: agreements.update(state=State.DRAFT),
        "rehash": lambda: agreements.update(content_hash="f" * 64),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        changes[change]()


def test_what_is_proposed_cannot_be_changed_under_the_signers(in_force: TermVersion, marketer: User) -> None:
    agreement = proposed(in_force, marketer)

    with pytest.raises(IntegrityError), transaction.atomic():
        TermVersion.objects.filter(agreement=agreement).update(sentence_en="Anything")


def test_the_hash_is_that_of_what_was_read(in_force: TermVersion, marketer: User) -> None:
    agreement = proposed(in_force, marketer)

    assert agreement.content_hash == content_hash(TermVersion.objects.get(agreement=agreement).content())


@pytest.mark.parametrize("state", [State.DRAFT, State.PROPOSED])
def test_nobody_signs_another_content_than_the_one_proposed(
    in_force: TermVersion, marketer: User, state: State
) -> None:
    draft = drafted(in_force, marketer).agreement
    agreement = propose(draft, actor=marketer, at=NOW) if state == State.PROPOSED else draft
    signed_hash = "f" * 64 if state == State.PROPOSED else agreement.content_hash

    with pytest.raises(IntegrityError, match="another content"), transaction.atomic():
        Signature.objects.create(
            agreement=agreement, user=marketer, side="marketing", content_hash=signed_hash, signed_at=NOW
        )


@pytest.mark.parametrize("signers", [(), ("marketer",), ("marketer", "another_marketer")])
def test_nothing_comes_into_force_without_both_signatures(
    in_force: TermVersion, marketer: User, signers: tuple[str, ...]
) -> None:
    people = {"marketer": marketer, "another_marketer": MarketerFactory.create(may_sign=True)}
    agreement = signed(proposed(in_force, marketer), *(people[name] for name in signers))
    Agreement.objects.filter(pk=in_force.agreement_id).update(state=State.SUPERSEDED, in_force_until=NOW)

    with pytest.raises(IntegrityError, match="not signed by both sides"), transaction.atomic():
        Agreement.objects.filter(pk=agreement.pk).update(state=State.IN_FORCE, in_force_from=NOW)


def test_a_draft_does_not_come_into_force_past_the_proposal(in_force: TermVersion, marketer: User) -> None:
    agreement = drafted(in_force, marketer).agreement
    Agreement.objects.filter(pk=in_force.agreement_id).update(state=State.SUPERSEDED, in_force_until=NOW)

    with pytest.raises(IntegrityError, match="not signed by both sides"), transaction.atomic():
        Agreement.objects.filter(pk=agreement.pk).update(
            state=State.IN_FORCE, in_force_from=NOW, content_hash="f" * 64
        )
