"""Whatever a person may be shown starts from `visible_to`; what is never shown by itself is named here."""

from __future__ import annotations

import pytest
from django.apps import apps

from accounts.models import User
from tests.factories.accounts import UserFactory

APPS = ("accounts", "agreements", "lifecycle", "personas", "leads", "sla", "reporting")

PARTS = {
    # Read and written through what they belong to
    "accounts.Absence",
    "accounts.SavedView",
    "accounts.Team",
    "agreements.Acknowledgement",
    "agreements.Settlement",
    "agreements.Signature",
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

    assert without - PARTS == set()


@pytest.mark.django_db
def test_somebody_who_left_sees_nothing(rep: User) -> None:
    gone = UserFactory.create(is_active=False)

    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            visible = getattr(model._default_manager, "visible_to", None)
            if visible is not None and model._meta.label != "accounts.Notification":
                assert not visible(gone).exists(), model._meta.label
