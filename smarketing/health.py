"""Is this process alive, and does everything run that it needs; strangers learn yes or no, never why.

`/healthz` is for who starts and stops processes: it answers as long as this one does. `/readyz` is for who watches
the installation. An administrator sees there, and under Settings, what is measured and its limit; so does
`./manage.py health` on the machine.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, require_role
from accounts.models import OutboxMessage, Role
from leads.models import DirtyContact
from reporting.queries.milestones import differences
from smarketing import heartbeats

logger = logging.getLogger(__name__)

STARTED = time.monotonic()
STARTING_SECONDS = 120
"""So long after this process began, a worker and a beat that were never heard may still be starting."""

HEARTBEAT_LIMIT = timedelta(seconds=90)
MAIL_LIMIT = timedelta(minutes=5)
CONTACT_LIMIT = timedelta(minutes=30)
"""A large import makes many contacts wait for minutes, which is no failure."""


@dataclass(frozen=True)
class Check:
    """One thing that is watched. `age` is what is held against `limit`; None when nothing waits or was heard."""

    key: str
    label: str | Promise
    is_ok: bool
    age: timedelta | None = None
    limit: timedelta | None = None
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        values = {
            "ok": self.is_ok,
            "age_seconds": self.age and round(self.age.total_seconds()),
            "limit_seconds": self.limit and round(self.limit.total_seconds()),
            "error": self.error,
        }
        return {name: value for name, value in values.items() if value not in (None, "")}


def checks(*, at: datetime) -> list[Check]:
    """Everything that is watched; a check that cannot be made is a failed one."""
    return [
        _made("database", _("Database"), _database),
        _made("redis", _("Redis"), _redis),
        _made("migrations", _("Migrations"), _migrations),
        _alive(heartbeats.WORKER, _("Worker"), at),
        _alive(heartbeats.BEAT, _("Clock of the sweeps"), at),
        _waiting("mail", _("Oldest mail that is due"), _oldest_mail, MAIL_LIMIT, at),
        _waiting("contacts", _("Oldest contact to look at again"), _oldest_contact, CONTACT_LIMIT, at),
    ]


def thorough_checks() -> list[Check]:
    """What reads whole tables, for a person who asks: no page watches it."""
    return [_made("milestones", _("Milestones"), _milestones)]


def _milestones() -> str:
    wrong = differences()
    return (
        f"{wrong} contacts differ from the ledger; SELECT reporting_rebuild_milestones() mends them"
        if wrong
        else ""
    )


def _made(key: str, label: Promise, look: Callable[[], str]) -> Check:
    try:
        error = look()
    except (DatabaseError, redis.RedisError, OSError) as raised:
        error = type(raised).__name__
        logger.warning("%s: %s", key, raised)
    return Check(key, label, not error, error=error)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _redis() -> str:
    with redis.Redis.from_url(settings.CACHE_URL, **settings.REDIS_OPTIONS) as client:
        client.ping()
    return ""


def _migrations() -> str:
    pending = pending_migrations()
    return ngettext("%(n)s to apply", "%(n)s to apply", pending) % {"n": pending} if pending else ""


def pending_migrations() -> int:
    """How many migrations the code knows and the database does not; DatabaseError without a database."""
    return len(known_migrations() - MigrationRecorder(connection).applied_migrations().keys())


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """App and name of each, by the files: to load them all would cost megabytes and a second in every process."""
    found = set()
    for config in apps.get_app_configs():
        folder, _ = MigrationLoader.migrations_module(config.label)
        package = folder and find_spec(folder)
        places = package.submodule_search_locations if package else None
        found |= {
            (config.label, module.name) for module in iter_modules(places or []) if module.name[0] not in "_~"
        }
    return frozenset(found)


def _alive(name: str, label: Promise, at: datetime) -> Check:
    try:
        told = heartbeats.last_of(name)
    except (DatabaseError, redis.RedisError, OSError) as error:
        return Check(name, label, False, limit=HEARTBEAT_LIMIT, error=type(error).__name__)
    if told is None:
        may_start = time.monotonic() - STARTED < STARTING_SECONDS
        return Check(name, label, may_start, limit=HEARTBEAT_LIMIT, error="" if may_start else "never heard")
    age = max(at - told, timedelta())
    return Check(name, label, age <= HEARTBEAT_LIMIT, age, HEARTBEAT_LIMIT)


def _waiting(
    key: str, label: Promise, oldest: Callable[[datetime], datetime | None], limit: timedelta, at: datetime
) -> Check:
    try:
        since = oldest(at)
    except DatabaseError as error:
        return Check(key, label, False, limit=limit, error=type(error).__name__)
    age = None if since is None else max(at - since, timedelta())
    return Check(key, label, age is None or age <= limit, age, limit)


def _oldest_mail(at: datetime) -> datetime | None:
    """Since when the first message of those that are due has been due; one that was given up is not waited for."""
    first: datetime | None = OutboxMessage.objects.due(at=at).aggregate(first=Min("due_at"))["first"]
    return first


def _oldest_contact(at: datetime) -> datetime | None:
    first: datetime | None = DirtyContact.objects.aggregate(first=Min("since"))["first"]
    return first


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when everything runs within its limits, else 503; what fails goes to the log and to administrators."""
    found = checks(at=timezone.now())
    failing = [check.key for check in found if not check.is_ok]
    answer: dict[str, Any] = {"ready": not failing}
    if failing:
        logger.warning("Not ready: %s", ", ".join(failing))
    if found[0].is_ok and is_administrator(request):
        answer["checks"] = {check.key: check.as_json() for check in found}
    return JsonResponse(answer, status=503 if failing else 200)


def is_administrator(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.role == Role.ADMIN


@require_safe
@never_cache
@require_role(Role.ADMIN)
def operations(request: SignedIn) -> HttpResponse:
    """What `/readyz` watches, for administrators."""
    return render(request, "smarketing/operations.html", {"checks": checks(at=timezone.now())})
