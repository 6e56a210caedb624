"""Those who may not come in yet: what was sent of them, and what the rulebook wants to know first."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from leads.models.contacts import Contact
from leads.models.imports import ImportRun
from leads.models.ledger import Origin


class QuarantinedContactQuerySet(models.QuerySet["QuarantinedContact"]):
    def visible_to(self, user: User) -> QuarantinedContactQuerySet:
        """Marketers, managers and administrators see all of them; a rep those that the rep put there."""
        if not user.is_active:
            return self.none()
        return self.filter(created_by=user) if user.role == Role.REP else self

    def waiting(self) -> QuarantinedContactQuerySet:
        return self.filter(state=QuarantinedContact.State.WAITING)


class QuarantinedContact(models.Model):
    """A person who was sent in with less than the rulebook asks for. No contact: nothing scores or hands it over.

    `payload` holds what was sent, by the names of the columns that imports stage; it is emptied when the row is
    settled. `needs` are the facts of which one is missing, `rule_version` the version of the rule that asks.
    `fingerprint` tells the same person sent again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RELEASED = "released", _("let in")
        DISCARDED = "discarded", _("discarded")

    payload = models.JSONField()
    needs = models.CharField(max_length=200)
    rule_version = models.PositiveIntegerField(null=True)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, null=True, related_name="quarantined")
    line = models.BigIntegerField(null=True)
    fingerprint = models.CharField(max_length=32)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.WAITING, db_default=State.WAITING
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = QuarantinedContactQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("fingerprint",), condition=Q(state="waiting"), name="quarantined_once"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at=None)
                | (~Q(state="waiting") & Q(settled_at__isnull=False, payload={})),
                name="quarantined_settled_holds_nothing",
            ),
        )
        indexes = (models.Index(fields=("state", "-created_at", "-id"), name="quarantined_newest"),)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As far as it was told; the company, or nothing but the number."""
        told = self.payload
        person = f"{told.get('first_name', '')} {told.get('last_name', '')}".strip()
        return person or told.get("company_name") or told.get("external_id") or f"№ {self.pk}"
