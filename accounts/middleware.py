"""The reader's language and time zone for the length of a request, and how long a session may live."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.models import User

IDLE_LIMIT = timedelta(hours=8)
ABSOLUTE_LIMIT = timedelta(days=7)
SEEN_STEP = timedelta(minutes=5)
"""How old the mark of the last request may get before it is written again: one write in five minutes."""

ASKS_BY_ITSELF = "X-Asks-By-Itself"
"""What a part of a page sends along that is drawn anew every half minute (assets/js/poll.js)."""

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
            elif ASKS_BY_ITSELF not in request.headers:  # nobody need be there for that
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


class SignedInFirst(LoginRequiredMiddleware):
    """Whoever is not signed in (any more) signs in, and then sees the page they were on.

    What they sent is not saved and said not to be: its address may answer a form alone, and would show nothing to
    whoever comes there by signing in. A script is told to leave its page; one that asks by itself, every half minute,
    gets no answer, so that nobody is led away from what they are writing.
    """

    def handle_no_permission(  # type: ignore[override]  # a script is told by a header, not by a redirect
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        is_scripted = "HX-Request" in request.headers
        if request.method in ("GET", "HEAD") and not is_scripted:
            return super().handle_no_permission(request, view_func)
        if ASKS_BY_ITSELF in request.headers:
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        if request.method not in ("GET", "HEAD"):
            told = _("You were signed out meanwhile: what you sent was not saved. Sign in and send it again.")
            messages.error(request, told)
        page = request.headers.get("HX-Current-URL" if is_scripted else "Referer", "")
        back = redirect_to_login(_path_of_ours(request, page), resolve_url(settings.LOGIN_URL))
        return HttpResponse(headers={"HX-Redirect": back["Location"]}) if is_scripted else back


def _path_of_ours(request: HttpRequest, address: str) -> str:
    """Without the host, of which a proxy may hide the scheme; the start where the page is nobody's or a stranger's."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return settings.LOGIN_REDIRECT_URL
    parts = urlsplit(address)
    return urlunsplit(("", "", parts.path or settings.LOGIN_REDIRECT_URL, parts.query, ""))


def with_words(get_response: Handler) -> Handler:
    """Who comes by its address to what only takes a form finds a page that says so, instead of nothing."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.method != "GET":
            return response
        page = render(None, "errors/405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page.headers["Allow"] = response.headers["Allow"]
        return page

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
