"""What a definition did once it was in force: whom it moved and who stays, counted, opened and explained."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from agreements.models import Agreement, State
from leads.actions import publishing
from leads.actions.publishing import publish_step
from leads.actions.stages import change_stage
from leads.models import Contact
from lifecycle.models import RuleEvent, StageDefinition
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import RuleVersionFactory, StageDefinitionFactory
from tests.factories.moments import NOW, ago

pytestmark = pytest.mark.django_db

HEAD = {"fact": "job_title", "op": "contains", "value": "head"}
SINCE = NOW - timedelta(hours=1)


def person(name: str, title: str = "Head of sales", *, stage: str | None = None, **values: Any) -> Contact:
    contact: Contact = ContactFactory.create(
        first_name=name,
        last_name="",
        job_title=title,
        stage_id=stage,
        stage_since=ago(days=80) if stage else None,
        created_at=ago(days=90),
        updated_at=ago(days=90),
        **values,
    )
    return contact


def in_force(**values: Any) -> StageDefinition:
    Agreement.objects.filter(subject="stage:mql").update(state=State.SUPERSEDED, in_force_until=SINCE)
    definition: StageDefinition = StageDefinitionFactory.create(
        criteria=HEAD, agreement__in_force=True, agreement__number=2, agreement__in_force_from=SINCE, **values
    )
    return definition


def publish() -> None:
    while publish_step(at=NOW):
        pass


def page_of(client: Client, definition: StageDefinition, **more: Any) -> str:
    found = client.get(f"/agreements/{definition.agreement_id}/", **more).content.decode()
    return found[found.index('id="consequences"') :] if 'id="consequences"' in found else ""


def follows(client: Client, definition: StageDefinition, figure: str) -> dict[str, str]:
    page = client.get(f"/agreements/{definition.agreement_id}/contacts/{figure}/")
    return {contact.first_name: told.follows for contact, told in page.context["listed"].lines}


def test_the_version_says_whom_it_moved_and_who_stays_and_opens_them(as_manager: Client) -> None:
    person("Nora"), person("Yann"), person("Priya", "Buyer", stage="mql")
    definition = in_force()
    publish()

    page = page_of(as_manager, definition)

    assert "What it did when it came into force" in page
    assert "All 3 contacts were held against it" in page
    moved = page.index("2 contacts moved forward to MQL")
    assert 'href="/definitions/mql/v2/moved/"' in page[:moved]
    assert "1 contact stays in MQL and does not meet it" in page
    assert follows(as_manager, definition, "inside") == {
        "Priya": "Stays in MQL: automatic rules only move forward."
    }


def test_while_the_worker_runs_the_page_says_how_far_it_is_and_asks_again(
    as_rep: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "STEP", 2)
    for name in ("Nora", "Yann", "Priya"):
        person(name)
    definition = in_force()
    publish_step(at=NOW)
    page = page_of(as_rep, definition)
    assert "Everybody is held against it now: 2 of 3 contacts." in page
    assert '<progress max="3" value="2"' in page

    again = as_rep.get(f"/agreements/{definition.agreement_id}/", headers={"HX-Request": "true"})
    assert again.content.decode().lstrip().startswith('<section class="sm-card" id="consequences"')
    assert 'hx-trigger="every 2s"' in again.content.decode()
    assert "HX-Request" in again["Vary"]

    publish()
    assert "hx-trigger" not in page_of(as_rep, definition, headers={"HX-Request": "true"})


def test_each_who_stays_is_told_why(as_manager: Client, manager: User) -> None:
    back, held, late = person("Mia", stage="sql"), person("Otto"), person("Pia")
    change_stage(back, to="lead", actor=manager, at=ago(days=2), reason="too early")
    definition = in_force()
    rule = RuleVersionFactory.create(
        event=RuleEvent.STAGE,
        target="mql",
        mode="block",
        criteria={"not": {"fact": "first_name", "op": "is", "value": "Otto"}},
    )
    publish()
    Contact.objects.filter(pk=late.pk).update(stage=None, stage_since=None)

    assert follows(as_manager, definition, "moves") == {
        "Mia": "Stays where it is: a person moved it back on 18\u00a0November 2026.",
        "Otto": f"Not moved to MQL: rule {rule.rule.number}, v{rule.agreement.number}, holds it back.",
        "Pia": "Moves forward to MQL.",
    }
    held.refresh_from_db()
    assert held.stage_id == "subscriber"


def test_where_everybody_was_to_stay_that_is_said_and_explained(as_manager: Client) -> None:
    person("Nora")
    definition = in_force(reach=StageDefinition.Reach.NEWS)
    publish()
    page = page_of(as_manager, definition)
    assert "Nobody was moved at once: that was chosen" in page
    assert "1 contact meets it and stays before MQL" in page
    assert follows(as_manager, definition, "moves") == {
        "Nora": "Not moved to MQL until something new is known of it, as was chosen."
    }


def test_a_version_that_is_superseded_still_opens_whom_it_moved(as_manager: Client) -> None:
    person("Nora")
    definition = in_force()
    publish()
    Agreement.objects.filter(pk=definition.agreement_id).update(
        state=State.SUPERSEDED, in_force_until=timezone.now()
    )
    page = page_of(as_manager, definition)
    assert "1 contact moved forward to MQL" in page
    assert "stay" not in page[: page.index("</section>")].replace("Who stays", "")


def test_a_version_of_which_nothing_followed_says_nothing(as_manager: Client) -> None:
    definition = StageDefinition.objects.in_force().get(stage="mql")
    assert page_of(as_manager, definition) == ""


def test_what_followed_costs_the_same_for_three_and_for_thirty(as_manager: Client) -> None:
    definition = in_force()
    counts = []
    for number in (3, 27):
        for place in range(number):
            person(f"Buyer {place}", "Buyer", stage="mql")
        publish()
        page_of(as_manager, definition)
        with CaptureQueriesContext(connection) as captured:
            page_of(as_manager, definition)
        counts.append(len(captured))
    assert counts[0] == counts[1]
