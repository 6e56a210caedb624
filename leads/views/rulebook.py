"""A rule of the rulebook: what it says, how well it is kept, and what was done against it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from accounts.models import Role, User
from agreements.models import State
from leads.missing_deals import missing_deals
from leads.models import Contact
from leads.rule_changes import against
from leads.rule_records import of_the_deleted
from lib import formats
from lib.months import months_before
from lib.pagination import Page, Row, page_of
from lib.templatetags.components import Month
from lib.templatetags.pagination import PARAMETER
from lifecycle import vocabulary
from lifecycle.agreed import DRAFTERS
from lifecycle.beside import beside
from lifecycle.compliance import Kept, Wanted, Which, cases_of, in_all, months_of, records_of
from lifecycle.keys import RuleKey
from lifecycle.mode_words import mode_in_words, modes_of
from lifecycle.models import Rule, RuleVersion
from lifecycle.rule_words import pause_sentence, rule_parameters, speaks_when, ways_back
from lifecycle.rulebook import rule_in_force
from lifecycle.territories import lines_of, territories_of

MONTHS = 12


@require_safe
def rule_detail(request: SignedIn, key: str) -> HttpResponse:
    rule = get_object_or_404(Rule.objects.visible_to(request.user), key=key)
    shown, opened, retired = shown_version(rule, request.user)
    until = timezone.now()
    since = first_of_month(months_before(timezone.localtime(until), MONTHS - 1))
    kept = months_of(shown, since=since, until=until)
    noted = against(shown)
    visible = noted.filter(contact__in=Contact.objects.visible_to(request.user))
    gone = noted.filter(contact__deleted_at__isnull=False).count()
    exceptions = _page(
        request, visible.select_related("contact", "actor", "version__agreement"), "-at", "-pk"
    )
    wanted = Wanted(request.user, since, until)
    cases = cases_of(shown, wanted)
    cases_gone = 0 if cases is None else of_the_deleted(records_of(shown, Which.AGAINST, wanted) or ())
    total = in_all(kept or ())
    context = {
        "rule": rule,
        "version": shown,
        "opened": opened if opened != shown else None,
        "retired": retired if retired == shown else None,
        "sentence": vocabulary.said(shown.criteria, vocabulary.catalogue()),
        "speaks_when": speaks_when(shown),
        "pause_sentence": pause_sentence(shown),
        "modes": modes_of(shown),
        "beside": beside(shown),
        "mode_in_words": mode_in_words(shown),
        "parameters": rule_parameters(shown),
        "ways_back": ways_back(shown),
        "territories": lines_of(territories_of(shown.parameters)),
        "without_a_deal": _without_a_deal(shown, request.user),
        "kept": kept,
        "in_all": total,
        "current": kept[-1] if kept else None,
        "trend": trend_of(kept or (), until),
        "cases": cases,
        "cases_hidden": max((total.exceptions if total else 0) - len(cases or ()) - cases_gone, 0),
        "cases_gone": cases_gone,
        "exceptions": exceptions,
        "gone": gone,
        "hidden": noted.count() - (exceptions.total or 0) - gone,
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "leads/rule_detail.html", context)


def shown_version(rule: Rule, reader: User) -> tuple[RuleVersion, RuleVersion | None, RuleVersion | None]:
    """The one in force, else the open one, the one that retires it or the last; then the open and the retiring one."""
    versions = RuleVersion.objects.visible_to(reader).filter(rule=rule).select_related("rule", "agreement")
    by_state = {version.agreement.state: version for version in versions.order_by("agreement__number")}
    opened = by_state.get(State.DRAFT) or by_state.get(State.PROPOSED)
    retired = by_state.get(State.RETIRED)
    shown = by_state.get(State.IN_FORCE) or opened or retired or versions.latest("agreement__number")
    return shown, opened, retired


def trend_of(kept: Sequence[Kept], until: datetime) -> list[Month]:
    """Every month of the time looked at, also those in which nothing happened."""
    by_month = {(one.month.year, one.month.month): one for one in kept}
    now, language = timezone.localtime(until), get_language() or "en"
    found = []
    for back in range(MONTHS - 1, -1, -1):
        day = first_of_month(months_before(now, back))
        name, one = formats.writing(language).months_short[day.month - 1], by_month.get((day.year, day.month))
        if one is None or one.share is None:
            found.append(Month(name))
            continue
        low, high = one.interval.low, one.interval.high
        said = formats.interval(one.share, low, high, one.cases, language)
        found.append(Month(name, one.share, low, high, f"{date_format(day, 'F Y')} · {said}"))
    return found


def _page(request: SignedIn, rows: QuerySet[Any, Row], *order: str) -> Page[Row]:
    return page_of(rows, order=order, position=request.GET.get(PARAMETER, ""), total=rows.count())


@require_safe
def deals_missing(request: SignedIn) -> HttpResponse:
    """Whom the reader sees of those that stand where the rule wants a deal and have none, longest there first."""
    rule = rule_in_force(RuleKey.DEAL_CREATION)
    missing = missing_deals(rule).filter(pk__in=Contact.objects.visible_to(request.user).values("pk"))
    context = {
        "rule": rule,
        "page": _page(request, missing.select_related("company", "owner", "stage"), "stage_since", "pk"),
        "may_open": request.user.has_role(Role.REP, Role.MANAGER, Role.ADMIN),
    }
    return render(request, "leads/deals_missing.html", context)


def _without_a_deal(version: RuleVersion, reader: User) -> int | None:
    """How many of them the reader sees; None for the other rules."""
    if version.rule.key != RuleKey.DEAL_CREATION:
        return None
    return missing_deals(version).filter(pk__in=Contact.objects.visible_to(reader).values("pk")).count()


def first_of_month(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
