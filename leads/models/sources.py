"""Where contacts come from: sources and the campaigns that cost money."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from lib.amounts import MOST_CENTS
from lib.currencies import reporting_currency
from lifecycle.models import KEY, in_reader_language


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: User) -> SourceQuerySet:
        return self if user.is_active else self.none()


class Source(models.Model):
    """A channel that brings contacts; the unit of "leads by source". `side` is whose work it is."""

    key = models.CharField(max_length=40, unique=True, validators=[KEY])
    name_en = models.CharField(_("name in English"), max_length=80)
    name_fr = models.CharField(_("name in French"), max_length=80, blank=True)
    side = models.CharField(_("team"), max_length=10, choices=Side.choices, default=Side.MARKETING)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ("name_en",)
        constraints = (models.CheckConstraint(condition=Q(side__in=Side.values), name="source_side_known"),)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_en, self.name_fr)


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, user: User) -> CampaignQuerySet:
        return self if user.is_active else self.none()


class Campaign(models.Model):
    """An action of marketing with a cost and dates; `utm` is what its links carry as utm_campaign."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="campaigns"
    )
    cost_cents = models.BigIntegerField(_("cost"), default=0, validators=[MinValueValidator(0)])
    currency = models.CharField(max_length=3, default=reporting_currency)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    utm = models.CharField(_("UTM campaign"), max_length=120, blank=True)
    owner = models.ForeignKey(
        User, verbose_name=_("owner"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    brief = models.TextField(_("brief"), blank=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_on", "name")
        constraints = (
            models.CheckConstraint(condition=Q(cost_cents__gte=0), name="campaign_cost_not_negative"),
            models.CheckConstraint(condition=Q(cost_cents__lte=MOST_CENTS), name="campaign_cost_countable"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="campaign_ends_after_start",
            ),
            models.UniqueConstraint(fields=("utm",), condition=~Q(utm=""), name="campaign_utm_once"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/campaigns/{self.pk}/"
