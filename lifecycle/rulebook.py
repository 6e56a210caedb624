"""Reads the rules in force for those who must obey them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from lifecycle.models import RuleVersion


def parameters(key: str) -> dict[str, Any]:
    """The parameters of the rule in force; empty when there is none. One query."""
    found = RuleVersion.objects.in_force().filter(rule__key=key).values_list("parameters", flat=True).first()
    return dict(found or {})


def rule_in_force(key: str) -> RuleVersion | None:
    """With its rule and agreement. One query."""
    found = RuleVersion.objects.in_force().filter(rule__key=key)
    return found.select_related("rule", "agreement").first()


def speaking_at(event: str, *, target: str = "", keys: Collection[str] = ()) -> list[RuleVersion]:
    """The rules in force of those keys, and the company's own for that event and target. One query."""
    own = Q(event=event, target__in=("", target))
    rules = RuleVersion.objects.in_force().filter(own | Q(rule__key__in=keys))
    return list(rules.select_related("rule", "agreement").order_by("rule__number"))


def speaking_of(events: Collection[str], *, keys: Collection[str] = ()) -> list[RuleVersion]:
    """The rules in force of those keys, and the company's own for those events, whatever the target. One query."""
    rules = RuleVersion.objects.in_force().filter(Q(event__in=events) | Q(rule__key__in=keys))
    return list(rules.select_related("rule", "agreement").order_by("rule__number"))
