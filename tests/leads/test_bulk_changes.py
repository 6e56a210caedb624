"""An owner or a status for more contacts than a person waits for: a worker does it in steps, a page tells how far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification, User
from leads.actions import bulk
from leads.actions.bulk import Wanted, ask_to_stop, begin_change, change_step
from leads.actions.ledger import By, Move, move_stage
from leads.actions.owners import assign_owner_of
from leads.errors import DayIsPast, OwnerIsGone, RuleAsks, RuleForbids, StatusNeedsReason
from leads.models import BulkChange, Contact, Origin, RuleException, StageInterval, Transition
from leads.policies import overriding
from leads.tasks import change_many, resume_changes
from leads.views import bulk as pages
from lifecycle.models import RuleEvent, RuleMode, Status
from tests.factories.leads import BulkChangeFactory, ContactFactory
from tests.factories.lifecycle import RuleVersionFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def people() -> list[int]:
    """Five, in the order of their numbers."""
    return sorted(contact.pk for contact in ContactFactory.create_batch(5, status_id="new"))


@pytest.fixture
def in_steps_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound, not a part: five contacts take three transactions."""
    monkeypatch.setattr(bulk, "STEP", 2)
    monkeypatch.setattr(bulk, "AT_ONCE", 2)


def told(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def owners() -> list[int | None]:
    return list(Contact.objects.order_by("pk").values_list("owner", flat=True))


def rule(mode: RuleMode) -> None:
    """Who is being worked on has a city."""
    RuleVersionFactory.create(
        mode=mode,
        event=RuleEvent.STATUS,
        target="in_progress",
        criteria={"all": [{"fact": "city", "op": "known"}]},
    )


# From the list


@pytest.mark.usefixtures("in_steps_of_two")
def test_what_takes_longer_is_handed_to_a_worker_and_shows_how_far_it_is(
    as_manager: Client, manager: User, rep: User, people: list[int]
) -> None:
    sent = {"change": "owner", "owner": rep.pk, "everything": "on", "query": "", "reason": "Fair"}
    answer = as_manager.post("/contacts/bulk/", sent)
    run = BulkChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, run.get_absolute_url())
    assert (run.asked_by, run.contact_ids, run.owner) == (manager, people, rep)
    assert owners() == [None] * 5
    page = as_manager.get(run.get_absolute_url()).content.decode()
    assert 'value="0"' in page
    assert "data-poll" in page

    assert change_step(run.pk, at=NOW)
    assert owners() == [rep.pk] * 2 + [None] * 3
    part = as_manager.get(run.get_absolute_url(), headers=HTMX).content.decode()
    assert 'max="5" value="2"' in part
    assert "<html" not in part

    change_many(run.pk)
    assert owners() == [rep.pk] * 5
    ledger = Transition.objects.values_list("to_value", "actor", "origin", "reason")
    assert set(ledger) == {(str(rep.pk), manager.pk, Origin.PERSON, "Fair")}
    assert Transition.objects.count() == 5
    part = as_manager.get(run.get_absolute_url(), headers=HTMX).content.decode()
    assert "data-poll" not in part
    assert "of 5 contacts changed" in part


@pytest.mark.usefixtures("in_steps_of_two", "people")
def test_the_question_and_the_page_of_a_change_open_the_definition_of_the_status(
    as_manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "UNASKED", 4)
    sent = {"change": "status", "status": "in_progress", "everything": "on", "query": ""}
    opens = '<a class="sm-explained" href="/terms/status-in-progress/" data-define>In progress</a>'

    asked = as_manager.post("/contacts/bulk/", sent).content.decode()
    assert f"Set the status “{opens}” for 5 contacts?" in asked
    as_manager.post("/contacts/bulk/", {**sent, "read": "5"})
    assert (
        f"Set the status “{opens}”"
        in as_manager.get(BulkChange.objects.get().get_absolute_url()).content.decode()
    )


