"""What a deal goes through: rules and terms speak of it, deals of `leads` stand in it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.keys import DealStageKey


class DealStage(models.TextChoices):
    """The columns of the board, in order."""

    QUALIFIED = DealStageKey.QUALIFIED, _("Qualified")
    QUOTE = DealStageKey.QUOTE, _("Quote sent")
    NEGOTIATION = DealStageKey.NEGOTIATION, _("Negotiation")
    WON = DealStageKey.WON, _("Won")
    LOST = DealStageKey.LOST, _("Lost")
