"""Imports: what was read, how it was understood, how far it came, what came in and what was refused."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User

M = TypeVar("M", bound=models.Model)


def may_import(user: User) -> bool:
    return user.is_active and user.has_role(Role.MARKETER, Role.MANAGER, Role.ADMIN)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> ImportRunQuerySet:
        """Imports are the work of marketers, managers and administrators; each sees all of them."""
        return self if may_import(user) else self.none()


class ImportRun(models.Model):
    """One file on its way in; `position` is the line up to which batches are committed.

    `started_at` is when it was first set going, `started_by` who did so the last time.
    `rule_reason` is why it goes on against warnings of the rulebook, and who said so.
    `shape` is what was seen in the file, `mapping` how it is read, `forecast` what a rehearsal said, `warnings`
    what was kept although something about it is odd. `undo_report` counts the rows that were taken back by what
    became of them: {"removed": 3, "restored": 1, "partly": 0, "kept": {"touched": 2}}. After
    `cleared_at` the file and the report of each row are gone; the counts stay, those of refusals by reason too.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("read")
        MAPPED = "mapped", _("ready")
        RUNNING = "running", _("running")
        STOPPING = "stopping", _("stopping")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        UNDOING = "undoing", _("being taken back")
        UNDONE = "undone", _("taken back")

    class Target(models.TextChoices):
        CONTACTS = "contacts", _("Contacts")
        DEALS = "deals", _("Deals")

    target = models.CharField(max_length=10, choices=Target.choices, default=Target.CONTACTS)
    file_name = models.CharField(max_length=255)
    stored_name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    shape = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    position = models.BigIntegerField(default=0)
    row_count = models.BigIntegerField(null=True)
    created_count = models.BigIntegerField(default=0)
    updated_count = models.BigIntegerField(default=0)
    unchanged_count = models.BigIntegerField(default=0)
    refused_count = models.BigIntegerField(default=0)
    quarantined_count = models.BigIntegerField(default=0)
    warnings = models.JSONField(default=list)
    forecast = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    rule_reason = models.TextField(blank=True, db_default="")
    rule_reason_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    undo_started_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undo_report = models.JSONField(default=dict)
    cleared_at = models.DateTimeField(null=True)
    refused_reasons = models.JSONField(default=dict)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(rule_reason="") | models.Q(rule_reason_by__isnull=False),
                name="import_rule_reason_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return f"/imports/{self.pk}/"


class OfImportQuerySet(models.QuerySet[M]):
    """Rows that belong to an import."""

    def visible_to(self, user: User) -> Self:
        return self.filter(run__in=ImportRun.objects.visible_to(user))


class ImportedRow(models.Model):
    """What became of a line that came in; a record that a run has touched is not touched by it again.

    `record` is the contact's or deal's number, without a foreign key: the report outlives the record. `facts` are
    those that an updated record had before, and has from this run: {"city": ["", "Lyon"]}. `undo` says what taking
    the import back made of the row, `undo_reason` why not everything went back.
    """

    class Outcome(models.TextChoices):
        CREATED = "created", _("created")
        UPDATED = "updated", _("updated")
        UNCHANGED = "unchanged", _("unchanged")

    class Undo(models.TextChoices):
        REMOVED = "removed", _("removed")
        RESTORED = "restored", _("as before")
        PARTLY = "partly", _("partly as before")
        KEPT = "kept", _("stays")

    pk = models.CompositePrimaryKey("run_id", "record")
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    record = models.BigIntegerField()
    line = models.BigIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    facts = models.JSONField(null=True)
    undo = models.CharField(max_length=10, choices=Undo.choices, blank=True, db_default="")
    undo_reason = models.CharField(max_length=20, blank=True, db_default="")

    objects = OfImportQuerySet["ImportedRow"].as_manager()

    def __str__(self) -> str:
        return f"{self.line}: {self.outcome}"


class ImportedCompany(models.Model):
    """A company that a run made, or whose empty facts it filled; `facts` are None for one it made."""

    pk = models.CompositePrimaryKey("run_id", "record")
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="companies", db_index=False)
    record = models.BigIntegerField()
    facts = models.JSONField(null=True)

    objects = OfImportQuerySet["ImportedCompany"].as_manager()

    def __str__(self) -> str:
        return str(self.record)


class ImportRefusal(models.Model):
    """A line that did not come in, and why; `params` fill the reason's sentence."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="refusals")
    line = models.BigIntegerField()
    reason = models.SlugField(max_length=40)
    params = models.JSONField(default=dict)
    cells = models.JSONField(default=list)

    objects = OfImportQuerySet["ImportRefusal"].as_manager()

    class Meta:
        ordering = ("line", "pk")
        constraints = (models.UniqueConstraint(fields=("run", "line", "reason"), name="import_refusal_once"),)

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"


class ImportMappingQuerySet(models.QuerySet["ImportMapping"]):
    def visible_to(self, user: User) -> ImportMappingQuerySet:
        return self if may_import(user) else self.none()


class ImportMapping(models.Model):
    """How a set of headings was understood the last time."""

    fingerprint = models.CharField(max_length=64, unique=True)
    target = models.CharField(max_length=10, choices=ImportRun.Target.choices)
    mapping = models.JSONField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField()

    objects = ImportMappingQuerySet.as_manager()

    def __str__(self) -> str:
        return self.fingerprint[:12]
