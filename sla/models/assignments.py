"""Whom a handoff was given to, one row a step; appended and never changed, so that every step can be told later."""

from __future__ import annotations

from django.db import models
from django.db.models import Max, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lifecycle.models import RuleVersion
from sla.models.handoffs import Handoff


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> AssignmentQuerySet:
        return self.filter(handoff__in=Handoff.objects.visible_to(user))

    def first_ones(self) -> AssignmentQuerySet:
        """The step by which each handoff came to a rep for the first time."""
        return self.filter(is_first=True)

    def latest_of(self, handoffs: list[Handoff]) -> dict[int, Assignment]:
        """The last step of each of these handoffs, by the handoff; none where nothing has happened. One query."""
        rows = self.filter(handoff__in=handoffs).select_related("rule__rule", "rule__agreement")
        rows = rows.order_by("handoff_id", "-pk").distinct("handoff_id")
        return {row.handoff_id: row for row in rows}

    def put_back(self, handoffs: list[Handoff]) -> dict[int, int]:
        """The last step that put each of these back among those to be dealt, by the handoff. One query."""
        rows = self.filter(handoff__in=handoffs, how=Assignment.How.RELEASED).order_by()
        return dict(rows.values_list("handoff").annotate(Max("pk")))


class Assignment(models.Model):
    """One step of a handoff: to a rep, into the queue of all, or back to be dealt. Written by `sla.actions.routing`.

    `considered` is what the distribution looked at: `{"rep", "taken", "cap", "skipped"}` of each seat, `skipped` the
    reason why that rep was passed over. `rule` is the version of the distribution rule in force then, or that of the
    company's own rule that kept the contact from being given to anybody. `territory` is
    the name that version gave to the one whose lead it was, and `deciding` the facts that said so:
    `{"criterion", "holds", "actual"}` of each leaf the answer rested on, emptied when the contact is erased.
    """

    class How(models.TextChoices):
        DEALT = "dealt", _("dealt by the rule")
        KEPT = "kept", _("left with the contact’s owner")
        CLAIMED = "claimed", _("taken by the rep")
        GIVEN = "given", _("given by hand")
        FOLLOWED = "followed", _("followed the contact’s new owner")
        OVERFLOW = "overflow", _("nobody could take it")
        RELEASED = "released", _("put back because the rep left")

    BY_HAND = (How.CLAIMED, How.GIVEN, How.FOLLOWED)

    class Beyond(models.TextChoices):
        NOBODY_LEFT = "nobody_left", _("nobody of the territory takes leads any more")
        NOBODY_FREE = "nobody_free", _("nobody of the territory could")

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="assignments")
    at = models.DateTimeField()
    how = models.CharField(max_length=10, choices=How.choices)
    rep = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    rule = models.ForeignKey(
        RuleVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    considered = models.JSONField(default=list, blank=True)
    is_first = models.BooleanField(default=False)
    territory = models.CharField(max_length=60, blank=True, db_default="", default="")
    deciding = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    beyond = models.CharField(max_length=11, choices=Beyond.choices, blank=True, db_default="", default="")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(how__in=("overflow", "released"), rep=None)
                | (~Q(how__in=("overflow", "released")) & Q(rep__isnull=False)),
                name="assignment_to_somebody_or_nobody",
            ),
            models.CheckConstraint(
                condition=~Q(how__in=("claimed", "given")) | Q(by__isnull=False),
                name="assignment_by_hand_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(rule=None) | Q(how__in=("dealt", "kept", "overflow")),
                name="assignment_rule_deals",
            ),
            models.CheckConstraint(
                condition=Q(is_first=False) | Q(rep__isnull=False), name="assignment_first_to_somebody"
            ),
            models.UniqueConstraint(
                fields=("handoff",), condition=Q(is_first=True), name="assignment_one_first"
            ),
            models.CheckConstraint(
                condition=Q(territory="", deciding=[], beyond="")
                | (~Q(territory="") & Q(how__in=("dealt", "kept", "overflow"))),
                name="assignment_territory_of_what_the_rule_dealt",
            ),
            models.CheckConstraint(
                condition=Q(beyond__in=("", "nobody_left", "nobody_free")), name="assignment_beyond_known"
            ),
        )
        indexes = (
            models.Index(fields=("at", "how"), condition=Q(is_first=True), name="assignment_first_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.handoff_id} {self.how}"

    @property
    def is_kept(self) -> bool:
        """Whether it waits because a rule of the company's own keeps the contact from being given to anybody."""
        return bool(self.rule and self.rule.event)

    @property
    def skipped(self) -> dict[str, list[int]]:
        """By reason, the reps who were passed over."""
        found: dict[str, list[int]] = {}
        for seat in self.considered:
            if seat["skipped"]:
                found.setdefault(seat["skipped"], []).append(seat["rep"])
        return found
