"""Pages of the frame itself: the keyboard sheet as a page, the kit, and what went wrong."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.people import welcomed
from smarketing.kit import samples
from smarketing.navigation import home_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each role lands where its day begins; who was invited, once, on their part."""
    if isinstance(request.user, User) and request.method == "GET" and welcomed(request.user):
        return redirect("smarketing:part")
    return redirect(home_of(getattr(request.user, "role", "")))


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The keyboard sheet for who has no JavaScript: what would work with it."""
    return render(request, "smarketing/keys.html")


@require_safe
def kit(request: HttpRequest) -> HttpResponse:
    """Every state of the small parts, in one look."""
    return render(request, "smarketing/kit.html", samples())


@require_safe
@login_not_required
def offline(request: HttpRequest) -> HttpResponse:
    """Shown when the server cannot be reached; it needs nobody and no database."""
    return render(request, "errors/offline.html")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 that says who may: an exception's `who` names them."""
    context: dict[str, Any] = {"reason": str(exception or ""), "who": getattr(exception, "who", "")}
    return render(request, "errors/403.html", context, status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=HTTPStatus.NOT_FOUND)


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400 in the reader's language, wherever on the way it was refused."""
    told = getattr(request, "LANGUAGE_CODE", "") or translation.get_language_from_request(request)
    is_too_much = isinstance(exception, TooMuch)
    with translation.override(told):
        page = {"is_too_much": is_too_much, "is_elsewhere": isinstance(exception, DisallowedHost)}
        return render(None, "errors/400.html", page, status=HTTPStatus.BAD_REQUEST)


def of_another_session(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is not that of the session: another window signed in or out meanwhile."""
    address = request.META.get("HTTP_REFERER", "")
    is_ours = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    page = {"back": address if is_ours else "/"}
    return render(None, "errors/csrf.html", page, status=HTTPStatus.FORBIDDEN)


def failed(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is away or somebody holds the record: nothing that could fail again is asked, so
    no session, no person."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError) and is_away(error):
        return unavailable(request)
    if isinstance(error, OperationalError) and code_of(error).startswith(BUSY):
        return _again_in_a_moment("errors/busy.html", {"took_long": code_of(error) == TOOK_LONG})
    return render(None, "errors/500.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)


TooMuch = (TooManyFieldsSent, TooManyFilesSent, RequestDataTooBig)

TOOK_LONG = "57014"
BUSY = ("55P03", "40", TOOK_LONG)
"""How they begin where somebody holds what is asked for, or where a statement took as long as one may."""

AWAY = ("08", "53", "57P")
"""How PostgreSQL's codes begin for a lost connection, for no more room, and for a server that stops or starts."""


def is_away(error: OperationalError | InterfaceError) -> bool:
    """Whether the server could not be asked; one that could and refused says why by another code."""
    return not code_of(error) or code_of(error).startswith(AWAY)


def code_of(error: OperationalError | InterfaceError) -> str:
    """PostgreSQL's; empty where it could not be asked."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def unavailable(request: HttpRequest) -> HttpResponse:
    return _again_in_a_moment("errors/503.html")


def _again_in_a_moment(template: str, context: dict[str, Any] | None = None) -> HttpResponse:
    """503, which tells a browser and a machine to ask again."""
    response = render(None, template, context, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = "10"
    return response
