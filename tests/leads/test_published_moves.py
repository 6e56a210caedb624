"""Whom a definition moved by coming into force: counted and listed as one set, whoever moved them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.models import Agreement, State
from leads.actions import publishing
from leads.actions.dirty import mark_dirty
from leads.actions.publishing import publication_of, publish_step
from leads.actions.refresh import refresh_batch, refresh_span
from leads.evaluation import evaluate_stages
from leads.models import Contact, Publication, Transition
from lifecycle.models import StageDefinition
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import StageDefinitionFactory
from tests.factories.moments import NOW, ago, later

pytestmark = pytest.mark.django_db

SINCE = NOW - timedelta(minutes=1)
HEAD = {"fact": "job_title", "op": "contains", "value": "head"}
BUYING = {"all": [HEAD, {"fact": "function", "op": "is", "value": "buying"}]}


def person(name: str, *, function: str = "", stage: str | None = None) -> Contact:
    since = ago(days=80) if stage else None
    contact: Contact = ContactFactory.create(
        first_name=name,
        last_name="",
        job_title="Head of sales",
        function=function,
        created_at=ago(days=90),
        updated_at=ago(days=90),
        stage_id=stage,
        stage_since=since,
    )
    return contact


def in_force(stage: str = "mql", criteria: dict[str, Any] = HEAD) -> StageDefinition:
    """Version 2 of the stage, signed a minute ago."""
    Agreement.objects.filter(subject=f"stage:{stage}").update(state=State.SUPERSEDED, in_force_until=SINCE)
    definition: StageDefinition = StageDefinitionFactory.create(
        stage_id=stage,
        criteria=criteria,
        agreement__in_force=True,
        agreement__number=2,
        agreement__in_force_from=SINCE,
    )
    return definition


def publish() -> None:
    while publish_step(at=NOW):
        pass


def moved(definition: StageDefinition) -> int:
    told = publication_of(definition)
    assert told is not None
    return told.moved


def listed(client: Client, stage: str = "mql") -> list[str]:
    """Who stands on the page, by name."""
    page = client.get(f"/definitions/{stage}/v2/moved/")
    return sorted(line.move.contact.first_name for line in page.context["lines"])


def said(client: Client, definition: StageDefinition) -> str:
    return client.get(f"/agreements/{definition.agreement_id}/").content.decode()


@pytest.mark.parametrize("first", ["mql", "sql"])
def test_of_two_that_come_into_force_together_each_has_the_moves_that_are_its_own(
    as_manager: Client, first: str
) -> None:
    person("Ana"), person("Ben", stage="lead")
    (
        person("Cleo", function="buying"),
        person("Dora", function="buying", stage="mql"),
        person("Eve", stage="customer"),
    )
    definitions = {"mql": in_force("mql", HEAD), "sql": in_force("sql", BUYING)}
    for place, stage in enumerate(sorted(definitions, key=lambda stage: stage != first)):
        began_at = SINCE + timedelta(seconds=place)
        Publication.objects.create(definition=definitions[stage], contact_count=5, began_at=began_at)

    publish()

    assert listed(as_manager, "mql") == ["Ana", "Ben"]
    assert listed(as_manager, "sql") == ["Cleo", "Dora"]
    assert (moved(definitions["mql"]), moved(definitions["sql"])) == (2, 2)
    assert "2 contacts moved forward to MQL" in said(as_manager, definitions["mql"])
    assert "2 contacts moved forward to SQL" in said(as_manager, definitions["sql"])


def test_the_second_to_be_signed_has_those_whom_the_walk_of_the_first_took(
    as_manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "STEP", 2)
    person("Ana", function="buying"), person("Ben", function="buying")
    person("Cleo", function="buying"), person("Dora")
    mql = in_force("mql", HEAD)
    publish_step(at=NOW)
    sql = in_force("sql", BUYING)

    publish()

    assert listed(as_manager, "mql") == ["Ana", "Ben", "Dora"]
    assert listed(as_manager, "sql") == ["Ana", "Ben", "Cleo"]
    assert (moved(mql), moved(sql)) == (3, 3)


def test_whom_a_refresh_took_before_the_walk_and_beside_it_is_counted_and_whom_one_takes_later_is_not(
    as_manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "STEP", 2)
    before, beside = person("Ana"), [person("Ben"), person("Cleo"), person("Dora"), person("Eve")]
    definition = in_force()
    mark_dirty([before.pk], at=SINCE)
    refresh_batch(at=NOW)
    assert publication_of(definition) is None

    publish_step(at=NOW)
    refresh_span(after=beside[1].pk, at=NOW)
    assert listed(as_manager) == ["Ana", "Ben", "Dora", "Eve"]
    publish()
    evaluate_stages([person("Fay").pk], at=later(minutes=1))

    assert listed(as_manager) == ["Ana", "Ben", "Cleo", "Dora", "Eve"]
    assert moved(definition) == 5
    assert "5 contacts moved forward to MQL" in said(as_manager, definition)


def test_where_a_refresh_took_everybody_first_the_page_does_not_say_that_nobody_moved(
    as_manager: Client,
) -> None:
    person("Ana"), person("Ben")
    definition = in_force()
    refresh_span(after=0, at=NOW)

    publish()

    page = said(as_manager, definition)
    assert "2 contacts moved forward to MQL" in page
    assert "No contact moved forward" not in page


def test_a_step_that_is_cut_off_is_made_again_and_counted_once(
    as_manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "STEP", 2)
    for name in ("Ana", "Ben", "Cleo", "Dora", "Eve"):
        person(name)
    definition = in_force()
    publish_step(at=NOW)
    with suppress(KeyboardInterrupt), transaction.atomic():
        assert publish_step(at=NOW) == 2
        raise KeyboardInterrupt
    assert moved(definition) == 2

    publish()

    assert listed(as_manager) == ["Ana", "Ben", "Cleo", "Dora", "Eve"]
    assert moved(definition) == 5
    assert Transition.objects.filter(definition=definition).count() == 5


def test_whom_the_last_step_takes_an_instant_after_another_entry_is_counted(as_manager: Client) -> None:
    contact = person("Ana", stage="lead")
    Contact.objects.filter(pk=contact.pk).update(stage_since=NOW)
    definition = in_force()

    publish()

    assert Transition.objects.get(definition=definition).at == NOW + timedelta(microseconds=1)
    assert listed(as_manager) == ["Ana"]
    assert moved(definition) == 1


def test_the_list_says_of_each_by_which_facts_its_row_of_the_ledger_moved_it(as_manager: Client) -> None:
    person("Ana", stage="lead")
    in_force()
    refresh_span(after=0, at=NOW)
    publish()

    (line,) = as_manager.get("/definitions/mql/v2/moved/").context["lines"]

    assert line.move == Transition.objects.get(contact__first_name="Ana", to_value="mql")
    assert line.before.key == "lead"
    assert line.because == "job title: “Head of sales”"


def test_the_moves_are_counted_at_the_same_cost_for_three_and_for_thirty() -> None:
    definition, costs = in_force(), []
    for number in (3, 27):
        Publication.objects.all().delete()
        for place in range(number):
            person(f"Ana {place}")
        publish()
        with CaptureQueriesContext(connection) as captured:
            counted = moved(definition)
        costs.append((counted, len(captured)))
    assert costs == [(3, 2), (30, 2)]
