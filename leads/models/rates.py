"""Exchange rates: what amounts in other currencies count."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lib.amounts import HIGHEST_RATE

THREE_LETTERS = "^[A-Z]{3}$"


class ExchangeRateQuerySet(models.QuerySet["ExchangeRate"]):
    def visible_to(self, user: User) -> ExchangeRateQuerySet:
        return self if user.is_active else self.none()


class ExchangeRate(models.Model):
    """One unit of `currency` is worth `rate` in `into_currency`, from this day until the day of the next rate.

    `begins_at` is the midnight of the day where the company is, so that moments are compared with moments. A rate
    says into which currency it leads: whoever changes the reporting currency finds none, not wrong ones.
    """

    into_currency = models.CharField(max_length=3)
    currency = models.CharField(_("currency"), max_length=3)
    day = models.DateField(_("day"))
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)
    begins_at = models.DateTimeField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(db_default=Now())

    objects = ExchangeRateQuerySet.as_manager()

    class Meta:
        ordering = ("-day", "currency")
        constraints = (
            models.UniqueConstraint(fields=("into_currency", "currency", "day"), name="rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
            models.CheckConstraint(condition=Q(rate__lte=HIGHEST_RATE), name="rate_countable"),
            models.CheckConstraint(
                condition=Q(currency__regex=THREE_LETTERS, into_currency__regex=THREE_LETTERS),
                name="rate_of_currencies",
            ),
            models.CheckConstraint(condition=~Q(currency=F("into_currency")), name="rate_between_two"),
        )
        indexes = (models.Index("into_currency", "currency", F("begins_at").desc(), name="rate_at_moment"),)

    def __str__(self) -> str:
        return f"{self.currency} {self.day:%Y-%m-%d}"
