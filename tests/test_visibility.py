"""Every model says who is shown its rows; whatever a person sees starts from there."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from factory.django import DjangoModelFactory

from accounts.models import OutboxMessage, SavedView, TakenForm, Team, User
from agreements.models import Signature
from leads.models import DirtyContact, Erasure, ErasureRun, ImportMapping, ImportRefusal
from leads.retention import retention_rule
from reporting.models import Objective
from sla.models import Seat, SweepMark
from tests.factories import accounts, leads, lifecycle, personas, sla
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import ContactFactory, ImportRunFactory
from tests.factories.moments import NOW, ago

APPS = ("accounts", "agreements", "lifecycle", "personas", "leads", "sla", "reporting")

MODELS: list[type[Model]] = [model for app in APPS for model in apps.get_app_config(app).get_models()]
STORED = [model for model in MODELS if model._meta.db_table not in ("replay_stay", "replay_occasion")]
"""Without the temporary tables of one transaction."""


def test_every_model_says_who_sees_its_rows() -> None:
    assert len(MODELS) > 80
    assert [model for model in MODELS if not hasattr(model._default_manager, "visible_to")] == []


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
    gone = UserFactory.create(is_active=False)

    manager: Any = type(row)._default_manager
    assert manager.filter(pk=row.pk).exists()
    assert not manager.visible_to(gone).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("model", STORED, ids=lambda model: model._meta.label)
def test_an_administrator_who_left_sees_nothing_that_was_there_from_the_start(model: type[Model]) -> None:
    """Of what the migrations write, and of nothing else the question can be asked."""
    manager: Any = model._default_manager
    gone = UserFactory.create(is_active=False, role="admin")
    assert not manager.visible_to(gone).exists()


@pytest.mark.django_db
def test_a_saved_view_is_ones_own_or_shared_within_the_team() -> None:
    team, another = TeamFactory.create(), Team.objects.create(name="North", side="sales")
    rep, colleague, stranger, teamless = (UserFactory.create(team=of) for of in (team, team, another, None))
    for owner, name, shared in ((rep, "own", False), (colleague, "kept", False), (colleague, "shared", True)):
        SavedView.objects.create(user=owner, page="contacts", name=name, shared=shared)
    SavedView.objects.create(user=UserFactory.create(team=None), page="contacts", name="loose", shared=True)

    assert seen(SavedView, rep, "name") == {"own", "shared"}
    assert seen(SavedView, stranger, "name") == set()
    assert seen(SavedView, teamless, "name") == set()


@pytest.mark.django_db
def test_what_a_file_held_is_for_those_who_import(
    rep: User, marketer: User, manager: User, admin: User
) -> None:
    run = ImportRunFactory.create()
    ImportRefusal.objects.create(run=run, line=7, reason="bad_email", cells=["ana@"])
    ImportMapping.objects.create(fingerprint="f" * 64, target="contacts", mapping={}, saved_at=NOW)

    for model in (ImportRefusal, ImportMapping):
        assert not seen(model, rep)
        assert all(len(seen(model, person)) == 1 for person in (marketer, manager, admin))


@pytest.mark.django_db
def test_who_was_erased_is_for_those_who_approve_it(
    rep: User, marketer: User, manager: User, admin: User
) -> None:
    rule = retention_rule()
    assert rule
    run = ErasureRun.objects.create(version=rule, approved_by=admin, approved_at=NOW, total=1)
    Erasure.objects.create(contact=ContactFactory.create(), run=run, at=NOW)

    assert [len(seen(Erasure, person)) for person in (rep, marketer, manager, admin)] == [0, 0, 1, 1]


@pytest.mark.django_db
def test_a_rep_sees_their_own_seat_and_who_sets_them_sees_all(rep: User, manager: User) -> None:
    for person in (rep, UserFactory.create()):
        Seat.objects.update_or_create(user=person, defaults={"daily_cap": 5})

    assert seen(Seat, rep, "user") == {rep.pk}
    assert len(seen(Seat, manager)) == Seat.objects.count() >= 2


@pytest.mark.django_db
def test_what_the_machinery_notes_is_shown_to_nobody(rep: User, admin: User) -> None:
    OutboxMessage.objects.create(channel="email", key="1", created_at=NOW, due_at=NOW)
    SweepMark.objects.update_or_create(name="handoffs", defaults={"position": 3})
    TakenForm.objects.create(user=rep, fingerprint="f", taken_at=NOW)

    assert not seen(OutboxMessage, admin)
    assert not seen(SweepMark, admin)
    assert (len(seen(TakenForm, rep)), len(seen(TakenForm, admin))) == (1, 0)


@pytest.mark.django_db
def test_what_follows_from_a_contact_is_seen_with_it(rep: User, marketer: User) -> None:
    strangers = ContactFactory.create(
        owner=UserFactory.create(team=Team.objects.create(name="North", side="sales")), created_at=ago(days=1)
    )
    DirtyContact.objects.get_or_create(contact=strangers, defaults={"since": NOW})

    assert strangers.pk not in seen(DirtyContact, rep, "contact")
    assert strangers.pk in seen(DirtyContact, marketer, "contact")


@pytest.mark.django_db
def test_what_is_agreed_is_read_by_everybody(rep: User) -> None:
    Objective.objects.create(month="2026-11-01", amount_cents=7_200_000)

    assert len(seen(Objective, rep)) == 1
    assert seen(Team, rep) == set(Team.objects.values_list("pk", flat=True)) != set()
    assert seen(Signature, rep) == set(Signature.objects.values_list("pk", flat=True))


def seen(model: Any, person: User, column: str = "pk") -> set[Any]:
    return set(model.objects.visible_to(person).values_list(column, flat=True))
