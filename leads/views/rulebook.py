"""A rule of the rulebook: what it says, how well it is kept, and what was done against it."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from agreements.models import Agreement, State
from leads.compliance import against
from leads.models import Contact
from lib.pagination import InvalidPositionError, page_of
from lib.templatetags.pagination import PARAMETER
from lifecycle import vocabulary
from lifecycle.agreed import DRAFTERS, rule_parameters
from lifecycle.compliance import in_all, months_of
from lifecycle.models import Rule, RuleVersion

MONTHS = 12


@require_safe
def rule_detail(request: SignedIn, key: str) -> HttpResponse:
    rule = get_object_or_404(Rule.objects.visible_to(request.user), key=key)
    versions = (
        RuleVersion.objects.visible_to(request.user).filter(rule=rule).select_related("rule", "agreement")
    )
    by_state = {version.agreement.state: version for version in versions.order_by("agreement__number")}
    opened = by_state.get(State.DRAFT) or by_state.get(State.PROPOSED)
    shown = by_state.get(State.IN_FORCE) or opened or versions.latest("agreement__number")
    until = timezone.now()
    kept = months_of(shown, since=_months_before(until, MONTHS), until=until)
    noted = against(shown)
    visible = noted.filter(contact__in=Contact.objects.visible_to(request.user))
    try:
        exceptions = page_of(
            visible.select_related("contact", "actor", "version__agreement"),
            order=("-at", "-pk"),
            position=request.GET.get(PARAMETER, ""),
            size=25,
            total=visible.count(),
        )
    except InvalidPositionError:
        exceptions = page_of(visible.select_related("contact", "actor"), order=("-at", "-pk"), size=25)
    context = {
        "rule": rule,
        "version": shown,
        "opened": opened if opened != shown else None,
        "sentence": vocabulary.said(shown.criteria, vocabulary.catalogue()),
        "parameters": rule_parameters(shown),
        "kept": kept,
        "in_all": in_all(kept or ()),
        "exceptions": exceptions,
        "hidden": noted.count() - (exceptions.total or 0),
        "earlier": Agreement.objects.of(f"rule:{rule.key}").order_by("-number"),
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "leads/rule_detail.html", context)


def _months_before(moment: datetime, number: int) -> datetime:
    """The first of the month that many months earlier, in the reader's zone."""
    here = timezone.localtime(moment)
    years, month = divmod(here.year * 12 + here.month - 1 - number + 1, 12)
    return here.replace(year=years, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
