"""A definition comes into force: whom it moves at once, whom it leaves where they are, and what signers are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from agreements.models import Agreement, State
from leads.actions import publishing
from leads.actions.companies import update_company
from leads.actions.contacts import answer_question
from leads.actions.deals import open_deal
from leads.actions.ledger import Move
from leads.actions.publishing import publication_of, publish_step
from leads.actions.stages import change_stage_of
from leads.actions.touchpoints import record_touchpoint
from leads.consequences.definitions import consequences
from leads.evaluation import evaluate_stages
from leads.models import Contact, Origin, Publication, Transition
from lifecycle.models import StageDefinition
from tests.factories.leads import CompanyFactory, ContactFactory
from tests.factories.lifecycle import StageDefinitionFactory
from tests.factories.moments import INSTALLED, NOW, ago, later
from tests.pages import Fields

pytestmark = pytest.mark.django_db

HEAD = {"fact": "job_title", "op": "contains", "value": "head"}
SINCE = NOW - timedelta(hours=1)


def person(title: str = "Head of sales", *, stage: str | None = None) -> Contact:
    since = ago(days=80) if stage else None
    contact: Contact = ContactFactory.create(
        job_title=title, created_at=ago(days=90), updated_at=ago(days=90), stage_id=stage, stage_since=since
    )
    return contact


def in_force(criteria: dict[str, Any] = HEAD, *, since: datetime = SINCE, **values: Any) -> StageDefinition:
    Agreement.objects.filter(subject="stage:mql").update(state=State.SUPERSEDED, in_force_until=since)
    definition: StageDefinition = StageDefinitionFactory.create(
        criteria=criteria,
        agreement__in_force=True,
        agreement__number=2,
        agreement__in_force_from=since,
        **values,
    )
    return definition


def publish() -> None:
    while publish_step(at=NOW):
        pass


def in_mql() -> set[int]:
    return set(Contact.objects.filter(stage="mql").values_list("pk", flat=True))


def test_everybody_is_held_against_it_and_moves_forward_only() -> None:
    forward, inside, beyond, outside = (
        person(),
        person("Buyer", stage="mql"),
        person(stage="sql"),
        person("Buyer"),
    )
    definition = in_force()

    publish()

    assert in_mql() == {forward.pk, inside.pk}
    beyond.refresh_from_db()
    assert beyond.stage_id == "sql"
    entry = Transition.objects.get(contact=forward, to_value="mql")
    assert (entry.definition, entry.facts["deciding"][0]["actual"]) == (definition, "Head of sales")
    assert outside.stage_id is None


def test_steps_end_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "STEP", 2)
    for _ in range(3):
        person()
    definition = in_force()
    assert [publish_step(at=NOW) for _ in range(3)] == [2, 1, 0]
    told = publication_of(definition)
    assert told is not None
    assert (told.done, told.total, told.moved, told.finished_at) == (3, 3, 3, NOW)


def test_a_definition_in_force_for_long_is_not_published_again() -> None:
    publish()
    assert not Publication.objects.exists()


def test_whom_we_knew_before_may_stay_until_something_new_is_known() -> None:
    known, heard, new = person(), person(), ContactFactory.create(job_title="Head of IT", created_at=NOW)
    in_force(reach=StageDefinition.Reach.NEWS)
    record_touchpoint(heard, kind="page_view", occurred_at=NOW, at=NOW, origin="test", key="1")

    publish()
    evaluate_stages([known.pk, heard.pk, new.pk], at=later(hours=1))

    assert in_mql() == {heard.pk, new.pk}
    assert not Publication.objects.exists()


def test_what_became_known_in_answers_deals_and_of_the_company_is_news_and_what_a_definition_did_is_not() -> (
    None
):
    answered, sold, grown, moved = (person() for _ in range(4))
    company = CompanyFactory.create(headcount=10)
    Contact.objects.filter(pk=grown.pk).update(company=company)
    in_force(since=later(minutes=1), reach=StageDefinition.Reach.NEWS)
    at = later(hours=1)
    answer_question(answered, question="need", text="Replace the spreadsheets", actor=None, at=at)
    open_deal(sold, name="Rollout", amount_cents=9, owner=None, at=at, origin=Origin.API)
    update_company(company, changes={"headcount": 60}, version=1, at=at)
    change_stage_of([Move(moved.pk, "lead", at)], actor=None, origin=Origin.RULE)

    evaluate_stages([contact.pk for contact in (answered, sold, grown, moved)], at=later(hours=2))

    assert in_mql() == {answered.pk, sold.pk, grown.pk}


def test_a_definition_signed_before_there_was_a_choice_keeps_its_hash() -> None:
    definition = StageDefinition.objects.in_force().get(stage="mql")
    assert "reach" not in definition.content()
    definition.reach = StageDefinition.Reach.NEWS
    assert definition.content()["reach"] == "news"


def test_signers_are_told_who_stays_and_who_moves() -> None:
    person("Buyer", stage="mql")
    person()
    person()
    draft = StageDefinitionFactory.create(criteria=HEAD, agreement__drafted_at=INSTALLED)
    old = StageDefinition.objects.in_force().get(stage="mql")

    told = consequences(draft, old, NOW)

    assert told is not None
    assert [(change.before, change.after) for change in told.changes] == [("0", "2")]
    assert told.flow is not None
    assert (told.flow.leave, told.flow.stay, told.flow.enter) == (0, 0, 2)
    assert [meaning.text for meaning in told.meanings] == [
        "1 contact is in MQL today and would not be let in",
        "2 contacts move forward to MQL at once",
    ]


def test_the_consequences_stand_on_the_page_that_is_signed(as_marketer: Client) -> None:
    person()
    draft = StageDefinitionFactory.create(criteria=HEAD)
    page = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()
    assert "If this definition were in force now" in page
    assert "/definitions/mql/replay/" in page


def test_the_definition_says_how_far_it_is(as_rep: Client) -> None:
    person()
    in_force(since=NOW - timedelta(minutes=1))
    publish()
    page = as_rep.get("/definitions/mql/").content.decode()
    assert "1 moved forward" in page


def test_progress_is_shown_while_the_worker_runs_and_asked_for_until_the_end(
    as_rep: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "STEP", 2)
    people = [person() for _ in range(3)]
    in_force(since=NOW - timedelta(minutes=1))
    publish_step(at=NOW)

    page = as_rep.get("/definitions/mql/").content.decode()
    assert "Everybody is held against it now: 2 of 3 contacts." in page
    assert '<progress max="3" value="2"' in page
    polled = as_rep.get("/definitions/mql/", headers={"HX-Request": "true"})
    assert 'hx-trigger="every 2s"' in polled.content.decode()
    assert 'href="/definitions/mql/v2/moved/"' in polled.content.decode()
    assert "<html" not in polled.content.decode()
    assert "HX-Request" in polled["Vary"]

    publish()
    done = as_rep.get("/definitions/mql/", headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in done
    assert f"{len(people)} moved forward" in done


def test_the_choice_is_asked_with_the_draft_and_shown_to_who_signs(as_marketer: Client) -> None:
    stay = "stay where they are until something new is known of them"
    forward = "are looked at as soon as it is in force, and only move forward"
    form = as_marketer.get("/definitions/lead/edit/").content.decode()
    assert "Contacts that we knew before" in form
    assert stay in form
    assert forward in form

    sent = Fields(form).sent | {"reach": ""}
    refused = as_marketer.post("/definitions/lead/edit/", sent)
    assert refused.status_code == 422
    assert not StageDefinition.objects.filter(stage="lead", agreement__state=State.DRAFT).exists()

    for reach, said in (("news", stay), ("everybody", forward)):
        form = as_marketer.get("/definitions/lead/edit/").content.decode()
        as_marketer.post("/definitions/lead/edit/", Fields(form).sent | {"reach": reach, "prose_en": said})
        draft = StageDefinition.objects.get(stage="lead", agreement__state=State.DRAFT)
        page = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()
        assert draft.reach == reach
        shown = page[page.index("Contacts that we knew before") :]
        assert said in shown[: shown.index("What criteria cannot say")]


def test_the_explanation_of_each_who_moved_is_opened_from_the_list(as_manager: Client) -> None:
    people = [person(), person("Head of buying")]
    in_force(since=NOW - timedelta(minutes=1))
    publish()
    page = as_manager.get("/definitions/mql/v2/moved/").content.decode()
    for contact in people:
        address = contact.get_absolute_url()
        assert f'href="{address}"' in page
        opened = as_manager.get(address).content.decode()
        why = opened[opened.index('id="h-why"') :]
        assert ", because" in why[: why.index("</h2>")]
        assert contact.job_title in why[why.index("sm-sentence") : why.index("</p>")]
        assert "Definition v2" in why


def test_whom_it_moved_is_listed_with_where_they_stood_and_why(
    as_manager: Client, as_rep: Client, other_rep: User
) -> None:
    new, lead, stranger = person(), person(stage="lead"), person()
    Contact.objects.filter(pk=stranger.pk).update(owner=other_rep)
    inside, outside = person(stage="mql"), person("Buyer")
    in_force(since=NOW - timedelta(minutes=1))
    publish()
    later_on = person()
    evaluate_stages([later_on.pk], at=later(minutes=1))  # by the same definition, not by its publication
    address = "/definitions/mql/v2/moved/"
    assert f'href="{address}"' in as_manager.get("/definitions/mql/").content.decode()

    lines = {line.move.contact: line for line in as_manager.get(address).context["lines"]}

    assert set(lines) == {new, lead, stranger}
    assert lines[new].before is None
    assert lines[lead].before is not None
    assert lines[lead].before.key == "lead"
    assert "Head of sales" in lines[lead].because
    page = as_manager.get(address).content.decode()
    assert "3 moved forward" in page
    assert inside.name not in page
    assert outside.name not in page


def test_the_list_of_whom_it_moved_is_cut_into_pages_at_the_same_cost(
    as_manager: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        person()
    in_force(since=NOW - timedelta(minutes=1))
    publish()
    address = "/definitions/mql/v2/moved/"
    as_manager.get(address)
    with django_assert_max_num_queries(40) as few:
        as_manager.get(address)
    Publication.objects.all().delete()
    for _ in range(57):
        person()
    publish()
    with django_assert_max_num_queries(len(few)):
        first = as_manager.get(address)

    assert (len(first.context["lines"]), first.context["page"].total) == (50, 60)
    # Where each stands by now; where three of them stood opens another.
    assert (
        first.content.decode().count(
            'class="sm-explained" href="/terms/marketing-qualified-lead/" data-define'
        )
        == 50
    )
    second = as_manager.get(f"{address}?at={first.context['page'].older}")
    shown = [line.move.contact_id for page in (first, second) for line in page.context["lines"]]
    assert sorted(shown) == sorted(in_mql())


def test_a_definition_that_was_never_published_has_no_list(as_rep: Client) -> None:
    assert as_rep.get("/definitions/mql/v1/moved/").status_code == 404
