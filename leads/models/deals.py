"""Deals: what a contact may buy, won or lost with a reason."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.models.companies import Company
from leads.models.contacts import Contact
from leads.worth import deal_worth
from lib.amounts import MOST_CENTS
from lib.currencies import reporting_currency
from lib.folding import Fold
from lifecycle.models import DealStage


class LostReason(models.TextChoices):
    PRICE = "price", _("Price")
    COMPETITOR = "competitor", _("A competitor")
    NO_PROJECT = "no_project", _("No project any more")
    TIMING = "timing", _("Not now")
    FIT = "fit", _("Does not fit")
    SILENT = "silent", _("No answer any more")
    NOT_TOLD = "not_told", _("Not told")


DEAL_TEXTS: Final = Fold(
    Concat("name", Value(" | "), "won_reason", Value(" | "), "note", output_field=models.TextField())
)
"""What people write of a deal, folded; nothing stands across two of them."""


class DealQuerySet(models.QuerySet["Deal"]):
    def visible_to(self, user: User) -> DealQuerySet:
        """Of the contacts the person sees."""
        return self.filter(contact__in=Contact.objects.visible_to(user))

    def open(self) -> DealQuerySet:
        return self.filter(closed_at=None)

    def won(self) -> DealQuerySet:
        return self.filter(stage=DealStage.WON)

    def uncounted(self, currency: str = "") -> DealQuerySet:
        """In another currency than the reporting one, without a rate; of one currency, or of all."""
        found = self.filter(currency=currency) if currency else self.exclude(currency=reporting_currency())
        return found.alias(worth=deal_worth()).filter(worth=None)


class Deal(models.Model):
    """One possible sale. `external_key` is the other system's id when it was imported ("system:id")."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="deals", db_index=False)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="deals"
    )
    name = models.CharField(_("name"), max_length=200)
    amount_cents = models.BigIntegerField(_("amount"), validators=[MinValueValidator(0)])
    currency = models.CharField(max_length=3, default=reporting_currency)
    stage = models.CharField(
        _("stage"), max_length=12, choices=DealStage.choices, default=DealStage.QUALIFIED
    )
    owner = models.ForeignKey(
        User,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deals",
        db_index=False,
    )
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    opened_at = models.DateTimeField()
    quote_sent_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    lost_reason = models.CharField(
        _("why it was lost"), max_length=12, choices=LostReason.choices, blank=True
    )
    won_reason = models.CharField(_("why it was won"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    external_key = models.CharField(max_length=240, blank=True)
    custom = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))
    created_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = DealQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="deal_amount_not_negative"),
            models.CheckConstraint(condition=Q(amount_cents__lte=MOST_CENTS), name="deal_amount_countable"),
            models.CheckConstraint(
                condition=Q(stage__in=(DealStage.WON, DealStage.LOST), closed_at__isnull=False)
                | (~Q(stage__in=(DealStage.WON, DealStage.LOST)) & Q(closed_at=None)),
                name="deal_closed_when_won_or_lost",
            ),
            models.CheckConstraint(
                condition=~Q(stage=DealStage.LOST) | ~Q(lost_reason=""), name="deal_lost_for_a_reason"
            ),
            models.UniqueConstraint(
                fields=("external_key",), condition=~Q(external_key=""), name="deal_external_key_once"
            ),
        )
        indexes = (
            models.Index(fields=("contact", "-opened_at"), name="deal_of_contact"),
            models.Index(fields=("stage", "-closed_at"), name="deal_by_close"),
            GinIndex(OpClass(DEAL_TEXTS, name="gin_trgm_ops"), name="deal_letters"),
            models.Index(fields=("owner",), condition=Q(closed_at=None), name="deal_open_of_owner"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/deals/{self.pk}/"
