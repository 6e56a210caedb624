"""The two-sided contract: its versions, clauses and working calendars."""

from __future__ import annotations

import json

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from accounts.visibility import OpenQuerySet
from agreements.models import AgreedVersion, State
from lifecycle.models import in_reader_language
from sla.calendar import WorkingCalendar
from sla.hours import working_calendar


class ContractVersionQuerySet(models.QuerySet["ContractVersion"]):
    def in_force(self) -> ContractVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> ContractVersionQuerySet:
        return self if user.is_active else self.none()


class ContractVersion(AgreedVersion):
    """One version of the two-sided contract; agreement subject `contract`. Its period is the calendar month."""

    preamble_en = models.TextField(blank=True)
    preamble_fr = models.TextField(blank=True)

    objects = ContractVersionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"v{self.agreement.number}"

    @property
    def preamble(self) -> str:
        return in_reader_language(self.preamble_en, self.preamble_fr)

    def content(self) -> dict[str, object]:
        return {
            "preamble_en": self.preamble_en,
            "preamble_fr": self.preamble_fr,
            "clauses": [clause.content() for clause in self.clauses.order_by("side", "position")],
            "calendars": [calendar.content() for calendar in self.calendars.order_by("key")],
        }


class Metric(models.TextChoices):
    """What a clause measures; the formula of each stands in docs/metrics.md."""

    MQL_DELIVERED = "mql_delivered", _("MQL delivered")
    MQL_ACCEPTED = "mql_accepted", _("Accepted by sales")
    REFUSALS_ANSWERED = "refusals_answered", _("Refusals answered")
    FIRST_CONTACT = "first_contact", _("Contacted in time")
    ATTEMPTS = "attempts", _("Attempts before gone dark")
    REFUSAL_REASON = "refusal_reason", _("Every refusal has a reason")


class Clause(models.Model):
    """One promise of one side.

    `target`: a count for a volume, a rate in 0–1 otherwise. `parameters` by metric: first_contact has
    `budget_minutes` and `budget_minutes_request` (working), attempts `count` and `days`, refusals_answered `days`.
    """

    contract = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="clauses")
    side = models.CharField(max_length=10, choices=Side.choices)
    position = models.PositiveSmallIntegerField()
    metric = models.CharField(max_length=20, choices=Metric.choices)
    target = models.DecimalField(max_digits=10, decimal_places=4)
    parameters = models.JSONField(default=dict, blank=True)
    text_en = models.CharField(_("text in English"), max_length=300)
    text_fr = models.CharField(_("text in French"), max_length=300, blank=True)

    objects = OpenQuerySet["Clause"].as_manager()

    class Meta:
        ordering = ("side", "position")
        constraints = (
            models.UniqueConstraint(fields=("contract", "metric"), name="clause_metric_once"),
            models.UniqueConstraint(fields=("contract", "side", "position"), name="clause_position_once"),
            models.CheckConstraint(condition=Q(target__gte=0), name="clause_target_not_negative"),
        )

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return in_reader_language(self.text_en, self.text_fr)

    def content(self) -> dict[str, object]:
        return {
            "side": self.side,
            "position": self.position,
            "metric": self.metric,
            "target": str(self.target.normalize()),
            "parameters": self.parameters,
            "text_en": self.text_en,
            "text_fr": self.text_fr,
        }


class Calendar(models.Model):
    """Working hours of one contract version.

    `slots`: seven lists, Monday first, of ["08:30", "12:30"] pairs. `closed_days` and `extra_days`: ISO days
    beyond the public holidays of `country` and `subdivision`; an extra day works although it is a holiday.
    """

    contract = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="calendars")
    key = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    time_zone = models.CharField(_("time zone"), max_length=64)
    country = models.CharField(_("country"), max_length=2, blank=True)
    subdivision = models.CharField(_("region"), max_length=10, blank=True)
    slots = models.JSONField()
    closed_days = models.JSONField(default=list, blank=True)
    extra_days = models.JSONField(default=list, blank=True)
    is_default = models.BooleanField(default=False)

    objects = OpenQuerySet["Calendar"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("contract", "key"), name="calendar_key_once"),
            models.UniqueConstraint(
                fields=("contract",), condition=Q(is_default=True), name="calendar_one_default"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def working(self, language: str = "en") -> WorkingCalendar:
        """The arithmetic of these hours; `language` is that of the names of holidays."""
        return working_calendar(
            json.dumps(self.content(), sort_keys=True, separators=(",", ":")), (language or "en")[:2]
        )

    def content(self) -> dict[str, object]:
        names = ("key", "name", "time_zone", "country", "subdivision", "slots", "closed_days", "extra_days")
        return {name: getattr(self, name) for name in names}
