"""Contacts that stand where the rule on deals wants one, and have none."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from leads.models import Contact, Deal, DealStage
from lifecycle.models import RuleVersion, Stage


def missing_deals(rule: RuleVersion | None) -> QuerySet[Contact]:
    """In the stage that the rule names or beyond it, work going on, without a deal that is open or won. One query more.

    Who was lost, is no target or has gone dark needs none; neither does who is known no more.
    """
    key = rule.parameters.get("stage", "") if rule else ""
    stage = Stage.objects.filter(key=key).first()
    if stage is None:
        return Contact.objects.none()
    deals = Deal.objects.filter(contact=OuterRef("pk")).filter(Q(closed_at=None) | Q(stage=DealStage.WON))
    there = Contact.objects.filter(stage__position__gte=stage.position, erasure=None)
    return there.exclude(status__is_open=False).filter(~Exists(deals))