@pytest.mark.usefixtures("in_steps_of_two")
def test_who_asked_is_told_once_when_it_is_done(manager: User, rep: User, people: list[int]) -> None:
    run = begin_change(people, Wanted(rep), actor=manager, at=NOW)
    assign_owner_of(people[:1], to=rep, actor=manager, at=NOW)
    change_many(run.pk)
    change_many(run.pk)
    news = Notification.objects.get(kind="bulk_change")
    assert (news.user, news.url) == (manager, run.get_absolute_url())
    run.refresh_from_db()
    assert (run.changed_count, run.place, run.contact_ids) == (4, 5, [])
    assert Transition.objects.count() == 5


@pytest.mark.usefixtures("in_steps_of_two")
def test_a_crowd_is_asked_about_by_its_number_and_asked_again_when_it_has_changed(
    as_manager: Client, rep: User, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "UNASKED", 4)
    sent = {"change": "owner", "owner": rep.pk, "everything": "on", "query": "status=new", "reason": "Fair"}
    asks = as_manager.post("/contacts/bulk/", sent).content.decode()
    assert f"Give 5 contacts to {rep}?" in asks
    assert not BulkChange.objects.exists()
    for name, value in sent.items():
        assert f'name="{name}" value="{value}"' in asks
    more = ContactFactory.create(status_id="new")
    assert "Give 6 contacts to" in as_manager.post("/contacts/bulk/", {**sent, "read": "5"}).content.decode()
    answer = as_manager.post("/contacts/bulk/", {**sent, "read": "6"})
    assert answer.status_code == 303
    assert BulkChange.objects.get().contact_ids == [*people, more.pk]


def test_more_than_may_be_changed_is_refused_not_cut(
    as_manager: Client, rep: User, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST", 4)
    sent = {"change": "owner", "owner": rep.pk, "everything": "on", "query": "", "reason": ""}
    answer = as_manager.post("/contacts/bulk/", sent)
    assert told(answer) == [
        "More than 4 contacts match. Narrow the filters: that many are changed at most at once."
    ]
    assert owners() == [None] * len(people)
    assert not BulkChange.objects.exists()


# What speaks against it


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"status": "unqualified"}, StatusNeedsReason),
        ({"status": "bad_timing", "reason": "Later", "recontact_on": NOW.date() - timedelta(3)}, DayIsPast),
    ],
)
def test_what_one_would_be_refused_is_refused_before_a_worker_has_it(
    manager: User, people: list[int], wanted: dict[str, Any], refusal: type[Exception]
) -> None:
    asked = Wanted(**wanted | {"status": Status.objects.get(pk=wanted["status"])})
    with pytest.raises(refusal):
        begin_change(people, asked, actor=manager, at=NOW)
    assert not BulkChange.objects.exists()


def test_a_rule_blocks_all_of_them_and_warns_once_for_all(manager: User, people: list[int]) -> None:
    asked = Wanted(status=Status.objects.get(pk="in_progress"))
    rule(RuleMode.WARN)
    with pytest.raises(RuleAsks):
        begin_change(people, asked, actor=manager, at=NOW)
    with overriding("A trial"):
        run = begin_change(people, asked, actor=manager, at=NOW, rule_reason="A trial")
    assert not RuleException.objects.exists()

    change_many(run.pk)
    assert set(Contact.objects.values_list("status", flat=True)) == {"in_progress"}
    assert set(RuleException.objects.values_list("contact", "reason")) == {(pk, "A trial") for pk in people}
    rule(RuleMode.BLOCK)
    Contact.objects.update(status="new")
    with pytest.raises(RuleForbids), overriding("A trial"):
        begin_change(people, asked, actor=manager, at=NOW)


@pytest.mark.usefixtures("in_steps_of_two")
def test_a_rule_that_comes_into_force_meanwhile_ends_it_there_and_the_page_says_so(
    as_manager: Client, manager: User, people: list[int]
) -> None:
    run = begin_change(people, Wanted(status=Status.objects.get(pk="in_progress")), actor=manager, at=NOW)
    change_step(run.pk, at=NOW)
    rule(RuleMode.BLOCK)
    assert not change_step(run.pk, at=NOW)
    statuses = Contact.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["in_progress"] * 2 + ["new"] * 3
    run.refresh_from_db()
    assert (run.place, run.changed_count, run.finished_at) == (2, 2, NOW)
    page = as_manager.get(run.get_absolute_url()).content.decode()
    assert "It could not go on." in page
    assert "3 contacts were not reached." in page


