"""The reader's language and time zone for the length of a request, and how long a session may live."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from accounts.models import User

IDLE_LIMIT = timedelta(hours=8)
ABSOLUTE_LIMIT = timedelta(days=7)
SEEN_STEP = timedelta(minutes=5)
"""How old the mark of the last request may get before it is written again: one write in five minutes."""

SINCE, SEEN = "signed_in_at", "seen_at"

Handler = Callable[[HttpRequest], HttpResponseBase]


def no_null(get_response: Handler) -> Handler:
    """An address with a NUL byte finds nothing: no text of ours has one, and PostgreSQL takes none."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        return get_response(request)

    return middleware


def session_limits(get_response: Handler) -> Handler:
    """Sign out who was away for 8 hours, and everybody after 7 days.

    A deactivated person needs no sweep: the session's user is looked up in each request among the active.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = timezone.now()
            if is_expired(request.session, at=now):
                auth.logout(request)
            else:
                mark(request.session, at=now)
        return get_response(request)

    return middleware


def is_expired(session: SessionBase, *, at: datetime) -> bool:
    """A session without marks is new."""
    since, seen = _moment(session, SINCE, at), _moment(session, SEEN, at)
    return at - since >= ABSOLUTE_LIMIT or at - seen >= IDLE_LIMIT


def mark(session: SessionBase, *, at: datetime) -> None:
    if SINCE not in session:
        session[SINCE] = at.timestamp()
    if SEEN not in session or at - _moment(session, SEEN, at) >= SEEN_STEP:
        session[SEEN] = at.timestamp()


def _moment(session: SessionBase, key: str, default: datetime) -> datetime:
    return datetime.fromtimestamp(session.get(key, default.timestamp()), tz=default.tzinfo)


def reader(get_response: Handler) -> Handler:
    """Answer in the person's language and time zone; a stranger keeps what the browser asked for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return get_response(request)
        request.LANGUAGE_CODE = user.language
        with translation.override(user.language), timezone.override(zone_of(user)):
            response = get_response(request)
            response.headers["Content-Language"] = user.language
            return response

    return middleware


def not_kept(get_response: Handler) -> Handler:
    """No browser keeps what a signed-in person saw: the next one at the computer finds none of it by Back.

    A view that says itself how its answer is kept is left alone.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "private, no-store"
        return response

    return middleware


def zone_of(user: User) -> zoneinfo.ZoneInfo:
    """UTC when the zone's name has left the time zone database."""
    try:
        return zoneinfo.ZoneInfo(user.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
