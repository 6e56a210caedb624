"""The rulebook: every question with its answer in force, and the page that drafts another."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn
from agreements.editing import edit_page
from agreements.models import State
from lifecycle.agreed import DRAFTERS
from lifecycle.forms import RuleForm
from lifecycle.models import Rule, RuleVersion


@require_safe
def rule_list(request: SignedIn) -> HttpResponse:
    current = RuleVersion.objects.visible_to(request.user).select_related("rule", "agreement")
    in_force = current.in_force().order_by("rule__number")
    opened = {
        version.rule_id: version
        for version in current.filter(agreement__state__in=(State.DRAFT, State.PROPOSED))
    }
    rules = [(version, opened.get(version.rule_id)) for version in in_force]
    return render(
        request,
        "lifecycle/rule_list.html",
        {"rules": rules, "may_draft": request.user.role in DRAFTERS},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: SignedIn, key: str) -> HttpResponse:
    rule = get_object_or_404(Rule, key=key)
    return edit_page(request, f"rule:{rule.key}", RuleForm, "lifecycle/rule_form.html", rule=rule)
