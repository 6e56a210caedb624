"""What must be known of a deal at each stage: asked on every way there, said where it lacks, and by whom it is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.models import Agreement
from leads.actions.deals import edit_deal, lose_deal, move_deal, open_deal, reopen_deal, send_quote, win_deal
from leads.compliance import _informed
from leads.deal_information import UNKNOWN, known_of, lacks_something, missing_of, steward_of, wanted
from leads.errors import DealEdited, OwnerIsGone, RuleAsks, RuleForbids
from leads.models import Deal, DealStage, RuleException, Touchpoint
from leads.policies import overriding
from lifecycle.default_rules import RULES
from lifecycle.defaults import install_rules
from lifecycle.keys import RuleKey
from lifecycle.models import Rule, RuleVersion
from tests.factories.accounts import MarketerFactory, TeamFactory, UserFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import CompanyFactory, ContactFactory, DealFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.test_import_loading import reasons
from tests.leads.test_import_rules import SINCE, loaded, received
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db

KEY = RuleKey.DEAL_INFORMATION
CLOSE = date(2027, 1, 15)


@pytest.fixture
def rule() -> RuleVersion:
    return rule_says(KEY, "block", won=["won_reason"])


def a_deal(rep: User, **values: Any) -> Deal:
    values = values if "contact" in values else {"contact__stage_id": "sql", **values}
    deal: Deal = DealFactory.create(owner=rep, **values)
    return deal


def test_what_is_asked_at_a_stage_is_asked_behind_it_and_never_of_a_lost_deal() -> None:
    parameters = {"qualified": ["owner"], "quote": ["amount"], "negotiation": ["note", "amount"], "won": []}

    assert wanted(parameters, "qualified") == ["owner"]
    assert wanted(parameters, "won") == ["owner", "amount", "note"]
    assert wanted(parameters, "lost") == []


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (lambda deal, rep: move_deal(deal, to="quote", actor=rep, at=NOW), "Expected close"),
        (lambda deal, rep: send_quote(deal, actor=rep, at=NOW), "Expected close"),
        (lambda deal, rep: move_deal(deal, to="negotiation", actor=rep, at=NOW), "Expected close, Note"),
        (lambda deal, rep: win_deal(deal, at=NOW, actor=rep), "Expected close, Note, Why it was won"),
    ],
)
def test_a_deal_that_lacks_something_does_not_come_to_the_stage(
    rep: User, rule: RuleVersion, change: Callable[[Deal, User], object], missing: str
) -> None:
    deal = a_deal(rep)

    with pytest.raises(RuleForbids) as refusal:
        change(deal, rep)

    assert f"Rule {rule.rule.number} (v1)" in str(refusal.value)
    assert f"The deal lacks: {missing}." in str(refusal.value)
    assert Deal.objects.get(pk=deal.pk).stage == DealStage.QUALIFIED
    assert not Touchpoint.objects.filter(kind="quote_sent").exists()


def test_opening_is_asked_too(rep: User) -> None:
    rule_says(KEY, "block", qualified=["note"])
    contact = ContactFactory.create(stage_id="sql")
    opened = partial(open_deal, contact, name="Seats", amount_cents=100, owner=rep, at=NOW)

    with pytest.raises(RuleForbids):
        opened()
    assert opened(note="Three plants").note == "Three plants"


def test_who_knows_enough_goes_on(rep: User, rule: RuleVersion) -> None:
    deal = a_deal(rep, expected_close_on=CLOSE, note="Three plants")
    for stage in ("quote", "negotiation"):
        move_deal(deal, to=stage, actor=rep, at=NOW)
    win_deal(deal, at=later(days=1), reason="Fast answers", actor=rep)

    assert deal.stage == DealStage.WON
    assert not RuleException.objects.exists()


def test_losing_and_taking_back_ask_nothing(rep: User, rule: RuleVersion) -> None:
    deal = a_deal(rep)
    lose_deal(deal, reason="price", at=NOW)
    reopen_deal(deal, at=later(days=1))

    assert deal.closed_at is None


def test_a_warning_is_overridden_for_a_reason(rep: User) -> None:
    rule_says(KEY, "warn")
    deal = a_deal(rep)
    with pytest.raises(RuleAsks):
        move_deal(deal, to="quote", actor=rep, at=NOW)
    with overriding("They wait for it."):
        move_deal(deal, to="quote", actor=rep, at=NOW)

    noted = RuleException.objects.get()
    assert (noted.event, noted.target, noted.reason) == ("advance", "quote", "They wait for it.")


# Editing


def edited(deal: Deal, rep: User, **values: Any) -> Deal:
    read = {
        "name": deal.name,
        "amount_cents": deal.amount_cents,
        "expected_close_on": deal.expected_close_on,
        "note": deal.note,
        "owner": deal.owner,
        "won_reason": deal.won_reason,
        "version": deal.version,
    }
    return edit_deal(deal, **{**read, **values}, actor=rep, at=NOW)


def test_what_is_missing_is_written_where_the_deal_stands(rep: User, rule: RuleVersion) -> None:
    deal = a_deal(rep, stage="quote", quote_sent_at=NOW)
    assert missing_of(rule, deal) == ["Expected close"]

    edited(deal, rep, expected_close_on=CLOSE)

    assert missing_of(rule, deal) == []


def test_what_the_stage_needs_is_not_taken_away_and_nobody_is_held_up_by_what_was_missing(
    rep: User, rule: RuleVersion
) -> None:
    deal = a_deal(rep, stage="negotiation", quote_sent_at=NOW, note="Three plants")

    edited(deal, rep, name="Seats of Nantes")
    with pytest.raises(RuleForbids) as refusal:
        edited(deal, rep, note="")

    assert "The deal lacks: Note." in str(refusal.value)


def test_why_it_was_won_is_written_later_and_of_a_won_deal_only(rep: User) -> None:
    won = a_deal(rep, stage="won", closed_at=NOW)
    open_one = a_deal(rep)

    assert edited(won, rep, won_reason="  They know us ").won_reason == "They know us"
    assert edited(open_one, rep, won_reason="They know us").won_reason == ""


def test_a_deal_passes_to_a_colleague_and_to_nobody_who_left(rep: User, other_rep: User) -> None:
    deal = a_deal(rep)

    assert edited(deal, rep, owner=other_rep).owner == other_rep
    gone = UserFactory.create(is_active=False)
    with pytest.raises(OwnerIsGone):
        edited(deal, rep, owner=gone)
    assert Deal.objects.get(pk=deal.pk).owner == other_rep


def test_the_company_of_the_contact_is_the_company_of_the_deal(rep: User) -> None:
    deal = a_deal(rep, company=None, contact=ContactFactory.create(company=CompanyFactory.create()))
    assert deal.contact.company_id is not None
    assert "company" in known_of(deal)
    assert not Deal.objects.filter(UNKNOWN["company"], pk=deal.pk).exists()

    nobodys = a_deal(rep, company=None, contact=ContactFactory.create(company=None))
    assert "company" not in known_of(nobodys)
    assert Deal.objects.filter(UNKNOWN["company"], pk=nobodys.pk).exists()


def test_of_two_who_write_the_second_is_told(rep: User) -> None:
    deal = a_deal(rep)
    read = deal.version
    edited(deal, rep, note="First")

    with pytest.raises(DealEdited):
        edited(deal, rep, note="Second", version=read)
    assert Deal.objects.get(pk=deal.pk).note == "First"


# Imports


def test_an_import_is_held_to_it_line_by_line(rep: User) -> None:
    version = rule_says(KEY, "block")
    with unguarded(Agreement):
        Agreement.objects.filter(pk=version.agreement_id).update(in_force_from=SINCE)
    ContactFactory.create(email="ana@x.test", stage_id="sql")

    run = loaded(
        received(
            "email,deal.name,deal.amount,deal.expected_close_on,deal.opened_at\n"
            "ana@x.test,A,100,,01/10/2026\nana@x.test,B,100,15/01/2027,01/10/2026\n",
            kind="deals",
            deal_stage="quote",
        )
    )

    assert reasons(run) == {2: "rule_forbids"}
    assert list(Deal.objects.values_list("name", flat=True)) == ["B"]


# The rule's page, the deal's page, the contact's page


def test_the_set_and_the_single_deal_agree_on_what_lacks(rep: User, rule: RuleVersion) -> None:
    for stage in ("qualified", "quote", "negotiation"):
        for close, note in ((None, ""), (CLOSE, ""), (CLOSE, "Three plants")):
            a_deal(rep, stage=stage, expected_close_on=close, note=note)
    DealFactory.create(won=True)
    DealFactory.create(lost=True)

    found = set(Deal.objects.filter(lacks_something(rule.parameters)))

    assert found == {deal for deal in Deal.objects.all() if missing_of(rule, deal)}
    assert len(found) == 4


def test_the_rules_page_counts_and_lists_what_lacks(as_manager: Client, rep: User, rule: RuleVersion) -> None:
    deal = a_deal(rep, stage="quote", quote_sent_at=NOW, name="Seats of Nantes")
    a_deal(rep)

    months = _informed(rule, ago(days=30), later(days=1))

    assert [(one.cases, one.exceptions) for one in months] == [(2, 1)]
    page = as_manager.get("/rules/deal_information/").content.decode()
    assert "Known before a quote is sent" in page
    assert "Amount, Expected close" in page
    assert deal.name in page


def test_the_deals_page_says_what_lacks_and_who_keeps_it(
    as_rep: Client, rep: User, rule: RuleVersion
) -> None:
    deal = a_deal(rep, stage="quote", quote_sent_at=NOW)
    page = as_rep.get(f"/deals/{deal.pk}/").content.decode()

    assert "Missing at this stage: Expected close" in page
    assert f"<dd>{rep}</dd>" in page
    rule.parameters["steward"] = "sales_manager"
    assert steward_of(rule, rep) == "The manager of sales"


def test_a_rep_edits_the_deal_and_a_second_writer_is_told(as_rep: Client, rep: User) -> None:
    deal = a_deal(rep)
    address = f"/deals/{deal.pk}/edit/"
    sent = {
        "name": "Seats",
        "amount": "120.50",
        "expected_close_on": "2027-01-15",
        "note": "",
        "version": "1",
    }

    stage = f'href="/terms/deal-{deal.stage}/" data-define>{deal.get_stage_display()}</a>'
    assert stage in as_rep.get(address).content.decode()
    assert as_rep.post(address, sent).status_code == 303
    again: Any = as_rep.post(address, {**sent, "name": "Others"})

    deal.refresh_from_db()
    assert (deal.name, deal.amount_cents, deal.expected_close_on) == ("Seats", 12_050, CLOSE)
    assert again.status_code == 409
    assert "Somebody else changed the deal Seats meanwhile" in again.content.decode()
    assert [(one.now, one.yours) for one in again.context["theirs"]] == [("Seats", "Others")]
    read_both = {field.html_name: field.value() or "" for field in again.context["form"]}
    assert as_rep.post(address, read_both).status_code == 303
    deal.refresh_from_db()
    assert deal.name == "Others"


def test_the_contact_says_who_keeps_its_deals(as_rep: Client, rep: User) -> None:
    deal = a_deal(rep)
    page = as_rep.get(f"/contacts/{deal.contact_id}/").content.decode()

    assert "Information kept by" in page
    assert "The owner of the deal" in page


@pytest.mark.parametrize("address", ["/rules/deal_information/", "/deals/list/"])
def test_a_page_costs_the_same_with_three_and_thirty_deals(
    as_manager: Client, rep: User, address: str
) -> None:
    def queries() -> int:
        as_manager.get(address)
        with CaptureQueriesContext(connection) as asked:
            as_manager.get(address)
        return len(asked)

    DealFactory.create_batch(3, owner=rep, stage="quote")
    few = queries()
    DealFactory.create_batch(27, owner=rep, stage="quote")

    assert queries() == few


# Installations that were there before


def test_an_installation_with_rules_of_its_own_is_given_the_question() -> None:
    with unguarded(Agreement):
        Agreement.objects.filter(subject=f"rule:{KEY}").update(subject="rule:own_10")
    Rule.objects.filter(key=KEY).update(key="own_10")

    install_rules(at=NOW)
    install_rules(at=NOW)

    assert Rule.objects.get(key=KEY).number == len(RULES) + 1  # its own is taken
    assert RuleVersion.objects.in_force().filter(rule__key=KEY).count() == 1
    assert Rule.objects.count() == len(RULES) + 1


def test_a_rep_is_offered_the_colleagues_of_the_team_and_a_manager_whoever_may_work_deals(
    rep: User, other_rep: User, manager: User, as_rep: Client, as_manager: Client
) -> None:
    marketer = MarketerFactory.create()
    far = UserFactory.create(team=TeamFactory.create(side="sales", name="North"))
    deal = a_deal(rep)
    address = f"/deals/{deal.pk}/edit/"
    page: Any = as_rep.get(address)
    sent = {name: value or "" for name, value in page.context["form"].initial.items()}
    offered = {str(person.pk) for person in page.context["form"].fields["owner"].queryset}
    near = {str(one.pk) for one in (rep, other_rep, manager) if one.team_id == rep.team_id}

    assert offered == near
    for somebody in (marketer, far):
        assert as_rep.post(address, {**sent, "owner": str(somebody.pk)}).status_code == 422
    deal.refresh_from_db()
    assert deal.owner == rep
    choices = set(as_manager.get(address).context["form"].fields["owner"].queryset)
    assert {rep, other_rep, far, manager} <= choices
    assert marketer not in choices
