"""Whom each figure of a definition's consequences counts: the list behind it, and why each contact is on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.models import Agreement, State
from leads.actions.stages import change_stage
from leads.consequences import rules, statuses
from leads.consequences.behind import Behind
from leads.consequences.definitions import behind
from leads.models import Contact
from lifecycle.models import StageDefinition, StatusDefinition
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import CompanyFactory, ContactFactory, DealFactory
from tests.factories.lifecycle import RuleVersionFactory, StageDefinitionFactory, StatusDefinitionFactory
from tests.factories.moments import NOW, ago

pytestmark = pytest.mark.django_db

FIFTY = {"fact": "company.headcount", "op": "gte", "value": 50}
HUNDRED = {"fact": "company.headcount", "op": "gte", "value": 100}
HEAD = {"fact": "job_title", "op": "contains", "value": "head"}


def person(
    name: str, headcount: int, *, title: str = "Buyer", stage: str | None = None, **values: Any
) -> Contact:
    since = ago(days=80) if stage else None
    contact: Contact = ContactFactory.create(
        first_name=name,
        last_name="",
        job_title=title,
        company=CompanyFactory.create(headcount=headcount),
        stage_id=stage,
        stage_since=since,
        created_at=ago(days=90),
        updated_at=ago(days=90),
        **values,
    )
    return contact


def drafted(new: dict[str, Any], old: dict[str, Any] = FIFTY, **values: Any) -> StageDefinition:
    """The third version of MQL, a draft, beside the second in force that asks for fifty people."""
    Agreement.objects.filter(subject="stage:mql").update(state=State.SUPERSEDED, in_force_until=ago(days=60))
    StageDefinitionFactory.create(
        criteria=old, agreement__number=2, agreement__in_force=True, agreement__in_force_from=ago(days=60)
    )
    definition: StageDefinition = StageDefinitionFactory.create(criteria=new, agreement__number=3, **values)
    return definition


def address(definition: StageDefinition | StatusDefinition, figure: str) -> str:
    return f"/agreements/{definition.agreement_id}/contacts/{figure}/"


def names(page: Any) -> set[str]:
    return {contact.first_name for contact, _ in page.context["listed"].lines}


def told(page: Any) -> dict[str, Any]:
    return {contact.first_name: told for contact, told in page.context["listed"].lines}


@pytest.fixture
def draft() -> StageDefinition:
    """It keeps out who is between fifty and a hundred, unless they are the head of something."""
    definition = drafted({"any": [HUNDRED, HEAD]})
    person("Nora", 600)
    person("Yann", 80)
    person("Priya", 70, stage="mql")
    person("Oliver", 10, title="Head of sales")
    person("Sofia", 5)
    person("Liv", 20, title="Head of IT", stage="sql")
    return definition


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("was", {"Nora", "Yann", "Priya"}),
        ("would", {"Nora", "Oliver", "Liv"}),
        ("leave", {"Yann", "Priya"}),
        ("stay", {"Nora"}),
        ("enter", {"Oliver", "Liv"}),
        ("inside", {"Priya"}),
        ("moves", {"Nora", "Oliver"}),
    ],
)
def test_each_figure_of_a_draft_opens_exactly_the_contacts_it_counts(
    draft: StageDefinition, as_marketer: Client, figure: str, expected: set[str]
) -> None:
    page = as_marketer.get(address(draft, figure))
    found = behind(draft, StageDefinition.objects.in_force().get(stage="mql"), NOW)
    assert found is not None
    assert names(page) == expected
    assert page.context["listed"].page.total == found.counts()[figure] == len(expected)


def test_the_figures_on_the_page_that_is_signed_lead_there(
    draft: StageDefinition, as_marketer: Client
) -> None:
    page = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()
    shown = page[page.index('id="consequences"') :]
    linked = dict(re.findall(rf'href="/agreements/{draft.agreement_id}/contacts/(\w+)/"[^>]*>(\d+)<', shown))
    assert linked == {"was": "3", "would": "3", "leave": "2", "stay": "1", "enter": "2"}
    for figure in ("inside", "moves"):
        assert f'href="{address(draft, figure)}"' in shown


def test_each_is_told_by_both_versions_with_the_criterion_that_decides(
    draft: StageDefinition, as_marketer: Client
) -> None:
    leaving = told(as_marketer.get(address(draft, "leave")))
    assert (leaving["Yann"].now.holds, leaving["Yann"].now.because) == (True, "headcount 80 ≥ 50")
    assert (leaving["Yann"].then.holds, leaving["Yann"].then.because) == (
        False,
        "headcount 80 < 100, job title: “Buyer”",
    )
    entering = told(as_marketer.get(address(draft, "enter")))
    assert (entering["Oliver"].now.holds, entering["Oliver"].now.because) == (False, "headcount 10 < 50")
    assert (entering["Oliver"].then.holds, entering["Oliver"].then.because) == (
        True,
        "job title: “Head of sales”",
    )


def test_what_follows_is_said_of_each(draft: StageDefinition, as_marketer: Client, manager: User) -> None:
    back = person("Mia", 300, stage="sql")
    change_stage(back, to="lead", actor=manager, at=ago(days=2), reason="too early")
    for figure, name, follows in (
        ("inside", "Priya", "Stays in MQL: automatic rules only move forward."),
        ("enter", "Liv", "Stays in SQL, which is further."),
        ("enter", "Oliver", "Moves forward to MQL."),
        ("leave", "Yann", "Stays where it is: it is not let in."),
        ("moves", "Mia", "Stays where it is: a person moved it back on 18\u00a0November 2026."),
    ):
        assert told(as_marketer.get(address(draft, figure)))[name].follows == follows


def test_who_was_known_before_stays_where_the_draft_chose_so(as_marketer: Client) -> None:
    draft = drafted(HEAD, reach=StageDefinition.Reach.NEWS)
    person("Oliver", 10, title="Head of sales")
    assert (
        told(as_marketer.get(address(draft, "moves")))["Oliver"].follows
        == "Not moved to MQL until something new is known of it, as was chosen."
    )


def test_a_rep_opens_those_they_may_see_and_is_told_of_how_many_more_are_counted(
    draft: StageDefinition, as_rep: Client, as_marketer: Client
) -> None:
    stranger = UserFactory.create(team=TeamFactory.create(name="South"))
    Contact.objects.filter(first_name="Yann").update(owner=stranger)

    page = as_rep.get(address(draft, "leave"))

    assert names(page) == {"Priya"}
    assert "Yann" not in page.content.decode()
    assert "1 more is counted and not yours to see" in page.content.decode()
    signed = f"/agreements/{draft.agreement_id}/"
    assert "1 of those counted here is not yours to open." in as_rep.get(signed).content.decode()
    assert "not yours to open" not in as_marketer.get(signed).content.decode()


def of_a_stage() -> Behind | None:
    return behind(drafted({"all": []}), StageDefinition.objects.in_force().get(stage="mql"), NOW)


def of_a_status() -> Behind | None:
    draft = StatusDefinitionFactory.create(
        status_id="in_progress", criteria={"all": []}, is_automatic=True, from_statuses=["new"]
    )
    return statuses.behind(draft, None, NOW)


def of_a_rule(event: str, target: str = "") -> Callable[[], Behind | None]:
    known = {"all": [{"fact": "job_title", "op": "known"}]}
    return lambda: rules.behind(
        RuleVersionFactory.create(event=event, target=target, criteria=known, agreement__in_force=False),
        None,
        NOW,
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (of_a_stage, {"would": 1, "enter": 1, "moves": 1}),
        (of_a_status, {"would": 1, "enter": 1, "moves": 1}),
        (of_a_rule("contact"), {"then": 1}),
        (of_a_rule("stage"), {"then": 1}),
        (of_a_rule("stage", "lead"), {"then": 1}),
        (of_a_rule("status", "new"), {"then": 1}),
        (of_a_rule("advance", "lost"), {"then": 1}),
    ],
)
def test_a_tombstone_is_counted_by_no_figure(
    kind: Callable[[], Behind | None], expected: dict[str, int]
) -> None:
    """It keeps the stage, the status and the lost deal that it shares with somebody who is there."""
    for name in ("There", "Gone"):
        contact = person(name, 10, title="", stage="lead", status_id="new")
        DealFactory.create(contact=contact, stage="lost", closed_at=NOW, lost_reason="price")
    Contact.objects.filter(pk=contact.pk).update(
        deleted_at=NOW, first_name="", last_name="", email="", company=None
    )

    found = kind()

    assert found is not None
    assert {name: number for name, number in found.counts().items() if number} == expected
    assert {one.first_name for name in found.figures for one in found.contacts(name)} == {"There"}


def test_no_figure_and_no_agreement_of_another_kind_is_opened(
    draft: StageDefinition, as_marketer: Client
) -> None:
    assert as_marketer.get(address(draft, "everybody")).status_code == 404
    contract = Agreement.objects.get(subject="contract", state=State.IN_FORCE)
    assert as_marketer.get(f"/agreements/{contract.pk}/contacts/would/").status_code == 404


def test_criteria_that_take_long_are_said_to(
    draft: StageDefinition, as_marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.criteria_trial._set_timeout", _stop_at_once)
    page = as_marketer.get(address(draft, "would"))
    assert (page.status_code, page.context["listed"]) == (200, None)
    assert "take too long to be held against everybody" in page.content.decode()


def _stop_at_once(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout TO 50")
        cursor.execute("SELECT pg_sleep(1)")


def test_the_list_is_cut_into_pages_and_costs_the_same_for_three_and_for_sixty(as_marketer: Client) -> None:
    draft = drafted(HEAD)
    counts = []
    for number in (3, 57):
        for place in range(number):
            person(f"Head {place}", 10, title="Head of sales")
        as_marketer.get(address(draft, "enter"))
        with CaptureQueriesContext(connection) as captured:
            first = as_marketer.get(address(draft, "enter"))
        counts.append(len(captured))
    listed = first.context["listed"].page
    assert (len(listed.rows), listed.total) == (50, 60)
    assert counts[0] == counts[1]
    second = as_marketer.get(f"{address(draft, 'enter')}?at={listed.older}")
    assert len(second.context["listed"].page.rows) == 10


def test_the_figures_of_a_status_open_their_contacts_too(as_marketer: Client) -> None:
    draft = StatusDefinitionFactory.create(
        status_id="in_progress", criteria=HEAD, is_automatic=True, from_statuses=["new"]
    )
    person("Oliver", 10, title="Head of sales", status_id="new")
    person("Sofia", 5, status_id="in_progress")
    moving = as_marketer.get(address(draft, "moves"))
    assert names(moving) == {"Oliver"}
    assert told(moving)["Oliver"].follows.startswith("Becomes “")
    inside = as_marketer.get(address(draft, "inside"))
    assert names(inside) == {"Sofia"}
    assert told(inside)["Sofia"].follows.endswith("nobody leaves a status by its definition.")


def test_the_page_speaks_french(draft: StageDefinition, as_marketer: Client, marketer: User) -> None:
    marketer.language = "fr"
    marketer.save(update_fields=["language"])
    page = as_marketer.get(address(draft, "leave")).content.decode()
    assert "Contacts qui remplissent la v2 de MQL, non la v3" in page
    assert "effectif 80 &lt; 100" in page
