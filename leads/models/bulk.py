"""A change of many contacts that somebody asked for: what, of whom, how far a worker has come with it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from lifecycle.models import Status


class BulkChangeQuerySet(models.QuerySet["BulkChange"]):
    def visible_to(self, user: User) -> BulkChangeQuerySet:
        """The work of marketers, managers and administrators; each sees all of it."""
        allowed = user.is_active and user.has_role(Role.MARKETER, Role.MANAGER, Role.ADMIN)
        return self if allowed else self.none()

    def unfinished(self) -> BulkChangeQuerySet:
        return self.filter(finished_at=None)


class BulkChange(models.Model):
    """One owner, or one status, for the contacts that were chosen when it was asked for.

    `contact_ids` are they, until it is finished; `place` says how many of them are done. `rule_reason` is why it
    goes on against warnings of the rulebook. `halted` says in words why it ended before the last of them.
    """

    class Kind(models.TextChoices):
        OWNER = "owner", _("Owner")
        STATUS = "status", _("Status")

    change = models.CharField(max_length=6, choices=Kind.choices)
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    status = models.ForeignKey(
        Status, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reason = models.TextField(blank=True)
    recontact_on = models.DateField(null=True, blank=True)
    rule_reason = models.TextField(blank=True)
    contact_ids = ArrayField(models.BigIntegerField())
    contact_count = models.PositiveIntegerField()
    place = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    stop_asked = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    halted = models.TextField(blank=True)

    objects = BulkChangeQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(change="owner", status=None)
                | models.Q(change="status", status__isnull=False, owner=None),
                name="bulk_change_says_what",
            ),
            models.CheckConstraint(
                condition=models.Q(place__lte=models.F("contact_count"))
                & models.Q(changed_count__lte=models.F("place")),
                name="bulk_change_counts_fit",
            ),
        )
        indexes = (
            models.Index(
                fields=("asked_at",), condition=models.Q(finished_at=None), name="bulk_change_unfinished"
            ),
        )

    def __str__(self) -> str:
        return f"{self.change}: {self.place} of {self.contact_count}"

    def get_absolute_url(self) -> str:
        return f"/contacts/changes/{self.pk}/"
