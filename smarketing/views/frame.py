"""Pages of the frame itself: the keyboard sheet as a page, the kit, and what went wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from smarketing.kit import samples
from smarketing.navigation import home_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each role lands where its day begins."""
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
    """500: nothing that could fail again is asked, so no session, no person."""
    return render(None, "errors/500.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)


@login_not_required
def unavailable(request: HttpRequest) -> HttpResponse:
    """503 while the installation is being brought up to date."""
    response = render(None, "errors/503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = "60"
    return response
