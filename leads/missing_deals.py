"""Contacts that stand where the rule on deals wants one, and have none."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from leads.models import Contact, Deal, DealStage, Erasure
from lifecycle.models import RuleVersion, Stage, Status


def missing_deals(rule: RuleVersion | None) -> QuerySet[Contact]:
    """In the stage that the rule names or beyond it, work going on, without a deal that is open or won. One query more.

    Who was lost, is no target or has gone dark needs none; neither does who is known no more.
    """
    named = Stage.objects.filter(key=rule.parameters.get("stage", "") if rule else "")
    # By their names, for whose numbers the planner has statistics: joined with stages and statuses it takes a
    # hundred contacts for there and looks through stages and deals again for each of a million.
    stages = list(Stage.objects.filter(position__gte=named.values("position")).values_list("key", flat=True))
    if not stages:
        return Contact.objects.none()
    deals = Deal.objects.filter(contact=OuterRef("pk")).filter(Q(closed_at=None) | Q(stage=DealStage.WON))
    ended = Status.objects.filter(is_open=False).values("key")
    there = Contact.objects.filter(stage__in=stages).exclude(status__in=ended)
    return there.filter(~Exists(deals), ~Exists(Erasure.objects.filter(contact=OuterRef("pk"))))
