"""A definition replayed over the past: what was asked, how far it is, and which contacts it found."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.models.contacts import Contact, OfContactQuerySet
from leads.models.ledger import Origin
from lifecycle.models import StageDefinition


class ReplayQuerySet(models.QuerySet["Replay"]):
    def visible_to(self, user: User) -> ReplayQuerySet:
        """Counts are no personal data; the contacts behind them are."""
        return self if user.is_active else self.none()

    def unfinished(self) -> ReplayQuerySet:
        return self.filter(state=Replay.State.RUNNING)


class Replay(models.Model):
    """One version of a definition over one period. `criteria`, `reach` and `revision` are those it was run with.

    `place` is the last contact done; `months` are rows of counts by month ("2026-03"), empty for what the
    criteria would have let in at once when the period began.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    definition = models.ForeignKey(StageDefinition, on_delete=models.PROTECT, related_name="+")
    criteria = models.JSONField()
    reach = models.CharField(
        max_length=10,
        choices=StageDefinition.Reach.choices,
        default=StageDefinition.Reach.EVERYBODY,
        db_default=StageDefinition.Reach.EVERYBODY,
    )
    revision = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    place = models.BigIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    contact_count = models.PositiveIntegerField(default=0)
    months = models.JSONField(default=list, blank=True)
    seconds = models.FloatField(default=0)
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = ReplayQuerySet.as_manager()

    class Meta:
        ordering = ("-requested_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="replay_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=("definition",), condition=Q(state="running"), name="replay_one_running"
            ),
        )

    def __str__(self) -> str:
        return f"{self.definition} {self.starts_at:%Y-%m-%d}"

    def is_of(self, definition: StageDefinition) -> bool:
        """Whether it was run with what the definition says now."""
        return (self.criteria, self.reach) == (definition.criteria, definition.reach)


class ReplayedContact(models.Model):
    """One entry into the stage: when the criteria would have let the contact in, when it did enter, or both."""

    class Outcome(models.TextChoices):
        WON = "won", _("won")
        LOST = "lost", _("lost")
        SENT_BACK = "sent_back", _("sent back")
        RECYCLED = "recycled", _("recycled")
        UNQUALIFIED = "unqualified", _("unqualified")
        IN_DEAL = "in_deal", _("in a deal")
        OPEN = "open", _("nothing decided yet")

    class MovedBy(models.TextChoices):
        """As the ledger says it, but for whom no definition moved: on from a stage that was retired."""

        PERSON = Origin.PERSON.value, Origin.PERSON.label
        RULE = Origin.RULE.value, Origin.RULE.label
        IMPORT = Origin.IMPORT.value, Origin.IMPORT.label
        API = Origin.API.value, Origin.API.label
        RETIRED = "retired", _("on from a retired stage")

    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="entries", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    would_at = models.DateTimeField(null=True)
    did_at = models.DateTimeField(null=True)
    did_by = models.CharField(max_length=8, choices=MovedBy.choices, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    won_cents = models.BigIntegerField(default=0)

    objects = OfContactQuerySet["ReplayedContact"].as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(would_at__isnull=False) | Q(did_at__isnull=False), name="replayed_one_of_both"
            ),
        )
        indexes = (models.Index(fields=("replay", "contact"), name="replayed_of_replay"),)

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.would_at} / {self.did_at}"


class ReplayStay(models.Model):
    """A time in which a contact stood before the stage and could be let in. A temporary table of one transaction."""

    contact = models.ForeignKey(Contact, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)

    objects = OfContactQuerySet["ReplayStay"].as_manager()

    class Meta:
        managed = False
        db_table = "replay_stay"

    def __str__(self) -> str:
        return str(self.pk)


class ReplayOccasion(models.Model):
    """A moment at which the contact was, or would have been, looked at, with the facts as known then. Temporary."""

    stay = models.ForeignKey(ReplayStay, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    contact = models.ForeignKey(Contact, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    at = models.DateTimeField()
    facts = models.JSONField()

    objects = OfContactQuerySet["ReplayOccasion"].as_manager()

    class Meta:
        managed = False
        db_table = "replay_occasion"

    def __str__(self) -> str:
        return f"{self.contact_id} {self.at}"
