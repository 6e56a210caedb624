"""The ledger of decisions and the stage history; a row of the ledger is never changed or removed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.models.contacts import Contact, OfContactQuerySet
from lifecycle.models import Stage, StageDefinition, StatusDefinition


class TransitionKind(models.TextChoices):
    STAGE = "stage", _("stage")
    STATUS = "status", _("status")
    OWNER = "owner", _("owner")
    CONSENT = "consent", _("consent")


class Origin(models.TextChoices):
    """Who moved it."""

    PERSON = "person", _("by a person")
    RULE = "rule", _("by a definition in force")
    IMPORT = "import", _("by an import")
    API = "api", _("by another system")


class TransitionQuerySet(models.QuerySet["Transition"]):
    def visible_to(self, user: User) -> TransitionQuerySet:
        """Of the contacts the person sees."""
        return self.filter(contact__in=Contact.objects.visible_to(user))

    def of_stage(self) -> TransitionQuerySet:
        return self.filter(kind=TransitionKind.STAGE)


class Transition(models.Model):
    """One change of stage, status, owner or consent: from, to, when, by whom or what, on which facts, why.

    Values are keys: a stage's or status's key, a user's id, a consent; empty for none. `at` is when it
    became so, `recorded_at` when we wrote it. `undoes` points to the row this one takes back. `definition` is the
    version that moved a stage, `status_definition` the one in force of the status that was set: it was held against
    that, whoever set it.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="transitions", db_index=False)
    kind = models.CharField(max_length=8, choices=TransitionKind.choices)
    from_value = models.CharField(max_length=40, blank=True, db_default="")
    to_value = models.CharField(max_length=40, blank=True, db_default="")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    origin = models.CharField(max_length=8, choices=Origin.choices)
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    definition = models.ForeignKey(
        StageDefinition, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    status_definition = models.ForeignKey(
        StatusDefinition, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    facts = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))
    reason = models.TextField(blank=True, db_default="")
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )

    objects = TransitionQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(from_value=F("to_value")), name="transition_changes_something"
            ),
            models.CheckConstraint(condition=Q(kind__in=TransitionKind.values), name="transition_kind_known"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="transition_origin_known"),
            models.CheckConstraint(
                condition=~Q(origin=Origin.PERSON) | Q(actor__isnull=False), name="transition_person_is_named"
            ),
            models.CheckConstraint(
                condition=(Q(definition=None) | Q(kind=TransitionKind.STAGE))
                & (Q(status_definition=None) | Q(kind=TransitionKind.STATUS)),
                name="transition_definition_of_its_kind",
            ),
        )
        indexes = (
            models.Index(fields=("contact", "-at", "-id"), name="transition_timeline"),
            models.Index(fields=("kind", "to_value", "at"), name="transition_entries"),
            models.Index(
                fields=("definition", "id"),
                name="transition_by_definition",
                condition=Q(definition__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.from_value or '–'} → {self.to_value or '–'}"


class StageInterval(models.Model):
    """The time a contact spent in a stage; open while `left_at` is empty; half-open.

    Intervals of a contact form a chain: each but the first carries the `left_at` of the one before as its
    own `entered_at`, and a foreign key of the database (in the migration) makes that hold. Unique
    constraints forbid two followers: so there is neither a gap nor an overlap.
    """

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="stage_intervals", db_index=False
    )
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+", db_index=False)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    previous_left_at = models.DateTimeField(null=True)
    transition = models.OneToOneField(Transition, on_delete=models.PROTECT, related_name="interval")

    objects = OfContactQuerySet["StageInterval"].as_manager()

    class Meta:
        ordering = ("entered_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gt=F("entered_at")), name="interval_leaves_after_entry"
            ),
            models.CheckConstraint(
                condition=Q(previous_left_at=None) | Q(previous_left_at=F("entered_at")),
                name="interval_starts_where_the_last_ended",
            ),
            models.UniqueConstraint(
                fields=("contact", "previous_left_at"), nulls_distinct=False, name="interval_one_follower"
            ),
            models.UniqueConstraint(
                fields=("contact", "left_at"), nulls_distinct=False, name="interval_one_end"
            ),
        )
        indexes = (models.Index(fields=("stage", "entered_at"), name="interval_entries"),)

    def __str__(self) -> str:
        return f"{self.stage_id} from {self.entered_at:%Y-%m-%d}"
