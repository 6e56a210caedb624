"""How far everybody is held against a definition that came into force, and whom that moved."""

from __future__ import annotations

from django.db import models

from accounts.visibility import OpenQuerySet
from leads.models.contacts import Contact, OfContactQuerySet
from leads.models.ledger import Transition
from lifecycle.models import StageDefinition


class Publication(models.Model):
    """One definition in force, held against all contacts once; `place` is the last contact looked at."""

    definition = models.OneToOneField(StageDefinition, on_delete=models.PROTECT, related_name="+")
    place = models.BigIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    contact_count = models.PositiveIntegerField(default=0)
    moved_count = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = OpenQuerySet["Publication"].as_manager()

    def __str__(self) -> str:
        return f"{self.definition}: {self.done_count} of {self.contact_count}"


class PublishedMove(models.Model):
    """A row of the ledger by which the publication moved somebody; other moves by the same definition are none."""

    publication = models.ForeignKey(
        Publication, on_delete=models.PROTECT, related_name="moves", db_index=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    transition = models.OneToOneField(Transition, on_delete=models.PROTECT, related_name="+")

    objects = OfContactQuerySet["PublishedMove"].as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("publication", "id"), name="published_moves_in_order"),)

    def __str__(self) -> str:
        return f"{self.contact_id} by {self.publication_id}"
