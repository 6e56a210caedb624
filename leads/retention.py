"""Knows whom the retention rule wants erased: long enough in a status that it names, and kept by nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, F, Func, Q, QuerySet, When

from leads.models import Contact, DealStage, RetentionHold
from lib.months import months_before
from lifecycle.default_rules import DELETE
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.retention_delays import delays_of
from lifecycle.rulebook import rule_in_force


def retention_rule() -> RuleVersion | None:
    """The rule in force. One query."""
    return rule_in_force(RuleKey.RETENTION)


def does_delete(rule: RuleVersion) -> bool:
    """Whether that version deletes; one that says nothing makes anonymous."""
    return bool(rule.parameters.get("how") == DELETE)


def due(rule: RuleVersion | None, *, at: datetime) -> QuerySet[Contact]:
    """Whom the rule wants erased by then: long enough in its status, no deal open or won, by no exception kept."""
    if rule is None:
        return Contact.objects.none()
    held = RetentionHold.objects.holding(at=at)
    told = Contact.objects.filter(waited_out(rule.parameters, at=at), erasure=None)
    return told.exclude(pk__in=kept_for_deals()).exclude(pk__in=held.values("contact"))


def waited_out(parameters: Mapping[str, Any], *, at: datetime) -> Q:
    """Contacts whose status began so long ago that the delay of that status is over by then."""
    found = Q(pk__in=())
    for status, months in delays_of(parameters).items():
        found |= Q(status=status, status_since__lte=months_before(at, months))
    return found


def due_at(parameters: Mapping[str, Any], *, status: str, since: str) -> Case:
    """When the rule wanted them erased, by the columns of status and of when it began; NULL where it says nothing."""
    cases = [
        When(
            **{status: key},
            then=Func(
                F(since),
                template=f"%(expressions)s + interval '{months} months'",
                output_field=DateTimeField(),
            ),
        )
        for key, months in delays_of(parameters).items()
    ]
    return Case(*cases, output_field=DateTimeField())


def kept_for_deals() -> QuerySet[Contact]:
    """Contacts with an open or won deal are customers or about to be: no rule erases them."""
    return Contact.objects.filter(
        Q(deals__closed_at=None, deals__isnull=False) | Q(deals__stage=DealStage.WON)
    )
