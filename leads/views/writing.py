"""Whom of a list marketing may write to, with the reasons why not the others."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from leads.access import may_steer
from leads.contact_filters import ContactFilterForm
from leads.messaging.sets import NOW, counted, leave_of
from leads.messaging.terms import terms_in_force
from leads.messaging.verdict import Terms
from leads.messaging.words import LEAVES, reason_in_words, rule_link, wants_of
from leads.models import Contact


@require_safe
def segment(request: SignedIn) -> HttpResponse:
    """How many of the contacts of this list marketing may write to now, and why not to the others.

    Two queries, two more where a rule of the company's own speaks.
    """
    at, terms = timezone.now(), terms_in_force()
    query = _without(request.GET, "writing", "at", "first", "order")
    form = ContactFilterForm(query, user=request.user, at=at)
    wants = wants_of(terms)
    numbers = counted(form.apply(Contact.objects.visible_to(request.user)), terms, at=at)
    context = {
        "chips": form.chips(query),
        "q": form.values.get("q"),
        "total": sum(numbers.values()),
        "free": numbers.get("", 0),
        "free_url": _list_url(query, NOW),
        "list_url": f"{reverse('leads:contact-list')}?{query.urlencode()}",
        "lines": [
            _line(code, numbers.get(code, 0), terms, query, wants=wants.get(code, "")) for code in terms.codes
        ],
        "may_check": may_steer(request.user),
        "at": at,
    }
    return render(request, "leads/writing.html", context)


def _line(code: str, n: int, terms: Terms, query: QueryDict, *, wants: str) -> dict[str, Any]:
    rule, url = rule_link(terms.rule_of(code))
    state, word = LEAVES[leave_of(code, terms)]
    return {
        "reason": reason_in_words(code, wants=wants),
        "n": n,
        "url": _list_url(query, code),
        "rule": rule,
        "rule_url": url,
        "state": state,
        "word": word,
    }


def _list_url(query: QueryDict, writing: str) -> str:
    pairs = [(name, value) for name, values in query.lists() for value in values if value]
    return f"{reverse('leads:contact-list')}?{urlencode([*pairs, ('writing', writing)])}"


def _without(query: QueryDict, *names: str) -> QueryDict:
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return rest
