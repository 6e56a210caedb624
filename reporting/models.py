"""Objectives the cockpit compares with; every other figure is read from the layers below."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Expression, F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.visibility import OpenQuerySet
from leads.models import Contact
from leads.models.contacts import OfContactQuerySet
from leads.worth import Worth
from lib.currencies import reporting_currency
from reporting.plans.models import Plan, PlanVersion

__all__ = ["Milestone", "Objective", "Plan", "PlanVersion", "objective_worth"]


class Objective(models.Model):
    """New revenue wanted in one calendar month. `month` is its first day."""

    month = models.DateField(unique=True)
    amount_cents = models.BigIntegerField(_("objective"))
    currency = models.CharField(max_length=3, default=reporting_currency)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OpenQuerySet["Objective"].as_manager()

    class Meta:
        ordering = ("-month",)
        constraints = (
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="objective_not_negative"),
            models.CheckConstraint(condition=Q(month__day=1), name="objective_month_is_first_day"),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


def objective_worth() -> Expression:
    """Cents of an objective that was set in another currency, at the rate of its month's first day."""
    return Worth(F("amount_cents"), F("currency"), F("month"), by_day=True)


def objective_units(months: Iterable[date]) -> dict[date, int]:
    """The objectives of these months in whole units of the reporting currency; months without one are left out."""
    known = (
        Objective.objects.filter(month__in=[*months]).values_list("month").annotate(cents=objective_worth())
    )
    return {month: cents // 100 for month, cents in known if cents is not None}


class Milestone(models.Model):
    """When a contact first entered each stage or one beyond it; written by the database alone (migration 0002).

    `accepted_at` is the first accepted handoff, or SQL where nobody was asked; `mql_entered_at` the first entry into
    exactly MQL. A contact that reached nothing has no row. Follows from the stage history in the same transaction,
    so that it is never behind; `reporting_rebuild_milestones()` makes it anew.
    """

    contact = models.OneToOneField(
        Contact, on_delete=models.DO_NOTHING, primary_key=True, related_name="milestone", db_constraint=False
    )
    lead_at = models.DateTimeField(null=True)
    mql_at = models.DateTimeField(null=True)
    sql_at = models.DateTimeField(null=True)
    opportunity_at = models.DateTimeField(null=True)
    customer_at = models.DateTimeField(null=True)
    mql_entered_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)

    objects = OfContactQuerySet["Milestone"].as_manager()

    class Meta:
        managed = False
        db_table = "reporting_milestone"

    def __str__(self) -> str:
        return f"{self.contact_id}"
