"""How far everybody is held against a definition that came into force, and which moves that were."""

from __future__ import annotations

from django.db import models

from accounts.visibility import OpenQuerySet
from leads.models.ledger import Transition, TransitionQuerySet
from lifecycle.models import StageDefinition


class Publication(models.Model):
    """One definition in force, held against all contacts once; `place` is the last contact looked at.

    `ledger_until` is the last row of the ledger when everybody had been. The order of rows is certain, their moments
    are not: a move follows the entry before it, whatever day a file gave that.
    """

    definition = models.OneToOneField(StageDefinition, on_delete=models.PROTECT, related_name="+")
    place = models.BigIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    contact_count = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    ledger_until = models.BigIntegerField(null=True)

    objects = OpenQuerySet["Publication"].as_manager()

    def __str__(self) -> str:
        return f"{self.definition}: {self.done_count} of {self.contact_count}"

    def moves(self) -> TransitionQuerySet:
        """Every move by this version from its coming into force until everybody had been held against it.

        Whoever was at it: this walk, that of another definition, or a refresh, also of whom something became known in
        between. What it moves later is daily work.
        """
        moves = Transition.objects.filter(definition=self.definition_id)
        return moves if self.ledger_until is None else moves.filter(pk__lte=self.ledger_until)
