"""A campaign that agreed criteria name keeps its name as long as they would mean others by it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.models import ENDED, Agreement, State
from leads.actions.campaigns import save_campaign
from leads.campaign_names import namings_changed
from leads.errors import CampaignNamed
from leads.models import Campaign
from lifecycle.models import StageDefinition
from tests.factories.leads import CampaignFactory, ScoringRuleFactory
from tests.factories.lifecycle import (
    ProcedureVersionFactory,
    RuleVersionFactory,
    StageDefinitionFactory,
    StatusDefinitionFactory,
)
from tests.factories.moments import NOW
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db

OF_SPRING = {"fact": "campaign", "op": "is", "value": "Spring fair"}
MET = {"touch": "event_met", "op": "at_least", "count": 1, "where": {"campaign": "Spring fair"}}


def agreed(criteria: dict[str, Any], *, state: str = State.IN_FORCE) -> StageDefinition:
    """Version 2 of MQL in that state; what was in force is superseded by one that is."""
    dated: dict[str, Any] = {"agreement__state": state}
    if state == State.IN_FORCE:
        Agreement.objects.filter(subject="stage:mql").update(state=State.SUPERSEDED, in_force_until=NOW)
        dated = {"agreement__in_force": True, "agreement__in_force_from": NOW}
    if state in ENDED:
        dated |= {"agreement__closed_at": NOW, "agreement__close_reason": "The fair is over."}
    definition: StageDefinition = StageDefinitionFactory.create(
        criteria=criteria, agreement__number=2, **dated
    )
    return definition


def rename(client: Client, campaign: Campaign, name: str) -> tuple[int, str]:
    values = {"name": name, "source": campaign.source_id, "cost": "0", "version": campaign.version}
    answer = client.post(f"/campaigns/{campaign.pk}/edit/", values)
    return answer.status_code, answer.content.decode()


def test_a_rename_that_would_change_a_definition_in_force_is_refused_and_names_the_version(
    as_marketer: Client,
) -> None:
    campaign = CampaignFactory.create(name="Spring fair")
    definition = agreed(MET)

    status, page = rename(as_marketer, campaign, "Autumn fair")

    assert status == 422
    link = f'<a class="sm-link" href="/agreements/{definition.agreement_id}/">Stage definition MQL, v2 (in force)</a>'
    assert (
        f"Under the name “Autumn fair” other contacts would be meant by {link}."
        " Agree first on a version that names both." in page
    )
    campaign.refresh_from_db()
    assert (campaign.name, campaign.version) == ("Spring fair", 1)


def test_the_refusal_is_worded_in_french_and_shows_a_name_as_text(
    as_marketer: Client, marketer: User
) -> None:
    campaign = CampaignFactory.create(name="Spring fair")
    agreed(OF_SPRING)
    marketer.language = "fr"
    marketer.save(update_fields=["language"])

    _status, page = rename(as_marketer, campaign, "Salon {0} <b>100 %s</b>")

    assert (
        "Sous le nom «\u202fSalon {0} &lt;b&gt;100 %s&lt;/b&gt;\u202f», d’autres contacts seraient visés par"
        in page
    )
    assert (
        "Définition d’étape MQL, v2 (en vigueur)</a>. Convenez d’abord d’une version qui nomme les deux."
        in page
    )


def test_the_action_refuses_too_and_says_the_version_in_words() -> None:
    campaign = CampaignFactory.create(name="Spring fair", brief="Hall 4")
    agreed(OF_SPRING)
    campaign.name, campaign.brief = "Autumn fair", "Hall 5"

    with pytest.raises(CampaignNamed) as refusal:
        save_campaign(campaign, cost_cents=0, version=1)

    assert str(refusal.value) == (
        "Under the name “Autumn fair” other contacts would be meant by Stage definition MQL, v2 (in force)."
        " Agree first on a version that names both."
    )
    assert Campaign.objects.values_list("name", "brief", "version").get() == ("Spring fair", "Hall 4", 1)


def test_everything_else_of_the_campaign_can_be_changed_and_its_name_where_nothing_else_is_meant(
    as_marketer: Client,
) -> None:
    campaign = CampaignFactory.create(name="Spring fair")
    agreed(OF_SPRING)
    for name in ("Spring fair", "SPRING FAIR"):  # criteria do not tell small letters from capitals
        campaign.refresh_from_db()
        assert rename(as_marketer, campaign, name)[0] == 303


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"op": "is", "value": "Spring fair"}, True),
        ({"op": "is_not", "value": "Spring fair"}, True),
        ({"op": "in", "value": ["Spring fair", "Autumn fair"]}, False),
        ({"op": "in", "value": ["Spring fair", "Summer fair"]}, True),
        (
            {"op": "is", "value": "Autumn fair"},
            True,
        ),  # one of another name would become the one that is meant
        ({"op": "is", "value": "Winter fair"}, False),
        ({"op": "contains", "value": "fair"}, False),
        ({"op": "starts_with", "value": "spring"}, True),
        ({"op": "known"}, False),
    ],
)
def test_it_is_refused_where_the_criteria_answer_otherwise_under_the_new_name(
    asked: dict[str, Any], refused: bool
) -> None:
    agreed({"all": [{"not": {"any": [{"fact": "campaign", **asked}]}}]})
    assert bool(namings_changed("Spring fair", "Autumn fair")) is refused


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        (State.IN_FORCE, True),
        (State.DRAFT, True),
        (State.PROPOSED, True),
        (State.WITHDRAWN, False),
        (State.DECLINED, False),
    ],
)
def test_what_is_in_force_or_being_agreed_on_keeps_the_name_and_what_is_over_does_not(
    state: str, refused: bool
) -> None:
    agreed(OF_SPRING, state=state)
    assert bool(namings_changed("Spring fair", "Autumn fair")) is refused


def test_a_version_that_names_both_lets_the_campaign_be_renamed(as_marketer: Client) -> None:
    campaign = CampaignFactory.create(name="Spring fair")
    agreed({**MET, "where": {"campaign": ["Spring fair", "Autumn fair"]}})

    assert rename(as_marketer, campaign, "Autumn fair")[0] == 303

    assert Campaign.objects.get().name == "Autumn fair"


def test_every_kind_of_criteria_keeps_the_name() -> None:
    StatusDefinitionFactory.create(criteria=OF_SPRING)
    ProcedureVersionFactory.create(scope="stage:mql", criteria=OF_SPRING, name_en="After a fair")
    RuleVersionFactory.create(
        event="stage", target="mql", criteria=OF_SPRING, question_en="Who is from the fair?"
    )
    territory = {"name": "Fairs", "criteria": {"all": [MET]}, "reps": [], "otherwise": "wait"}
    RuleVersionFactory.create(parameters={"territories": [territory]}, question_en="Who gets them?")
    PersonaVersionFactory.create(match={"any": [OF_SPRING]}, name_en="Visitor")
    ScoringRuleFactory.create(axis="fit", kind="", criteria=OF_SPRING)

    found = namings_changed("Spring fair", "Autumn fair")

    assert sorted(naming.title for naming in found) == [
        "After a fair",
        "Gone dark",
        "Scoring model",
        "Visitor",
        "Who gets them?",
        "Who is from the fair?",
    ]


def test_a_hundred_versions_are_read_at_the_cost_of_three() -> None:
    costs = []
    for number in (3, 97):
        for _ in range(number):
            RuleVersionFactory.create(event="stage", target="mql", criteria=OF_SPRING)
        with CaptureQueriesContext(connection) as captured:
            assert namings_changed("Spring fair", "Autumn fair")
        costs.append(len(captured))
    assert costs == [9, 9]
