"""Two last signatures at the same moment make one coming into force; without the lock they make none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connections

from accounts.models import User
from agreements.actions import draft_from, propose, save_draft, sign, signing, write_comment
from agreements.errors import AgreementError
from agreements.models import Agreement, State
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db(transaction=True)

TOGETHER_SECONDS = 1.0
"""How long one signer waits for the other to have come as far: under the lock that never happens."""


@pytest.fixture
def proposal(monkeypatch: pytest.MonkeyPatch) -> Agreement:
    """A proposal whose two signers have both counted before either goes on, if nothing keeps them apart."""
    version = TermVersionFactory.create()
    author = MarketerFactory.create(may_sign=True)
    begun = draft_from(version, actor=author, at=NOW)
    draft = save_draft(
        begun,
        values={"sentence_en": "Another meaning."},
        revision=begun.agreement.revision,
        actor=author,
        at=NOW,
    )
    barrier, count = threading.Barrier(2), signing.sides_signed

    def count_together(agreement: Agreement) -> set[str]:
        found = count(agreement)
        with suppress(threading.BrokenBarrierError):
            barrier.wait(TOGETHER_SECONDS)
        return found

    monkeypatch.setattr(signing, "sides_signed", count_together)
    return propose(draft.agreement, actor=author, at=NOW)


def sign_at_once(agreement: Agreement) -> str:
    people = [MarketerFactory.create(may_sign=True), UserFactory.create(may_sign=True)]

    def work(person: User) -> None:
        try:
            sign(agreement, actor=person, read_hash=agreement.content_hash, at=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, people))
    return Agreement.objects.get(pk=agreement.pk).state


def test_two_last_signatures_at_once_put_it_in_force_once(proposal: Agreement) -> None:
    assert sign_at_once(proposal) == State.IN_FORCE
    states = Agreement.objects.of(proposal.subject).order_by("number").values_list("state", flat=True)
    assert list(states) == [State.SUPERSEDED, State.IN_FORCE]


def test_without_the_lock_both_have_signed_and_nothing_is_in_force(
    proposal: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the test above can fail."""
    monkeypatch.setattr(f"{__name__}.TOGETHER_SECONDS", 30.0)  # they do meet, however busy the machine
    monkeypatch.setattr(signing, "lock", lambda agreement: Agreement.objects.get(pk=agreement.pk))

    assert sign_at_once(proposal) == State.PROPOSED
    assert proposal.signatures.count() == 2


def test_a_last_signature_and_a_disagreement_at_once_do_not_both_stand(proposal: Agreement) -> None:
    """One of the two comes first; the other is told that things have moved on."""
    marketing, sales = MarketerFactory.create(may_sign=True), UserFactory.create(may_sign=True)
    sign(proposal, actor=marketing, read_hash=proposal.content_hash, at=NOW)
    start = threading.Barrier(2)
    steps = (
        lambda: sign(proposal, actor=sales, read_hash=proposal.content_hash, at=NOW),
        lambda: write_comment(proposal, actor=sales, text="Wait.", is_disagreement=True, at=NOW),
    )

    def work(step: Callable[[], object]) -> bool:
        try:
            start.wait(30)
            step()
        except AgreementError:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        signed, said = pool.map(work, steps, timeout=60)

    assert signed != said
    state = Agreement.objects.get(pk=proposal.pk).state
    assert state == (State.IN_FORCE if signed else State.PROPOSED)
