"""Who works here: invited, changed, deactivated and taken back by an administrator; and when they are away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Absence, Role, User
from accounts.outbox import post_mail


class PersonError(Exception):
    """A refused change of who works here; nothing was written."""


class LastAdministratorError(PersonError):
    """Without an administrator nobody could let anybody in again."""


class YourselfError(PersonError):
    """Nobody closes the door on themselves."""


class PersonChangedError(PersonError):
    """Somebody else changed the person since the form was opened."""


class AbsenceOverlapsError(PersonError):
    """The person is away on some of these days already."""


@transaction.atomic
def invite(*, values: Mapping[str, Any], actor: User, at: datetime) -> User:
    """Someone new, who chooses their password by a link in a mail. Two queries and the mail's row."""
    person = User(**values, joined_at=at, is_new=True)
    person.set_unusable_password()
    person.save()
    send_invitation(person, at=at)
    return person


def send_invitation(person: User, *, at: datetime) -> None:
    """The key carries the moment, so that a second invitation is a second mail."""
    key = f"invitation:{person.pk}:{at.timestamp():.0f}"
    post_mail({key: {"mail": "invitation", "user": person.pk}}, at=at)


def welcomed(person: User) -> bool:
    """Whether this is the first time that somebody who was invited comes in; once. One query for whoever is new."""
    return person.is_new and User.objects.filter(pk=person.pk, is_new=True).update(is_new=False) == 1


@transaction.atomic
def change_person(person: User, *, values: Mapping[str, Any], version: int, actor: User) -> User:
    """Name, role, team, right to sign, of a form that was opened on `version`.

    PersonChangedError when somebody else changed the person since, LastAdministratorError when nobody would be left
    to administer.
    """
    person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    values = {name: value for name, value in values.items() if getattr(person, name) != value}
    if not values:
        return person
    if person.version != version:
        raise PersonChangedError
    if person.role == Role.ADMIN and values.get("role", Role.ADMIN) != Role.ADMIN:
        _keep_an_administrator(person)
    for name, value in values.items():
        setattr(person, name, value)
    person.version += 1
    person.save(update_fields=[*values, "version"])
    return person


@transaction.atomic
def deactivate(person: User, *, actor: User) -> User:
    """No sign-in any more: every session is refused from its next request on, and the password is gone for good.

    What the person did and signed stays. YourselfError, LastAdministratorError.
    """
    if person == actor:
        raise YourselfError
    person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if person.role == Role.ADMIN:
        _keep_an_administrator(person)
    person.is_active = False
    person.set_unusable_password()  # sessions are signed with it: none revives when the person comes back
    person.save(update_fields=("is_active", "password"))
    return person


@transaction.atomic
def reactivate(person: User, *, actor: User, at: datetime) -> User:
    """Back again, by a new invitation; harmless for somebody who never left."""
    if User.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
        send_invitation(person, at=at)
    person.is_active = True
    return person


def _keep_an_administrator(person: User) -> None:
    """The others are locked, so that two administrators cannot remove each other at the same moment."""
    others = User.objects.active().filter(role=Role.ADMIN).exclude(pk=person.pk)
    if not list(others.select_for_update(of=("self",)).values_list("pk", flat=True)):
        raise LastAdministratorError


def record_absence(user: User, *, starts_at: datetime, ends_at: datetime, note: str = "") -> Absence:
    """New leads pass the person by meanwhile. AbsenceOverlapsError."""
    try:
        with transaction.atomic():
            return Absence.objects.create(user=user, starts_at=starts_at, ends_at=ends_at, note=note)
    except IntegrityError as error:
        if "absence_no_overlap" not in str(error):
            raise
        raise AbsenceOverlapsError from error


def cancel_absence(absence: Absence) -> None:
    """As if it had not been planned; one that is over stays, because deadlines were judged by it."""
    absence.delete()
