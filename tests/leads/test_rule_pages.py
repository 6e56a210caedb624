"""The pages of a rule: how it is kept, what was done against it, and a rule of the company's own from draft to door."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from accounts.models import User
from agreements.actions import propose, sign
from leads.actions.deals import lose_deal, move_deal, open_deal
from leads.errors import RuleAsks
from leads.models import DealStage
from leads.policies import overriding
from leads.questions import BUILT_IN
from lifecycle.compliance import months_of
from lifecycle.keys import RuleKey
from lifecycle.models import Rule, RuleEvent, RuleVersion, Stage
from lifecycle.rule_parameters import deal_stage_choices
from lifecycle.rule_words import rule_sections, ways_back
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import RuleFactory, RuleVersionFactory, StageFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.test_compliance import behind
from tests.leads.test_policies import KNOWS_THE_JOB, WHY, own_rule, rule_says

pytestmark = pytest.mark.django_db

CONTACT, STAGE, DEAL, ADVANCE = RuleEvent.CONTACT, RuleEvent.STAGE, RuleEvent.DEAL, RuleEvent.ADVANCE

OWN = {
    "question_en": "What must be known before a deal?",
    "question_fr": "",
    "text_en": "The job title, so that we know who decides.",
    "text_fr": "",
    "mode": "warn",
    "event": "deal",
    "target": "",
    "revision": "1",
}
KNOWN = {
    "criteria-r-kind": "all",
    "criteria-r_0-kind": "fact",
    "criteria-r_0-fact": "job_title",
    "criteria-r_0-op": "known",
}


def test_a_rule_shows_its_cases_and_what_was_done_against_it(as_rep: Client, rep: User) -> None:
    version = own_rule("deal", "warn")
    broken = ContactFactory.create(stage_id="sql", job_title="", owner=rep, last_name="Ferrand")
    kept = ContactFactory.create(stage_id="sql", job_title="Buyer", owner=rep)
    with overriding(WHY):
        open_deal(broken, name="M", amount_cents=1, owner=rep, at=NOW)
    open_deal(kept, name="N", amount_cents=1, owner=rep, at=NOW)

    (month,) = months_of(version, since=ago(days=40), until=NOW.replace(year=NOW.year + 1)) or ()
    page = as_rep.get(f"/rules/{version.rule.key}/").content.decode()

    assert (month.cases, month.exceptions, month.share) == (2, 1, 0.5)
    assert "Ferrand" in page
    assert WHY in page


def test_a_rule_of_our_own_says_by_name_at_which_stage_it_speaks(as_rep: Client) -> None:
    version = own_rule("stage", "warn", target="mql")

    page = as_rep.get(f"/rules/{version.rule.key}/").content.decode()
    assert "<dd>A contact enters a stage: MQL</dd>" in page


def test_a_rule_of_our_own_says_by_name_at_which_stage_of_a_deal_it_speaks(as_rep: Client) -> None:
    version = own_rule("advance", "warn", target="quote")

    page = as_rep.get(f"/rules/{version.rule.key}/").content.decode()
    assert "<dd>A deal comes to a stage: Quote sent</dd>" in page


def test_the_stages_of_a_deal_are_called_as_on_the_board() -> None:
    for language in ("en", "fr"):
        with translation.override(language):
            board = [(str(key), str(label)) for key, label in DealStage.choices]
            assert deal_stage_choices() == board


def test_each_time_a_deal_comes_to_a_stage_is_a_case_of_a_rule_on_that_stage(rep: User) -> None:
    """Three are opened; two move on, one of them is lost."""
    opening, quotes, anywhere = (
        RuleVersionFactory.create(
            rule=RuleFactory.create(number=number),
            mode="advise",
            event="advance",
            target=target,
            criteria=KNOWS_THE_JOB,
        )
        for number, target in ((41, "qualified"), (42, "quote"), (43, ""))
    )
    contacts = [ContactFactory.create(stage_id="sql", job_title=job) for job in ("", "Buyer", "Buyer")]
    deals = [open_deal(one, name="M", amount_cents=1, owner=rep, at=NOW) for one in contacts]
    for deal in deals[:2]:
        move_deal(deal, to="quote", actor=rep, at=later(hours=1))
    lose_deal(deals[0], reason="price", at=later(hours=2), actor=rep)

    def figures(version: RuleVersion) -> tuple[int, int]:
        (month,) = months_of(version, since=ago(days=40), until=later(days=40)) or ()
        assert behind(version, month.month)[::2] == (month.cases, month.exceptions)
        return month.cases, month.exceptions

    assert [figures(version) for version in (opening, quotes, anywhere)] == [(3, 1), (2, 1), (6, 3)]


@pytest.mark.parametrize(
    ("event", "target", "status"),
    [("advance", "quote", 303), ("advance", "", 303), ("advance", "mql", 422), ("owner", "quote", 422)],
)
def test_a_rule_on_deals_names_a_stage_of_deals_and_one_on_owners_names_none(
    as_marketer: Client, event: str, target: str, status: int
) -> None:
    sent = {**OWN, **KNOWN, "event": event, "target": target}
    assert as_marketer.post("/rules/new/", sent).status_code == status


@pytest.mark.parametrize(("event", "target"), [("answer", ""), ("owner", "quote"), ("deal", "won")])
def test_the_database_knows_no_other_event_and_no_target_where_none_is_named(event: str, target: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        own_rule(event, "warn", target=target)


def test_a_contact_of_another_team_is_counted_but_not_named(as_rep: Client, other_rep: User) -> None:
    version = own_rule("deal", "advise")
    theirs = ContactFactory.create(stage_id="sql", job_title="", owner=other_rep, last_name="Ferrand")
    open_deal(theirs, name="M", amount_cents=1, owner=other_rep, at=NOW)

    page = as_rep.get(f"/rules/{version.rule.key}/").content.decode()

    assert ("Ferrand" in page) != ("of a contact of another team" in page)


def test_every_rule_of_a_new_installation_has_its_page(as_marketer: Client) -> None:
    for key in Rule.objects.values_list("key", flat=True):
        assert as_marketer.get(f"/rules/{key}/").status_code == 200


def test_a_rule_promises_to_refuse_only_where_somebody_is_refused(as_marketer: Client) -> None:
    """The modes meet who acts against some of them, whose doors ask; the product itself acts by the others."""
    rule_says("distribution", "block")
    rule_says("handoff_delay", "block")
    with unguarded(RuleVersion):  # as it was signed before its mode met anybody
        RuleVersion.objects.filter(rule__key="handoff_delay").update(parameters={"hours": 24})
    asked = {key for doors in BUILT_IN.values() for key in doors} - {"handoff_delay"}
    refusing = {version.rule.key for version in RuleVersion.objects.in_force() if version.mode == "block"}
    assert {"distribution", "handoff_delay"} < refusing
    book = as_marketer.get("/rules/").content.decode()
    lines = {key: book.split(f'id="rule-{number}"')[1].split("</li>")[0] for key, number in numbers()}

    assert {key for key, line in lines.items() if "what breaks it is refused" in line} == asked & refusing
    told = set(lines) - asked - RuleKey.OF_MESSAGES
    assert {key for key, line in lines.items() if "the product acts by it" in line} == told
    assert {key for key, line in lines.items() if "a send check answers by it" in line} == RuleKey.OF_MESSAGES
    for key in lines:
        page = as_marketer.get(f"/rules/{key}/").content.decode()
        assert ("The product acts by it and holds nobody up" in page) == (key in told)
        assert ("A send check" in page) == (key in {*RuleKey.OF_MESSAGES, RuleKey.RETENTION})


def numbers() -> list[tuple[str, int]]:
    return list(Rule.objects.values_list("key", "number"))


def test_a_parameter_is_chosen_from_what_there_is(as_marketer: Client) -> None:
    text = {
        "question_en": "Q",
        "text_en": "A",
        "mode": "block",
        "revision": "1",
        "parameter_cool_down_days": "30",
    }

    stages = list(Stage.objects.active().order_by("position").values_list("key", flat=True))
    text |= {f"way_{high}-{low}": "reason" for place, high in enumerate(stages) for low in stages[:place]}
    closed = {f"way_customer-{low}": "forbidden" for low in stages[: stages.index("customer")]}
    wrong = as_marketer.post("/rules/regression/edit/", {**text, "way_sql-mql": "nobody"})
    right = as_marketer.post("/rules/regression/edit/", {**text, **closed, "way_sql-mql": "manager"})

    assert wrong.status_code == 422
    assert right.status_code == 303
    draft = RuleVersion.objects.get(rule__key="regression", agreement__state="draft")
    assert draft.parameters == {
        "cool_down_days": 30,
        "ways_back": {
            "sql": {"mql": "manager"},
            "customer": dict.fromkeys(("subscriber", "lead", "mql", "sql", "opportunity"), "forbidden"),
        },
    }
    page = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()
    assert "From SQL to MQL: only by a manager" in page
    assert "From Customer: forbidden" in page
    with translation.override("fr"):
        told = {part.label: part.text for part in rule_sections(draft)}["Retours possibles"]
    assert told.splitlines() == [
        "De SQL à MQL\u202f: seulement par la direction",
        "De Client\u202f: interdit",
        "Tout autre retour\u202f: avec un motif",
    ]


def test_ways_back_of_stages_whose_names_cross_are_two(as_marketer: Client) -> None:
    for place, key in enumerate(("c", "b_c", "a", "a_b")):
        StageFactory.create(key=key, position=1000 + place)
    stages = list(Stage.objects.active().order_by("position").values_list("key", flat=True))
    text = {
        "question_en": "Q",
        "text_en": "A",
        "mode": "block",
        "revision": "1",
        "parameter_cool_down_days": "30",
    }
    text |= {f"way_{high}-{low}": "reason" for place, high in enumerate(stages) for low in stages[:place]}

    as_marketer.post("/rules/regression/edit/", {**text, "way_a-b_c": "forbidden", "way_a_b-c": "manager"})

    draft = RuleVersion.objects.get(rule__key="regression", agreement__state="draft")
    assert draft.parameters["ways_back"] == {"a": {"b_c": "forbidden"}, "a_b": {"c": "manager"}}


def test_the_matrix_of_a_rule_signed_before_it_was_there_is_what_was_signed(
    as_manager: Client, as_marketer: Client
) -> None:
    """Final stages are rows of the matrix from which every way is forbidden, on the page and in the form."""
    version = RuleVersion.objects.in_force().get(rule__key="regression")
    with unguarded(RuleVersion):
        version.parameters = {"cool_down_days": 30, "final_stages": ["customer"]}
        version.save()

    rows = {row.stage.key: [way.value for _target, way in row.cells] for row in ways_back(version)}
    assert rows["customer"] == ["forbidden"] * 5
    assert rows["sql"] == ["reason"] * 3
    assert as_manager.get("/rules/regression/").content.decode().count('class="is-forbidden"') == 5
    form = as_marketer.get("/rules/regression/edit/").content.decode()
    assert form.count('value="forbidden" selected') == 5
    assert form.count('value="reason" selected') == 16


@pytest.mark.parametrize("address", ["/rules/regression/", "/rules/regression/edit/"])
def test_the_stages_of_the_matrix_open_their_definitions_at_the_same_cost(
    as_marketer: Client, django_assert_max_num_queries: Any, address: str
) -> None:
    as_marketer.get(address)
    with django_assert_max_num_queries(60) as few:
        page = as_marketer.get(address).content.decode()
    assert (
        page.count('href="/terms/marketing-qualified-lead/" data-define>MQL</a>') == 2
    )  # left, and gone back to
    assert 'data-label="to MQL"' in page
    for _ in range(4):
        StageFactory.create()
    with django_assert_max_num_queries(len(few)):
        as_marketer.get(address)


def test_a_rule_without_criteria_says_nothing_and_is_not_saved(as_marketer: Client) -> None:
    answer = as_marketer.post("/rules/new/", {**OWN, "criteria-r-kind": "all"})

    assert answer.status_code == 422
    assert "Add at least one criterion" in answer.content.decode()
    assert not Rule.objects.filter(key__startswith="own_").exists()


def test_a_stage_does_not_go_with_a_deal(as_marketer: Client) -> None:
    answer = as_marketer.post("/rules/new/", {**OWN, "target": "mql"})

    assert answer.status_code == 422
    assert not Rule.objects.filter(key__startswith="own_").exists()


def test_a_rule_of_our_own_is_obeyed_once_both_teams_signed_it(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    contact = ContactFactory.create(stage_id="sql", job_title="", owner=rep)
    answer = as_marketer.post("/rules/new/", {**OWN, **KNOWN})
    assert answer.status_code == 303
    draft = RuleVersion.objects.latest("pk")
    open_deal(contact, name="Before", amount_cents=1, owner=rep, at=NOW)

    proposed = propose(draft.agreement, actor=marketer, at=NOW)
    for person in (marketer, rep):
        sign(proposed, actor=person, read_hash=proposed.content_hash, at=NOW)

    assert draft.criteria == {"all": [{"fact": "job_title", "op": "known"}]}
    with pytest.raises(RuleAsks):
        open_deal(contact, name="After", amount_cents=1, owner=rep, at=NOW)
    page = as_marketer.get(f"/rules/{draft.rule.key}/")
    assert "job title is known" in page.content.decode().lower()
    assert as_marketer.get(f"/rules/{draft.rule.key}/edit/").status_code == 200
