"""The contact page: what everybody reads, what is done on it, what is refused, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import escape, unescape
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from leads.actions.transitions import change_stage
from leads.evaluation import evaluate_stages
from leads.facts import contact_catalogue
from leads.models import Answer, Contact, Touchpoint
from leads.scoring.statement import rescore
from lifecycle.criteria.nodes import show_path, walk
from lifecycle.criteria.parse import parse
from sla.actions.handing_over import hand_over
from sla.models import Breach, Clock, Handoff
from sla.views.queue import lists_of
from smarketing.contact_page.timeline import PROMISE, Event, Filters, timeline
from smarketing.contact_page.why import left_of, remembered_catalogue
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import (
    AnswerFactory,
    CompanyFactory,
    ContactFactory,
    ContactScoreFactory,
    DealFactory,
    TouchpointFactory,
    TransitionFactory,
)
from tests.factories.lifecycle import FieldFactory
from tests.fingerprint import fingerprint

pytestmark = pytest.mark.django_db

A = {"fact": "email", "op": "known"}
B = {"fact": "score.fit", "op": "gte", "value": 60}
C = {"touch": "demo_request", "op": "at_least", "count": 1}

Browsers = Callable[[User], Client]


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def page_of(client: Client, contact: Contact, query: str = "") -> str:
    response = client.get(f"/contacts/{contact.pk}/{query}")
    assert response.status_code == 200
    return text_of(response)


def a_lead(rep: User | None = None, **fields: Any) -> Contact:
    """An MQL of this minute, handed over to the rep."""
    contact = ContactFactory.create(
        first_name="Amélie",
        last_name="Rousseau",
        stage_id="mql",
        stage_since=timezone.now() - timedelta(minutes=5),
        owner=rep,
        **fields,
    )
    hand_over(at=timezone.now())
    Handoff.objects.filter(contact=contact).update(
        rep=rep, state="assigned" if rep else "waiting", assigned_at=timezone.now() if rep else None
    )
    return contact


def because(page: str) -> str:
    """The sentence under "MQL since …, because"."""
    return page.partition('<p class="sm-sentence">')[2].partition("</p>")[0]


# Reading


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER, Role.MANAGER, Role.ADMIN])
def test_everybody_who_sees_the_contact_reads_its_page(role: Role, signed_in: Browsers) -> None:
    reader = UserFactory.create(role=role)
    contact = ContactFactory.create(first_name="Amélie", last_name="Rousseau", job_title="Plant director")
    page = page_of(signed_in(reader), contact)

    assert "<h1>Amélie Rousseau</h1>" in page
    assert "Plant director" in page
    assert "Everything that happened" in page
    assert ("Open a deal" in page) == (role != Role.MARKETER)


def test_the_contact_of_another_team_is_not_there(as_rep: Client) -> None:
    other = UserFactory.create(team=TeamFactory.create(name="Elsewhere"))
    contact = ContactFactory.create(owner=other)
    before = fingerprint()

    assert as_rep.get(f"/contacts/{contact.pk}/").status_code == 404
    for action in (
        "log",
        "status",
        "stage",
        "owner",
        "consent",
        "answer",
        "accept",
        "reject",
        "recycle",
        "edit",
    ):
        assert as_rep.post(f"/contacts/{contact.pk}/{action}/").status_code == 404
    assert fingerprint() == before


def test_the_page_speaks_french(as_rep: Client, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(language="fr")
    page = page_of(as_rep, a_lead(rep))

    assert "Tout ce qui s’est passé" in page
    assert "Réponses connues" in page
    assert "Accepter" in page


def test_the_list_it_was_opened_from_is_one_step_back(as_rep: Client, as_manager: Client) -> None:
    contact = ContactFactory.create()

    assert 'href="/queue/">My queue</a>' in page_of(as_rep, contact, "?from=queue")
    assert 'href="/queue/">Team’s queue</a>' in page_of(as_manager, contact, "?from=queue")
    assert 'href="/contacts/">Contacts</a>' in page_of(as_rep, contact, "?from=elsewhere")
    opened = page_of(as_rep, contact, "?from=contacts&list=stage%3Dlead%26q%3Dam&n=2&of=~12400")
    assert 'href="/contacts/?stage=lead&amp;q=am">Contacts</a>' in opened
    assert "2 of about 12,400" in opened
    assert "3 of" not in page_of(as_rep, contact, "?from=contacts&n=3&of=2")  # a number nobody wrote


def hrefs(page: str) -> list[str]:
    """The contacts that a list leads to, in its order."""
    return [unescape(found) for found in re.findall(r'href="(/contacts/\d+/\?[^"]*)"', page)]


@pytest.mark.parametrize("order", ["newest", "hottest"])
def test_one_walks_through_a_list_without_going_back_to_it(as_manager: Client, order: str) -> None:
    for number in range(5):
        contact = ContactFactory.create(city="Nantes", stage_id="lead")
        ContactScoreFactory.create(contact=contact, engagement=number // 2 * 10, fit=50)
    ContactFactory.create(stage_id="mql")
    listed = hrefs(text_of(as_manager.get(f"/contacts/?stage=lead&order={order}")))
    assert len(listed) == 5
    walked = [listed[0]]
    for _step in range(4):
        path, _mark, query = walked[-1].partition("?")
        answer = as_manager.get(f"{path}next/?{query}")
        assert answer.status_code == 302
        walked.append(answer["Location"])

    assert [QueryDict(url.partition("?")[2])["n"] for url in walked] == ["1", "2", "3", "4", "5"]
    assert [url.partition("?")[0] for url in walked] == [url.partition("?")[0] for url in listed]
    path, _mark, query = walked[-1].partition("?")
    assert as_manager.get(f"{path}next/?{query}")["Location"].startswith(path)
    back = as_manager.get(f"{path}previous/?{query}")["Location"]
    assert back == walked[-2]
    assert "That was the last of the list." in text_of(as_manager.get(back))


def test_a_walk_costs_the_same_in_a_short_and_a_long_list(as_manager: Client) -> None:
    first = ContactFactory.create()
    ContactFactory.create_batch(3)
    as_manager.get(f"/contacts/{first.pk}/previous/?from=contacts")
    with CaptureQueriesContext(connection) as short:
        as_manager.get(f"/contacts/{first.pk}/previous/?from=contacts")
    ContactFactory.create_batch(30)
    with CaptureQueriesContext(connection) as long:
        as_manager.get(f"/contacts/{first.pk}/previous/?from=contacts")

    assert len(short) == len(long)


def test_a_lead_that_left_the_queue_gives_its_place_to_the_next(as_rep: Client, rep: User) -> None:
    leads = [a_lead(rep, email=f"lead{number}@example.com") for number in range(3)]
    order = list(lists_of(rep)["to_contact"].values_list("contact_id", flat=True))
    assert sorted(order) == [lead.pk for lead in leads]
    kept = "from=queue&list=show%3Dto_contact&n=1&of=3"
    assert as_rep.get(f"/contacts/{order[0]}/next/?{kept}")["Location"].startswith(f"/contacts/{order[1]}/")

    as_rep.post(f"/contacts/{order[0]}/reject/?{kept}", {"reason": "fit"})
    assert as_rep.get(f"/contacts/{order[0]}/next/?{kept}")["Location"].startswith(f"/contacts/{order[1]}/")


def test_what_is_done_keeps_the_way_back(as_rep: Client) -> None:
    contact = ContactFactory.create()
    kept = "?from=contacts&list=stage%3Dlead&n=2&of=8"

    assert f'action="/contacts/{contact.pk}/status/{escape(kept)}"' in page_of(as_rep, contact, kept)
    answer = as_rep.post(f"/contacts/{contact.pk}/status/{kept}", {"to": "in_progress"})
    assert answer["Location"] == f"/contacts/{contact.pk}/{kept}"


def test_acceptance_is_a_step_of_its_own_behind_mql(as_rep: Client, rep: User) -> None:
    page = page_of(as_rep, a_lead(rep)).partition('<ol class="sm-track"')[2]

    assert page.index(">MQL<") < page.index(">Accepted<") < page.index(">SQL<")
    assert f"{rep.first_name} decides" in page


def test_the_definition_says_why_in_facts_on_record(as_rep: Client) -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=timezone.now())
    rescore(ids=[contact.pk], at=timezone.now())
    evaluate_stages([contact.pk], at=timezone.now())
    page = page_of(as_rep, contact)

    assert "MQL since" in page
    assert because(page) == (
        "<b>A demo request qualifies</b> and the scoring model does not exclude the contact."
    )
    assert "Definition v1" in page
    assert "A contact becomes MQL when" in page


def test_what_was_known_is_said_in_one_breath(as_rep: Client) -> None:
    contact = ContactFactory.create(stage_id=None, first_name="Amélie", last_name="Rousseau")
    contact.company = CompanyFactory.create()
    contact.save(update_fields=["company"])
    TouchpointFactory.create(contact=contact, kind="form_submit", occurred_at=timezone.now())
    evaluate_stages([contact.pk], at=timezone.now())

    assert "are known." in because(page_of(as_rep, contact))


def test_the_next_stage_says_what_is_still_missing(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    AnswerFactory.create(contact=contact, question="need", text="One metering plan")
    page = page_of(as_rep, contact).partition("Still missing for <b>SQL</b>:")[2].partition("</ul>")[0]
    said = page.replace("\u00a0", " ")

    assert "or a reply to an e-mail</li>" in said
    assert "<li>the number of qualification answers is at least 3</li>" in said
    assert "the need is known" not in said
    TouchpointFactory.create(contact=contact, kind="call", outcome="spoke", occurred_at=timezone.now())
    for question in ("budget", "timing"):
        AnswerFactory.create(contact=contact, question=question, text="Known")
    assert "Nothing is missing for <b>SQL</b>: a person decides." in page_of(as_rep, contact)


@pytest.mark.parametrize(
    ("tree", "holds", "left"),
    [
        ({"all": [A, B]}, {"/all/0": True}, {"all": [B]}),
        ({"all": [A, {"any": [B, C]}]}, {"/all/0": True, "/all/1/any/1": True}, None),
        ({"any": [{"all": [A, B]}, C]}, {"/any/0/all/0": True}, {"any": [{"all": [B]}, C]}),
        ({"all": [{"not": A}, B]}, {"/all/0/not": True, "/all/1": True}, {"all": [{"not": A}]}),
        ({"all": [{"not": A}, B]}, {"/all/1": True}, None),
    ],
)
def test_what_is_left_of_a_definition_is_what_does_not_hold(
    tree: dict[str, Any], holds: dict[str, bool], left: dict[str, Any] | None
) -> None:
    words = contact_catalogue()
    held = {path: holds.get(show_path(path), False) for path, _node in walk(parse(tree, words))}

    assert left_of(parse(tree, words), held) == (parse(left, words) if left else None)


def test_a_move_by_a_person_is_told_with_its_reason(as_manager: Client, manager: User) -> None:
    contact = ContactFactory.create(stage_id="mql")
    change_stage(contact, to="lead", actor=manager, at=timezone.now(), reason="Wrong plant")

    assert f"{manager.get_full_name()} moved the contact here: “Wrong plant”" in page_of(as_manager, contact)


def test_the_score_table_adds_up_to_the_number(as_rep: Client) -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="pricing_view", occurred_at=timezone.now())
    rescore(ids=[contact.pk], at=timezone.now())
    page = page_of(as_rep, contact)

    assert "Engagement" in page
    assert "Pricing page visited" in page
    assert "Sum, model v1" in page


def test_the_clock_says_why_it_is_due_then(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    page = page_of(as_rep, contact)

    assert Clock.objects.filter(handoff__contact=contact).count() == 1
    assert "of working time promised" in page
    assert "Contract v1" in page


def test_deals_and_answers_stand_beside_the_timeline(as_rep: Client) -> None:
    contact = ContactFactory.create()
    DealFactory.create(contact=contact, name="Three plants", amount_cents=4_150_000)
    AnswerFactory.create(contact=contact, text="One metering plan")
    page = page_of(as_rep, contact)

    assert "Three plants" in page
    assert "€41,500" in page
    assert "One metering plan" in page
    assert "1 of 4" in page


def test_markup_in_a_note_is_text(as_rep: Client) -> None:
    contact = ContactFactory.create(first_name="<b>x</b>")
    TouchpointFactory.create(contact=contact, attributes={"note": "<script>alert(1)</script>"})

    assert "<script>alert" not in page_of(as_rep, contact)
    assert "<b>x</b>" not in page_of(as_rep, contact)


def test_the_page_costs_the_same_with_three_and_thirty_touchpoints(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    rescore(ids=[contact.pk], at=timezone.now())
    TouchpointFactory.create_batch(3, contact=contact, kind="pricing_view", occurred_at=timezone.now())
    page_of(as_rep, contact)  # fills what this process remembers for a minute
    few = queries_of(as_rep, contact)
    TouchpointFactory.create_batch(27, contact=contact, kind="call", occurred_at=timezone.now(), actor=rep)

    assert queries_of(as_rep, contact) == few
    assert few <= 8 + 2  # besides, the session from its table and the team of who may sign


def test_a_breach_costs_no_further_query(as_rep: Client, rep: User) -> None:
    contact, at = a_lead(rep), timezone.now()
    rescore(ids=[contact.pk], at=at)
    page_of(as_rep, contact)
    before = queries_of(as_rep, contact)
    clock, late = Clock.objects.get(handoff__contact=contact), at - timedelta(hours=2)
    Clock.objects.filter(pk=clock.pk).update(
        started_at=late - timedelta(hours=5), warn_at=late - timedelta(hours=1), due_at=late, breached_at=late
    )
    Breach.objects.create(clock=clock, at=late, recorded_at=late, rep=rep, cause="late")

    assert "Cause found: Late" in page_of(as_rep, contact)
    assert queries_of(as_rep, contact) == before


def queries_of(client: Client, contact: Contact) -> int:
    with CaptureQueriesContext(connection) as queries:
        page_of(client, contact)
    return len([query for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


# The timeline


def everything(contact: Contact, filters: Filters | None = None, position: str = "") -> Any:
    return timeline(contact.pk, filters or Filters(), names={}, position=position)


def events_of(found: Any) -> list[tuple[bool, int]]:
    return [(event.is_ledger, event.pk) for _day, events in found.days for event in events]


def test_touchpoints_and_ledger_rows_stand_in_one_order_page_by_page() -> None:
    contact, start = ContactFactory.create(), timezone.now() - timedelta(days=1)
    for number in range(60):
        at = start + timedelta(minutes=number // 3)  # three of each moment, so that pages cut through ties
        TouchpointFactory.create(
            contact=contact, kind="note", occurred_at=at, attributes={"note": str(number)}
        )
        TransitionFactory.create(contact=contact, kind="status", from_value="a", to_value="b", at=at)
    first = everything(contact)
    second = everything(contact, position=first.earlier)
    third = everything(contact, position=second.earlier)
    shown = [event for page in (first, second, third) for event in events_of(page)]
    touches = {(False, pk) for pk in contact.touchpoints.values_list("pk", flat=True)}
    moves = {(True, pk) for pk in contact.transitions.values_list("pk", flat=True)}

    assert [len(events_of(page)) for page in (first, second, third)] == [50, 50, 20]
    assert third.earlier == ""
    assert len(shown) == len(set(shown)) == 120
    assert set(shown) == touches | moves


def test_what_became_of_a_handoff_stands_among_the_events(as_rep: Client, rep: User) -> None:
    contact, at = a_lead(rep), timezone.now()
    clock = Clock.objects.get(handoff__contact=contact)
    late = at - timedelta(hours=2)
    Clock.objects.filter(pk=clock.pk).update(
        started_at=late - timedelta(hours=5), warn_at=late - timedelta(hours=1), due_at=late,
        warned_at=late - timedelta(hours=1), breached_at=late,
    )  # fmt: skip
    Breach.objects.create(clock=clock, at=late, recorded_at=late, rep=rep, cause="absent")
    as_rep.post(f"/contacts/{contact.pk}/log/", {"done": "call:spoke", "key": str(uuid4())})
    as_rep.post(f"/contacts/{contact.pk}/reject/", {"reason": "fit", "note": "Two people only"})
    page = page_of(as_rep, contact, "?team=sales")

    assert "<b>First contact due at" in page
    assert "<b>First contact was due</b>: Owner absent" in page
    assert "<b>First contact late</b>, after" in page
    assert "<b>Lead refused</b>: Out of target <span" in page
    assert "“Two people only”" in page
    assert "First contact was due" not in page_of(as_rep, contact, "?team=marketing")
    assert "First contact was due" not in page_of(as_rep, contact, "?human=1")
    only = page_of(as_rep, contact, "?kind=handoff")
    assert "Lead refused" in only
    assert "First contact was due" not in only


def test_promises_are_paged_with_the_rest() -> None:
    contact, start = ContactFactory.create(), timezone.now() - timedelta(days=1)
    for number in range(60):
        TouchpointFactory.create(
            contact=contact,
            kind="note",
            occurred_at=start + timedelta(minutes=number),
            attributes={"note": "x"},
        )
    told = [
        Event(
            rank=PROMISE,
            pk=number,
            at=start + timedelta(minutes=number),
            kind="clock",
            after="met",
            side="sales",
        )
        for number in range(59, -1, -20)
    ]
    first = timeline(contact.pk, Filters(), names={}, promises=told)
    second = timeline(contact.pk, Filters(), names={}, promises=told, position=first.earlier)

    assert [len(events_of(page)) for page in (first, second)] == [50, 13]
    assert len(set(events_of(first) + events_of(second))) == 63


def test_a_position_that_was_tampered_with_shows_the_newest() -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact)

    assert len(events_of(everything(contact, position="forged"))) == 1


def test_like_touches_of_a_day_are_folded_and_notes_are_not() -> None:
    contact, at = ContactFactory.create(), timezone.now().replace(hour=12)
    for minutes in range(3):
        TouchpointFactory.create(
            contact=contact, kind="page_view", occurred_at=at + timedelta(minutes=minutes)
        )
    for minutes in range(10, 12):
        TouchpointFactory.create(
            contact=contact,
            kind="note",
            attributes={"note": "x"},
            occurred_at=at + timedelta(minutes=minutes),
        )
    found = everything(contact)

    assert [event.count for _day, events in found.days for event in events] == [1, 1, 3]


def test_the_timeline_is_filtered_by_team_kind_and_people(rep: User) -> None:
    contact, at = ContactFactory.create(), timezone.now()
    call = TouchpointFactory.create(contact=contact, kind="call", actor=rep, occurred_at=at)
    visit = TouchpointFactory.create(contact=contact, kind="page_view", occurred_at=at)
    robot = TouchpointFactory.create(contact=contact, kind="email_open", is_human=False, occurred_at=at)
    rule = TransitionFactory.create(contact=contact, kind="status", from_value="a", to_value="b", at=at)
    person = TransitionFactory.create(
        contact=contact, kind="status", from_value="b", to_value="a", at=at, actor=rep, origin="person"
    )

    def shown(**filters: Any) -> set[int]:
        return {pk for _ledger, pk in events_of(everything(contact, Filters(**filters)))}

    assert shown(team="sales") == {call.pk, person.pk}
    assert shown(team="marketing") == {visit.pk, robot.pk}
    assert shown(kind="page_view") == {visit.pk}
    assert shown(kind="status") == {rule.pk, person.pk}
    assert shown(human=True) == {call.pk, visit.pk, person.pk}


def test_htmx_gets_the_timeline_alone(as_rep: Client) -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="call", outcome="spoke")
    response = as_rep.get(
        f"/contacts/{contact.pk}/?kind=call", headers={"HX-Request": "true", "HX-Target": "timeline"}
    )

    assert text_of(response).startswith('<section class="sm-card" id="timeline"')
    assert "HX-Request" in response["Vary"]


# Work


def test_a_call_is_logged_once_and_stops_the_clock(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    form = {"done": "call:spoke", "note": "Asks for a quote", "key": str(uuid4())}
    for _again in range(2):
        answer = as_rep.post(f"/contacts/{contact.pk}/log/", form)
        assert (answer.status_code, answer["Location"]) == (303, f"/contacts/{contact.pk}/")

    assert Touchpoint.objects.filter(contact=contact, kind="call", actor=rep).count() == 1
    assert Clock.objects.get(handoff__contact=contact).stopped_at is not None
    assert "Asks for a quote" in page_of(as_rep, contact)


HTMX = {"HX-Request": "true", "HX-Target": "contact"}


def test_htmx_gets_what_changed_with_the_counters_and_what_is_said(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    url, kept = f"/contacts/{contact.pk}/status/", "?from=queue&list=show%3Dto_contact&n=1&of=2"
    answer = as_rep.post(f"{url}{kept}", {"to": "in_progress"}, headers=HTMX)
    said = text_of(answer)

    assert answer.status_code == 200
    assert said.startswith('<div id="contact"')
    assert "<html" not in said
    assert 'id="rail" hx-swap-oob="true"' in said
    assert (
        "Status of Amélie Rousseau: In progress." in said.partition('id="toasts" hx-swap-oob="beforeend"')[2]
    )
    assert f'hx-post="{url}{escape(kept)}"' in said


def test_htmx_gets_a_refused_form_again_with_what_was_typed(as_rep: Client) -> None:
    contact = ContactFactory.create()
    before = fingerprint()
    answer = as_rep.post(
        f"/contacts/{contact.pk}/status/", {"to": "bad_timing", "reason": "Budget in spring"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert text_of(answer).startswith('<div id="contact"')
    assert 'value="Budget in spring"' in text_of(answer)
    assert fingerprint() == before


def test_a_note_is_written_above_the_timeline(as_rep: Client, rep: User) -> None:
    contact = ContactFactory.create()
    page = page_of(as_rep, contact)
    assert 'id="note-text"' in page
    key = re.search(r'name="key" value="([^"]+)"><input type="hidden" name="done" value="note:"', page)
    assert key
    for _again in range(2):
        note = {"done": "note:", "note": "Two plants", "key": key[1]}
        assert as_rep.post(f"/contacts/{contact.pk}/log/", note).status_code == 303

    assert contact.touchpoints.filter(kind="note", actor=rep).count() == 1
    assert "“Two plants”" in page_of(as_rep, contact)


def test_a_status_is_set_and_taken_back(as_rep: Client) -> None:
    contact = ContactFactory.create()
    page = text_of(as_rep.post(f"/contacts/{contact.pk}/status/", {"to": "in_progress"}, follow=True))
    entry = contact.transitions.get(kind="status")
    undo = f"/contacts/{contact.pk}/undo/{entry.pk}/"

    assert f'action="{undo}"' in page
    assert as_rep.post(undo).status_code == 303
    assert Contact.objects.get(pk=contact.pk).status_id == "new"


def test_a_status_without_its_reason_is_refused_with_what_was_typed(as_rep: Client) -> None:
    contact = ContactFactory.create()
    before = fingerprint()
    answer = as_rep.post(
        f"/contacts/{contact.pk}/status/", {"to": "bad_timing", "reason": "Budget in spring"}
    )

    assert answer.status_code == 422
    assert "needs the day to come back" in text_of(answer)
    assert 'value="Budget in spring"' in text_of(answer)
    assert fingerprint() == before


def test_a_move_back_without_a_reason_is_refused(as_manager: Client) -> None:
    contact = ContactFactory.create(stage_id="mql")
    before = fingerprint()
    answer = as_manager.post(f"/contacts/{contact.pk}/stage/", {"to": "lead"})

    assert answer.status_code == 422
    assert "needs a reason" in text_of(answer)
    assert fingerprint() == before


def test_a_rep_takes_a_free_contact_and_gives_it_to_nobody_else(
    as_rep: Client, rep: User, other_rep: User
) -> None:
    contact = ContactFactory.create(owner=None)
    before = fingerprint()
    assert as_rep.post(f"/contacts/{contact.pk}/owner/", {"to": other_rep.pk}).status_code == 403
    assert fingerprint() == before

    assert as_rep.post(f"/contacts/{contact.pk}/owner/", {"to": rep.pk}).status_code == 303
    assert Contact.objects.get(pk=contact.pk).owner == rep


def test_consent_is_recorded_with_how_we_know(as_marketer: Client) -> None:
    contact = ContactFactory.create()
    as_marketer.post(f"/contacts/{contact.pk}/consent/", {"to": "given", "reason": "Said so on the phone"})

    assert contact.transitions.get(kind="consent").reason == "Said so on the phone"
    assert "Said so on the phone" in page_of(as_marketer, contact)


def test_an_answer_is_known_to_both_teams(as_rep: Client) -> None:
    contact = ContactFactory.create()
    as_rep.post(f"/contacts/{contact.pk}/answer/", {"question": "timing", "text": "Before June"})

    assert Answer.objects.get(contact=contact).text == "Before June"


# The decision


def test_a_lead_is_accepted_and_taken_back(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    assert as_rep.post(f"/contacts/{contact.pk}/accept/").status_code == 303
    handoff = Handoff.objects.get(contact=contact)
    assert handoff.state == "accepted"

    assert as_rep.post(f"/contacts/{contact.pk}/decision/{handoff.pk}/undo/").status_code == 303
    assert Handoff.objects.get(contact=contact).state == "assigned"


def test_a_lead_is_refused_for_a_reason_only(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    before = fingerprint()
    assert as_rep.post(f"/contacts/{contact.pk}/reject/", {"reason": ""}).status_code == 422
    assert fingerprint() == before

    as_rep.post(f"/contacts/{contact.pk}/reject/", {"reason": "fit", "note": "Two people only"})
    assert Handoff.objects.get(contact=contact).reject_reason == "fit"
    assert Contact.objects.get(pk=contact.pk).stage_id == "lead"


def test_a_colleagues_lead_is_not_decided(as_rep: Client, other_rep: User) -> None:
    contact = a_lead(other_rep)
    before = fingerprint()

    assert "Refuse…" not in page_of(as_rep, contact)
    assert as_rep.post(f"/contacts/{contact.pk}/accept/").status_code == 422
    assert fingerprint() == before


def test_a_lead_is_recycled_until_a_day(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    day = (timezone.now() + timedelta(days=60)).date()
    assert (
        as_rep.post(f"/contacts/{contact.pk}/recycle/", {"recontact_on": day.isoformat()}).status_code == 303
    )

    assert Handoff.objects.get(contact=contact).recontact_on == day


# The facts


def form_of(client: Client, contact: Contact) -> dict[str, Any]:
    form = client.get(f"/contacts/{contact.pk}/edit/").context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def test_facts_are_edited(as_rep: Client) -> None:
    contact = ContactFactory.create()
    data = form_of(as_rep, contact) | {"job_title": "Plant director", "company_name": "Groupe Atlantique"}
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", data).status_code == 303
    found = Contact.objects.get(pk=contact.pk)

    assert found.job_title == "Plant director"
    assert str(found.company) == "Groupe Atlantique"


def test_edits_that_do_not_meet_both_survive(as_rep: Client) -> None:
    contact = ContactFactory.create()
    mine, theirs = form_of(as_rep, contact), form_of(as_rep, contact)
    as_rep.post(f"/contacts/{contact.pk}/edit/", theirs | {"city": "Nantes"})
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", mine | {"job_title": "Buyer"}).status_code == 303
    found = Contact.objects.get(pk=contact.pk)

    assert (found.city, found.job_title) == ("Nantes", "Buyer")


def test_edits_that_meet_show_both_texts_and_save_the_second_time(as_rep: Client) -> None:
    contact = ContactFactory.create()
    mine, theirs = form_of(as_rep, contact), form_of(as_rep, contact)
    as_rep.post(f"/contacts/{contact.pk}/edit/", theirs | {"city": "Nantes"})
    before = fingerprint()
    answer = as_rep.post(f"/contacts/{contact.pk}/edit/", mine | {"city": "Rennes"})

    assert answer.status_code == 422
    assert "<td>Nantes</td><td>Rennes</td>" in text_of(answer)
    assert fingerprint() == before
    form = answer.context["form"]
    again = {name: form[name].value() or "" for name in form.fields}
    assert again["city"] == "Rennes"
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", again).status_code == 303
    assert Contact.objects.get(pk=contact.pk).city == "Rennes"


def test_the_fields_of_the_company_are_edited_and_shown(as_rep: Client) -> None:
    FieldFactory.create(key="plants", label_en="Plants", type="number")
    FieldFactory.create(key="bill", label_en="Energy bill", type="money")
    FieldFactory.create(key="audit_on", label_en="Audit", type="date")
    FieldFactory.create(key="grid", label_en="Grid", type="choice", choices=["low", "high"])
    contact = ContactFactory.create(custom={"plants": 2, "legacy": "kept"})
    remembered_catalogue.cache_clear()
    data = form_of(as_rep, contact)
    assert data["custom_plants"] == 2
    data |= {
        "custom_plants": "3",
        "custom_bill": "1200.50",
        "custom_audit_on": "2027-01-15",
        "custom_grid": "high",
    }
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", data).status_code == 303
    found = Contact.objects.get(pk=contact.pk)
    page = page_of(as_rep, contact).replace("\u00a0", " ")

    assert found.custom == {
        "plants": 3, "bill": 120_050, "audit_on": "2027-01-15", "grid": "high", "legacy": "kept"
    }  # fmt: skip
    assert "<dt>Plants</dt><dd>3</dd>" in page
    assert "<dt>Energy bill</dt><dd>€1,200.50</dd>" in page
    assert "<dt>Audit</dt><dd>15 January 2027</dd>" in page


def test_edits_of_own_fields_meet_like_the_others(as_rep: Client) -> None:
    for key in ("plants", "sites"):
        FieldFactory.create(key=key, label_en=key.title(), type="number")
    contact = ContactFactory.create(custom={"plants": 2})
    mine, theirs = form_of(as_rep, contact), form_of(as_rep, contact)
    as_rep.post(f"/contacts/{contact.pk}/edit/", theirs | {"custom_sites": "9"})
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", mine | {"custom_plants": "4"}).status_code == 303
    assert Contact.objects.get(pk=contact.pk).custom == {"plants": 4, "sites": 9}

    answer = as_rep.post(f"/contacts/{contact.pk}/edit/", theirs | {"custom_plants": "5"})
    assert answer.status_code == 422
    assert "<td>4</td><td>5</td>" in text_of(answer)


def test_what_the_company_bought_stands_under_the_deals(as_rep: Client) -> None:
    company = CompanyFactory.create(name="Groupe Atlantique")
    contact = ContactFactory.create(company=company)
    colleague = ContactFactory.create(company=company)
    for cents in (4_000_000, 150_000):
        DealFactory.create(
            contact=colleague, company=company, amount_cents=cents, stage="won", closed_at=timezone.now()
        )

    assert '<b class="sm-num">€41,500</b> in 2 deals' in page_of(as_rep, contact)
