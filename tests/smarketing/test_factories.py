"""Every factory builds a row that the database accepts."""

from typing import Any

import pytest
from django.db import connection

from leads.models import StageInterval, Transition
from tests.factories import accounts, agreements, leads, lifecycle, personas, sla

FACTORIES = [
    accounts.TeamFactory,
    accounts.UserFactory,
    accounts.MarketerFactory,
    accounts.AbsenceFactory,
    accounts.NotificationFactory,
    accounts.SavedViewFactory,
    agreements.AgreementFactory,
    agreements.SignatureFactory,
    lifecycle.StageFactory,
    lifecycle.StatusFactory,
    lifecycle.FunnelVersionFactory,
    lifecycle.StageDefinitionFactory,
    lifecycle.StatusDefinitionFactory,
    lifecycle.FieldFactory,
    lifecycle.TermFactory,
    lifecycle.TermVersionFactory,
    lifecycle.CommentFactory,
    lifecycle.RuleFactory,
    lifecycle.RuleVersionFactory,
    personas.PersonaFactory,
    personas.PersonaVersionFactory,
    leads.SourceFactory,
    leads.CampaignFactory,
    leads.CompanyFactory,
    leads.ContactFactory,
    leads.TransitionFactory,
    leads.TouchpointFactory,
    leads.ExternalIdFactory,
    leads.AnswerFactory,
    leads.DealFactory,
    leads.ScoringModelFactory,
    leads.ScoringGroupFactory,
    leads.ScoringRuleFactory,
    leads.ImportRunFactory,
    sla.ContractVersionFactory,
    sla.CalendarFactory,
    sla.ClauseFactory,
    sla.SeatFactory,
    sla.HandoffFactory,
    sla.ClockFactory,
    sla.BreachFactory,
]


@pytest.mark.django_db
@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_a_factory_builds_a_valid_row(factory: Any) -> None:
    assert factory.create().pk
    connection.check_constraints()


@pytest.mark.django_db
def test_a_contact_built_in_a_stage_has_its_history() -> None:
    contact = leads.ContactFactory.create(stage_id="mql")

    assert Transition.objects.get(contact=contact).to_value == "mql"
    interval = StageInterval.objects.get(contact=contact)
    assert (interval.entered_at, interval.left_at) == (contact.stage_since, None)
