"""The rulebook: every question with its answer in force, and the page that drafts another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from accounts.once import once
from agreements.actions import draft_new
from agreements.editing import edit_page, to_agreement
from agreements.models import State
from lib.second_look import second_look
from lifecycle.agreed import DRAFTERS
from lifecycle.compliance import noted_since
from lifecycle.criteria_page import CriteriaPage
from lifecycle.keys import RuleKey
from lifecycle.models import Rule, RuleVersion
from lifecycle.rule_forms import OwnRuleForm, RuleForm
from lifecycle.rulebook import parameters
from lifecycle.territory_forms import DistributionForm

LATELY = timedelta(days=91)
"""How far back the list looks for exceptions."""


@require_safe
def rule_list(request: SignedIn) -> HttpResponse:
    current = RuleVersion.objects.visible_to(request.user).select_related("rule", "agreement")
    in_force = current.in_force().order_by("rule__number")
    opened = {
        version.rule_id: version
        for version in current.filter(agreement__state__in=(State.DRAFT, State.PROPOSED))
    }
    noted = noted_since(timezone.now() - LATELY)
    rules = [
        (version, opened.pop(version.rule_id, None), noted.get(version.rule_id, 0)) for version in in_force
    ]
    retired = current.filter(agreement__state=State.RETIRED).exclude(rule__in=opened)
    context = {
        "rules": rules,
        "retired": retired.order_by("rule__number"),
        "begun": sorted(opened.values(), key=lambda version: version.rule.number),
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "lifecycle/rule_list.html", context)


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
@once
@second_look
def rule_new(request: SignedIn) -> HttpResponse:
    """A rule of the company's own: when it speaks, and what the contact must then meet."""
    page = CriteriaPage(request, OwnRuleForm, criteria=None)
    if not page.is_to_be_saved:
        return page.show("lifecycle/rule_own_form.html", revision=0)
    return _create(request, page.values | {"criteria": page.tree})


@transaction.atomic
def _create(request: SignedIn, values: dict[str, object]) -> HttpResponse:
    number = (Rule.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    rule = Rule.objects.create(key=f"own_{number}", number=number)
    draft = draft_new(
        RuleVersion(rule=rule, **values), f"rule:{rule.key}", actor=request.user, at=timezone.now()
    )
    return to_agreement(draft)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: SignedIn, key: str) -> HttpResponse:
    rule = get_object_or_404(Rule.objects.visible_to(request.user), key=key)
    if RuleVersion.objects.filter(rule=rule).exclude(event="").exists():
        return CriteriaPage.edit(
            request,
            f"rule:{rule.key}",
            OwnRuleForm,
            "lifecycle/rule_own_form.html",
            tree_field="criteria",
            rule=rule,
        )
    form = _distribution(request, rule) if rule.key == RuleKey.DISTRIBUTION else RuleForm
    return edit_page(request, f"rule:{rule.key}", form, "lifecycle/rule_form.html", rule=rule)


def _distribution(request: SignedIn, rule: Rule) -> Callable[..., DistributionForm]:
    """Its form counts and tries: it is told the moment, what is in force, and whether only a part is asked for."""
    return partial(
        DistributionForm,
        reader=request.user,
        at=timezone.now(),
        is_part="HX-Request" in request.headers,
        in_force=parameters(rule.key),
    )
