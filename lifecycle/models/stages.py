"""Stages and statuses of the one funnel, and the versions of what puts a contact into each."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from agreements.models import AgreedVersion, State
from lifecycle.models.words import KEY, in_reader_language


class StageQuerySet(models.QuerySet["Stage"]):
    def active(self) -> StageQuerySet:
        return self.filter(is_active=True)

    def visible_to(self, user: User) -> StageQuerySet:
        return self if user.is_active else self.none()


class Stage(models.Model):
    """A step of the one funnel. The primary key is the key, so that a contact's row names its stage."""

    key = models.CharField(max_length=40, primary_key=True, validators=[KEY])
    name_en = models.CharField(_("name in English"), max_length=60)
    name_fr = models.CharField(_("name in French"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(unique=True)
    side = models.CharField(_("responsible team"), max_length=10, choices=Side.choices)
    is_active = models.BooleanField(default=True)

    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = (models.CheckConstraint(condition=Q(side__in=Side.values), name="stage_side_known"),)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_en, self.name_fr)

    @property
    def covers(self) -> str:
        """How the glossary names it."""
        return f"stage:{self.key}"


class StatusQuerySet(models.QuerySet["Status"]):
    def free(self) -> StatusQuerySet:
        """Those that ask for neither a reason nor a day, so that a definition may set them by itself."""
        return self.filter(needs_reason=False, needs_date=False)

    def visible_to(self, user: User) -> StatusQuerySet:
        return self if user.is_active else self.none()


class Status(models.Model):
    """Where the work on a contact stands, whatever its stage."""

    key = models.CharField(max_length=40, primary_key=True, validators=[KEY])
    name_en = models.CharField(_("name in English"), max_length=60)
    name_fr = models.CharField(_("name in French"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(unique=True)
    needs_reason = models.BooleanField(default=False)
    needs_date = models.BooleanField(_("needs a day to come back"), default=False)
    is_open = models.BooleanField(_("work goes on"), default=True)

    objects = StatusQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        verbose_name_plural = "statuses"

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_en, self.name_fr)

    @property
    def covers(self) -> str:
        """How the glossary names it."""
        return f"status:{self.key}"

    @property
    def is_free(self) -> bool:
        """Whether nobody has to say anything to set it, so that a definition may."""
        return not (self.needs_reason or self.needs_date)


class DefinitionQuerySet(models.QuerySet["StageDefinition"]):
    def in_force(self) -> DefinitionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> DefinitionQuerySet:
        return self if user.is_active else self.none()


class StageDefinition(AgreedVersion):
    """What makes a contact enter a stage: criteria that run, and prose for what criteria cannot say.

    The agreement's subject is `stage:<key>`. An automatic definition moves contacts forward by itself;
    one that is not is only the yardstick that a person's move is held against. Nobody ever leaves a stage by it;
    `reach` says whether contacts we knew before are held against it at once.
    """

    class Reach(models.TextChoices):
        EVERYBODY = "everybody", _("are looked at as soon as it is in force, and only move forward")
        NEWS = "news", _("stay where they are until something new is known of them")

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="definitions")
    criteria = models.JSONField()
    is_automatic = models.BooleanField(default=True)
    reach = models.CharField(
        _("contacts known before"), max_length=10, choices=Reach.choices, default=Reach.EVERYBODY
    )
    prose_en = models.TextField(blank=True)
    prose_fr = models.TextField(blank=True)

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        ordering = ("stage", "-agreement__number")

    def __str__(self) -> str:
        return f"{self.stage_id} v{self.agreement.number}"

    @property
    def is_empty(self) -> bool:
        """Whether no criterion is written yet, as in the draft that a new stage comes with: everybody would meet it."""
        return bool(self.criteria == {"all": []})

    @property
    def place(self) -> Stage:
        """What it is the definition of."""
        return self.stage

    @property
    def prose(self) -> str:
        return in_reader_language(self.prose_en, self.prose_fr)

    def content(self) -> dict[str, object]:
        # Left out where it says nothing special: what was signed before there was a choice keeps its hash.
        reach = {} if self.reach == self.Reach.EVERYBODY else {"reach": str(self.reach)}
        return {
            "stage": self.stage_id,
            "criteria": self.criteria,
            "is_automatic": self.is_automatic,
            "prose_en": self.prose_en,
            "prose_fr": self.prose_fr,
        } | reach


class StatusDefinitionQuerySet(models.QuerySet["StatusDefinition"]):
    def in_force(self) -> StatusDefinitionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def automatic(self) -> StatusDefinitionQuerySet:
        """Those in force that set their status by themselves. One that asks for words waits for a person, always."""
        free = {"status__needs_reason": False, "status__needs_date": False}
        return self.in_force().filter(is_automatic=True, **free)

    def visible_to(self, user: User) -> StatusDefinitionQuerySet:
        return self if user.is_active else self.none()


class StatusDefinition(AgreedVersion):
    """What a status says of a contact: prose and, where data can tell, criteria that run.

    The agreement's subject is `status:<key>`. A person’s change of status is held against the criteria and stays on
    record with what was found; one that is automatic sets the status by itself for contacts that stand in one of
    `from_statuses` (leads.statuses). Nobody ever leaves a status by its own definition.
    """

    status = models.ForeignKey(Status, on_delete=models.PROTECT, related_name="definitions")
    criteria = models.JSONField(null=True, blank=True)
    is_automatic = models.BooleanField(default=False)
    from_statuses = models.JSONField(default=list, blank=True)
    prose_en = models.TextField(blank=True)
    prose_fr = models.TextField(blank=True)

    objects = StatusDefinitionQuerySet.as_manager()

    class Meta:
        ordering = ("status", "-agreement__number")
        constraints = (
            models.CheckConstraint(
                condition=Q(is_automatic=False, from_statuses=[])
                | (Q(is_automatic=True, criteria__isnull=False) & ~Q(from_statuses=[])),
                name="status_definition_runs_from_somewhere",
            ),
        )

    def __str__(self) -> str:
        return f"{self.status_id} v{self.agreement.number}"

    @property
    def place(self) -> Status:
        """What it is the definition of."""
        return self.status

    @property
    def prose(self) -> str:
        return in_reader_language(self.prose_en, self.prose_fr)

    def content(self) -> dict[str, object]:
        return {
            "status": self.status_id,
            "criteria": self.criteria,
            "is_automatic": self.is_automatic,
            "from_statuses": self.from_statuses,
            "prose_en": self.prose_en,
            "prose_fr": self.prose_fr,
        }