def test_the_worker_takes_today_from_who_asked(manager: User, people: list[int]) -> None:
    """In the evening of Honolulu it is the next day in UTC, and today is still to come."""
    evening = datetime(2026, 3, 2, 20, tzinfo=ZoneInfo("Pacific/Honolulu"))
    User.objects.filter(pk=manager.pk).update(time_zone="Pacific/Honolulu")
    later = Wanted(status=Status.objects.get(pk="bad_timing"), reason="Budget", recontact_on=evening.date())
    run = begin_change(people, later, actor=manager, at=evening)
    change_step(run.pk, at=evening.astimezone(UTC))
    run.refresh_from_db()
    assert (run.changed_count, run.halted) == (5, "")


def test_nobody_gets_what_an_owner_who_left_would_get(manager: User, rep: User, people: list[int]) -> None:
    User.objects.filter(pk=rep.pk).update(is_active=False)
    rep.refresh_from_db()
    with pytest.raises(OwnerIsGone):
        begin_change(people, Wanted(rep), actor=manager, at=NOW)


# Stopped, lost, twice


@pytest.mark.usefixtures("in_steps_of_two")
def test_it_stops_when_asked_and_what_is_done_stays(
    as_manager: Client, manager: User, rep: User, people: list[int]
) -> None:
    run = begin_change(people, Wanted(rep), actor=manager, at=NOW)
    change_step(run.pk, at=NOW)
    as_manager.post(f"{run.get_absolute_url()}stop/")
    change_many(run.pk)
    assert owners() == [rep.pk] * 2 + [None] * 3
    assert "3 contacts were not reached." in as_manager.get(run.get_absolute_url()).content.decode()
    ask_to_stop(run)
    assert not BulkChange.objects.unfinished().exists()


@pytest.mark.usefixtures("in_steps_of_two")
def test_a_worker_that_died_is_made_good_by_the_next_sweep(
    manager: User, rep: User, people: list[int]
) -> None:
    run = begin_change(people, Wanted(rep), actor=manager, at=NOW)
    change_step(run.pk, at=NOW)
    assert resume_changes() == 1  # eager: the ring is the work
    assert owners() == [rep.pk] * 5
    assert Transition.objects.count() == 5
    assert resume_changes() == 0


def test_a_change_says_either_an_owner_or_a_status(manager: User) -> None:
    with pytest.raises(IntegrityError, match="bulk_change_says_what"):
        BulkChangeFactory.create(change="owner", status_id="new")


# At the size of a crowd


@pytest.mark.parametrize("count", [3, 30])
def test_a_step_costs_the_same_statements_whatever_its_size(manager: User, rep: User, count: int) -> None:
    ids = [contact.pk for contact in ContactFactory.create_batch(count)]
    run = begin_change(ids, Wanted(rep), actor=manager, at=NOW)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        change_step(run.pk, at=NOW)
    assert len(asked) <= 22, [query["sql"][:90] for query in asked]


def test_values_of_a_crowd_are_written_by_a_join_not_a_subquery_for_each(people: list[int]) -> None:
    """A subquery for each contact searched the whole batch: 10,000 took two minutes."""
    moves = [Move(pk, "mql", NOW) for pk in people]
    contacts = {contact.pk: contact for contact in Contact.objects.all()}
    with CaptureQueriesContext(connection) as asked:
        move_stage(moves, contacts, by=By(Origin.RULE))
    updates = [query["sql"] for query in asked if query["sql"].lstrip().startswith("UPDATE")]
    assert len(updates) == 2
    with connection.cursor() as cursor:
        for update in updates:
            cursor.execute(f"EXPLAIN {update}")
            assert "SubPlan" not in "\n".join(line for (line,) in cursor.fetchall())
    assert StageInterval.objects.filter(stage="mql", left_at=None, contact__in=people).count() == len(people)
