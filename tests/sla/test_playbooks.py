"""Playbooks at work: entering a stage gives tasks and a limit once, and the limit does what was agreed once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification, User
from agreements.actions import draft_from, propose, save_draft, sign
from leads.actions.ledger import Move
from leads.actions.playbooks import choose_kind, reopen_task, settle_task
from leads.actions.stages import change_stage, change_stage_of
from leads.actions.statuses import set_status
from leads.actions.undoing import undo_transition
from leads.errors import CannotUndo, KindNotAgreed, TaskSettled
from leads.models import (
    Contact,
    Erasure,
    ErasureRun,
    Fallback,
    Origin,
    PlaybookRun,
    PlaybookTask,
    PlaybookVersion,
    StageInterval,
    Transition,
)
from leads.retention import retention_rule
from lifecycle.keys import StageKey
from lifecycle.models import Status, Unit
from sla.actions.playbooks import due_at, open_runs, pass_limits
from sla.calendar import weekly
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import RuleVersionFactory
from tests.factories.moments import NOW, later
from tests.leads.races import at_once
from tests.leads.test_import_loading import imported

SQL = StageKey.SALES_QUALIFIED


def entered(rep: User, *, at: datetime = NOW, stage: str = SQL) -> Contact:
    """A contact that a person has just moved there."""
    contact: Contact = ContactFactory.create(owner=rep)
    change_stage(contact, to=stage, actor=rep, at=at)
    return contact


def moved(contact: Contact, to: str, rep: User, *, at: datetime) -> Transition:
    entry = change_stage(contact, to=to, actor=rep, at=at)
    assert entry is not None
    return entry


def in_force(stage: str = SQL) -> PlaybookVersion:
    return PlaybookVersion.objects.in_force().select_related("agreement").get(stage=stage)


@pytest.fixture
def signers(rep: User, marketer: User) -> tuple[User, User]:
    User.objects.filter(pk__in=(rep.pk, marketer.pk)).update(may_sign=True)
    return User.objects.get(pk=rep.pk), User.objects.get(pk=marketer.pk)


def signed(signers: tuple[User, User], *, at: datetime = NOW, **values: Any) -> PlaybookVersion:
    """The next version of the playbook of SQL with those values."""
    first, author = in_force(), signers[1]
    draft = draft_from(first, actor=author, at=at)
    draft = save_draft(draft, values=values, revision=draft.agreement.revision, actor=author, at=at)
    agreement = propose(draft.agreement, actor=author, at=at)
    for person in signers:
        sign(agreement, actor=person, read_hash=agreement.content_hash, at=at)
    return in_force()


LOST: dict[str, Any] = {"fallback": Fallback.STATUS, "fallback_status_id": "lost", "promote_days": 30}


# Entering


@pytest.mark.django_db
def test_entering_gives_the_tasks_and_the_limit_of_the_version_in_force(rep: User) -> None:
    contact = entered(rep)

    assert open_runs(at=NOW) == 1

    run = contact.playbook_runs.get()
    assert run.version == in_force()
    assert run.promote_by == NOW + timedelta(days=45)
    assert list(run.tasks.values_list("task", flat=True)) == ["meeting", "need", "decide"]
    assert all(task.due_at > NOW for task in run.tasks.all())


@pytest.mark.django_db
def test_again_it_gives_nothing(rep: User) -> None:
    entered(rep)

    assert [open_runs(at=NOW), open_runs(at=later(days=1))] == [1, 0]
    assert PlaybookTask.objects.count() == 3


@pytest.mark.django_db
def test_entering_twice_gives_tasks_twice_each_of_its_own_stay(rep: User) -> None:
    contact = entered(rep)
    open_runs(at=NOW)
    change_stage(contact, to="lead", actor=rep, at=later(days=1), reason="no project")
    change_stage(contact, to=SQL, actor=rep, at=later(days=90))
    open_runs(at=later(days=90))

    assert contact.playbook_runs.count() == 2
    assert PlaybookTask.objects.open().count() == 3


@pytest.mark.django_db
def test_a_stage_without_a_playbook_gives_nothing(rep: User) -> None:
    entered(rep, stage="mql")

    assert open_runs(at=NOW) == 0


@pytest.mark.django_db
def test_imported_history_gives_nothing_unless_asked(rep: User) -> None:
    silent, asked = ContactFactory.create(owner=rep), ContactFactory.create(owner=rep)
    change_stage_of([Move(silent.pk, SQL, NOW)], actor=None, origin=Origin.IMPORT)
    change_stage_of([Move(asked.pk, SQL, NOW, facts={"hand_over": True})], actor=None, origin=Origin.IMPORT)

    assert open_runs(at=NOW) == 1
    assert PlaybookRun.objects.get().contact == asked


@pytest.mark.django_db
def test_what_an_import_asks_for_is_given_when_it_is_imported(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    imported("email,entered.sql\na@x.fr,01/01/2026\n", at=NOW, opens_clock=True)

    assert open_runs(at=NOW) == 1
    run = PlaybookRun.objects.get()
    assert run.began_at == NOW
    assert not run.tasks.filter(due_at__lt=NOW).exists()
    assert pass_limits(at=NOW) == 0


@pytest.mark.django_db
def test_a_stay_that_began_before_the_first_version_gives_nothing(rep: User) -> None:
    entered(rep, at=datetime(2020, 1, 6, 9, tzinfo=UTC))

    assert open_runs(at=NOW) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("crowd", [3, 30])
def test_a_crowd_costs_the_same_statements(rep: User, crowd: int) -> None:
    contacts = ContactFactory.create_batch(crowd, owner=rep)
    change_stage_of([Move(one.pk, SQL, NOW) for one in contacts], actor=rep, origin=Origin.PERSON)

    with CaptureQueriesContext(connection) as asked:
        assert open_runs(at=NOW) == crowd

    assert PlaybookTask.objects.count() == 3 * crowd
    assert len(asked) == 10, [query["sql"][:80] for query in asked]


@pytest.mark.django_db(transaction=True)
def test_two_workers_give_one_run_and_each_task_once(rep: User) -> None:
    with transaction.atomic():
        for _number in range(5):
            entered(rep)
    PlaybookRun.objects.all().delete()

    results = at_once(*[lambda: open_runs(at=NOW) for _worker in range(4)])

    assert not [result for result in results if isinstance(result, Exception)], results
    assert PlaybookRun.objects.count() == 5
    assert PlaybookTask.objects.count() == 15


@pytest.mark.django_db
def test_the_page_that_moves_a_contact_finds_its_tasks(
    rep: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        contact = entered(rep)

    assert contact.playbook_runs.get().tasks.count() == 3


# Leaving, and taking that back


@pytest.mark.django_db
def test_leaving_ends_what_was_to_be_done(rep: User) -> None:
    contact = entered(rep)
    open_runs(at=NOW)
    change_stage(contact, to="opportunity", actor=rep, at=later(days=1))

    assert not PlaybookTask.objects.open().exists()
    assert PlaybookTask.objects.count() == 3


@pytest.mark.django_db
def test_a_leave_taken_back_goes_on_with_the_same_tasks_and_limit(rep: User) -> None:
    contact = entered(rep)
    open_runs(at=NOW)
    run = contact.playbook_runs.get()
    settle_task(run.tasks.get(task="meeting"), how="done", actor=rep, at=NOW)
    left = moved(contact, "opportunity", rep, at=later(days=1))
    open_runs(at=later(days=1))
    undo_transition(left, actor=rep, at=later(days=1, seconds=5))

    open_runs(at=later(days=1, seconds=6))

    resumed = PlaybookRun.objects.get(stay__left_at=None)
    assert (resumed.pk, resumed.promote_by) == (run.pk, run.promote_by)
    assert [task.task for task in PlaybookTask.objects.open()] == ["need", "decide"]


@pytest.mark.django_db
def test_an_entry_taken_back_leaves_nothing_to_do(rep: User) -> None:
    contact = ContactFactory.create(owner=rep)
    change_stage(contact, to="mql", actor=rep, at=NOW)
    entry = moved(contact, SQL, rep, at=later(seconds=1))
    open_runs(at=later(seconds=1))
    undo_transition(entry, actor=rep, at=later(seconds=5))

    assert not PlaybookTask.objects.open().exists()
    assert pass_limits(at=later(days=400)) == 0


@pytest.mark.django_db
def test_a_leave_taken_back_before_any_worker_came_counts_from_the_entry(rep: User) -> None:
    contact = entered(rep)
    left = moved(contact, "opportunity", rep, at=later(days=1))
    undo_transition(left, actor=rep, at=later(days=1, seconds=5))

    assert open_runs(at=later(days=1, seconds=6)) == 1

    assert contact.playbook_runs.get().began_at == NOW


@pytest.mark.django_db
def test_whoever_is_left_alone_has_nothing_to_do_until_they_come_back(rep: User) -> None:
    contact = entered(rep)
    open_runs(at=NOW)
    set_status(contact, to="unqualified", actor=rep, at=NOW, reason="no project")

    assert not PlaybookTask.objects.open().exists()
    assert pass_limits(at=later(days=50)) == 0

    set_status(contact, to="in_progress", actor=rep, at=later(days=51))
    assert PlaybookTask.objects.open().count() == 3


@pytest.mark.django_db
def test_whoever_is_erased_has_nothing_to_do(rep: User, manager: User) -> None:
    contact = entered(rep)
    open_runs(at=NOW)
    rule = retention_rule()
    assert rule is not None
    run = ErasureRun.objects.create(
        version=rule, approved_by=manager, approved_at=NOW, total=1, finished_at=NOW
    )
    Erasure.objects.create(contact=contact, run=run, at=NOW)

    assert not PlaybookTask.objects.open().exists()
    assert pass_limits(at=later(days=50)) == 0


# Settling


@pytest.mark.django_db
def test_a_task_is_settled_once_and_taken_back_by_whoever_did(rep: User, marketer: User) -> None:
    task = _first_task(rep)

    settle_task(task, how="done", actor=rep, at=NOW)
    settle_task(task, how="done", actor=rep, at=later(seconds=1))
    with pytest.raises(TaskSettled):
        settle_task(task, how="skipped", actor=marketer, at=later(seconds=2))
    with pytest.raises(CannotUndo):
        reopen_task(task, actor=marketer, at=later(seconds=2))
    reopen_task(task, actor=rep, at=later(seconds=30))

    task.refresh_from_db()
    assert (task.how, task.settled_at, task.settled_by) == ("", None, None)


@pytest.mark.django_db
def test_after_thirty_seconds_it_stays_settled(rep: User) -> None:
    task = settle_task(_first_task(rep), how="skipped", actor=rep, at=NOW)

    with pytest.raises(CannotUndo):
        reopen_task(task, actor=rep, at=later(seconds=31))


@pytest.mark.django_db
def test_of_a_stay_that_is_over_nothing_is_settled(rep: User) -> None:
    task = _first_task(rep)
    change_stage(task.run.contact, to="opportunity", actor=rep, at=later(days=1))

    with pytest.raises(TaskSettled):
        settle_task(task, how="done", actor=rep, at=later(days=1))


@pytest.mark.django_db
def test_a_kind_is_one_of_the_version(rep: User) -> None:
    run = _first_task(rep).run

    assert choose_kind(run, kind="quote").kind == "quote"
    with pytest.raises(KindNotAgreed):
        choose_kind(run, kind="nonsense")
    assert choose_kind(run, kind="").kind == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        lambda run: PlaybookRun.objects.filter(pk=run.pk).update(kind="nonsense"),
        lambda run: PlaybookRun.objects.filter(pk=run.pk).update(version=in_force("opportunity")),
        lambda run: PlaybookRun.objects.filter(pk=run.pk).update(passed_at=NOW),
        lambda run: PlaybookTask.objects.filter(run=run).update(task="nonsense"),
        lambda run: PlaybookTask.objects.filter(run=run).update(how="done"),
        lambda run: PlaybookVersion.objects.filter(pk=run.version_id).update(promote_days=1),
        lambda run: PlaybookTask.objects.create(run=run, task="need", position=9, due_at=NOW),
        lambda run: PlaybookRun.objects.create(
            stay=run.stay, contact=run.contact, version=run.version, began_at=NOW
        ),
    ],
)
def test_the_database_refuses_what_was_not_agreed(rep: User, wrong: Callable[[PlaybookRun], object]) -> None:
    run = _first_task(rep).run

    with pytest.raises(DatabaseError), transaction.atomic():
        wrong(run)


# The limit


@pytest.mark.django_db
def test_the_limit_tells_owner_and_managers_once(rep: User, manager: User) -> None:
    contact = entered(rep)
    open_runs(at=NOW)
    Notification.objects.all().delete()

    assert pass_limits(at=later(days=44)) == 0
    assert pass_limits(at=later(days=46)) == 1
    assert pass_limits(at=later(days=47)) == 0

    told = Notification.objects.filter(kind="limit_passed")
    assert {one.user for one in told} == {rep, manager}
    assert contact.playbook_runs.get().outcome == PlaybookRun.Outcome.TOLD


@pytest.mark.django_db
def test_a_status_that_came_to_ask_for_a_day_holds_up_no_other_limit(
    rep: User, signers: tuple[User, User]
) -> None:
    signed(signers, **LOST)
    contact, other = entered(rep, at=later(seconds=1)), entered(rep, at=NOW, stage="opportunity")
    open_runs(at=later(seconds=2))
    Status.objects.filter(pk="lost").update(needs_date=True)

    pass_limits(at=later(days=400))

    assert contact.playbook_runs.get().outcome == PlaybookRun.Outcome.ASKED
    assert other.playbook_runs.get().outcome == PlaybookRun.Outcome.TOLD
    contact.refresh_from_db()
    assert contact.status_id != "lost"


@pytest.mark.django_db
def test_the_limit_sets_the_status_that_is_agreed_through_its_door(
    rep: User, signers: tuple[User, User]
) -> None:
    signed(signers, **LOST)
    contact = entered(rep, at=later(seconds=1))
    open_runs(at=later(seconds=1))

    pass_limits(at=later(days=31))

    contact.refresh_from_db()
    row = Transition.objects.get(contact=contact, kind="status")
    assert contact.status_id == "lost"
    assert (row.origin, row.actor) == (Origin.RULE, None)
    assert row.reason == "Playbook SQL, v2"
    assert contact.playbook_runs.get().outcome == PlaybookRun.Outcome.STATUS


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "the status has come to ask for a reason or a day that nobody gave"),
        ("fr", "le statut demande désormais un motif ou une date que personne n’a donnés"),
    ],
)
def test_the_page_says_that_the_status_came_to_ask(
    rep: User, as_rep: Client, signers: tuple[User, User], language: str, said: str
) -> None:
    signed(signers, **LOST)
    contact = entered(rep, at=later(seconds=1))
    open_runs(at=later(seconds=2))
    Status.objects.filter(pk="lost").update(needs_date=True)
    pass_limits(at=later(days=31))

    as_rep.post("/settings/preferences/", {"language": language})
    for address in (contact.get_absolute_url(), "/playbooks/sql/contacts/?who=past"):
        assert said in as_rep.get(address).content.decode(), address


@pytest.mark.django_db
def test_whoever_has_the_status_already_was_kept_from_it_by_no_rule(
    rep: User, signers: tuple[User, User]
) -> None:
    signed(signers, **LOST)
    contact = entered(rep, at=later(seconds=1))
    open_runs(at=later(seconds=1))
    Status.objects.filter(pk="lost").update(is_open=True)
    set_status(contact, to="lost", actor=rep, at=later(days=1), reason="no need")

    pass_limits(at=later(days=31))

    assert contact.playbook_runs.get().outcome == PlaybookRun.Outcome.STATUS


@pytest.mark.django_db
def test_a_status_with_a_day_comes_back_on_it(rep: User, signers: tuple[User, User]) -> None:
    signed(signers, **LOST | {"fallback_status_id": "bad_timing", "fallback_days": 90})
    contact = entered(rep, at=later(seconds=1))
    open_runs(at=later(seconds=1))

    pass_limits(at=later(days=31))

    contact.refresh_from_db()
    assert contact.recontact_on == later(days=121).date()


@pytest.mark.django_db
def test_what_the_rulebook_blocks_stays_as_it_is(rep: User, signers: tuple[User, User]) -> None:
    signed(signers, **LOST)
    contact = entered(rep, at=later(seconds=1))
    before = contact.status_id
    open_runs(at=later(seconds=1))
    _block_status("lost")

    pass_limits(at=later(days=31))

    contact.refresh_from_db()
    assert contact.status_id == before
    assert contact.playbook_runs.get().outcome == PlaybookRun.Outcome.HELD


@pytest.mark.django_db
def test_who_moved_on_in_time_meets_nothing(rep: User) -> None:
    contact = entered(rep)
    open_runs(at=NOW)
    change_stage(contact, to="opportunity", actor=rep, at=later(days=40))

    assert pass_limits(at=later(days=50)) == 0
    assert not Notification.objects.filter(kind="limit_passed").exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_pass_a_limit_once(rep: User, manager: User) -> None:
    contact = entered(rep)
    open_runs(at=NOW)

    results = at_once(*[lambda: pass_limits(at=later(days=46)) for _worker in range(4)])

    assert not [result for result in results if isinstance(result, Exception)], results
    assert Notification.objects.filter(kind="limit_passed", user=rep).count() == 1
    assert contact.playbook_runs.get().passed_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_move_on_at_the_moment_of_the_sweep_is_passed_or_moved_never_both(rep: User) -> None:
    """Whoever comes first holds the contact; the other looks again."""
    contact = entered(rep)
    open_runs(at=NOW)
    at = later(days=46)

    results = at_once(
        lambda: pass_limits(at=at),
        lambda: change_stage(Contact.objects.get(pk=contact.pk), to="opportunity", actor=rep, at=at),
    )

    assert not [result for result in results if isinstance(result, Exception)], results
    run = contact.playbook_runs.get(stay__stage=SQL)
    assert StageInterval.objects.get(contact=contact, left_at=None).stage_id == "opportunity"
    told = Notification.objects.filter(kind="limit_passed", key=f"limit_passed:{run.pk}").exists()
    assert told == (run.passed_at is not None)


@pytest.mark.django_db
@pytest.mark.parametrize("crowd", [3, 30])
def test_limits_of_a_crowd_cost_the_same_statements(
    rep: User, signers: tuple[User, User], crowd: int
) -> None:
    signed(signers, **LOST)
    contacts = ContactFactory.create_batch(crowd, owner=rep)
    at = later(seconds=1)
    change_stage_of([Move(one.pk, SQL, at) for one in contacts], actor=rep, origin=Origin.PERSON)
    open_runs(at=at)

    with CaptureQueriesContext(connection) as asked:
        assert pass_limits(at=later(days=31)) == crowd

    assert len(asked) <= 28, len(asked)


# When a task is due

HOURS = weekly("Europe/Paris", ["09:00-12:00", "14:00-18:00"])


@pytest.mark.parametrize(
    ("within", "unit", "due"),
    [
        (2, Unit.HOURS, "2026-11-30T09:00"),  # Friday at 17: one hour, then Monday from 9
        (1, Unit.DAYS, "2026-11-30T17:00"),
        (5, Unit.DAYS, "2026-12-04T17:00"),
    ],
)
def test_time_is_working_time(within: int, unit: str, due: str) -> None:
    friday = datetime(2026, 11, 27, 16, tzinfo=UTC)

    assert due_at(HOURS, friday, within, unit) == datetime.fromisoformat(f"{due}+00:00")


def test_without_hours_time_is_time() -> None:
    friday = datetime(2026, 11, 27, 16, tzinfo=UTC)

    assert due_at(None, friday, 2, Unit.DAYS) == datetime(2026, 11, 29, 16, tzinfo=UTC)


def test_hours_that_end_at_midnight_end_the_day() -> None:
    hours = weekly("UTC", ["00:00-24:00"], days=range(7))

    assert due_at(hours, datetime(2026, 11, 27, 16, tzinfo=UTC), 1, Unit.DAYS) == datetime(
        2026, 11, 29, tzinfo=UTC
    )


def _first_task(rep: User) -> PlaybookTask:
    contact = entered(rep)
    open_runs(at=NOW)
    task = PlaybookTask.objects.select_related("run__contact").filter(run__contact=contact).first()
    assert task is not None
    return task


def _block_status(status: str) -> None:
    """A rule of the company's own that these contacts do not keep."""
    knows_the_job = {"all": [{"fact": "job_title", "op": "known"}]}
    RuleVersionFactory.create(event="status", target=status, mode="block", criteria=knows_the_job)
