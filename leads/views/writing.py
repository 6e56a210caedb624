"""Whom marketing may write to: of a list, with the reasons why not the others; and send checks with their answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from accounts.once import once
from leads.access import STEERING, may_steer
from leads.actions.sending import MOST, check_sending
from leads.contact_filters import ContactFilterForm
from leads.errors import Refused
from leads.forms import SendCheckForm
from leads.messaging.sets import NOW, counted, leave_of
from leads.messaging.terms import terms_in_force
from leads.messaging.verdict import BRANDED, Leave, Reason, Spoken, Terms
from leads.messaging.words import LEAVES, REASONS, reason_in_words, rule_link
from leads.models import Contact, SendCheck, SendCheckLine
from lib.csv_export import rows_as_csv
from lib.formats import number
from lib.http import SeeOther
from lib.pagination import page_of
from lib.templatetags.pagination import PARAMETER

BETWEEN = re.compile(r"[\s,;]+")


@require_safe
def segment(request: SignedIn) -> HttpResponse:
    """How many of the contacts of this list marketing may write to now, and why not to the others. Two queries."""
    at, terms = timezone.now(), terms_in_force()
    query = _without(request.GET, "writing", "at", "first", "order")
    form = ContactFilterForm(query, user=request.user, at=at)
    numbers = counted(form.apply(Contact.objects.visible_to(request.user)), terms, at=at)
    context = {
        "chips": form.chips(query),
        "q": form.values.get("q"),
        "total": sum(numbers.values()),
        "free": numbers.get("", 0),
        "free_url": _list_url(query, NOW),
        "list_url": f"{reverse('leads:contact-list')}?{query.urlencode()}",
        "lines": [_line(reason, numbers, terms, query) for reason in BRANDED],
        "may_check": may_steer(request.user),
        "at": at,
    }
    return render(request, "leads/writing.html", context)


def _line(reason: Reason, numbers: dict[str, int], terms: Terms, query: QueryDict) -> dict[str, Any]:
    rule, url = rule_link(terms.rule_of(reason))
    state, word = LEAVES[leave_of(reason, terms)]
    return {
        "reason": REASONS[reason],
        "n": numbers.get(reason, 0),
        "url": _list_url(query, reason),
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


# Send checks


@require_role(*STEERING)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def send_checks(request: SignedIn) -> HttpResponse:
    """Ask for a list of addresses; beneath, what was asked before."""
    form = SendCheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = [one for one in BETWEEN.split(form.cleaned_data["asked"]) if one]
        try:
            check = check_sending(asked, actor=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error("asked", str(refusal))
        else:
            return SeeOther(reverse("leads:send-check", args=[check.pk]))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    checks = _with_counts(SendCheck.objects.visible_to(request.user)).select_related("asked_by")
    page = page_of(checks, order=("-at", "-pk"), position=request.GET.get(PARAMETER, ""))
    context = {"form": form, "page": page, "most": number(MOST, get_language())}
    return render(request, "leads/send_checks.html", context, status=status)


@require_role(*STEERING)
@require_safe
def send_check(request: SignedIn, check_id: int) -> HttpResponse:
    """What was answered: for how many yes, for whom not and why. Four queries, and one for the page of names."""
    seen = _with_counts(SendCheck.objects.visible_to(request.user)).select_related("asked_by")
    check = get_object_or_404(seen, pk=check_id)
    lines = _lines(check).exclude(leave=Leave.YES)
    page = page_of(lines, order=("pk",), position=request.GET.get(PARAMETER, ""), total=check.held)
    context = {
        "check": check,
        "page": page,
        "rows": [_shown(line) for line in page.rows],
        "unknown_words": ngettext(
            "%(n)s address or number belongs to nobody we know.",
            "%(n)s addresses or numbers belong to nobody we know.",
            check.unknown,
        )
        % {"n": number(check.unknown, get_language())},
    }
    return render(request, "leads/send_check.html", context)


@require_role(*STEERING)
@require_safe
def send_check_file(request: SignedIn, check_id: int) -> StreamingHttpResponse:
    """Every answer as CSV, for the tool that sends: number, address, answer and the code of the reason."""
    check = get_object_or_404(SendCheck.objects.visible_to(request.user), pk=check_id)
    response = StreamingHttpResponse(rows_as_csv(_file_rows(check)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="send-check-{check.pk}.csv"'
    return response


def _file_rows(check: SendCheck) -> Iterable[list[str]]:
    yield ["Id", "Email", "Answer", "Reason", "Rule", "Cause"]
    for line in _lines(check).iterator(chunk_size=2000):
        yield [
            *(str(line.contact_id), line.contact.email, line.leave, line.reason),
            *(_rule_words(line), line.cause),
        ]


def _lines(check: SendCheck) -> QuerySet[SendCheckLine]:
    return check.lines.select_related("contact", "version__rule", "version__agreement").order_by("pk")


def _with_counts(checks: QuerySet[SendCheck]) -> Any:
    return checks.annotate(
        asked=Count("lines"),
        free=Count("lines", filter=Q(lines__leave=Leave.YES)),
        held=Count("lines", filter=~Q(lines__leave=Leave.YES)),
    )


def _shown(line: SendCheckLine) -> dict[str, Any]:
    state, word = LEAVES[line.leave]
    return {
        "contact": line.contact,
        "state": state,
        "word": word,
        "reason": reason_in_words(line.reason, line.cause),
        "rule": _rule_words(line),
        "rule_url": reverse("leads:rule-detail", args=[line.version.rule.key]) if line.version else "",
    }


def _rule_words(line: SendCheckLine) -> str:
    if line.version is None:
        return ""
    rule = Spoken(
        line.version.rule.key, line.version.rule.number, line.version.agreement.number, line.leave == Leave.NO
    )
    return rule_link(rule)[0]
