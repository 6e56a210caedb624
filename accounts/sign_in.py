"""The page of signing in: allauth's, told apart from a success by its status, and a way in where nobody is yet."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from accounts.models import User


class SignInView(LoginView):
    """422 with what is wrong; while nobody works here, on to the page that makes the first administrator."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PRODUCTION and not User.objects.exists():
            return HttpResponseRedirect(resolve_url(settings.FIRST_VISIT_URL))
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response
