"""Definition rounds: what everyone writes blind, and the votes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lifecycle.models.terms import Term


class DefinitionRoundQuerySet(models.QuerySet["DefinitionRound"]):
    def visible_to(self, user: User) -> DefinitionRoundQuerySet:
        """Everybody knows of a round; what was written in it is another matter."""
        return self if user.is_active else self.none()

    def blind(self) -> DefinitionRoundQuerySet:
        return self.filter(revealed_at=None)

    def running(self) -> DefinitionRoundQuerySet:
        return self.filter(closed_at=None)


class DefinitionRound(models.Model):
    """Everyone asked writes what a term means, blind until the reveal; then they vote, and one text may be chosen."""

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="rounds")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(_("write until"))
    revealed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    chosen = models.ForeignKey(
        "RoundEntry", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = DefinitionRoundQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("term",), condition=Q(closed_at=None), name="round_one_running_a_term"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("started_at")), name="round_due_after_start"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(revealed_at__isnull=False), name="round_closed_after_reveal"
            ),
        )

    def __str__(self) -> str:
        return f"round {self.pk} on {self.term_id}"


class RoundEntryQuerySet(models.QuerySet["RoundEntry"]):
    def visible_to(self, user: User) -> RoundEntryQuerySet:
        """One's own; everybody's once the round is revealed. No role sees more."""
        if not user.is_active:
            return self.none()
        return self.filter(Q(user=user) | Q(round__revealed_at__isnull=False))

    def written(self) -> RoundEntryQuerySet:
        return self.exclude(written_at=None)

    def awaited(self) -> RoundEntryQuerySet:
        """Of people who are still here and have not written."""
        return self.filter(written_at=None, user__is_active=True)


class RoundEntry(models.Model):
    """One person's place in a round: asked, and from then on what they wrote."""

    round = models.ForeignKey(
        DefinitionRound, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True, max_length=1000)
    language = models.CharField(max_length=2, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)

    objects = RoundEntryQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("round", "user"), name="round_entry_once_a_person"),
            models.CheckConstraint(
                condition=Q(written_at=None, text="") | (Q(written_at__isnull=False) & ~Q(text="")),
                name="round_entry_written_is_dated",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} in round {self.round_id}"


class RoundVoteQuerySet(models.QuerySet["RoundVote"]):
    def visible_to(self, user: User) -> RoundVoteQuerySet:
        """One's own: of the others' only the numbers are shown."""
        return self.filter(user=user) if user.is_active else self.none()


class RoundVote(models.Model):
    """One voice a person and round; it may go to another text until the round is closed."""

    round = models.ForeignKey(DefinitionRound, on_delete=models.PROTECT, related_name="votes", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey(RoundEntry, on_delete=models.PROTECT, related_name="votes")
    voted_at = models.DateTimeField()

    objects = RoundVoteQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("round", "user"), name="round_vote_once_a_person"),)

    def __str__(self) -> str:
        return f"{self.user_id} for {self.entry_id}"
