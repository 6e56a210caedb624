"""Pages of the frame itself: the keyboard sheet as a page, the kit, and what went wrong."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
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


def failed(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is away: nothing that could fail again is asked, so no session, no person."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError) and is_away(error):
        return unavailable(request)
    return render(None, "errors/500.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)


AWAY = ("08", "53", "57P")
"""How PostgreSQL's codes begin for a lost connection, for no more room, and for a server that stops or starts."""


def is_away(error: OperationalError | InterfaceError) -> bool:
    """Whether the server could not be asked; one that could and refused says why by another code."""
    code = getattr(error.__cause__, "sqlstate", None)
    return not code or code.startswith(AWAY)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503, which tells a browser and a machine to ask again."""
    response = render(None, "errors/503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = "10"
    return response
