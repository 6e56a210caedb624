"""A definition tried on the past, as known then: whom it would have let in, and what became of those who differ."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Notification, OutboxMessage, User
from accounts.notifications import notify, worded
from agreements.models import Agreement, State
from leads.actions.companies import update_company
from leads.actions.contacts import update_contact
from leads.actions.ledger import Move
from leads.actions.stages import change_stage, change_stage_of
from leads.models import Contact, ContactScore, FieldChange, Origin, Replay, ReplayedContact
from leads.replay import running
from leads.replay.presenting import shown
from leads.replay.requesting import request_replay
from leads.replay.running import run_step
from leads.tasks import resume_replays, run_replay
from lifecycle.models import StageDefinition, StatusDefinition
from tests.factories.agreements import unguarded
from tests.factories.leads import (
    AnswerFactory,
    CompanyFactory,
    ContactFactory,
    DealFactory,
    ReplayFactory,
    ScoringModelFactory,
    ScoringRuleFactory,
    TouchpointFactory,
)
from tests.factories.lifecycle import RuleVersionFactory, StageDefinitionFactory
from tests.factories.moments import NOW, ago

pytestmark = pytest.mark.django_db

HEAD = {"fact": "job_title", "op": "contains", "value": "head"}
GONE = {"all": [{"fact": "shoe_size", "op": "known"}]}
HOUR = timedelta(hours=1)
TWO_VISITS = {"touch": "page_view", "op": "at_least", "count": 2, "within_days": 10}


def person(**values: Any) -> Contact:
    contact: Contact = ContactFactory.create(created_at=ago(days=80), **values)
    return contact


def head(days: int, **values: Any) -> Contact:
    """Known since then, and with a title that HEAD asks for."""
    contact: Contact = ContactFactory.create(created_at=ago(days=days), job_title="Head of sales", **values)
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
    """By the definition in force, or as another origin has it."""
    by = StageDefinition.objects.in_force().get(stage="mql").pk if origin == Origin.RULE else None
    move = Move(contact.pk, "mql", ago(days=days), definition_id=by)
    change_stage_of([move], actor=None, origin=Origin(origin))


def tried(criteria: dict[str, Any], *, days: int = 60) -> Replay:
    Agreement.objects.filter(state=State.DRAFT).update(
        state=State.WITHDRAWN, close_reason="another", closed_at=NOW
    )
    number = Agreement.objects.filter(subject="stage:mql").count() + 1
    return run(StageDefinitionFactory.create(criteria=criteria, agreement__number=number), days=days)


def run(definition: StageDefinition | StatusDefinition, *, days: int = 60) -> Replay:
    replay = request_replay(definition, starts_at=ago(days=days), ends_at=NOW, actor=None, at=NOW)
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


@pytest.mark.parametrize("other", ["email_reply", "note"])
def test_what_was_signed_before_touches_said_what_they_carry_is_replayed(other: str) -> None:
    signed = {"touch": ["call", other], "op": "at_least", "count": 1, "where": {"outcome": "spoke"}}
    spoke, tried_to = person(), person()
    TouchpointFactory.create(
        contact=spoke, kind="call", outcome="spoke", occurred_at=ago(days=9), recorded_at=ago(days=9)
    )
    TouchpointFactory.create(contact=tried_to, kind=other, occurred_at=ago(days=9), recorded_at=ago(days=9))
    assert would(tried(signed)) == [(spoke.pk, 9)]


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


# Who stays though the criteria hold: decided in the present by `leads.news` and `leads.policies`


def leaves_alone(criteria: dict[str, Any]) -> Replay:
    draft: StageDefinition = StageDefinitionFactory.create(criteria=criteria, reach="news")
    return run(draft)


def test_whom_we_knew_before_stays_until_something_new_is_known() -> None:
    silent, heard, arrived = person(job_title="Head of sales"), person(job_title="Head of buying"), head(20)
    visit(heard, 70, 30)
    small, grows = CompanyFactory.create(headcount=10), CompanyFactory.create(headcount=10)
    answered, sold = person(job_title="Head of IT"), person(job_title="Head of IT")
    grown, joined = (person(job_title="Head of IT", company=company) for company in (grows, small))
    AnswerFactory.create(contact=answered, answered_at=ago(days=25))
    DealFactory.create(contact=sold, opened_at=ago(days=24), created_at=ago(days=24))
    update_company(grows, changes={"headcount": 60}, version=1, at=ago(days=22))
    update_contact(joined, changes={"company": grows}, version=1, at=ago(days=10))
    change_stage_of([Move(silent.pk, "lead", ago(days=40))], actor=None, origin=Origin.RULE)

    assert would(leaves_alone(HEAD)) == [
        (heard.pk, 30),
        (arrived.pk, 20),
        (answered.pk, 25),
        (sold.pk, 24),
        (grown.pk, 22),
        (joined.pk, 10),
    ]


def test_a_version_in_force_has_known_since_then_who_was_there() -> None:
    early, late = person(job_title="Head of sales"), person(job_title="Head of sales")
    visit(early, 65)
    visit(late, 75)
    Agreement.objects.filter(subject="stage:mql").update(state=State.SUPERSEDED, in_force_until=ago(days=70))
    signed = StageDefinitionFactory.create(
        criteria=HEAD, reach="news", agreement__in_force=True, agreement__in_force_from=ago(days=70)
    )
    assert would(run(signed)) == [(early.pk, 60)]


def closing(target: str, *, since: int, until: int | None = None, mode: str = "block") -> None:
    RuleVersionFactory.create(
        event="stage",
        target=target,
        mode=mode,
        criteria={"fact": "city", "op": "known"},
        agreement__state=State.IN_FORCE if until is None else State.SUPERSEDED,
        agreement__in_force_from=ago(days=since),
        agreement__in_force_until=None if until is None else ago(days=until),
        agreement__content_hash="1" * 64,
    )


def test_a_rule_keeps_out_whom_it_kept_out_then() -> None:
    closing("mql", since=50)
    before, without, located = head(55), head(45), head(44, city="Lyon")
    later_on = head(40)
    update_contact(later_on, changes={"city": "Paris"}, version=1, at=ago(days=12))
    assert would(tried(HEAD)) == [(before.pk, 55), (located.pk, 44), (later_on.pk, 12)]
    assert without.stage_id is None


def test_the_night_after_a_rule_ended_lets_in_whom_it_kept_out() -> None:
    closing("", since=90, until=20)
    waiting, met_first = head(45), head(44)
    TouchpointFactory.create(contact=met_first, kind="page_view", occurred_at=ago(days=20) + HOUR)
    replay = tried(HEAD)
    assert [(row.contact_id, row.would_at) for row in replay.entries.order_by("contact_id")] == [
        (waiting.pk, (NOW - timedelta(days=19)).replace(hour=2, minute=20)),
        (met_first.pk, ago(days=20) + HOUR),
    ]


@pytest.mark.parametrize(("target", "mode"), [("lead", "block"), ("mql", "warn"), ("mql", "advise")])
def test_a_rule_of_another_stage_or_one_that_only_warns_keeps_nobody_out(target: str, mode: str) -> None:
    closing(target, since=90, mode=mode)
    contact = head(45)
    assert would(tried(HEAD)) == [(contact.pk, 45)]


def test_the_page_says_who_stays_and_which_rule_kept_out(as_marketer: Client) -> None:
    closing("mql", since=50, until=10)
    closing("lead", since=50)
    leaves_alone(HEAD)
    page = as_marketer.get("/definitions/mql/replay/").content.decode()
    assert "stay where they are until something new is known of them" in page
    assert "A rule kept contacts out in that time, and does so here:" in page


def test_a_trial_of_another_reach_is_out_of_date(as_rep: Client) -> None:
    replay = leaves_alone(HEAD)
    assert "The draft changed since." not in as_rep.get("/definitions/mql/replay/").content.decode()
    StageDefinition.objects.filter(pk=replay.version.pk).update(reach="everybody")
    assert "The draft changed since." in as_rep.get("/definitions/mql/replay/").content.decode()


# Scores of the past, which nothing has stored

ENGAGED = {"fact": "score.engagement", "op": "gte", "value": 50}


def asks(contact: Contact, days: int, kind: str = "demo_request") -> None:
    TouchpointFactory.create(contact=contact, kind=kind, occurred_at=ago(days=days))


def test_scores_are_those_of_the_moment_though_nobody_was_ever_scored() -> None:
    contact, student = person(job_title="Head of sales"), person(job_title="Student")
    for one in (contact, student):
        asks(one, 20)
    replay = tried({"all": [ENGAGED, {"fact": "score.excluded", "op": "is", "value": False}]})

    assert not ContactScore.objects.exists()
    assert would(replay) == [(contact.pk, 20)]


def test_a_fact_that_makes_the_fit_counts_since_it_was_known() -> None:
    contact = person(job_title="Buyer")
    update_contact(contact, changes={"job_title": "Director of buying"}, version=1, at=ago(days=12))
    assert would(tried({"fact": "score.fit", "op": "gte", "value": 30})) == [(contact.pk, 12)]


def test_the_model_of_the_moment_scores_and_the_first_one_what_was_before_it() -> None:
    early, late = person(), person()
    asks(early, 50, "page_view")
    asks(late, 20, "page_view")
    old, new = Agreement.objects.of("scoring").in_force(), ScoringModelFactory.create()
    ScoringRuleFactory.create(model=new, points=60, kind="page_view")
    old.update(state=State.SUPERSEDED, in_force_from=ago(days=55), in_force_until=ago(days=30))
    with unguarded(Agreement):
        Agreement.objects.filter(pk=new.agreement_id).update(
            state=State.IN_FORCE, in_force_from=ago(days=30), content_hash="1" * 64
        )

    assert would(tried(ENGAGED)) == [(early.pk, 30), (late.pk, 20)]


def test_fading_is_seen_on_the_night_that_follows() -> None:
    contact = person()
    asks(contact, 20)
    asked_before = {"touch": "demo_request", "op": "at_least", "count": 1}
    cooler = {"fact": "score.engagement", "op": "lt", "value": 40}
    replay = tried({"all": [asked_before, cooler]})

    assert would(replay) == [(contact.pk, 9)]
    assert f"{replay.entries.get().would_at:%H:%M}" == "02:20"


def test_without_any_model_nobody_has_a_score() -> None:
    asks(person(), 20)
    with unguarded(Agreement):
        Agreement.objects.of("scoring").in_force().update(
            state=State.WITHDRAWN, closed_at=NOW, close_reason="none", in_force_from=None
        )
    assert would(tried(ENGAGED)) == []


def test_who_was_moved_on_by_hand_could_not_be_let_in_any_more(marketer: User) -> None:
    contact = person()
    change_stage_of([Move(contact.pk, "sql", ago(days=30))], actor=marketer, origin=Origin.PERSON)
    visit(contact, 21, 20)
    assert would(tried(TWO_VISITS)) == []


def test_an_entry_is_held_against_that_of_its_moment_whatever_came_before(marketer: User) -> None:
    contact = person()
    change_stage_of([Move(contact.pk, "mql", ago(days=58))], actor=marketer, origin=Origin.PERSON)
    contact.refresh_from_db()
    change_stage(contact, to="lead", actor=marketer, at=ago(days=55), reason="no budget this year")
    visit(contact, 21, 20)
    entered(contact, 20)

    replay = tried(TWO_VISITS)
    entries = replay.entries.order_by("did_at").values_list("would_at", "did_at", "did_by")
    assert list(entries) == [(None, ago(days=58), "person"), (ago(days=20), ago(days=20), "rule")]


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


def test_whoever_asked_is_told_of_a_failure_once_in_their_language(marketer: User) -> None:
    replay = a_broken_one(marketer)
    run_replay(replay.pk)
    run_replay(replay.pk)

    told = Notification.objects.get()
    assert (told.user, told.kind, told.url) == (marketer, "replay", "/definitions/mql/replay/")
    assert worded(told.text, told.params) == (
        "The trial of MQL, version 2, on the past failed. Its page says why."
    )
    with translation.override("fr"):
        assert worded(told.text, told.params) == (
            "L’essai de MQL, version 2, sur le passé a échoué. Sa page dit pourquoi."
        )
    assert not OutboxMessage.objects.exists()


def test_a_worker_killed_at_telling_of_a_failure_leaves_it_to_the_next(
    marketer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = a_broken_one(marketer)

    def dies(**told: Any) -> None:
        notify(**told)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(running, "notify", dies)
        with pytest.raises(KeyboardInterrupt):
            run_replay(replay.pk)
    assert not Notification.objects.exists()

    assert resume_replays() == 1
    run_replay(replay.pk)
    assert Notification.objects.get().user == marketer
    assert resume_replays() == 0


def test_a_failure_behind_an_end_is_told_to_nobody_and_one_that_nobody_asked_for_neither(
    marketer: User,
) -> None:
    ended = a_broken_one(marketer, criteria=HEAD)
    run_replay(ended.pk)
    running.fail(ended.pk, error="too late", at=NOW)

    ended.refresh_from_db()
    assert (ended.state, ended.error) == ("done", "")
    assert Notification.objects.get().text == running.FINISHED

    run_replay(a_broken_one(None).pk)
    assert Replay.objects.filter(state="failed").count() == 1
    assert Notification.objects.count() == 1


def a_broken_one(asker: User | None, *, criteria: Any = GONE) -> Replay:
    """Its criteria speak of a fact that went after it was asked for."""
    head(30)
    number = Agreement.objects.filter(subject="stage:mql").count() + 1
    draft = StageDefinitionFactory.create(criteria=HEAD, agreement__number=number)
    replay = request_replay(draft, starts_at=ago(days=60), ends_at=NOW, actor=asker, at=NOW)
    Replay.objects.filter(pk=replay.pk).update(criteria=criteria)
    Agreement.objects.filter(state=State.DRAFT).update(
        state=State.WITHDRAWN, close_reason="another", closed_at=NOW
    )
    return replay


# The page


def test_the_page_asks_shows_months_and_opens_the_contacts(as_marketer: Client) -> None:
    contact = person(job_title="Head of sales", last_name="Rousseau")
    tried(HEAD, days=30)
    page = as_marketer.get("/definitions/mql/replay/").content.decode()
    assert "At once, when it began" in page
    link = page[page.index("/definitions/mql/replay/", page.index("?kind=adds") - 60) :].partition('"')[0]
    behind = as_marketer.get(link.replace("&amp;", "&")).content.decode()
    assert contact.name in behind


def test_the_contacts_show_what_they_scored_then(as_marketer: Client) -> None:
    contact = person(job_title="Director", last_name="Rousseau")
    asks(contact, 20)
    replay = tried(ENGAGED)
    page = as_marketer.get(behind(replay) + "?kind=adds").content.decode()

    assert "Engagement then" in page
    assert '<td class="is-number sm-num" data-label="Engagement then">50</td>' in page
    assert "Engagement then" not in as_marketer.get(behind(tried(HEAD))).content.decode()


def behind(replay: Replay) -> str:
    return f"/definitions/mql/replay/{replay.pk}/contacts/"


def test_the_contacts_behind_a_figure_cost_the_same_for_three_and_thirty(as_marketer: Client) -> None:
    def queries(number: int) -> int:
        for _ in range(number):
            asks(person(), 20)
        url = behind(tried(ENGAGED))
        with CaptureQueriesContext(connection) as captured:
            assert as_marketer.get(url).status_code == 200
        return len(captured)

    queries(1)  # what the process remembers
    assert queries(2) == queries(27)


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


def test_the_page_says_in_each_language_why_it_failed(as_marketer: Client, marketer: User) -> None:
    broken = a_broken_one(None)
    run_replay(broken.pk)
    Replay.objects.update(definition=StageDefinition.objects.in_force().get(stage="mql"))
    url = "/definitions/mql/replay/"
    said = "It could not be replayed. No fact is called “shoe_size”. Choose one of the list."
    assert said in as_marketer.get(url).content.decode()
    User.objects.filter(pk=marketer.pk).update(language="fr")
    assert "Aucun fait ne s’appelle « shoe_size »" in as_marketer.get(url).content.decode()

    Replay.objects.update(criteria=HEAD, error="numeric field overflow")
    assert "numeric field overflow" in as_marketer.get(url).content.decode()


def test_a_month_that_is_none_is_not_found(as_rep: Client) -> None:
    replay = ReplayFactory.create()
    url = f"/definitions/mql/replay/{replay.pk}/contacts/"
    assert as_rep.get(url, {"month": "2026-99"}).status_code == 404
    assert as_rep.get(url, {"month": "2026-11", "kind": "would"}).status_code == 200
