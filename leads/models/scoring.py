"""Scoring models: versions of the rules that give points; the arithmetic is in leads/scoring."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.visibility import OpenQuerySet, ShutQuerySet
from agreements.models import AgreedVersion, State
from lifecycle.models import in_reader_language


class Axis(models.TextChoices):
    FIT = "fit", _("Fit")
    ENGAGEMENT = "engagement", _("Engagement")


class ScoringModelQuerySet(models.QuerySet["ScoringModel"]):
    def in_force(self) -> ScoringModelQuerySet:
        return self.filter(agreement__state=State.IN_FORCE)

    def visible_to(self, user: User) -> ScoringModelQuerySet:
        return self if user.is_active else self.none()


class ScoringModel(AgreedVersion):
    """One version of the model; agreement subject `scoring`. Thresholds are points of 100.

    `window_days`: how far back engagement and hard triggers look.
    """

    fit_threshold = models.PositiveSmallIntegerField(_("fit threshold"), default=60)
    engagement_threshold = models.PositiveSmallIntegerField(_("engagement threshold"), default=50)
    window_days = models.PositiveSmallIntegerField(_("window in days"), default=90)

    objects = ScoringModelQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(fit_threshold__lte=100, engagement_threshold__lte=100),
                name="scoring_thresholds_within_100",
            ),
            models.CheckConstraint(
                condition=Q(window_days__gte=1, window_days__lte=1095), name="scoring_window_sane"
            ),
        )

    def __str__(self) -> str:
        return f"v{self.agreement.number}"

    def content(self) -> dict[str, object]:
        rules = self.rules.order_by("axis", "position", "pk")
        groups = self.groups.order_by("axis", "key")
        return {
            "fit_threshold": self.fit_threshold,
            "engagement_threshold": self.engagement_threshold,
            "window_days": self.window_days,
            "groups": [{"axis": g.axis, "key": g.key, "cap": g.cap} for g in groups],
            "rules": [rule.content() for rule in rules],
        }


class ScoringGroup(models.Model):
    """Rules that share a ceiling."""

    model = models.ForeignKey(ScoringModel, on_delete=models.CASCADE, related_name="groups")
    axis = models.CharField(max_length=10, choices=Axis.choices)
    key = models.SlugField(max_length=40)
    label_en = models.CharField(max_length=80)
    label_fr = models.CharField(max_length=80, blank=True)
    cap = models.PositiveSmallIntegerField(_("at most"), default=100)

    objects = OpenQuerySet["ScoringGroup"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("model", "axis", "key"), name="scoring_group_once"),
            models.CheckConstraint(condition=Q(cap__lte=100), name="scoring_group_cap_within_100"),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return in_reader_language(self.label_en, self.label_fr)


class ScoringRule(models.Model):
    """One line of the model.

    Fit: `criteria` over facts (no touchpoints) gives `points` once, or excludes the contact.
    Engagement: each human touchpoint of `kind` (with `where` attributes) gives `points`, halved every
    `half_life_days`, up to `cap` for the rule; as a hard trigger it qualifies by itself.
    """

    class Effect(models.TextChoices):
        POINTS = "points", _("gives points")
        EXCLUDES = "excludes", _("excludes")
        TRIGGERS = "triggers", _("hard trigger")

    model = models.ForeignKey(ScoringModel, on_delete=models.CASCADE, related_name="rules")
    axis = models.CharField(max_length=10, choices=Axis.choices)
    group = models.ForeignKey(
        ScoringGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="rules"
    )
    position = models.PositiveSmallIntegerField(default=0)
    label_en = models.CharField(_("label in English"), max_length=120)
    label_fr = models.CharField(_("label in French"), max_length=120, blank=True)
    effect = models.CharField(max_length=8, choices=Effect.choices, default=Effect.POINTS)
    points = models.SmallIntegerField(
        _("points"), default=0, validators=[MinValueValidator(-100), MaxValueValidator(100)]
    )
    cap = models.PositiveSmallIntegerField(_("at most"), null=True, blank=True)
    criteria = models.JSONField(null=True, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    where = models.JSONField(default=dict, blank=True)
    half_life_days = models.PositiveSmallIntegerField(_("half-life in days"), null=True, blank=True)

    objects = OpenQuerySet["ScoringRule"].as_manager()

    class Meta:
        ordering = ("axis", "position", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(points__gte=-100, points__lte=100), name="scoring_points_within_100"
            ),
            models.CheckConstraint(
                condition=Q(axis=Axis.FIT, criteria__isnull=False, kind="")
                | (Q(axis=Axis.ENGAGEMENT) & ~Q(kind="")),
                name="scoring_rule_has_its_condition",
            ),
            models.CheckConstraint(
                condition=Q(half_life_days=None) | Q(half_life_days__gte=1), name="scoring_half_life_positive"
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return in_reader_language(self.label_en, self.label_fr)

    def content(self) -> dict[str, object]:
        """Plain values for the model's hash."""
        names = (
            "axis",
            "position",
            "label_en",
            "label_fr",
            "effect",
            "points",
            "cap",
            "criteria",
            "kind",
            "where",
            "half_life_days",
        )
        return {name: getattr(self, name) for name in names} | {
            "group": self.group.key if self.group else None
        }


class FullRescore(models.Model):
    """Everybody was scored by this model as of `at`. Whether a newer one is in force is read here, not hoped for."""

    model = models.ForeignKey(ScoringModel, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    changed_count = models.PositiveIntegerField()

    objects = ShutQuerySet["FullRescore"].as_manager()

    def __str__(self) -> str:
        return f"{self.model_id} {self.at:%Y-%m-%d %H:%M}: {self.changed_count}"
