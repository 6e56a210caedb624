"""Where a rule of the rulebook warns, the person is asked for the reason, on any page and before anything is kept."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from leads.errors import RuleAsks
from leads.policies import overriding

FIELD = "rule_reason"
MOST = 500
"""Characters of a reason."""


def reason_in(request: HttpRequest) -> str:
    """What was sent as the reason; no form cleans it, and PostgreSQL takes no NUL."""
    return request.POST.get(FIELD, "").replace("\0", "")[:MOST]


class RulebookAsks:
    """A form that met a warning comes back as a page with its values, the rule and a field for the reason.

    The same form sent again with a reason goes through, and the reason is on record.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return self.get_response(request)
        with overriding(reason_in(request)):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, RuleAsks):
            return None
        sent = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in ("csrfmiddlewaretoken", FIELD)
            for value in values
        ]
        context = {"asks": exception, "sent": sent, "back": _back(request), "most": MOST, "field": FIELD}
        response = render(request, "leads/rule_asks.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        response["HX-Retarget"] = response["HX-Reselect"] = "#main"
        response["HX-Reswap"] = "outerHTML"
        return response


def _back(request: HttpRequest) -> str:
    """The page the form was on, if it is ours."""
    address = request.META.get("HTTP_REFERER", "")
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else "/"
