"""The erasure of people by the retention rule: who approved it, how far it is, that it happened, and whom it spares."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from leads.models.contacts import Contact
from lifecycle.models import RuleVersion


class ErasureRunQuerySet(models.QuerySet["ErasureRun"]):
    def visible_to(self, user: User) -> ErasureRunQuerySet:
        return self if user.is_active and user.has_role(Role.ADMIN, Role.MANAGER) else self.none()

    def unfinished(self) -> ErasureRunQuerySet:
        return self.filter(finished_at=None)


class ErasureRun(models.Model):
    """A list that an administrator read and approved. Erased is who was due at `approved_at`; one run at a time."""

    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    approved_at = models.DateTimeField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ErasureRunQuerySet.as_manager()

    class Meta:
        ordering = ("-approved_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("finished_at",), nulls_distinct=False, name="erasure_one_run_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.approved_at:%Y-%m-%d}: {self.done} of {self.total}"


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def visible_to(self, user: User) -> ErasureQuerySet:
        return self.filter(run__in=ErasureRun.objects.visible_to(user))


class Erasure(models.Model):
    """A person who is not known any more. The fingerprint tells an address that comes again, and nothing else."""

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="erasure")
    run = models.ForeignKey(ErasureRun, on_delete=models.PROTECT, related_name="erasures")
    at = models.DateTimeField(db_index=True)
    email_sha256 = models.CharField(max_length=64, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(email_sha256="") | Q(email_sha256__regex=r"^[0-9a-f]{64}$"),
                name="erasure_fingerprint_is_one",
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact_id}, {self.at:%Y-%m-%d}"


class RetentionHoldQuerySet(models.QuerySet["RetentionHold"]):
    def visible_to(self, user: User) -> RetentionHoldQuerySet:
        return self if user.is_active and user.has_role(Role.ADMIN, Role.MANAGER) else self.none()

    def holding(self, *, at: datetime) -> RetentionHoldQuerySet:
        """Those that keep their person then: neither past nor lifted. A day ends as in UTC, at one moment for whoever
        asks."""
        return self.filter(until__gte=at.astimezone(UTC).date(), lifted_at=None)


class RetentionHold(models.Model):
    """An exception of the retention rule: this person is not erased up to and including `until`, and why."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="retention_holds")
    reason = models.CharField(_("reason"), max_length=300)
    until = models.DateField(_("kept until"))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = RetentionHoldQuerySet.as_manager()

    class Meta:
        ordering = ("until", "pk")
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="retention_hold_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="retention_hold_lifted_by_somebody",
            ),
            models.UniqueConstraint(
                fields=("contact",), condition=Q(lifted_at=None), name="retention_hold_one_a_contact"
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact_id} until {self.until}"
