"""Send checks: who asked whom marketing may write to, when, and what the answer was for each contact."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Role, User
from leads.models.contacts import Contact, OfContactQuerySet
from lifecycle.models import RuleVersion


class SendCheckQuerySet(models.QuerySet["SendCheck"]):
    def visible_to(self, user: User) -> SendCheckQuerySet:
        """Marketers, managers and administrators, who see every contact."""
        return self if user.is_active and user.role != Role.REP else self.none()


class SendCheck(models.Model):
    """One asking. `unknown`: addresses and numbers that no contact has; they are counted, not kept.

    `reason`: why those whom a rule warns of are written to all the same.
    """

    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    unknown = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True, db_default="", default="")

    objects = SendCheckQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("-at", "-id"), name="sendcheck_newest"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class SendCheckLine(models.Model):
    """The answer for one contact: the first reason not to write, or none, and the version of the rule it is of.

    `leave` is `despite` where a rule advises against it and whoever asked decided to write all the same.

    `cause`: of a pause, what it holds by: the status, the stage or the owner.
    """

    check_run = models.ForeignKey(SendCheck, on_delete=models.PROTECT, related_name="lines")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    leave = models.CharField(max_length=15)
    reason = models.CharField(max_length=12, blank=True)
    cause = models.CharField(max_length=6, blank=True, db_default="", default="")
    version = models.ForeignKey(
        RuleVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = OfContactQuerySet["SendCheckLine"].as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("check_run", "contact"), name="sendcheck_contact_once"),
            models.CheckConstraint(
                condition=Q(leave__in=("yes", "despite", "advised_against", "no")),
                name="sendcheck_leave_known",
            ),
            models.CheckConstraint(
                condition=Q(leave="yes", reason="", version=None) | (~Q(leave="yes") & ~Q(reason="")),
                name="sendcheck_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(leave="despite") | Q(version__isnull=False), name="sendcheck_despite_a_rule"
            ),
            models.CheckConstraint(
                condition=Q(cause="") | Q(cause__in=("status", "stage", "owner"), reason="paused"),
                name="sendcheck_cause_of_a_pause",
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.leave} {self.reason}"
