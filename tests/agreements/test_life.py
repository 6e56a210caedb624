"""Whatever people say and do in whatever order: one version in force or retired at any moment, signed by both sides,
never over a disagreement, never before its day, never changed after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Notification, Side, User
from agreements.actions import (
    accept,
    answer,
    decline,
    draft_from,
    propose,
    propose_retirement,
    put_in_force_due,
    save_draft,
    settle,
    sign,
    withdraw,
    write_comment,
)
from agreements.adoption import adoption_of, to_read
from agreements.errors import AgreementError
from agreements.models import ENDED, STANDING, AgreedVersion, Agreement, Comment, State
from leads.models import PlaybookVersion
from lifecycle.models import Procedure, ProcedureVersion, Stage
from tests.effort import examples
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.lifecycle import ProcedureVersionFactory
from tests.factories.moments import NOW

SENTENCES = st.sampled_from(["Someone who replied.", "Someone who called.", "Someone with a budget.", ""])
PEOPLE = st.integers(0, 3)
DAYS = st.sampled_from([None, None, 1, 3, -1])
SELDOM = st.sampled_from([False, False, False, True])
"""What would end most lives before anything came into force."""


class Life(RuleBasedStateMachine):
    """Four people, two of each side, one of each with the right to sign, at one thing."""

    wording: ClassVar[str]
    """The field that people write in."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        first = self.first()
        self.model = type(first)._default_manager
        self.subject, self.at = first.agreement.subject, NOW
        self.in_the_way = False
        self.people: list[User] = [
            MarketerFactory.create(may_sign=True),
            UserFactory.create(may_sign=True),
            MarketerFactory.create(),
            UserFactory.create(may_sign=True),
        ]
        self.texts = {first.agreement_id: first.content()}
        self.said: dict[int, str] = {}

    def first(self) -> AgreedVersion:
        """What is in force when it begins."""
        raise NotImplementedError

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def later(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at

    def version(self, *states: str) -> AgreedVersion | None:
        versions = self.model.filter(agreement__subject=self.subject, agreement__state__in=states)
        return versions.select_related("agreement").order_by("-agreement__number").first()

    def attempt(self, step: Any, **arguments: Any) -> None:
        """A step that is refused must leave everything as it was; the invariants are checked after it."""
        try:
            with transaction.atomic():
                step(**arguments, at=self.later())
        except AgreementError:
            pass

    @initialize(steps=st.sampled_from([5, 4, 3, 2, 1, 0]), days=DAYS, after_its_end=st.booleans())
    def begin(self, steps: int, days: int | None, after_its_end: bool) -> None:
        """Lives begin at any age, some after a first end: chance alone seldom signs."""
        if after_its_end:
            self.retire(0, "Nobody", None)
            for person in (0, 1):
                self.sign(person, misread=False)
        for _ in range(steps):
            self.go_on(days)

    @rule(days=DAYS)
    def go_on(self, days: int | None) -> None:
        """What people would do next who want it in force."""
        version = self.version(State.DRAFT, State.PROPOSED)
        if version is None:
            self.draft(0)
        elif version.agreement.state == State.PROPOSED:
            self.sign(version.agreement.signatures.count() % 2, misread=False)
        elif (base := self.version(State.IN_FORCE)) and base.fingerprint == version.fingerprint:
            self.save(0, f"Someone who asked v{version.agreement.number}.", stale=False)
        else:
            self.propose(0, days)

    @rule(person=PEOPLE)
    def draft(self, person: int) -> None:
        """The next version, or one that takes back what is retired."""
        if base := self.version(*STANDING):
            self.attempt(draft_from, version=base, actor=self.people[person])

    @rule(person=PEOPLE, reason=st.sampled_from(["", "Nobody", "Nobody"]), days=DAYS)
    def retire(self, person: int, reason: str, days: int | None) -> None:
        """What is in force; anything else refuses."""
        if version := self.version(State.IN_FORCE, State.SUPERSEDED, State.RETIRED):
            starts_at = None if days is None else self.at + timedelta(days=days)
            self.attempt(
                propose_retirement,
                agreement=version.agreement,
                actor=self.people[person],
                reason=reason,
                starts_at=starts_at,
            )

    @rule(person=PEOPLE)
    def take_up_again(self, person: int) -> None:
        if base := self.version(*ENDED):
            self.attempt(draft_from, version=base, actor=self.people[person])

    @rule(person=PEOPLE, sentence=SENTENCES, stale=SELDOM)
    def save(self, person: int, sentence: str, stale: bool) -> None:
        if draft := self.version(State.DRAFT, State.PROPOSED):
            self.attempt(
                save_draft,
                version=draft,
                values={self.wording: sentence},
                revision=draft.agreement.revision - stale,
                actor=self.people[person],
            )

    @rule(person=PEOPLE, days=DAYS)
    def propose(self, person: int, days: int | None) -> None:
        if draft := self.version(State.DRAFT, State.PROPOSED):
            starts_at = None if days is None else self.at + timedelta(days=days)
            self.attempt(propose, agreement=draft.agreement, actor=self.people[person], starts_at=starts_at)

    @rule(person=PEOPLE, disagrees=SELDOM)
    def comment(self, person: int, disagrees: bool) -> None:
        """Of any version: one that is not open any more refuses."""
        if version := self.version(*State.values):
            self.attempt(
                write_comment,
                agreement=version.agreement,
                actor=self.people[person],
                text="Once is enough.",
                is_disagreement=disagrees,
            )

    @rule(person=PEOPLE, settles=st.booleans(), newest=st.booleans())
    def answer(self, person: int, settles: bool, newest: bool) -> None:
        if said := self.disagreement(newest):
            self.attempt(answer, comment=said, actor=self.people[person], text="No.", settles=settles)

    @rule(person=PEOPLE, newest=st.booleans())
    def settle(self, person: int, newest: bool) -> None:
        if said := self.disagreement(newest):
            self.attempt(settle, comment=said, actor=self.people[person])

    @rule(person=PEOPLE, reason=st.sampled_from(["", "", "", "Too narrow"]))
    def decline(self, person: int, reason: str) -> None:
        if version := self.version(State.DRAFT, State.PROPOSED):
            self.attempt(decline, agreement=version.agreement, actor=self.people[person], reason=reason)

    @rule(days=st.sampled_from([0, 1, 4]))
    def sweep(self, days: int) -> None:
        """Time passes, and the sweep comes some time after: only what something keeps from it waits on."""
        self.at += timedelta(days=days)
        put_in_force_due(at=self.later())
        waiting = Agreement.objects.of(self.subject).starting(at=self.at)
        assert all(agreement.held_since for agreement in waiting)
        assert self.in_the_way or not waiting

    @rule(person=PEOPLE)
    def accept(self, person: int) -> None:
        if version := self.version(*State.values):
            self.attempt(accept, agreement=version.agreement, actor=self.people[person])

    def disagreement(self, newest: bool) -> Comment | None:
        said = Comment.objects.filter(agreement__subject=self.subject, is_disagreement=True)
        found = said.select_related("agreement", "author__team").order_by("-pk" if newest else "pk")
        return found.first()

    @rule(person=PEOPLE, misread=SELDOM)
    def sign(self, person: int, misread: bool) -> None:
        if version := self.version(State.DRAFT, State.PROPOSED):
            read_hash = version.agreement.content_hash if not misread else "0" * 64
            self.attempt(sign, agreement=version.agreement, actor=self.people[person], read_hash=read_hash)

    @rule(person=PEOPLE, reason=st.sampled_from(["", "", "", "Too narrow"]))
    def withdraw(self, person: int, reason: str) -> None:
        if version := self.version(State.DRAFT, State.PROPOSED):
            self.attempt(withdraw, agreement=version.agreement, actor=self.people[person], reason=reason)

    def agreements(self) -> list[Agreement]:
        return list(Agreement.objects.of(self.subject).order_by("number"))

    @invariant()
    def one_stands_and_at_most_one_is_open(self) -> None:
        states = [agreement.state for agreement in self.agreements()]
        assert states.count(State.IN_FORCE) + states.count(State.RETIRED) == 1
        assert states.count(State.DRAFT) + states.count(State.PROPOSED) <= 1

    @invariant()
    def what_retires_is_never_in_force_and_says_why(self) -> None:
        for agreement in self.agreements():
            if agreement.retires:
                assert agreement.state not in (State.DRAFT, State.IN_FORCE)
                assert agreement.note
            else:
                assert agreement.state != State.RETIRED

    @invariant()
    def versions_in_force_follow_each_other_without_gap(self) -> None:
        ruled = [agreement for agreement in self.agreements() if agreement.in_force_from]
        ruled.sort(key=lambda agreement: agreement.in_force_from or NOW)
        ends = [agreement.in_force_until for agreement in ruled]
        assert ends == [following.in_force_from for following in ruled[1:]] + [None]

    @invariant()
    def only_what_both_sides_have_signed_came_into_force(self) -> None:
        for agreement in self.agreements()[1:]:
            signatures = list(agreement.signatures.all())
            assert all(signature.content_hash == agreement.content_hash for signature in signatures)
            both = {signature.side for signature in signatures} == set(Side.values)
            if agreement.in_force_from:
                assert both
            elif both:  # ended before its day, or its day is still to come, or the sweep is
                assert agreement.state in ENDED or agreement.starts_at is not None

    @invariant()
    def nothing_came_into_force_before_its_day(self) -> None:
        for agreement in self.agreements():
            if agreement.in_force_from and agreement.starts_at:
                assert agreement.in_force_from >= agreement.starts_at
            if agreement.in_force_from:
                assert agreement.in_force_from <= self.at

    @invariant()
    def nobody_signed_over_a_disagreement(self) -> None:
        """What both have signed has none; a signature is never later than a disagreement still open."""
        for agreement in self.agreements():
            opened = list(agreement.comments.unsettled())
            signed_at = [signature.signed_at for signature in agreement.signatures.all()]
            assert all(moment < comment.written_at for moment in signed_at for comment in opened)
            if opened:
                assert agreement.in_force_from is None
            if agreement.state == State.PROPOSED and agreement.proposed_at:
                assert all(comment.written_at > agreement.proposed_at for comment in opened)

    @invariant()
    def what_was_ended_says_why(self) -> None:
        for agreement in self.agreements():
            assert (agreement.state in ENDED) == bool(agreement.close_reason)

    @invariant()
    def what_was_said_stays(self) -> None:
        for comment in Comment.objects.filter(agreement__subject=self.subject):
            assert self.said.setdefault(comment.pk, comment.text) == comment.text

    @invariant()
    def everybody_has_accepted_it_or_finds_it_to_be_read(self) -> None:
        in_force = Agreement.objects.of(self.subject).agreed_on()
        adoption = adoption_of(in_force)
        for agreement in adoption.agreements:
            for person in self.people:
                unread = to_read(person).filter(pk=agreement.pk).exists()
                assert unread != adoption.has_accepted(agreement, person)

    @invariant()
    def what_was_proposed_is_what_stands(self) -> None:
        for version in self.model.filter(agreement__subject=self.subject).select_related("agreement"):
            agreement = version.agreement
            if agreement.state in (State.PROPOSED, *STANDING, State.SUPERSEDED) and agreement.number > 1:
                assert agreement.content_hash == version.fingerprint
            if agreement.in_force_from:
                known = self.texts.setdefault(agreement.pk, version.content())
                assert known == version.content()


class ProcedureLife(Life):
    """At a procedure, which nothing keeps from coming into force and whose name is one of a kind."""

    wording = "purpose_en"

    def first(self) -> ProcedureVersion:
        version: ProcedureVersion = ProcedureVersionFactory.create()
        return version

    @invariant()
    def the_name_is_free_while_it_is_retired_and_nobody_writes_on_it(self) -> None:
        procedure = Procedure.objects.get(pk=self.subject.partition(":")[2])
        agreements = self.agreements()
        is_held = any(agreement.is_open or agreement.state == State.IN_FORCE for agreement in agreements)
        retired = next((one for one in agreements if one.state == State.RETIRED), None)
        assert procedure.freed_at == (None if is_held or retired is None else retired.in_force_from)


class PlaybookLife(Life):
    """At the playbook of a stage that goes out of use and comes back: meanwhile no version of it can start."""

    wording = "goal_en"
    seen: ClassVar[set[str]] = set()
    """The states of versions whose start was held up, over all lives."""

    def first(self) -> PlaybookVersion:
        return PlaybookVersion.objects.in_force().select_related("agreement").get(stage="sql")

    @initialize(is_held=st.sampled_from([True, False]), steps=st.sampled_from([5, 3, 1, 0]), days=DAYS)
    def begin(self, is_held: bool, steps: int, days: int | None) -> None:
        """Every second life begins with a start that is held up, which chance alone seldom comes to."""
        if is_held:
            self.lose_the_stage_before_the_day()
            return
        for _ in range(steps):
            self.go_on(days)

    @rule()
    def lose_the_stage_before_the_day(self) -> None:
        """Signed for tomorrow by both sides, unless they disagree; then the stage goes, and the day comes."""
        self.use_the_stage(True)
        for _ in range(5):
            self.go_on(1)
        self.use_the_stage(False)
        self.sweep(1)

    @rule(is_used=st.sampled_from([True, True, False]))
    def use_the_stage(self, is_used: bool) -> None:
        Stage.objects.filter(key="sql").update(is_active=is_used)
        self.in_the_way = not is_used

    @invariant()
    def what_is_held_up_is_signed_and_counts_from_when_nothing_was_in_the_way(self) -> None:
        for agreement in self.agreements():
            if agreement.held_since is None:
                continue
            self.seen.add(agreement.state)
            assert {signature.side for signature in agreement.signatures.all()} == set(Side.values)
            assert agreement.starts_at is not None
            assert agreement.starts_at <= agreement.held_since <= self.at
            assert agreement.in_force_from is None or agreement.in_force_from > agreement.held_since
            assert not agreement.retires

    @invariant()
    def whoever_signed_was_told_once_that_it_is_held_up(self) -> None:
        told = Counter(Notification.objects.filter(kind="held").values_list("user", "url"))
        held = sum(agreement.held_since is not None for agreement in self.agreements())
        assert set(told.values()) <= {1}
        assert len({url for _user, url in told}) == held


def lives(life: type[Life], number: int) -> None:
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=examples(number), stateful_step_count=30, deadline=None, print_blob=True
        ),
    )


