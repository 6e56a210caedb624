"""The plan of a period: what both teams want in it, and which versions of what they agreed on it rests upon."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from agreements.models import OPEN, STANDING, AgreedVersion
from lifecycle.models import in_reader_language

ONE_A_PERIOD = "plan_one_a_period"


class Part(TypedDict):
    """A version as it was in force when the plan was written; `hash` is that of its content."""

    agreement: int
    subject: str
    number: int
    hash: str


class Wanted(TypedDict):
    """The new revenue wanted in a month, as the cockpit had it."""

    month: str
    cents: int
    currency: str


class Milestone(TypedDict):
    """A day of the plan's calendar."""

    on: str
    what_en: str
    what_fr: str


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: User) -> PlanQuerySet:
        return self if user.is_active else self.none()


class Plan(models.Model):
    """A period, both days included; what is planned is in its versions. Agreement subject: `plan:<id>`.

    No two that are in force or being written overlap. `freed_at` says since when its days are free for another: a
    trigger keeps it as the agreements come to stand, in the same transaction.
    """

    starts_on = models.DateField()
    ends_on = models.DateField()
    freed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_on", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="plan_ends_after_start"),
            ExclusionConstraint(
                name=ONE_A_PERIOD,
                expressions=(
                    (
                        Func(
                            F("starts_on"),
                            F("ends_on"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ),
                condition=Q(freed_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.starts_on}/{self.ends_on}"

    def covers(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on

    def overlaps(self, other: Plan) -> bool:
        return self.starts_on <= other.ends_on and other.starts_on <= self.ends_on


class PlanVersionQuerySet(models.QuerySet["PlanVersion"]):
    def visible_to(self, user: User) -> PlanVersionQuerySet:
        return self if user.is_active else self.none()

    def listed(self) -> PlanVersionQuerySet:
        """In force, ended by both sides, or being written."""
        return self.filter(agreement__state__in=(*STANDING, *OPEN))


class PlanVersion(AgreedVersion):
    """What is planned. `parts` and `objectives` are taken from what is in force whenever the draft is saved."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    aim_en = models.TextField(_("what we want together, in English"))
    aim_fr = models.TextField(_("what we want together, in French"), blank=True)
    objectives = models.JSONField(default=list)
    parts = models.JSONField(default=list)
    milestones = models.JSONField(default=list)

    objects = PlanVersionQuerySet.as_manager()

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(parts=[]), name="plan_rests_on_something"),)

    def __str__(self) -> str:
        return str(self.plan)

    @property
    def aim(self) -> str:
        return in_reader_language(self.aim_en, self.aim_fr)

    def content(self) -> dict[str, object]:
        names = ("aim_en", "aim_fr", "objectives", "parts", "milestones")
        period = {"starts_on": self.plan.starts_on.isoformat(), "ends_on": self.plan.ends_on.isoformat()}
        return period | {name: getattr(self, name) for name in names}
