"""People are invited, changed and let go by an administrator; an absence is planned once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.forms import AbsenceForm
from accounts.mail import send_mail
from accounts.models import Absence, OutboxMessage, Role, User
from accounts.people import (
    AbsenceOverlapsError,
    LastAdministratorError,
    YourselfError,
    change_person,
    deactivate,
    invite,
    reactivate,
    record_absence,
)
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.moments import NOW, later

pytestmark = pytest.mark.django_db


def invited(admin: User) -> User:
    values = {"email": "new@smarketing.test", "first_name": "Zoé", "last_name": "Petit", "role": Role.REP}
    return invite(values=values, actor=admin, at=NOW)


def test_an_invitation_carries_a_link_that_is_stored_nowhere(admin: User, client: Client) -> None:
    invited(admin)
    row = OutboxMessage.objects.get()
    assert "http" not in str(row.payload)

    send_mail(row)

    link = next(line for line in str(mail.outbox[0].body).splitlines() if line.startswith("http"))
    answer = client.get("/" + link.split("/", 3)[3], follow=True)
    assert answer.status_code == 200
    assert 'type="password"' in answer.content.decode()
    key = link.rstrip("/").rpartition("-")[2]
    assert key not in str(row.payload)


def test_the_first_sign_in_is_only_by_the_link(admin: User) -> None:
    assert not invited(admin).has_usable_password()


def test_the_last_administrator_stays_one(admin: User) -> None:
    with pytest.raises(LastAdministratorError):
        change_person(admin, values={"role": Role.MANAGER}, version=1, actor=admin)


def test_one_of_two_administrators_may_step_back(admin: User) -> None:
    UserFactory.create(role=Role.ADMIN, team=None)

    assert change_person(admin, values={"role": Role.MANAGER}, version=1, actor=admin).role == Role.MANAGER


def test_nobody_deactivates_themselves(admin: User) -> None:
    UserFactory.create(role=Role.ADMIN, team=None)

    with pytest.raises(YourselfError):
        deactivate(admin, actor=admin)


def test_an_old_session_does_not_revive_when_the_person_comes_back(
    rep: User, admin: User, signed_in: Callable[[User], Client]
) -> None:
    browser = signed_in(rep)
    assert browser.get("/settings/").status_code == 200

    deactivate(rep, actor=admin)
    assert browser.get("/settings/").status_code == 302

    reactivate(User.objects.get(pk=rep.pk), actor=admin, at=NOW)
    assert browser.get("/settings/").status_code == 302


def test_an_absence_planned_twice_is_refused(rep: User) -> None:
    record_absence(rep, starts_at=NOW, ends_at=later(days=3))

    with pytest.raises(AbsenceOverlapsError):
        record_absence(rep, starts_at=later(days=2), ends_at=later(days=4))
    record_absence(rep, starts_at=later(days=3), ends_at=later(days=4))
    assert Absence.objects.count() == 2


def test_an_absence_of_whole_days_lasts_to_the_midnight_after_the_last(rep: User) -> None:
    data = {"user": rep.pk, "first_day": "2026-12-24", "last_day": "2026-12-26"}
    form = AbsenceForm(data, people=User.objects.all())
    assert form.is_valid()

    with timezone.override("Europe/Paris"):
        assert form.span == (
            datetime(2026, 12, 23, 23, tzinfo=UTC),
            datetime(2026, 12, 26, 23, tzinfo=UTC),
        )
    assert form.cleaned_data["first_day"] == date(2026, 12, 24)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_an_absence_has_no_day_at_the_ends_of_the_calendar(day: str, as_rep: Client, rep: User) -> None:
    answer = as_rep.post("/settings/absences/", {"user": rep.pk, "first_day": day, "last_day": day})

    assert answer.status_code == 422
    assert not Absence.objects.exists()


def test_a_rep_plans_for_nobody_else(as_rep: Client, other_rep: User) -> None:
    answer = as_rep.post(
        "/settings/absences/", {"user": other_rep.pk, "first_day": "2030-01-01", "last_day": "2030-01-02"}
    )

    assert answer.status_code == 422
    assert not Absence.objects.exists()


def test_an_administrator_cannot_be_smuggled_in_by_extra_fields(as_admin: Client) -> None:
    team = TeamFactory.create()
    person = {
        "email": "new@smarketing.test",
        "first_name": "Zoé",
        "last_name": "Petit",
        "role": "rep",
        "team": team.pk,
        "language": "fr",
        "time_zone": "Europe/Paris",
    }
    answer = as_admin.post("/settings/people/new/", person | {"is_superuser": "on", "password": "secret"})

    assert answer.status_code == 303
    made = User.objects.get(email="new@smarketing.test")
    assert (made.is_superuser, made.has_usable_password(), made.team) == (False, False, team)
