"""Touchpoints: what happened between a contact and us; rows are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Now

from accounts.models import User
from leads.models.contacts import Contact
from leads.models.sources import Campaign, Source
from leads.touchpoint_kinds import BOUNCE, CONTACT_KINDS, MESSAGES, NOTE_KINDS, PERSONAL_MESSAGES
from lib.folding import Fold

NOTED: Final = Q(kind__in=NOTE_KINDS, actor__isnull=False, attributes__has_key="note")


class TouchpointQuerySet(models.QuerySet["Touchpoint"]):
    def visible_to(self, user: User) -> TouchpointQuerySet:
        """Of the contacts the person sees."""
        return self.filter(contact__in=Contact.objects.visible_to(user))

    def until(self, at: datetime) -> TouchpointQuerySet:
        return self.filter(occurred_at__lte=at)

    def reaching_out(self) -> TouchpointQuerySet:
        """By a person of ours, outbound or two-way, with an outcome: what stops a first-contact clock."""
        return self.filter(kind__in=CONTACT_KINDS, actor__isnull=False).exclude(outcome="")

    def noted(self) -> TouchpointQuerySet:
        """With a note that somebody of ours wrote."""
        return self.filter(NOTED)


class Touchpoint(models.Model):
    """One event. `key` is unique within its `origin`, so that sending it twice records it once.

    `occurred_at` is when it happened, `recorded_at` when we heard of it. `is_human` is false for mail
    robots and bursts, which are kept and never scored.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="touchpoints", db_index=False)
    kind = models.CharField(max_length=30)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="touchpoints", db_index=False
    )
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=20, blank=True, db_default="")
    is_human = models.BooleanField(default=True, db_default=True)
    attributes = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))
    origin = models.CharField(max_length=40)
    key = models.CharField(max_length=120)

    objects = TouchpointQuerySet.as_manager()

    class Meta:
        ordering = ("-occurred_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("origin", "key"), name="touchpoint_recorded_once"),)
        indexes = (
            models.Index(
                fields=("contact", "-occurred_at", "-id"),
                include=("kind", "is_human"),
                name="touchpoint_timeline",
            ),
            models.Index(fields=("kind", "occurred_at"), name="touchpoint_by_kind"),
            GinIndex(
                OpClass(Fold(KT("attributes__note")), name="gin_trgm_ops"),
                condition=NOTED,
                name="touchpoint_note_letters",
            ),
            models.Index(
                fields=("occurred_at",),
                include=("contact",),
                condition=Q(is_human=True),
                name="touchpoint_human_lately",
            ),
            models.Index(
                fields=("contact", "-occurred_at"),
                include=("kind",),
                condition=Q(kind__in=sorted(MESSAGES | PERSONAL_MESSAGES | {BOUNCE})),
                name="touchpoint_messages",
            ),
            models.Index(
                fields=("campaign", "occurred_at"),
                condition=Q(campaign__isnull=False),
                name="touchpoint_by_campaign",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d %H:%M}"
