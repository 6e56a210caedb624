"""The first visit to an empty installation: whoever comes makes the administrator, once."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import validate_password
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from lib.forms import AddressField


class AdministratorForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 12 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "password")
        field_classes: ClassVar = {"email": AddressField}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            try:
                validate_password(password, User(email=cleaned.get("email", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_not_required
def welcome(request: HttpRequest) -> HttpResponse:
    """404 as soon as there is anybody, and always in production, where `createsuperuser` does this."""
    if settings.PRODUCTION or User.objects.exists():
        raise Http404
    form = AdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = create_first(form.cleaned_data)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL), status=303)
    status = 422 if form.is_bound else 200
    return render(request, "smarketing/welcome.html", {"form": form}, status=status)


@transaction.atomic
def create_first(fields: dict[str, Any]) -> User:
    """Of two visitors at the same moment one comes first; Http404 for the other."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE accounts_user IN SHARE ROW EXCLUSIVE MODE")
    if User.objects.exists():
        raise Http404
    return User.objects.create_superuser(**fields, language=(get_language() or "en")[:2])
