"""What was known of contacts, companies and deals before it changed; written by the database, never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.models.companies import Company
from leads.models.contacts import Contact
from leads.models.deals import Deal

CREATED = "created_at"
"""The field of the one row of a contact that came to us later than it says it began."""


class Entity(models.TextChoices):
    CONTACT = "contact", _("Contact")
    COMPANY = "company", _("Company")
    DEAL = "deal", _("Deal")


class FieldChangeQuerySet(models.QuerySet["FieldChange"]):
    def visible_to(self, user: User) -> FieldChangeQuerySet:
        """Of the contacts, companies and deals the person sees."""
        return self.filter(
            Q(entity=Entity.CONTACT, subject_id__in=Contact.objects.visible_to(user).values("pk"))
            | Q(entity=Entity.COMPANY, subject_id__in=Company.objects.visible_to(user).values("pk"))
            | Q(entity=Entity.DEAL, subject_id__in=Deal.objects.visible_to(user).values("pk"))
        )

    def of_contact(self, contact: Contact) -> FieldChangeQuerySet:
        return self.filter(entity=Entity.CONTACT, subject_id=contact.pk)


class FieldChange(models.Model):
    """One fact that changed: from, to, when we knew, by whom or what. A trigger writes it, whatever the door.

    `before` and `after` are the column's value as JSON, null where there was none; a field of the company is
    "custom.<key>". `known_at` is the moment of the action, `recorded_at` that of the database. Stage, status,
    owner and consent are in the ledger of transitions instead. Nothing is written for a new row: until its first
    change a fact was what it is before that change.
    """

    entity = models.CharField(max_length=8, choices=Entity.choices)
    subject_id = models.BigIntegerField()
    field = models.CharField(max_length=60)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    known_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    origin = models.CharField(max_length=8, blank=True, db_default="")

    objects = FieldChangeQuerySet.as_manager()

    class Meta:
        ordering = ("-known_at", "-pk")
        indexes = (
            models.Index(
                fields=("entity", "subject_id", "field", "known_at", "id"), name="fieldchange_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.entity} {self.subject_id} {self.field}"
