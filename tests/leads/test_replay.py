"""A definition tried on the past, as known then: whom it would have let in, and what became of those who differ."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from agreements.models import Agreement, State
from leads.actions.contacts import update_contact
from leads.actions.ledger import Move
from leads.actions.transitions import change_stage_of
from leads.models import Contact, FieldChange, Origin, Replay, ReplayedContact
from leads.replay.presenting import shown
from leads.replay.running import request_replay, run_step
from lifecycle.models import StageDefinition
from tests.factories.leads import ContactFactory, DealFactory, ReplayFactory, TouchpointFactory
from tests.factories.lifecycle import StageDefinitionFactory
from tests.factories.moments import NOW, ago

pytestmark = pytest.mark.django_db

HEAD = {"fact": "job_title", "op": "contains", "value": "head"}
TWO_VISITS = {"touch": "page_view", "op": "at_least", "count": 2, "within_days": 10}


def person(**values: Any) -> Contact:
    contact: Contact = ContactFactory.create(created_at=ago(days=80), **values)
    return contact


def visit(contact: Contact, *days: int, recorded: int | None = None) -> None:
    for number in days:
        TouchpointFactory.create(
            contact=contact,
            kind="page_view",
            occurred_at=ago(days=number),
            recorded_at=ago(days=number if recorded is None else recorded),
        )


def entered(contact: Contact, days: int, *, origin: str = Origin.RULE) -> None:
    change_stage_of([Move(contact.pk, "mql", ago(days=days))], actor=None, origin=Origin(origin))


def tried(criteria: dict[str, Any], *, days: int = 60) -> Replay:
    Agreement.objects.filter(state=State.DRAFT).update(
        state=State.WITHDRAWN, close_reason="another", closed_at=NOW
    )
    number = Agreement.objects.filter(subject="stage:mql").count() + 1
    draft: StageDefinition = StageDefinitionFactory.create(criteria=criteria, agreement__number=number)
    replay = request_replay(draft, starts_at=ago(days=days), ends_at=NOW, actor=None, at=NOW)
    while run_step(replay.pk, at=NOW):
        pass
    replay.refresh_from_db()
    return replay


def would(replay: Replay) -> list[tuple[int, int]]:
    """Contact and days before NOW."""
    rows = replay.entries.filter(would_at__isnull=False).order_by("contact_id", "would_at")
    return [(row.contact_id, (NOW - row.would_at).days) for row in rows if row.would_at]


def test_the_first_moment_at_which_it_would_have_held_counts() -> None:
    contact = person()
    visit(contact, 50, 30, 22, 20)
    assert would(tried(TWO_VISITS)) == [(contact.pk, 22)]


def test_a_fact_counts_as_it_was_known_then() -> None:
    promoted, demoted = person(job_title="Buyer"), person(job_title="Head of sales")
    update_contact(promoted, changes={"job_title": "Head of buying"}, version=1, at=ago(days=12))
    update_contact(demoted, changes={"job_title": "Student"}, version=1, at=ago(days=40))
    assert would(tried(HEAD)) == [(promoted.pk, 12), (demoted.pk, 60)]


def test_what_was_recorded_later_was_not_known_before() -> None:
    contact = person()
    visit(contact, 50, 48, recorded=5)
    assert would(tried(TWO_VISITS)) == []
    visit(contact, 4)
    assert would(tried(TWO_VISITS | {"within_days": 60}, days=61)) == [(contact.pk, 5)]


def test_a_contact_imported_with_a_day_of_the_past_is_known_since_the_import() -> None:
    contact = person(job_title="Head of sales")
    FieldChange.objects.create(
        entity="contact", subject_id=contact.pk, field="created_at", known_at=ago(days=3), origin="import"
    )
    assert would(tried(HEAD)) == [(contact.pk, 3)]


def test_those_who_differ_are_told_apart_with_what_became_of_them() -> None:
    added, dropped, both, by_hand = person(), person(), person(), person()
    visit(added, 21, 20)
    visit(both, 31, 30)
    for contact in (dropped, both):
        entered(contact, 30)
    entered(by_hand, 25, origin=Origin.API)
    DealFactory.create(
        contact=dropped, won=True, opened_at=ago(days=20), closed_at=ago(days=10), amount_cents=90_000
    )

    found = shown(tried(TWO_VISITS))

    assert (found.adds, found.drops, found.both, found.by_hand) == (1, 1, 1, 1)
    assert (found.would, found.did) == (2, 2)
    assert found.won_by_drops_cents == 90_000
    assert [(row.outcome, row.adds, row.drops, row.both) for row in found.became] == [
        ("won", 0, 1, 0),
        ("open", 1, 0, 1),
    ]


def test_who_was_moved_on_by_hand_could_not_be_let_in_any_more(marketer: User) -> None:
    contact = person()
    change_stage_of([Move(contact.pk, "sql", ago(days=30))], actor=marketer, origin=Origin.PERSON)
    visit(contact, 21, 20)
    assert would(tried(TWO_VISITS)) == []


def test_asking_twice_gives_the_one_that_runs() -> None:
    draft = StageDefinitionFactory.create(criteria=HEAD)
    first, second = (
        request_replay(draft, starts_at=ago(days=60), ends_at=NOW, actor=None, at=NOW) for _ in range(2)
    )
    assert first == second


def test_a_step_lost_half_way_is_done_again_and_a_replay_ends_once() -> None:
    person(job_title="Head of sales")
    replay = tried(HEAD)
    assert not run_step(replay.pk, at=NOW)
    assert ReplayedContact.objects.count() == 1


# The page


def test_the_page_asks_shows_months_and_opens_the_contacts(as_marketer: Client) -> None:
    contact = person(job_title="Head of sales", last_name="Rousseau")
    tried(HEAD, days=30)
    page = as_marketer.get("/definitions/mql/replay/").content.decode()
    assert "At once, when it began" in page
    link = page[page.index("/definitions/mql/replay/", page.index("?kind=adds") - 60) :].partition('"')[0]
    behind = as_marketer.get(link.replace("&amp;", "&")).content.decode()
    assert contact.name in behind


def test_a_post_starts_one_and_the_page_polls(as_marketer: Client) -> None:
    answer = as_marketer.post("/definitions/mql/replay/", {"months": "3"})
    assert answer.status_code == 303
    replay = Replay.objects.get()
    assert replay.state == Replay.State.RUNNING
    page = as_marketer.get("/definitions/mql/replay/").content.decode()
    assert 'hx-trigger="every 2s"' in page


def test_the_page_says_when_the_draft_moved_on(as_rep: Client) -> None:
    ReplayFactory.create(criteria={"all": []})
    assert "The draft changed since." in as_rep.get("/definitions/mql/replay/").content.decode()


def test_a_month_that_is_none_is_not_found(as_rep: Client) -> None:
    replay = ReplayFactory.create()
    url = f"/definitions/mql/replay/{replay.pk}/contacts/"
    assert as_rep.get(url, {"month": "2026-99"}).status_code == 404
    assert as_rep.get(url, {"month": "2026-11", "kind": "would"}).status_code == 200
