"""Questions of the rulebook and the versions of their answers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from agreements.models import AgreedVersion, State
from lifecycle.keys import RuleKey
from lifecycle.models.words import KEY, in_reader_language


class RuleMode(models.TextChoices):
    ADVISE = "advise", _("Advise")
    WARN = "warn", _("Warn")
    BLOCK = "block", _("Block")


class RuleEvent(models.TextChoices):
    """What a rule speaks at: a change on its way through its door."""

    CONTACT = "contact", _("A contact is created or edited")
    STAGE = "stage", _("A contact enters a stage")
    STATUS = "status", _("A contact takes a status")
    DEAL = "deal", _("A deal is opened")
    ADVANCE = "advance", _("A deal comes to a stage")
    MESSAGE = "message", _("A contact is written to")
    OWNER = "owner", _("A contact is given to somebody")
    ANSWER = "answer", _("Somebody answers a lead")


OWN_EVENTS = (
    RuleEvent.CONTACT,
    RuleEvent.STAGE,
    RuleEvent.STATUS,
    RuleEvent.OWNER,
    RuleEvent.DEAL,
    RuleEvent.ADVANCE,
    RuleEvent.MESSAGE,
)
"""Those that a company may write rules of its own for."""

WITH_TARGET = (RuleEvent.STAGE, RuleEvent.STATUS, RuleEvent.ADVANCE, RuleEvent.MESSAGE)
"""Those of which a rule may name one: a stage, a status, a stage of a deal, a kind of message."""


class RuleQuerySet(models.QuerySet["Rule"]):
    def visible_to(self, user: User) -> RuleQuerySet:
        return self if user.is_active else self.none()


class Rule(models.Model):
    """A question of the rulebook that has one answer in force."""

    key = models.CharField(max_length=40, unique=True, validators=[KEY])
    number = models.PositiveSmallIntegerField(unique=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.key


class RuleVersionQuerySet(models.QuerySet["RuleVersion"]):
    def in_force(self) -> RuleVersionQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> RuleVersionQuerySet:
        return self if user.is_active else self.none()


class RuleVersion(AgreedVersion):
    """The text, parameters and mode of a rule. Agreement subject: `rule:<key>`.

    A rule of the company's own names the `event` it speaks at, the stage, status, stage of a deal or kind of message
    in `target` where it speaks of one only, and the criteria that the contact must then meet.
    """

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="versions")
    question_en = models.CharField(_("question in English"), max_length=200)
    question_fr = models.CharField(_("question in French"), max_length=200, blank=True)
    text_en = models.TextField(_("answer in English"))
    text_fr = models.TextField(_("answer in French"), blank=True)
    mode = models.CharField(max_length=6, choices=RuleMode.choices, default=RuleMode.ADVISE)
    parameters = models.JSONField(default=dict, blank=True)
    event = models.CharField(max_length=8, choices=RuleEvent.choices, blank=True, db_default="", default="")
    target = models.CharField(max_length=40, blank=True, db_default="", default="")
    criteria = models.JSONField(null=True, blank=True)

    objects = RuleVersionQuerySet.as_manager()

    class Meta:
        ordering = ("rule__number",)
        constraints = (
            models.CheckConstraint(condition=Q(mode__in=RuleMode.values), name="rule_mode_known"),
            models.CheckConstraint(condition=Q(event__in=["", *OWN_EVENTS]), name="rule_event_known"),
            models.CheckConstraint(
                condition=Q(event="", criteria=None) | (~Q(event="") & Q(criteria__isnull=False)),
                name="rule_event_has_criteria",
            ),
            models.CheckConstraint(
                condition=Q(target="") | Q(event__in=WITH_TARGET), name="rule_target_where_one_is_named"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.agreement.number}"

    @property
    def question(self) -> str:
        return in_reader_language(self.question_en, self.question_fr)

    @property
    def text(self) -> str:
        return in_reader_language(self.text_en, self.text_fr)

    @property
    def is_asked(self) -> bool:
        """Whether its mode meets whoever acts; by the others the product acts, and counts what was done otherwise.

        What was signed before a question asked anybody does not say what the mode is about: it holds nobody up.
        """
        key = self.rule.key
        said_by = RuleKey.SINCE_THEY_SAY.get(key)
        return (
            bool(self.event) or key in RuleKey.ASKED or (said_by is not None and said_by in self.parameters)
        )

    @property
    def is_of_messages(self) -> bool:
        """Whether a send check answers by it, and what was sent all the same is noted."""
        return self.event == RuleEvent.MESSAGE or self.rule.key in RuleKey.OF_MESSAGES

    def content(self) -> dict[str, object]:
        names = ["question_en", "question_fr", "text_en", "text_fr", "mode", "parameters"]
        if self.event:
            names += ["event", "target", "criteria"]
        return {name: getattr(self, name) for name in names}
