"""A person's own pages: settings, and what they were told."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedIn
from accounts.actions import read_all_notifications, set_preferences
from accounts.forms import PreferencesForm
from accounts.models import Notification
from lib.http import SeeOther
from lib.pagination import page_of

NEWEST_FIRST = ("-created_at", "-pk")


@require_safe
def settings(request: SignedIn) -> HttpResponse:
    """What a person sets for themselves, and the ways to their password and second step."""
    user = request.user
    now = {"language": user.language, "theme": user.theme, "time_zone": user.time_zone}
    form = PreferencesForm(initial=now | {"single_keys": "on" if user.single_keys else "off"})
    return render(request, "accounts/settings.html", {"form": form})


@require_POST
def preferences(request: SignedIn) -> HttpResponse:
    """Take a choice and go back to where it was made; the answer is already in the new language."""
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return render(
            request, "accounts/settings.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    chosen = form.chosen()
    set_preferences(request.user, chosen=chosen)
    if "time_zone" in chosen:
        with translation.override(request.user.language):
            messages.success(request, _("Your settings are saved."))
    return SeeOther(_next(request))


@require_safe
def notifications(request: SignedIn) -> HttpResponse:
    """What this person was told, newest first; the words are made while reading."""
    told = Notification.objects.visible_to(request.user)
    page = page_of(told, order=NEWEST_FIRST, position=request.GET.get("at", ""))
    return render(
        request, "accounts/notifications.html", {"page": page, "has_unread": told.unread().exists()}
    )


@require_POST
def notifications_read(request: SignedIn) -> HttpResponse:
    """Nothing of this is new any more."""
    read_all_notifications(request.user, at=timezone.now())
    return SeeOther(reverse("accounts:notification-list"))


def _next(request: HttpRequest) -> str:
    """The page asked for when it is ours, else the settings."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("accounts:settings")
