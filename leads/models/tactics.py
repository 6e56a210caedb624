"""What is done with the contacts of each cell of the two by two, in versions that both teams sign, and whom it was
done with."""

from __future__ import annotations

from typing import TypedDict

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from agreements.models import OPEN, STANDING, AgreedVersion, State
from leads.models.contacts import Contact, OfContactQuerySet
from lifecycle.models import in_reader_language


class Cell(models.TextChoices):
    """Where a contact stands: who they are against the fit threshold, what they do against that of engagement."""

    TARGET_READY = "target_ready", _("Target, ready to buy")
    TARGET_LATER = "target_later", _("Target, not ready yet")
    OTHER_READY = "other_ready", _("Not target, ready to buy")
    OTHER_LATER = "other_later", _("Not target, not ready yet")

    @property
    def is_target(self) -> bool:
        return self in (Cell.TARGET_READY, Cell.TARGET_LATER)

    @property
    def is_ready(self) -> bool:
        return self in (Cell.TARGET_READY, Cell.OTHER_READY)


class TacticKind(models.TextChoices):
    """What kind of work a tactic is; nothing is sent by itself."""

    CALL = "call", _("Call")
    TASK = "task", _("Task")
    NURTURE = "nurture", _("Nurture")
    CONTENT = "content", _("Content")


class TacticContent(TypedDict):
    """One tactic as it is signed. `key` is its name through all versions, `with_…` the list, the text, the document."""

    key: str
    side: str
    kind: str
    what_en: str
    what_fr: str
    with_en: str
    with_fr: str


class TacticsVersionQuerySet(models.QuerySet["TacticsVersion"]):
    def visible_to(self, user: User) -> TacticsVersionQuerySet:
        return self if user.is_active else self.none()

    def in_force(self) -> TacticsVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def listed(self) -> TacticsVersionQuerySet:
        """In force, retired, or being written: at most one of the first two and one of the last a cell."""
        return self.filter(agreement__state__in=(*STANDING, *OPEN))


class TacticsVersion(AgreedVersion):
    """The tactics of one cell in their order; agreement subject `tactics:<cell>`."""

    cell = models.CharField(_("cell"), max_length=12, choices=Cell.choices)
    goal_en = models.CharField(_("what we want, in English"), max_length=300)
    goal_fr = models.CharField(_("what we want, in French"), max_length=300, blank=True)
    tactics = models.JSONField(default=list)

    objects = TacticsVersionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(cell__in=Cell.values), name="tactics_cell_known"),
            models.CheckConstraint(condition=~Q(tactics=[]), name="tactics_has_some"),
        )

    def __str__(self) -> str:
        return str(Cell(self.cell).label)

    @property
    def goal(self) -> str:
        return in_reader_language(self.goal_en, self.goal_fr)

    def content(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("cell", "goal_en", "goal_fr", "tactics")}


class AppliedTacticQuerySet(OfContactQuerySet["AppliedTactic"]):
    def counted(self) -> AppliedTacticQuerySet:
        """Those that stand: neither taken back nor the taking back itself."""
        return self.filter(undoes=None, undone_by=None)


class AppliedTactic(models.Model):
    """Somebody did with a contact what the version says under that key. Never changed: `undoes` takes another back.

    That the version had such a tactic and was in force then is held by a trigger.
    """

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="applied_tactics", db_index=False
    )
    version = models.ForeignKey(TacticsVersion, on_delete=models.PROTECT, related_name="applied")
    tactic = models.CharField(max_length=32)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    note = models.TextField(_("note"), blank=True)
    key = models.UUIDField(unique=True)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )

    objects = AppliedTacticQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(tactic=""), name="applied_tactic_named"),
            models.CheckConstraint(condition=Q(undoes=None) | Q(note=""), name="applied_undo_says_nothing"),
            models.CheckConstraint(condition=Q(undoes=None) | ~Q(undoes=F("id")), name="applied_undo_other"),
        )
        indexes = (
            models.Index(fields=("contact", "-at", "-id"), name="applied_timeline"),
            models.Index(fields=("tactic", "at"), name="applied_by_tactic"),
        )

    def __str__(self) -> str:
        return f"{self.tactic} with {self.contact_id}"


class CellStay(models.Model):
    """The time a contact stood in a cell, by the scores and thresholds of then; open while `left_at` is empty.

    Nothing but triggers of the database writes it, as scores change. Whom the model excludes stands nowhere.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="cell_stays", db_index=False)
    cell = models.CharField(max_length=12, choices=Cell.choices)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    objects = OfContactQuerySet["CellStay"].as_manager()

    class Meta:
        ordering = ("entered_at",)
        constraints = (
            models.CheckConstraint(condition=Q(cell__in=Cell.values), name="stay_cell_known"),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("entered_at")), name="stay_leaves_after_entry"
            ),
            models.UniqueConstraint(
                fields=("contact",), condition=Q(left_at=None), name="stay_one_open_a_contact"
            ),
        )
        indexes = (
            models.Index(fields=("cell", "entered_at"), name="stay_entries"),
            models.Index(fields=("contact", "entered_at"), name="stay_of_contact"),
        )

    def __str__(self) -> str:
        return f"{self.cell} from {self.entered_at:%Y-%m-%d}"
