"""The procedure book: how a piece of work is done, step by step, in versions that both teams sign."""

from __future__ import annotations

from typing import TypedDict

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from agreements.models import OPEN, STANDING, AgreedVersion, State
from lifecycle.models.involving import MANAGERS, Involving, involving
from lifecycle.models.words import in_reader_language

ONE_NAME = "procedure_name_once"
CRITERIA_SCOPES = ("stage", "status")
"""What a procedure must be about for criteria to say whether it was followed: somewhere a contact is."""


class Unit(models.TextChoices):
    """How a step's time is counted."""

    MINUTES = "minutes", _("minutes")
    HOURS = "hours", _("working hours")
    DAYS = "days", _("working days")


class StepContent(TypedDict):
    """One step as it is signed. `within` and `unit` are its time, `measure` names what tells how it is kept."""

    side: str
    who_en: str
    who_fr: str
    what_en: str
    what_fr: str
    where_en: str
    where_fr: str
    within: int | None
    unit: str
    measure: str


class ProcedureQuerySet(models.QuerySet["Procedure"]):
    def visible_to(self, user: User) -> ProcedureQuerySet:
        return self if user.is_active else self.none()


class Procedure(models.Model):
    """An entry of the procedure book; how it goes is in its versions. Agreement subject: `procedure:<id>`.

    Its name, which is its address, is its own while it is in force or being written. `freed_at` tells since when it is
    free for another: a trigger keeps it as the agreements come to stand, in the same transaction.
    """

    slug = models.SlugField(max_length=60)
    freed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        ordering = ("slug", "pk")
        constraints = (models.UniqueConstraint(fields=("slug",), condition=Q(freed_at=None), name=ONE_NAME),)

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        """By its name or, once that is free for another, by its number."""
        if self.freed_at is None:
            return reverse("lifecycle:procedure-detail", args=[self.slug])
        return reverse("lifecycle:procedure-retired", args=[self.pk])


class ProcedureVersionQuerySet(models.QuerySet["ProcedureVersion"]):
    def in_force(self) -> ProcedureVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def current(self) -> ProcedureVersionQuerySet:
        """In force or on the way there: what has a name."""
        return self.filter(agreement__state__in=(State.IN_FORCE, *OPEN))

    def listed(self) -> ProcedureVersionQuerySet:
        """What the book shows: that, and apart from it what is retired."""
        return self.filter(agreement__state__in=(*STANDING, *OPEN))

    def visible_to(self, user: User) -> ProcedureVersionQuerySet:
        return self if user.is_active else self.none()


def _answers_too(list_name: str) -> Q:
    """Whoever answers for a procedure is in that list as well."""
    found = Q(**{f"{list_name}_person": F("owner")})
    for side, manager in MANAGERS.items():
        found |= Q(owner=None, side__in=["", side], **{f"{list_name}__contains": [manager]})
    return found


class ProcedureVersion(Involving, AgreedVersion):
    """Who does what, where and how fast, in order.

    The teams of the steps do it; `owner`, or else the manager of the team that keeps it, answers for it; others are
    consulted and informed.

    `scope` names what the procedure serves, as the glossary does: "stage:mql", "status:bad_timing", "rule:regression",
    "clause:first_contact". Contacts that stand in a stage or status may be held against `criteria`, once they have
    been there for `counts_after_days`: that is how far the procedure is followed.
    """

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")
    name_en = models.CharField(_("name in English"), max_length=80)
    name_fr = models.CharField(_("name in French"), max_length=80, blank=True)
    purpose_en = models.TextField(_("what it is for, in English"), blank=True)
    purpose_fr = models.TextField(_("what it is for, in French"), blank=True)
    scope = models.CharField(_("serves"), max_length=60, blank=True)
    side = models.CharField(_("kept by"), max_length=10, choices=Side.choices, blank=True)
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    steps = models.JSONField(default=list)
    criteria = models.JSONField(null=True, blank=True)
    counts_after_days = models.PositiveSmallIntegerField(_("counted after days"), default=0)

    objects = ProcedureVersionQuerySet.as_manager()

    class Meta:
        ordering = (Lower("name_en"),)
        constraints = (
            models.CheckConstraint(condition=Q(side__in=["", *Side.values]), name="procedure_side_known"),
            models.CheckConstraint(condition=~Q(steps=[]), name="procedure_has_steps"),
            models.CheckConstraint(
                condition=Q(criteria=None) | Q(scope__startswith="stage:") | Q(scope__startswith="status:"),
                name="procedure_criteria_of_a_place",
            ),
            *involving("procedure"),
            models.CheckConstraint(
                condition=~(_answers_too("consulted") | _answers_too("informed")),
                name="procedure_answers_once",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_en, self.name_fr)

    @property
    def purpose(self) -> str:
        return in_reader_language(self.purpose_en, self.purpose_fr)

    def content(self) -> dict[str, object]:
        names = ("name_en", "name_fr", "purpose_en", "purpose_fr", "scope", "side", "owner_id", "steps")
        own = {name: getattr(self, name) for name in (*names, "criteria", "counts_after_days")}
        return own | self.involved()
