"""Why the contact is where it is."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import User
from agreements.models import Agreement, State
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.actions.touchpoints import log_outcome
from leads.evaluation import evaluate_stages
from leads.scoring.statement import rescore
from leads.statuses import evaluate_statuses
from tests.factories.leads import CompanyFactory, ContactFactory, TouchpointFactory
from tests.factories.lifecycle import StatusDefinitionFactory
from tests.smarketing.contact import page_of

pytestmark = pytest.mark.django_db


def because(page: str) -> str:
    """The sentence under "MQL since …, because"."""
    return page.partition('<p class="sm-sentence">')[2].partition("</p>")[0]


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


# The status


def status_line(page: str) -> str:
    """What stands under the status, in words."""
    there = page.partition('id="status-menu"')[2].partition("</dd>")[0]
    return " ".join(strip_tags(there[there.index("</details>") :]).replace("\u00a0", " ").split())


def test_a_status_says_since_when_who_set_it_and_what_its_definition_found(as_rep: Client, rep: User) -> None:
    contact = ContactFactory.create(owner=rep)
    set_status(contact, to="lost", actor=rep, at=timezone.now(), reason="No budget this year")
    page = page_of(as_rep, contact)

    said = status_line(page)
    assert f"{rep.get_full_name()} set it: “No budget this year”." in said
    assert "The definition did not hold: no call" in said
    assert "Definition v1" in said
    assert "/definitions/statuses/lost/" in page


def test_a_status_that_came_by_itself_says_the_facts_in_bold(as_rep: Client, rep: User) -> None:
    Agreement.objects.filter(subject="status:gone_dark").update(
        state=State.SUPERSEDED, in_force_until=timezone.now()
    )
    definition = StatusDefinitionFactory.create(
        is_automatic=True,
        from_statuses=["new"],
        criteria={"touch": "call", "op": "at_least", "count": 1},
        agreement__in_force=True,
        agreement__in_force_from=timezone.now(),
    )
    contact = ContactFactory.create(owner=rep)
    TouchpointFactory.create(contact=contact, kind="call", outcome="no_answer", occurred_at=timezone.now())
    evaluate_statuses([contact.pk], at=timezone.now())
    page = page_of(as_rep, contact)

    assert "<b>1 call" in page.partition('id="status-menu"')[2].partition("</dd>")[0]
    assert "Definition v2" in status_line(page)
    version = f'href="/agreements/{definition.agreement_id}/">automatic, definition v2</a>'
    assert version in page.partition('id="timeline"')[2]
    assert as_rep.get(f"/agreements/{definition.agreement_id}/").status_code == 200


def test_the_first_call_and_a_status_that_was_always_there_say_so(as_rep: Client, rep: User) -> None:
    contact = ContactFactory.create(owner=rep)
    assert status_line(page_of(as_rep, contact)).count("since ") == 1
    assert "Definition" not in status_line(page_of(as_rep, contact))

    log_outcome(contact, kind="call", outcome="no_answer", actor=rep, at=timezone.now())
    assert "The first call, e-mail or meeting set it." in status_line(page_of(as_rep, contact))
