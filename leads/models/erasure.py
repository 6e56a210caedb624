"""The erasure of people by the retention rule: who approved it, how far it is, and that it happened."""

from __future__ import annotations

from django.db import models

from accounts.models import Role, User
from leads.models.contacts import Contact
from lifecycle.models import RuleVersion


class ErasureRunQuerySet(models.QuerySet["ErasureRun"]):
    def visible_to(self, user: User) -> ErasureRunQuerySet:
        return self if user.has_role(Role.ADMIN, Role.MANAGER) else self.none()

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


class Erasure(models.Model):
    """A person who is not known any more. The fingerprint tells an address that comes again, and nothing else."""

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="erasure")
    run = models.ForeignKey(ErasureRun, on_delete=models.PROTECT, related_name="erasures")
    at = models.DateTimeField(db_index=True)
    email_sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.contact_id}, {self.at:%Y-%m-%d}"
