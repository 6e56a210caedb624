"""Send checks: asking whom a branded message may go to now, and the answers as they were given."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedIn, require_role
from accounts.once import once
from leads.access import STEERING
from leads.actions.sending import MOST, check_sending, write_all_the_same
from leads.errors import Refused
from leads.forms import SendCheckForm
from leads.messaging.terms import spoken
from leads.messaging.verdict import Leave
from leads.messaging.words import LEAVES, reason_in_words, rule_link
from leads.models import SendCheck, SendCheckLine
from lib.csv_export import rows_as_csv
from lib.formats import number
from lib.http import SeeOther
from lib.pagination import page_of
from lib.templatetags.pagination import PARAMETER
from lifecycle import vocabulary
from lifecycle.models import RuleVersion

BETWEEN = re.compile(r"[\s,;]+")


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
    """What was answered: for how many yes, for whom not and why. As many queries for a long list."""
    seen = _with_counts(SendCheck.objects.visible_to(request.user)).select_related("asked_by")
    check = get_object_or_404(seen, pk=check_id)
    lines = _lines(check).exclude(leave=Leave.YES)
    page = page_of(lines, order=("pk",), position=request.GET.get(PARAMETER, ""), total=check.shown)
    sums = _sums(check)
    words = _Words([line for _n, line in sums], page.rows)
    context = {
        "check": check,
        "page": page,
        "rows": [words.shown(line) for line in page.rows],
        "sums": [words.shown(line) | {"n": n} for n, line in sums],
        "despite_words": ngettext(
            "%(n)s is written to all the same.", "%(n)s are written to all the same.", check.despite
        )
        % {"n": number(check.despite, get_language())},
        "unknown_words": ngettext(
            "%(n)s address or number belongs to nobody we know.",
            "%(n)s addresses or numbers belong to nobody we know.",
            check.unknown,
        )
        % {"n": number(check.unknown, get_language())},
    }
    return render(request, "leads/send_check.html", context)


@require_role(*STEERING)
@require_POST
@once
def send_check_despite(request: SignedIn, check_id: int) -> HttpResponse:
    """Ask again for the same people, to write also to those whom a rule advises against."""
    check = get_object_or_404(SendCheck.objects.visible_to(request.user), pk=check_id)
    try:
        check = write_all_the_same(check, actor=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return SeeOther(reverse("leads:send-check", args=[check.pk]))


@require_role(*STEERING)
@require_safe
def send_check_file(request: SignedIn, check_id: int) -> StreamingHttpResponse:
    """Every answer as CSV, for the tool that sends: number, address, answer and the code of the reason."""
    check = get_object_or_404(SendCheck.objects.visible_to(request.user), pk=check_id)
    response = StreamingHttpResponse(rows_as_csv(_file_rows(check)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="send-check-{check.pk}.csv"'
    return response


def _file_rows(check: SendCheck) -> Iterable[list[str]]:
    yield ["Id", "Email", "Answer", "Reason", "Rule", "Cause", "Despite"]
    for line in _lines(check).iterator(chunk_size=2000):
        yield [
            *(str(line.contact_id), line.contact.email, line.leave, line.reason),
            *(_rule_words(line), line.cause, check.reason if line.leave == Leave.DESPITE else ""),
        ]


def _lines(check: SendCheck) -> QuerySet[SendCheckLine]:
    return check.lines.select_related("contact", "version__rule", "version__agreement").order_by("pk")


def _with_counts(checks: QuerySet[SendCheck]) -> Any:
    may = Q(lines__leave__in=(Leave.YES, Leave.DESPITE))
    return checks.annotate(
        asked=Count("lines"),
        free=Count("lines", filter=may),
        held=Count("lines", filter=~may),
        shown=Count("lines", filter=~Q(lines__leave=Leave.YES)),
        despite=Count("lines", filter=Q(lines__leave=Leave.DESPITE)),
        advised=Count("lines", filter=Q(lines__leave=Leave.ADVISED_AGAINST)),
    )


Sums = list[tuple[int, SendCheckLine]]


def _sums(check: SendCheck) -> Sums:
    """How many each reason of each rule holds back, the most first."""
    held = check.lines.exclude(leave=Leave.YES).order_by()
    found = list(held.values_list("leave", "reason", "cause", "version").annotate(n=Count("pk")))
    about = RuleVersion.objects.select_related("rule", "agreement")
    versions = about.in_bulk({version for _leave, _reason, _cause, version, _n in found if version})
    sums = [
        (n, SendCheckLine(leave=leave, reason=reason, cause=cause, version=versions.get(version or 0)))
        for leave, reason, cause, version, n in found
    ]
    return sorted(sums, key=lambda one: (-one[0], one[1].reason, one[1].cause))


class _Words:
    """Says the lines of a check; the facts that criteria speak of are read once, where a line is of such a rule."""

    def __init__(self, *lists: Iterable[SendCheckLine]) -> None:
        own = {line.version for lines in lists for line in lines if line.version and line.version.event}
        facts = vocabulary.catalogue() if own else None
        self.wants = (
            {version.pk: vocabulary.phrase(version.criteria or {}, facts) for version in own} if facts else {}
        )

    def shown(self, line: SendCheckLine) -> dict[str, Any]:
        state, word = LEAVES[line.leave]
        return {
            "contact": line.contact if line.contact_id else None,
            "state": state,
            "word": word,
            "reason": reason_in_words(line.reason, line.cause, self.wants.get(line.version_id or 0, "")),
            "rule": _rule_words(line),
            "rule_url": reverse("leads:rule-detail", args=[line.version.rule.key]) if line.version else "",
        }


def _rule_words(line: SendCheckLine) -> str:
    return rule_link(spoken(line.version))[0] if line.version else ""
