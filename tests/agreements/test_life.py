"""Whatever people do in whatever order: one version in force at a time, signed by both, never changed after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.models import Side, User
from agreements.actions import draft_from, propose, save_draft, sign, withdraw
from agreements.content import content_hash
from agreements.errors import AgreementError
from agreements.models import Agreement, State
from lifecycle.models import TermVersion
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import NOW

SENTENCES = st.sampled_from(["Someone who replied.", "Someone who called.", "Someone with a budget.", ""])
PEOPLE = st.integers(0, 3)


class Life(RuleBasedStateMachine):
    """Four people, two of each side, one of each with the right to sign, at one term."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        first = TermVersionFactory.create()
        self.subject, self.at = first.agreement.subject, NOW
        self.people: list[User] = [
            MarketerFactory.create(may_sign=True),
            UserFactory.create(may_sign=True),
            MarketerFactory.create(),
            UserFactory.create(may_sign=True),
        ]
        self.texts = {first.agreement_id: first.content()}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def later(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at

    def version(self, *states: str) -> TermVersion | None:
        versions = TermVersion.objects.filter(agreement__subject=self.subject, agreement__state__in=states)
        return versions.select_related("agreement").order_by("-agreement__number").first()

    def attempt(self, step: Any, **arguments: Any) -> None:
        """A step that is refused must leave everything as it was; the invariants are checked after it."""
        try:
            with transaction.atomic():
                step(**arguments, at=self.later())
        except AgreementError:
            pass

    @rule(person=PEOPLE)
    def draft(self, person: int) -> None:
        if base := self.version(State.IN_FORCE):
            self.attempt(draft_from, version=base, actor=self.people[person])

    @rule(person=PEOPLE)
    def take_up_again(self, person: int) -> None:
        if base := self.version(State.WITHDRAWN):
            self.attempt(draft_from, version=base, actor=self.people[person])

    @rule(person=PEOPLE, sentence=SENTENCES, stale=st.booleans())
    def save(self, person: int, sentence: str, stale: bool) -> None:
        if draft := self.version(State.DRAFT, State.PROPOSED):
            self.attempt(
                save_draft,
                version=draft,
                values={"sentence_en": sentence},
                revision=draft.agreement.revision - stale,
                actor=self.people[person],
            )

    @rule(person=PEOPLE)
    def propose(self, person: int) -> None:
        if draft := self.version(State.DRAFT, State.PROPOSED):
            self.attempt(propose, agreement=draft.agreement, actor=self.people[person])

    @rule(person=PEOPLE, read=st.booleans())
    def sign(self, person: int, read: bool) -> None:
        if version := self.version(State.DRAFT, State.PROPOSED):
            read_hash = version.agreement.content_hash if read else "0" * 64
            self.attempt(sign, agreement=version.agreement, actor=self.people[person], read_hash=read_hash)

    @rule(person=PEOPLE, reason=st.sampled_from(["Too narrow", ""]))
    def withdraw(self, person: int, reason: str) -> None:
        if version := self.version(State.DRAFT, State.PROPOSED):
            self.attempt(withdraw, agreement=version.agreement, actor=self.people[person], reason=reason)

    def agreements(self) -> list[Agreement]:
        return list(Agreement.objects.of(self.subject).order_by("number"))

    @invariant()
    def one_is_in_force_and_at_most_one_open(self) -> None:
        states = [agreement.state for agreement in self.agreements()]
        assert states.count(State.IN_FORCE) == 1
        assert states.count(State.DRAFT) + states.count(State.PROPOSED) <= 1

    @invariant()
    def versions_in_force_follow_each_other_without_gap(self) -> None:
        ruled = [agreement for agreement in self.agreements() if agreement.in_force_from]
        ruled.sort(key=lambda agreement: agreement.in_force_from or NOW)
        ends = [agreement.in_force_until for agreement in ruled]
        assert ends == [following.in_force_from for following in ruled[1:]] + [None]

    @invariant()
    def both_sides_have_signed_what_came_into_force(self) -> None:
        for agreement in self.agreements()[1:]:
            signatures = list(agreement.signatures.all())
            assert all(signature.content_hash == agreement.content_hash for signature in signatures)
            sides = {signature.side for signature in signatures}
            assert (sides == set(Side.values)) == (agreement.in_force_from is not None)

    @invariant()
    def what_was_proposed_is_what_stands(self) -> None:
        for version in TermVersion.objects.filter(agreement__subject=self.subject).select_related(
            "agreement"
        ):
            agreement = version.agreement
            if agreement.state in (State.PROPOSED, State.IN_FORCE, State.SUPERSEDED) and agreement.number > 1:
                assert agreement.content_hash == content_hash(version.content())
            if agreement.in_force_from:
                known = self.texts.setdefault(agreement.pk, version.content())
                assert known == version.content()


@pytest.mark.django_db
def test_any_sequence_of_steps_keeps_the_agreement_whole() -> None:
    run_state_machine_as_test(
        Life, settings=settings(max_examples=10, stateful_step_count=25, deadline=None, print_blob=True)
    )
