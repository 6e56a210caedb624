"""Clocks that run in working time, the breaches they leave, and how far the sweeps have read."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.visibility import ShutQuerySet
from leads.models import Touchpoint
from lifecycle.models import RuleVersion
from sla.calendar import Step
from sla.faces import Face, face
from sla.models.contracts import Calendar, ContractVersion
from sla.models.handoffs import Handoff


class ClockQuerySet(models.QuerySet["Clock"]):
    def visible_to(self, user: User) -> ClockQuerySet:
        return self.filter(handoff__in=Handoff.objects.visible_to(user))

    def running(self) -> ClockQuerySet:
        return self.filter(stopped_at=None)

    def overdue(self, *, at: datetime) -> ClockQuerySet:
        """Still running although the deadline has passed."""
        return self.running().filter(due_at__lte=at)

    def to_warn(self, *, at: datetime) -> ClockQuerySet:
        """Four fifths of the time are gone, nobody was told, and there is still time."""
        return self.running().filter(breached_at=None, warned_at=None, warn_at__lte=at, due_at__gt=at)


class Clock(models.Model):
    """A promise to one lead that runs in working time; keeps the contract and calendar it started with.

    `rule`: the version of the rule on delays that gave it its time, where the contract promises none.
    `budget_minutes` are working minutes, `used_minutes` those that had passed when it stopped.
    `breached_at` is the due moment, never the moment of the sweep.
    """

    class Kind(models.TextChoices):
        FIRST_CONTACT = "first_contact", _("First contact")

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.FIRST_CONTACT)
    contract = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.ForeignKey(
        RuleVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    budget_minutes = models.PositiveIntegerField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(
        Touchpoint, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    stop_reason = models.CharField(max_length=20, blank=True)
    used_minutes = models.PositiveIntegerField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ("due_at",)
        constraints = (
            models.UniqueConstraint(fields=("handoff", "kind"), name="clock_once"),
            models.CheckConstraint(condition=Q(due_at__gt=F("started_at")), name="clock_due_after_start"),
            models.CheckConstraint(condition=Q(warn_at__lte=F("due_at")), name="clock_warns_before_due"),
            models.CheckConstraint(
                condition=Q(breached_at=None) | Q(breached_at=F("due_at")), name="clock_breached_when_due"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(stopped_at__gte=F("started_at")),
                name="clock_stops_after_start",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",), condition=Q(stopped_at=None, breached_at=None), name="clock_to_breach"
            ),
            models.Index(
                fields=("warn_at",),
                condition=Q(stopped_at=None, breached_at=None, warned_at=None),
                name="clock_to_warn",
            ),
            models.Index(fields=("started_at",), condition=Q(stopped_at=None), name="clock_running"),
            models.Index(fields=("due_at",), name="clock_by_due"),
            models.Index(
                fields=("stopped_at",), condition=Q(stopped_by__isnull=False), name="clock_by_first_contact"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def budget(self) -> timedelta:
        return timedelta(minutes=self.budget_minutes)

    def face(self, *, at: datetime) -> Face:
        """What it shows at a moment. Reads `calendar` (select it)."""
        return face(
            self.calendar.working(),
            started_at=self.started_at,
            due_at=self.due_at,
            budget=self.budget,
            at=at,
            stopped_at=self.stopped_at,
        )

    def why(self, language: str = "en") -> list[Step]:
        """The sum behind `due_at`, line by line, with the holidays named in that language. Reads `calendar`."""
        return self.calendar.working(language).steps(self.started_at, self.budget)


class BreachQuerySet(models.QuerySet["Breach"]):
    def visible_to(self, user: User) -> BreachQuerySet:
        """With the handoff; and for a rep their own, whoever has the lead by now."""
        of_handoff = Q(clock__handoff__in=Handoff.objects.visible_to(user))
        return self.filter(of_handoff | Q(rep=user) if user.is_active else of_handoff)

    def within(self, start: datetime, end: datetime) -> BreachQuerySet:
        """Due in the half-open span."""
        return self.filter(at__gte=start, at__lt=end)


class Breach(models.Model):
    """A deadline that passed, once, with its one primary cause; the facts show how the cause was found.

    `told_…` is what its rep or a manager says of it. It stands beside the cause that was found and replaces it
    nowhere: what is counted rests on facts.
    """

    class Cause(models.TextChoices):
        KEPT_BY_RULE = "kept_by_rule", _("Kept by a rule")
        ROUTED_LATE = "routed_late", _("Handed over late")
        OVER_CAPACITY = "over_capacity", _("Over capacity")
        ABSENT = "absent", _("Owner absent")
        BAD_DATA = "bad_data", _("Contact data wrong")
        OUT_OF_GRID = "out_of_grid", _("Outside the definition")
        LATE = "late", _("Late")

    clock = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="breach")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    rep = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=14, choices=Cause.choices)
    facts = models.JSONField(default=dict, blank=True)
    told_cause = models.CharField(max_length=14, choices=Cause.choices, blank=True, db_default="")
    told_note = models.CharField(max_length=500, blank=True, db_default="")
    told_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    told_at = models.DateTimeField(null=True, blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        ordering = ("-at",)
        verbose_name_plural = "breaches"
        constraints = (
            models.CheckConstraint(
                condition=Q(told_cause="", told_by=None, told_at=None)
                | (~Q(told_cause="") & Q(told_by__isnull=False, told_at__isnull=False)),
                name="breach_told_by_somebody",
            ),
        )
        indexes = (models.Index(fields=("-at",), name="breach_newest"),)

    def __str__(self) -> str:
        return f"{self.cause} {self.at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("sla:breach", args=(self.pk,))


def has_breach(contact: str = "pk") -> Exists:
    """Whether the contact a queryset of contacts names by that reference ever had a breached clock."""
    return Exists(Breach.objects.filter(clock__handoff__contact=OuterRef(contact)))


def has_running_breach(contact: str = "pk") -> Exists:
    """Whether nobody has reached the contact yet although it is late."""
    late = Clock.objects.running().filter(breached_at__isnull=False)
    return Exists(late.filter(handoff__contact=OuterRef(contact)))


class SweepMark(models.Model):
    """How far a sweep has read an append-only table: every row up to `position` has been looked at.

    It stays well behind the newest row, because a transaction may commit a smaller id later.
    """

    name = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField(default=0)

    objects = ShutQuerySet["SweepMark"].as_manager()

    def __str__(self) -> str:
        return f"{self.name}: {self.position}"
