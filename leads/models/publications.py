"""How far everybody is held against a definition that came into force."""

from __future__ import annotations

from django.db import models

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

    def __str__(self) -> str:
        return f"{self.definition}: {self.done_count} of {self.contact_count}"
