"""The rules on delays and the contract never name two times in silence; without a clause the rule sets the clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from sla.actions.handing_over import hand_over
from sla.contract_consequences import consequences
from sla.delays import disagreements
from sla.models import Clause, Clock, ContractVersion, Handoff
from tests.factories.agreements import unguarded
from tests.factories.moments import NOW
from tests.leads.test_policies import rule_says
from tests.sla.scenes import an_mql

pytestmark = pytest.mark.django_db


def contract() -> ContractVersion:
    return ContractVersion.objects.in_force().get()


def without_the_clause() -> None:
    with unguarded(Clause):
        Clause.objects.filter(metric="first_contact").delete()


def test_a_new_installation_says_one_thing() -> None:
    assert disagreements(contract()) == []


def test_each_says_what_the_other_says_where_they_differ() -> None:
    rule_says("request_delay", "warn", hours=2)

    (found,) = disagreements(contract())

    assert found.text == "Rule 4 (v1) says 2 working hours, this contract promises 4 working hours"
    assert found.url == "/rules/request_delay/"


def test_both_pages_show_both_figures_with_a_link_to_the_other(as_rep: Client) -> None:
    rule_says("handoff_delay", "warn", hours=8)

    rule, agreed = as_rep.get("/rules/handoff_delay/").text, as_rep.get("/contracts/").text

    assert "Rule and contract differ" in rule
    assert (
        'href="/contracts/">This rule says 8 working hours, the contract in force promises 24 working hours'
        in rule
    )
    assert "Rule and contract differ" in agreed
    says = "Rule 5 (v1) says 8 working hours, this contract promises 24 working hours"
    assert f'href="/rules/handoff_delay/">{says}' in agreed


def test_where_both_say_the_same_the_rule_leads_to_the_contract_and_the_contract_is_silent(
    as_rep: Client,
) -> None:
    assert "The contract in force promises the same" in as_rep.get("/rules/request_delay/").text
    assert "Rule and contract differ" not in as_rep.get("/contracts/").text


def test_who_signs_a_contract_reads_that_a_rule_says_something_else() -> None:
    rule_says("request_delay", "warn", hours=2)

    found = consequences(contract(), contract(), NOW)

    assert found is not None
    (warned,) = [meaning for meaning in found.meanings if meaning.state == "risk"]
    assert warned.text == "Rule 4 (v1) says 2 working hours, this contract promises 4 working hours"
    assert warned.note == "Rule and contract would say two things: draft the rule as well."


def test_without_a_clause_the_rule_in_force_sets_the_clock(as_rep: Client, rep: User) -> None:
    """Ten o’clock on a Friday in Paris: two working hours, and lunch from 12:30."""
    rule = rule_says("request_delay", "warn", hours=2)
    without_the_clause()
    contact = an_mql(NOW, asked_for_a_demo=True, owner=rep)

    hand_over(at=NOW)

    clock = Clock.objects.get()
    assert (clock.rule, clock.budget_minutes) == (rule, 120)
    assert clock.due_at == datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
    Handoff.objects.update(rep=rep, assigned_at=NOW, state="assigned")
    page = as_rep.get(f"/contacts/{contact.pk}/").text
    assert "Rule 4, v1, hours of" in page
    assert "the clocks go by this rule" in as_rep.get("/rules/request_delay/").text


def test_with_the_clause_the_clock_is_the_contracts() -> None:
    rule_says("request_delay", "warn", hours=2)
    an_mql(NOW, asked_for_a_demo=True)

    hand_over(at=NOW)

    clock = Clock.objects.get()
    assert (clock.rule, clock.budget_minutes) == (None, 240)
