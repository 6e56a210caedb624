"""Which stages and statuses there are, how they are called and in which order, in versions that both teams sign."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from django.db import models

from accounts.models import User
from agreements.models import AgreedVersion, State


class StageContent(TypedDict):
    """A stage as it is signed; its place in the list is its place in the funnel.

    One that is `retired` is entered no more; its contacts go on to `goes_to`, or stay where that is empty. What is in
    use says neither.
    """

    key: str
    name_en: str
    name_fr: str
    side: str
    retired: NotRequired[bool]
    goes_to: NotRequired[str]


class StatusContent(TypedDict):
    """A status as it is signed."""

    key: str
    name_en: str
    name_fr: str
    needs_reason: bool
    needs_date: bool
    is_open: bool


class FunnelVersionQuerySet(models.QuerySet["FunnelVersion"]):
    def in_force(self) -> FunnelVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> FunnelVersionQuerySet:
        return self if user.is_active else self.none()


class FunnelVersion(AgreedVersion):
    """All stages and all statuses in their order. Agreement subject: `funnel`.

    The rows of Stage and Status are what the version in force says, written when it comes into force
    (`lifecycle.actions.apply_funnel`); nobody else writes them.
    """

    stages = models.JSONField(default=list)
    statuses = models.JSONField(default=list)

    objects = FunnelVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-agreement__number",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(stages=[]) & ~models.Q(statuses=[]), name="funnel_has_stages_and_statuses"
            ),
        )

    def __str__(self) -> str:
        return f"funnel v{self.agreement.number}"

    def content(self) -> dict[str, object]:
        return {"stages": self.stages, "statuses": self.statuses}
