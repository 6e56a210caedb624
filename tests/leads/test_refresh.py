"""What is marked is looked at once, by one worker, and never forgotten: not by a race, a failure or a kill."""

from __future__ import annotations

from functools import partial
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from django.db import connections, transaction

from accounts.models import User
from agreements.actions import draft_from, propose, sign
from leads import tasks
from leads.actions.dirty import mark_dirty
from leads.actions.refresh import Refreshed, refresh_batch, refresh_span
from leads.actions.touchpoints import record_touchpoint
from leads.evaluation import evaluate_stages
from leads.models import (
    Contact,
    ContactScore,
    DirtyContact,
    ScoringModel,
    StageInterval,
    Touchpoint,
    Transition,
)
from leads.scoring.everybody import rescore_everybody
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.races import at_once

at_last = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nobody_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the batches of the test look at contacts, not a task rung for after a commit."""
    monkeypatch.setattr("lib.bell.ring", lambda *args: True)


def marked(count: int, **values: Any) -> list[Contact]:
    contacts = ContactFactory.create_batch(count, **values)
    mark_dirty([contact.pk for contact in contacts], at=ago(minutes=1))
    return contacts


@pytest.mark.django_db
def test_a_batch_scores_moves_and_forgets_those_it_looked_at() -> None:
    contacts = marked(3)

    assert refresh_batch(at=NOW) == Refreshed(claimed=3, settled=3)

    assert ContactScore.objects.count() == 3
    assert set(Contact.objects.values_list("stage", flat=True)) == {"subscriber"}
    assert not DirtyContact.objects.exists()
    assert refresh_batch(at=NOW) == Refreshed(0, 0)
    assert Transition.objects.filter(contact__in=contacts).count() == 3


@pytest.mark.django_db
def test_those_who_wait_longest_come_first() -> None:
    first, second = ContactFactory.create_batch(2)
    mark_dirty([second.pk], at=ago(minutes=1))
    mark_dirty([first.pk], at=ago(minutes=2))
    mark_dirty([first.pk], at=NOW)

    refresh_batch(at=NOW, limit=1)

    assert list(DirtyContact.objects.values_list("contact", flat=True)) == [second.pk]


@pytest.mark.django_db
def test_the_task_drains_everything_and_a_second_run_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    marked(5)
    monkeypatch.setattr(tasks, "refresh_batch", partial(refresh_batch, limit=2))
    monkeypatch.setattr("leads.tasks.timezone.now", lambda: NOW)

    assert tasks.refresh() == 5
    assert tasks.refresh() == 0


@pytest.mark.django_db
def test_a_contact_that_cannot_be_refreshed_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad, other = marked(3)

    def fails_for_one(ids: Any, *, at: Any) -> Any:
        if bad.pk in ids:
            raise ValueError("this one is broken")
        return evaluate_stages(ids, at=at)

    monkeypatch.setattr("leads.actions.refresh.evaluate_stages", fails_for_one)

    assert refresh_batch(at=NOW) == Refreshed(claimed=3, settled=2)

    waiting = DirtyContact.objects.get()
    assert (waiting.contact, waiting.since) == (bad, later(hours=1))
    assert set(Contact.objects.filter(stage="subscriber")) == {good, other}
    assert refresh_batch(at=NOW) == Refreshed(0, 0)


@pytest.mark.django_db
def test_a_batch_that_dies_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    marked(3)

    class KilledError(BaseException):
        pass

    def dies(*args: Any, **kwargs: Any) -> None:
        raise KilledError

    monkeypatch.setattr("leads.actions.refresh.evaluate_stages", dies)
    with pytest.raises(KilledError):
        refresh_batch(at=NOW)

    assert DirtyContact.objects.count() == 3
    assert not ContactScore.objects.exists()


@pytest.mark.django_db
def test_everybody_is_held_against_the_definitions_in_steps() -> None:
    contacts = ContactFactory.create_batch(5)

    first = refresh_span(after=0, at=NOW, size=3)
    last = refresh_span(after=first or 0, at=NOW, size=3)

    assert (first, last) == (contacts[2].pk, contacts[4].pk)
    assert refresh_span(after=last or 0, at=NOW, size=3) is None
    assert Contact.objects.filter(stage="subscriber").count() == 5


@pytest.mark.django_db
def test_each_night_everybody_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    ContactFactory.create_batch(2)
    monkeypatch.setattr(tasks, "ring", lambda *args: True)

    assert tasks.refresh_all() == 2
    assert tasks.evaluate_all() is None

    assert ContactScore.objects.count() == 2
    assert Contact.objects.filter(stage="subscriber").count() == 2


@pytest.mark.django_db
def test_a_model_whose_bell_nobody_heard_scores_everybody_within_the_minute_and_once(
    monkeypatch: pytest.MonkeyPatch, rep: User, marketer: User
) -> None:
    contact = ContactFactory.create()
    monkeypatch.setattr(tasks, "ring", lambda *args: True)
    assert (tasks.catch_up(), tasks.catch_up()) == (1, 0)

    draft = draft_from(ScoringModel.objects.in_force().get(), actor=marketer, at=NOW)
    ScoringModel.objects.filter(pk=draft.pk).update(window_days=7)
    proposed = propose(draft.agreement, actor=marketer, at=NOW)
    for person in (rep, marketer):
        sign(proposed, actor=person, read_hash=proposed.content_hash, at=NOW)

    assert (tasks.catch_up(), tasks.catch_up()) == (1, 0)
    assert ContactScore.objects.get(contact=contact).model_id == draft.pk


@pytest.mark.django_db
def test_asking_whether_everybody_is_scored_costs_two_queries(django_assert_num_queries: Any) -> None:
    tasks.refresh_all()
    with django_assert_num_queries(2):
        assert tasks.catch_up() == 0


# At once


@at_last
def test_two_workers_share_the_work_and_do_nothing_twice() -> None:
    contacts = marked(40)

    def drain() -> int:
        settled = 0
        while (done := refresh_batch(at=NOW, limit=5)).settled:
            settled += done.settled
        return settled

    results = at_once(*[drain] * 4)

    assert sum(result for result in results if isinstance(result, int)) == 40
    assert not DirtyContact.objects.exists()
    assert Transition.objects.count() == 40
    assert StageInterval.objects.filter(contact__in=contacts, left_at=None).count() == 40


@at_last
def test_of_two_full_rescores_at_once_one_leaves_it_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    ContactFactory.create()
    answers: list[int | None] = []

    def meanwhile(**_: Any) -> int:
        answers.extend(at_once(partial(rescore_everybody, at=NOW)))  # type: ignore[arg-type]  # no error is meant
        return 1

    monkeypatch.setattr("leads.scoring.everybody.rescore", meanwhile)
    assert rescore_everybody(at=NOW) == 1
    assert answers == [None]


@at_last
def test_what_is_recorded_while_a_worker_computes_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting for the worker either: a page that records a visit must not hang behind a batch."""
    (contact,) = marked(1)
    computing, recorded = Flag(), Flag()

    def slow(ids: Any, *, at: Any) -> Any:
        moved = evaluate_stages(ids, at=at)
        computing.set()
        assert recorded.wait(timeout=20)
        return moved

    monkeypatch.setattr("leads.actions.refresh.evaluate_stages", slow)
    done: list[Refreshed] = []

    def work() -> None:
        done.append(refresh_batch(at=NOW))
        connections.close_all()

    worker = Thread(target=work, daemon=True)
    worker.start()
    assert computing.wait(timeout=20)
    record_touchpoint(contact, kind="demo_request", occurred_at=NOW, at=NOW, origin="forms", key="1")
    recorded.set()
    worker.join(timeout=60)
    assert not worker.is_alive()

    assert done == [Refreshed(claimed=1, settled=0)]
    assert DirtyContact.objects.get().contact == contact
    monkeypatch.setattr("leads.actions.refresh.evaluate_stages", evaluate_stages)
    assert refresh_batch(at=later(minutes=1)) == Refreshed(1, 1)
    assert Contact.objects.get().stage_id == "mql"


@at_last
def test_a_mark_that_is_not_committed_yet_holds_up_no_worker() -> None:
    (contact,) = marked(1)

    with transaction.atomic():
        mark_dirty([contact.pk], at=NOW)
        (result,) = at_once(partial(refresh_batch, at=NOW))

    assert result == Refreshed(claimed=1, settled=0)
    assert DirtyContact.objects.get().contact == contact


@at_last
def test_recording_and_refreshing_at_once_forgets_nobody() -> None:
    contacts = marked(6)

    def visit(contact: Contact, number: int) -> bool:
        return record_touchpoint(
            contact, kind="page_view", occurred_at=NOW, at=NOW, origin="site", key=f"{contact.pk}-{number}"
        )[1]

    def drain() -> bool:
        for _ in range(5):
            refresh_batch(at=NOW, limit=3)
        return True

    results = at_once(
        *(partial(visit, contact, number) for contact in contacts for number in range(2)), drain, drain
    )
    while refresh_batch(at=NOW).settled:
        pass

    assert results == [True] * 14
    assert Touchpoint.objects.count() == 12
    assert not DirtyContact.objects.exists()
    # Two visits of a page, two points each, today.
    assert set(ContactScore.objects.values_list("engagement", flat=True)) == {4}
