"""What is done when a contact enters a stage, until when it has to move on and what happens if it does not, in versions
that both teams sign; and for each stay in such a stage what of that was done."""

from __future__ import annotations

from typing import TypedDict

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from agreements.models import OPEN, STANDING, AgreedVersion, State
from leads.models.contacts import Contact, OfContactQuerySet
from leads.models.ledger import StageInterval
from lifecycle.models import Stage, Status, in_reader_language

MOST_DAYS = 730


class PlaybookTaskContent(TypedDict):
    """One task as it is signed; `within` and `unit` count working time from the entry into the stage."""

    key: str
    what_en: str
    what_fr: str
    within: int
    unit: str


class KindContent(TypedDict):
    """One kind of contact of the stage, as it is signed. `key` is its name through all versions."""

    key: str
    name_en: str
    name_fr: str


class Fallback(models.TextChoices):
    """What happens to a contact that did not move on in time."""

    TELL = "tell", _("Its owner and the managers are told")
    STATUS = "status", _("They are told, and it takes a status")


class PlaybookVersionQuerySet(models.QuerySet["PlaybookVersion"]):
    def visible_to(self, user: User) -> PlaybookVersionQuerySet:
        return self if user.is_active else self.none()

    def in_force(self) -> PlaybookVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def listed(self) -> PlaybookVersionQuerySet:
        """In force, retired, or being written: at most one of the first two and one of the last a stage."""
        return self.filter(agreement__state__in=(*STANDING, *OPEN))


class PlaybookVersion(AgreedVersion):
    """The playbook of one stage; agreement subject `playbook:<stage>`."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    goal_en = models.CharField(_("what we want, in English"), max_length=300)
    goal_fr = models.CharField(_("what we want, in French"), max_length=300, blank=True)
    kinds = models.JSONField(default=list, blank=True)
    tasks = models.JSONField(default=list)
    promote_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    fallback = models.CharField(max_length=6, choices=Fallback.choices, default=Fallback.TELL)
    fallback_status = models.ForeignKey(
        Status, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    fallback_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )

    objects = PlaybookVersionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(tasks=[]), name="playbook_has_tasks"),
            models.CheckConstraint(
                condition=Q(promote_days=None) | Q(promote_days__range=(1, MOST_DAYS)),
                name="playbook_limit_of_days",
            ),
            models.CheckConstraint(
                condition=Q(fallback=Fallback.TELL, fallback_status=None, fallback_days=None)
                | Q(fallback=Fallback.STATUS, fallback_status__isnull=False, promote_days__isnull=False),
                name="playbook_fallback_is_whole",
            ),
        )

    def __str__(self) -> str:
        return self.stage.name

    @property
    def goal(self) -> str:
        return in_reader_language(self.goal_en, self.goal_fr)

    def content(self) -> dict[str, object]:
        names = ("goal_en", "goal_fr", "kinds", "tasks", "promote_days", "fallback", "fallback_days")
        keys = {"stage": self.stage_id, "fallback_status": self.fallback_status_id}
        return {**keys, **{name: getattr(self, name) for name in names}}


class PlaybookRunQuerySet(OfContactQuerySet["PlaybookRun"]):
    def under_way(self) -> PlaybookRunQuerySet:
        """The contact is still there, known, and worked on."""
        there = self.filter(stay__left_at=None, contact__erasure=None)
        return there.exclude(contact__status__is_open=False)

    def past_limit(self) -> PlaybookRunQuerySet:
        """Found to be past the limit, and still there."""
        return self.filter(stay__left_at=None, contact__erasure=None, passed_at__isnull=False)


class PlaybookRun(models.Model):
    """One stay of a contact in a stage, by the version that was in force when it began.

    It is under way as long as the stay lasts. Where leaving the stage is taken back, the run goes on in the stay that
    follows, from when it began. `passed_at`: when the limit was found to have passed; that happens once.
    """

    class Outcome(models.TextChoices):
        TOLD = "told", _("its people were told")
        STATUS = "status", _("it took the status that is agreed")
        HELD = "held", _("a rule of the rulebook kept it from the status")
        ASKED = "asked", _("the status has come to ask for a reason or a day that nobody gave")

    stay = models.OneToOneField(StageInterval, on_delete=models.PROTECT, related_name="playbook_run")
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="playbook_runs", db_index=False
    )
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=32, blank=True, default="", db_default="")
    began_at = models.DateTimeField()
    promote_by = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True, default="", db_default="")

    objects = PlaybookRunQuerySet.as_manager()

    class Meta:
        ordering = ("-began_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(passed_at=None, outcome="")
                | (Q(passed_at__gte=F("promote_by")) & Q(outcome__in=["told", "status", "held", "asked"])),
                name="run_passes_after_its_limit",
            ),
        )
        indexes = (
            models.Index(fields=("contact", "-began_at"), name="run_of_contact"),
            models.Index(fields=("promote_by",), condition=Q(passed_at=None), name="run_limit_to_come"),
            models.Index(fields=("version", "kind"), name="run_by_kind"),
        )

    def __str__(self) -> str:
        return f"{self.contact_id} in stay {self.stay_id}"


class PlaybookTaskQuerySet(models.QuerySet["PlaybookTask"]):
    def visible_to(self, user: User) -> PlaybookTaskQuerySet:
        """Of the contacts the person sees."""
        return self.filter(run__contact__in=Contact.objects.visible_to(user))

    def open(self) -> PlaybookTaskQuerySet:
        """Still to be done: of a run that is under way."""
        return self.filter(settled_at=None, run__in=PlaybookRun.objects.under_way())


class PlaybookTask(models.Model):
    """One task of a run, for whoever owns the contact; what it says is in the version under its key."""

    class How(models.TextChoices):
        DONE = "done", _("done")
        SKIPPED = "skipped", _("left out")

    run = models.ForeignKey(PlaybookRun, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    task = models.CharField(max_length=32)
    position = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    how = models.CharField(max_length=7, choices=How.choices, blank=True, default="", db_default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = PlaybookTaskQuerySet.as_manager()

    class Meta:
        ordering = ("run", "position")
        constraints = (
            models.UniqueConstraint(fields=("run", "task"), name="task_once_a_run"),
            models.CheckConstraint(
                condition=Q(how="", settled_at=None, settled_by=None)
                | Q(how__in=["done", "skipped"], settled_at__isnull=False, settled_by__isnull=False),
                name="task_settled_by_somebody",
            ),
        )
        indexes = (models.Index(fields=("due_at",), condition=Q(settled_at=None), name="task_to_do"),)

    def __str__(self) -> str:
        return f"{self.task} of run {self.run_id}"
