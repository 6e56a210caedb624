"""A definition replayed over the past: what was asked, how far it is, and which contacts it found."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.models.contacts import Contact, OfContactQuerySet
from leads.models.ledger import Origin
from lifecycle.models import Stage, StageDefinition, Status, StatusDefinition


class ReplayQuerySet(models.QuerySet["Replay"]):
    def visible_to(self, user: User) -> ReplayQuerySet:
        """Counts are no personal data; the contacts behind them are."""
        return self if user.is_active else self.none()

    def unfinished(self) -> ReplayQuerySet:
        return self.filter(state=Replay.State.RUNNING)


class Replay(models.Model):
    """One version of a definition over one period, of a stage or of a status.

    `criteria`, `reach`, `revision` and, of a status that gives itself, `from_statuses` are those it was run with.
    `place` is the last contact done, `left_out_count` those of that time who had been erased; `months` are rows of
    counts by month ("2026-03"), empty for what the criteria would have let in at once when the period began.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    definition = models.ForeignKey(StageDefinition, on_delete=models.PROTECT, null=True, related_name="+")
    status_definition = models.ForeignKey(
        StatusDefinition, on_delete=models.PROTECT, null=True, related_name="+"
    )
    criteria = models.JSONField()
    from_statuses = models.JSONField(default=list, db_default=Value([], models.JSONField()))
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
    left_out_count = models.PositiveIntegerField(default=0, db_default=0)
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
            models.CheckConstraint(
                condition=Q(definition__isnull=False, status_definition=None)
                | Q(definition=None, status_definition__isnull=False),
                name="replay_of_a_stage_or_a_status",
            ),
            models.UniqueConstraint(
                fields=("definition",), condition=Q(state="running"), name="replay_one_running"
            ),
            models.UniqueConstraint(
                fields=("status_definition",),
                condition=Q(state="running"),
                name="replay_one_running_of_status",
            ),
        )

    def __str__(self) -> str:
        return f"{self.version} {self.starts_at:%Y-%m-%d}"

    @property
    def version(self) -> StageDefinition | StatusDefinition:
        """What was replayed."""
        found = self.definition or self.status_definition
        if found is None:
            raise ValueError("a replay is of one definition")
        return found

    @property
    def subject(self) -> Stage | Status:
        """What that is the definition of."""
        return self.version.place

    @property
    def is_yardstick(self) -> bool:
        """Whether the definition gives its status to nobody: then what people set is what it is held against."""
        return self.definition_id is None and not self.from_statuses

    def is_of(self, definition: StageDefinition | StatusDefinition) -> bool:
        """Whether it was run with what the definition says now."""
        if isinstance(definition, StatusDefinition):
            return (self.criteria, self.from_statuses) == (definition.criteria, definition.from_statuses)
        return (self.criteria, self.reach) == (definition.criteria, definition.reach)


class ReplayedContact(models.Model):
    """One entry into the stage: when the criteria would have let the contact in, when it did enter, or both."""

    class Outcome(models.TextChoices):
        WON = "won", _("won")
        LOST = "lost", _("lost")
        SENT_BACK = "sent_back", _("sent back")
        LEFT = "left", _("taken out of it again")
        RECYCLED = "recycled", _("recycled")
        UNQUALIFIED = "unqualified", _("unqualified")
        IN_DEAL = "in_deal", _("in a deal")
        OPEN = "open", _("nothing decided yet")

    class MovedBy(models.TextChoices):
        """As the ledger says it, but for what the product did by no definition: on from a stage that was retired, or
        a status that it sets by itself, as on the day that was agreed."""

        PERSON = Origin.PERSON.value, Origin.PERSON.label
        RULE = Origin.RULE.value, Origin.RULE.label
        IMPORT = Origin.IMPORT.value, Origin.IMPORT.label
        API = Origin.API.value, Origin.API.label
        RETIRED = "retired", _("on from a retired stage")
        OTHER = "other", _("by another rule")

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
    """A time in which a contact stood before the stage and could be let in. A temporary table of one transaction.

    Of a status also which stay of the contact it is, and when the contact had left the status the last time.
    """

    contact = models.ForeignKey(Contact, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    ends = models.DateTimeField()
    place = models.BigIntegerField()
    left_at = models.DateTimeField(null=True)

    objects = OfContactQuerySet["ReplayStay"].as_manager()

    class Meta:
        managed = False
        db_table = "replay_stay"

    def __str__(self) -> str:
        return str(self.pk)


class ReplayOccasion(models.Model):
    """A moment at which the contact was, or would have been, looked at, with the facts as known then. Temporary.

    Of a status also when the last news of the contact had come.
    """

    stay = models.ForeignKey(ReplayStay, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    contact = models.ForeignKey(Contact, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    at = models.DateTimeField()
    facts = models.JSONField()
    news_at = models.DateTimeField(null=True)

    objects = OfContactQuerySet["ReplayOccasion"].as_manager()

    class Meta:
        managed = False
        db_table = "replay_occasion"

    def __str__(self) -> str:
        return f"{self.contact_id} {self.at}"
