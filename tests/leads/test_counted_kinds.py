"""Whom the figures of a persona, a scoring model, a rule and a funnel count: each opens its contacts, with why."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from leads.consequences.funnel import consequences as of_funnel
from leads.models import Contact, ScoringModel
from lifecycle.funnel import as_it_stands
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleVersion
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import (
    ContactFactory,
    ContactScoreFactory,
    ScoringModelFactory,
    ScoringRuleFactory,
    TouchpointFactory,
)
from tests.factories.lifecycle import FunnelVersionFactory, RuleVersionFactory
from tests.factories.moments import NOW
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db

BUYER = {"all": [{"fact": "job_title", "op": "is", "value": "Buyer"}]}
KNOWN = {"all": [{"fact": "job_title", "op": "known"}]}


def lines(client: Client, version: Any, figure: str) -> dict[str, Any]:
    page = client.get(f"/agreements/{version.agreement_id}/contacts/{figure}/")
    assert page.status_code == 200
    found = {contact.first_name: told for contact, told in page.context["listed"].lines}
    assert page.context["listed"].page.total == len(found)
    return found


@pytest.fixture
def persona() -> Any:
    old = PersonaVersionFactory.create(match=KNOWN, name_en="Titled")
    new = PersonaVersionFactory.create(
        persona=old.persona, match=BUYER, agreement__in_force=False, agreement__number=2, name_en="Buyers"
    )
    ContactFactory.create(first_name="Nora", persona=old.persona, job_title="Buyer")
    ContactFactory.create(first_name="Yann", persona=old.persona, job_title="Clerk")
    ContactFactory.create(first_name="Priya", persona=None, job_title="Buyer")
    ContactFactory.create(first_name="Otto", persona=None, job_title="")
    return new


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("was", {"Nora", "Yann"}),
        ("would", {"Nora", "Priya"}),
        ("leave", {"Yann"}),
        ("stay", {"Nora"}),
        ("enter", {"Priya"}),
        ("enter-from-none", {"Priya"}),
        ("changes", {"Yann", "Priya"}),
        ("to-nobody", {"Yann"}),
    ],
)
def test_the_figures_of_a_persona_open_their_contacts(
    persona: Any, as_marketer: Client, figure: str, expected: set[str]
) -> None:
    assert set(lines(as_marketer, persona, figure)) == expected


def test_each_is_told_of_which_persona_it_is_and_would_be_and_why(persona: Any, as_marketer: Client) -> None:
    (leaving,) = lines(as_marketer, persona, "leave").values()
    assert (leaving.then.holds, leaving.then.because) == (False, "job title: “Clerk”, not “Buyer”")
    assert leaving.follows == "From “Buyers” to “No persona”, once something new is known."
    page = as_marketer.get(f"/agreements/{persona.agreement_id}/").content.decode()
    for figure in ("was", "would", "leave", "stay", "enter", "enter-from-none", "changes", "to-nobody"):
        assert f"/agreements/{persona.agreement_id}/contacts/{figure}/" in page


@pytest.fixture
def model() -> ScoringModel:
    """A draft by which one page view is enough; Nora gains, Yann loses."""
    draft: ScoringModel = ScoringModelFactory.create(fit_threshold=0, engagement_threshold=10)
    ScoringRuleFactory.create(model=draft)
    nora, yann = ContactFactory.create(first_name="Nora"), ContactFactory.create(first_name="Yann")
    TouchpointFactory.create(contact=nora, kind="page_view", occurred_at=timezone.now())
    ContactScoreFactory.create(contact=yann, fit=80, engagement=70)
    ContactFactory.create(first_name="Otto")
    return draft


def test_the_figures_of_a_scoring_model_open_their_contacts_with_both_scores(
    model: ScoringModel, as_marketer: Client
) -> None:
    gained, lost = lines(as_marketer, model, "enter"), lines(as_marketer, model, "leave")
    assert (set(gained), set(lost)) == ({"Nora"}, {"Yann"})
    assert (gained["Nora"].then.holds, gained["Nora"].then.because) == (True, "fit 0 ≥ 0, engagement 10 ≥ 10")
    assert (lost["Yann"].now.holds, lost["Yann"].now.because) == (True, "fit 80 ≥ 60, engagement 70 ≥ 50")
    assert (lost["Yann"].then.holds, lost["Yann"].then.because) == (False, "fit 0 ≥ 0, engagement 0 < 10")
    assert gained["Nora"].follows == "Handed over if the definition of MQL holds."
    assert lines(as_marketer, model, "stay") == {}
    Contact.objects.filter(first_name="Nora").update(stage="sql", stage_since=NOW)
    assert lines(as_marketer, model, "enter")["Nora"].follows == "Stays in SQL."
    page = as_marketer.get(f"/agreements/{model.agreement_id}/").content.decode()
    for figure in ("was", "would", "leave", "stay", "enter"):
        assert f"/agreements/{model.agreement_id}/contacts/{figure}/" in page


def test_a_trial_of_a_scoring_model_that_takes_long_is_stopped_and_said_to(
    model: ScoringModel, as_rep: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: object, **options: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    monkeypatch.setattr("leads.criteria_trial.PATIENCE_MS", 50)
    monkeypatch.setattr("leads.scoring.consequences.trial", slow)

    page = as_rep.get(f"/agreements/{model.agreement_id}/contacts/enter/")

    assert page.status_code == 200
    assert "take too long to be held against everybody" in page.content.decode()


def test_a_trial_that_takes_long_holds_up_no_signer_and_no_writer(
    model: ScoringModel, as_marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: object, **options: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    monkeypatch.setattr("leads.criteria_trial.PATIENCE_MS", 50)
    monkeypatch.setattr("leads.scoring.consequences.trial", slow)
    monkeypatch.setattr("leads.views.scoring_draft.preview", slow)

    signed = as_marketer.get(f"/agreements/{model.agreement_id}/")
    written = as_marketer.get("/scoring/edit/")

    for page in (signed, written):
        assert page.status_code == 200
        assert "Trying it took longer than a page can wait, and was stopped." in page.content.decode()
    told = signed.context["consequences"]
    assert [(change.label, change.before, change.after) for change in told.changes] == [
        ("Fit, threshold", "60", "0"),
        ("Engagement, threshold", "50", "10"),
    ]
    assert (told.flow, told.arrivals) == (None, 0)
    assert told.meanings[0].text == "Whom it would change is not known now"


def test_a_rule_of_ones_own_opens_those_it_speaks_against(as_marketer: Client, as_rep: Client) -> None:
    rule = RuleVersionFactory.create(
        event=RuleEvent.STAGE, target="mql", criteria=BUYER, agreement__in_force=False
    )
    stranger = UserFactory.create(team=TeamFactory.create(name="South"))
    ContactFactory.create(first_name="Nora", stage_id="mql", stage_since=NOW, job_title="Buyer")
    ContactFactory.create(
        first_name="Yann", stage_id="mql", stage_since=NOW, job_title="Clerk", owner=stranger
    )
    ContactFactory.create(first_name="Otto", job_title="Clerk")
    found = lines(as_marketer, rule, "then")
    assert set(found) == {"Yann"}
    assert found["Yann"].then.because == "job title: “Clerk”, not “Buyer”"
    assert found["Yann"].follows == "The rule speaks against it."
    assert lines(as_rep, rule, "then") == {}


def test_a_rule_of_the_product_opens_them_too_and_one_of_deals_counts_no_contacts(
    as_marketer: Client,
) -> None:
    in_force = RuleVersion.objects.in_force().get(rule__key=RuleKey.MINIMUM_INFORMATION)
    draft = RuleVersionFactory.create(
        rule=in_force.rule,
        parameters={"any_of": ["email"]},
        agreement__in_force=False,
        agreement__number=2,
        agreement__subject=in_force.agreement.subject,
    )
    ContactFactory.create(first_name="Nora", email="", phone="+33123456789")
    ContactFactory.create(first_name="Yann")
    assert set(lines(as_marketer, draft, "then")) == {"Nora"}
    deals = RuleVersion.objects.in_force().get(rule__key=RuleKey.DEAL_CREATION)
    assert as_marketer.get(f"/agreements/{deals.agreement_id}/contacts/then/").status_code == 404


def test_what_changes_in_the_funnel_leads_to_the_contacts_that_stand_there() -> None:
    stages = [
        {**stage, "name_en": "Ready", "name_fr": "Prêt"} if stage["key"] == "mql" else stage
        for stage in as_it_stands().stages
    ]
    ContactFactory.create(stage_id="mql", stage_since=NOW)
    told = of_funnel(FunnelVersionFactory.create(stages=stages), as_it_stands(), NOW)
    assert [meaning.url for meaning in told.meanings if "is called" in meaning.text] == [
        "/contacts/?stage=mql"
    ]


@pytest.mark.parametrize("kind", ["persona", "model"])
def test_a_page_costs_the_same_for_three_and_for_thirty(
    as_marketer: Client, request: pytest.FixtureRequest, kind: str, marketer: User
) -> None:
    version, counts = request.getfixturevalue(kind), []
    for number in (3, 27):
        for contact in ContactFactory.create_batch(number, job_title="Buyer"):
            TouchpointFactory.create(contact=contact, kind="page_view", occurred_at=timezone.now())
        lines_of = f"/agreements/{version.agreement_id}/contacts/would/"
        as_marketer.get(lines_of)
        with CaptureQueriesContext(connection) as captured:
            as_marketer.get(lines_of)
        counts.append(len(captured))
    assert counts[0] == counts[1]
