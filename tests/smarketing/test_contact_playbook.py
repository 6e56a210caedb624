"""On the contact page: the tasks of the stage, ticked with one click, its kind, and until when the contact moves on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.models import Contact, PlaybookRun, PlaybookTask
from sla.actions.playbooks import open_runs, pass_limits
from tests.factories.leads import ContactFactory, PlaybookTaskFactory
from tests.smarketing.contact import page_of, queries_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(rep: User) -> Contact:
    """An SQL of the rep since this moment."""
    found: Contact = ContactFactory.create(first_name="Amélie", last_name="Rousseau", owner=rep)
    at = timezone.now()
    change_stage(found, to="sql", actor=rep, at=at)
    open_runs(at=at)
    return found


def card_of(page: str) -> str:
    found = re.search(r'<section class="sm-card" id="next".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def task_of(contact: Contact, key: str = "meeting") -> PlaybookTask:
    return PlaybookTask.objects.get(run__contact=contact, task=key)


def test_the_next_step_lists_the_tasks_in_order_with_the_limit(as_rep: Client, contact: Contact) -> None:
    card = card_of(page_of(as_rep, contact))

    assert card.index("Agree on a date") < card.index("Ask about the need") < card.index("Open a deal, or")
    assert 'to be <a class="sm-explained" href="/terms/opportunity/" data-define>Opportunity</a> by' in card
    assert "Nobody waits for anything here." not in card


def test_a_click_settles_a_task_and_the_timeline_tells_it(
    as_rep: Client, contact: Contact, rep: User
) -> None:
    task = task_of(contact)
    answer = as_rep.post(f"/contacts/{contact.pk}/task/{task.pk}/", {"how": "done"}, follow=True)
    page = text_of(answer)

    task.refresh_from_db()
    assert (task.how, task.settled_by) == ("done", rep)
    assert "1 task settled" in card_of(page)
    assert "<b>Task done</b> “Agree on a date for a first meeting.”, v1" in page
    assert f"/contacts/{contact.pk}/task/{task.pk}/undo/" in page


def test_it_is_taken_back_within_thirty_seconds(as_rep: Client, contact: Contact) -> None:
    task = task_of(contact)
    as_rep.post(f"/contacts/{contact.pk}/task/{task.pk}/", {"how": "skipped"})
    page = text_of(as_rep.post(f"/contacts/{contact.pk}/task/{task.pk}/undo/", follow=True))

    assert "Taken back." in page
    assert "settled" not in card_of(page)


def test_what_somebody_else_settled_is_said(as_rep: Client, contact: Contact, manager: User) -> None:
    task = task_of(contact)
    PlaybookTask.objects.filter(pk=task.pk).update(how="done", settled_by=manager, settled_at=timezone.now())
    answer = as_rep.post(f"/contacts/{contact.pk}/task/{task.pk}/", {"how": "skipped"})

    assert answer.status_code == 422
    assert "This task is settled" in answer.content.decode()


def test_the_kind_is_chosen_with_one_click(as_rep: Client, contact: Contact) -> None:
    run = contact.playbook_runs.get()
    page = text_of(as_rep.post(f"/contacts/{contact.pk}/kind/{run.pk}/", {"kind": "quote"}, follow=True))

    assert "Kind of Amélie Rousseau: Quote asked for." in page
    assert PlaybookRun.objects.get(pk=run.pk).kind == "quote"
    answer = as_rep.post(f"/contacts/{contact.pk}/kind/{run.pk}/", {"kind": "nonsense"})
    assert answer.status_code == 422


def test_a_limit_that_passed_is_said_beside_the_tasks_and_in_the_timeline(
    as_rep: Client, contact: Contact
) -> None:
    PlaybookRun.objects.update(promote_by=timezone.now() - timedelta(minutes=5))
    pass_limits(at=timezone.now())
    page = page_of(as_rep, contact)

    assert "was to move on by" in card_of(page)
    assert "<b>Was to move on by" in page
    assert "its people were told" in page


def test_whoever_is_left_alone_has_no_task_on_the_page(as_rep: Client, contact: Contact, rep: User) -> None:
    set_status(contact, to="lost", actor=rep, at=timezone.now(), reason="no project")

    assert "Agree on a date" not in card_of(page_of(as_rep, contact))


def test_it_costs_no_query_more(as_rep: Client, rep: User) -> None:
    bare, full = (
        ContactFactory.create(owner=rep, stage_id="sql"),
        ContactFactory.create(owner=rep, stage_id="sql"),
    )
    PlaybookTaskFactory.create(run__contact=full)

    assert queries_of(as_rep, full) == queries_of(as_rep, bare)


# The list of tasks


def test_a_rep_has_the_tasks_of_their_own_contacts_the_most_urgent_first(
    as_rep: Client, contact: Contact, other_rep: User
) -> None:
    PlaybookTaskFactory.create(run__contact__owner=other_rep, run__contact__last_name="Elsewhere")
    page = as_rep.get("/queue/tasks/").content.decode()

    assert page.index("Agree on a date") < page.index("Ask about the need")
    assert "Elsewhere" not in page
    assert re.search(r'href="/queue/tasks/" aria-current="true">Tasks <b class="sm-num">0</b>', page)


def test_the_queue_counts_only_what_is_due_by_tonight(as_rep: Client, contact: Contact) -> None:
    PlaybookTask.objects.filter(task="meeting").update(due_at=timezone.now() - timedelta(days=1))
    page = as_rep.get("/queue/").content.decode()

    assert re.search(r'href="/queue/tasks/">Tasks <b class="sm-num">1</b>', page)


def test_a_task_is_ticked_and_taken_back_in_the_list(as_rep: Client, contact: Contact) -> None:
    task = task_of(contact)
    page = as_rep.post(f"/queue/tasks/{task.pk}/", {"how": "done"}, follow=True).content.decode()
    assert "Done for Amélie Rousseau." in page
    assert "Agree on a date" not in page

    page = as_rep.post(f"/queue/tasks/{task.pk}/undo/", follow=True).content.decode()
    assert "Agree on a date" in page
    assert as_rep.post(f"/queue/tasks/{task.pk}/", {"how": "nonsense"}).status_code == 400