@pytest.mark.django_db
def test_any_sequence_of_steps_keeps_the_agreement_whole() -> None:
    lives(ProcedureLife, 8)


@pytest.mark.django_db
def test_any_sequence_of_steps_keeps_whole_what_may_be_kept_from_starting() -> None:
    PlaybookLife.seen.clear()
    lives(PlaybookLife, 5)
    assert State.PROPOSED in PlaybookLife.seen


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("then", "state"),
    [
        (lambda life: life.sweep(4), State.PROPOSED),
        (lambda life: (life.use_the_stage(True), life.sweep(0)), State.IN_FORCE),
        (lambda life: life.withdraw(0, "Nobody sells it."), State.WITHDRAWN),
        (lambda life: life.decline(1, "Nobody sells it."), State.DECLINED),
    ],
    ids=["waits on", "starts", "withdrawn", "declined"],
)
def test_the_machine_comes_to_a_start_that_is_held_up_and_past_it(
    then: Callable[[PlaybookLife], object], state: State
) -> None:
    life = PlaybookLife()
    try:
        life.begin(is_held=True, steps=0, days=None)
        then(life)
        for each in life.invariants:
            each.function(life)
        held = [agreement for agreement in life.agreements() if agreement.held_since]
        assert [agreement.state for agreement in held] == [state]
    finally:
        life.teardown()
