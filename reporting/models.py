"""Objectives the cockpit compares with; every other figure is read from the layers below."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Objective(models.Model):
    """New revenue wanted in one calendar month. `month` is its first day."""

    month = models.DateField(unique=True)
    amount_cents = models.BigIntegerField(_("objective"))
    currency = models.CharField(max_length=3, default="EUR")
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-month",)
        constraints = (
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="objective_not_negative"),
            models.CheckConstraint(condition=Q(month__day=1), name="objective_month_is_first_day"),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
