"""Who answers for a contact in each stage, for what and by when; one agreement a stage."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from agreements.models import AgreedVersion, State
from lifecycle.models.involving import MANAGERS, Involving, involving
from lifecycle.models.stages import Stage
from lifecycle.models.words import in_reader_language


class Accountable(models.TextChoices):
    """Who it is, for a contact that stands there."""

    OWNER = "owner", _("the contact’s owner")
    MARKETING_OWNER = "marketing_owner", _("the contact’s owner in marketing")
    MANAGER = "manager", _("the team’s manager")
    PERSON = "person", _("one person by name")


class By(models.TextChoices):
    """Until when it is owed."""

    CLOCK = "clock", _("the deadline of the contract’s clock")
    DAYS = "days", _("so many days after the contact came there")
    OPEN = "open", _("no day")


def _answers_too(list_name: str) -> Q:
    """Whoever answers is in that list as well."""
    found = Q(accountable=Accountable.PERSON, **{f"{list_name}_person": F("person")})
    for owner in (Accountable.OWNER, Accountable.MARKETING_OWNER):
        found |= Q(accountable=owner, **{f"{list_name}__contains": [owner.value]})
    for side, manager in MANAGERS.items():
        found |= Q(accountable=Accountable.MANAGER, side=side, **{f"{list_name}__contains": [manager]})
    return found


class ResponsibilityQuerySet(models.QuerySet["Responsibility"]):
    def in_force(self) -> ResponsibilityQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> ResponsibilityQuerySet:
        return self if user.is_active else self.none()


class Responsibility(Involving, AgreedVersion):
    """One line of the table “who answers for what”. Agreement subject: `responsibility:<stage>`.

    `side` does the work and `accountable` answers for it; who is consulted and informed are others than who answers.
    """

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="responsibilities")
    side = models.CharField(_("responsible team"), max_length=10, choices=Side.choices)
    accountable = models.CharField(_("who answers"), max_length=15, choices=Accountable.choices)
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by name")
    )
    owes_en = models.CharField(_("what is owed, in English"), max_length=160)
    owes_fr = models.CharField(_("what is owed, in French"), max_length=160, blank=True)
    by = models.CharField(_("by when"), max_length=5, choices=By.choices, default=By.OPEN)
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        ordering = ("stage__position", "-agreement__number")
        verbose_name_plural = "responsibilities"
        constraints = (
            models.CheckConstraint(condition=Q(side__in=Side.values), name="responsibility_side_known"),
            models.CheckConstraint(
                condition=Q(accountable__in=Accountable.values), name="responsibility_accountable_known"
            ),
            models.CheckConstraint(
                condition=Q(accountable="person", person__isnull=False)
                | (~Q(accountable="person") & Q(person=None)),
                name="responsibility_person_where_named",
            ),
            models.CheckConstraint(
                condition=Q(by="days", days__gt=0) | (Q(by__in=["clock", "open"]) & Q(days=None)),
                name="responsibility_days_where_counted",
            ),
            *involving("responsibility"),
            models.CheckConstraint(
                condition=~(_answers_too("consulted") | _answers_too("informed")),
                name="responsibility_answers_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.stage_id} v{self.agreement.number}"

    @property
    def owes(self) -> str:
        return in_reader_language(self.owes_en, self.owes_fr)

    def content(self) -> dict[str, object]:
        names = ("stage_id", "side", "accountable", "person_id", "owes_en", "owes_fr", "by", "days")
        return {name: getattr(self, name) for name in names} | self.involved()
