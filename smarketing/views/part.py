"""The page that somebody who joins sees first, and finds again in their menu."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from smarketing.navigation import home_of
from smarketing.part import part_of


@require_safe
def part(request: SignedIn) -> HttpResponse:
    context = {"part": part_of(request.user), "home": home_of(request.user.role)}
    return render(request, "smarketing/part.html", context)
