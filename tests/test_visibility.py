"""Whatever a person may be shown starts from `visible_to`; what is never shown by itself is named here."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Model
from factory.django import DjangoModelFactory

from tests.factories import accounts, leads, lifecycle, personas, sla
from tests.factories.accounts import UserFactory

APPS = ("accounts", "agreements", "lifecycle", "personas", "leads", "sla", "reporting")

PARTS = {
    # Read and written through what they belong to
    "accounts.SavedView",
    "accounts.Team",
    "agreements.Acknowledgement",
    "agreements.Settlement",
    "agreements.Signature",
    "agreements.Writing",
    "leads.Erasure",
    "leads.ImportMapping",
    "leads.ImportRefusal",
    "leads.ImportedCompany",
    "leads.ImportedRow",
    "leads.ScoringGroup",
    "leads.ScoringRule",
    "reporting.Milestone",
    "reporting.Objective",
    "sla.Calendar",
    "sla.Clause",
    "sla.Seat",
    # Never shown to anybody
    "accounts.OutboxMessage",
    "accounts.TakenForm",
    "leads.DirtyContact",
    "leads.FullRescore",
    "leads.Publication",
    "leads.ReplayOccasion",
    "leads.ReplayStay",
    "sla.SweepMark",
}


def test_every_model_says_who_sees_its_rows() -> None:
    without = {
        model._meta.label
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if not hasattr(model._default_manager, "visible_to")
    }

    assert without == PARTS


FACTORIES = [
    made
    for module in (accounts, leads, lifecycle, personas, sla)
    for made in vars(module).values()
    if isinstance(made, type) and issubclass(made, DjangoModelFactory) and made.__module__ == module.__name__
]


@pytest.mark.django_db
@pytest.mark.parametrize("made", FACTORIES, ids=lambda made: made.__name__)
def test_somebody_who_left_sees_nothing(made: type[DjangoModelFactory[Model]]) -> None:
    """One row at least of each model that a factory makes."""
    row = made.create()
    visible = getattr(type(row)._default_manager, "visible_to", None)
    if visible is None:
        assert row._meta.label in PARTS
        return
    gone = UserFactory.create(is_active=False)

    assert type(row)._default_manager.filter(pk=row.pk).exists()
    assert not visible(gone).exists()
