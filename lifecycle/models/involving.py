"""Who is asked before something is decided and who is told after, beside those who do it and answer for it.

The two lists of a responsibility assignment matrix (RACI) that a stage and a procedure have in common.
"""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User


class Party(models.TextChoices):
    """Somebody by their part, whoever has it: of the contact it is about, of a team."""

    OWNER = "owner", _("the contact’s owner")
    MARKETING_OWNER = "marketing_owner", _("the contact’s owner in marketing")
    MARKETING_MANAGER = "marketing_manager", _("the manager of marketing")
    SALES_MANAGER = "sales_manager", _("the manager of sales")
    MARKETING = "marketing", _("everybody in marketing")
    SALES = "sales", _("everybody in sales")


MANAGERS: Final = {
    Side.MARKETING.value: Party.MARKETING_MANAGER.value,
    Side.SALES.value: Party.SALES_MANAGER.value,
}
"""Side → its manager as a party."""


class Involving(models.Model):
    """A version that says who is consulted and who is informed: parties, and one person by name each."""

    consulted = ArrayField(
        models.CharField(max_length=20, choices=Party.choices),
        verbose_name=_("consulted"),
        default=list,
        blank=True,
    )
    consulted_person = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("consulted, by name"),
    )
    informed = ArrayField(
        models.CharField(max_length=20, choices=Party.choices),
        verbose_name=_("informed"),
        default=list,
        blank=True,
    )
    informed_person = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("informed, by name"),
    )

    class Meta:
        abstract = True

    def involved(self) -> dict[str, object]:
        """Its share of what is signed. What is empty is left out: what was signed before there was it keeps its
        hash."""
        names = ("consulted", "consulted_person_id", "informed", "informed_person_id")
        return {name: value for name in names if (value := getattr(self, name))}


def involving(name: str) -> tuple[models.CheckConstraint, ...]:
    """What must hold of both lists: parties that there are, and nobody who is asked told as well."""
    known = list(Party.values)
    return (
        models.CheckConstraint(
            condition=Q(consulted__contained_by=known, informed__contained_by=known),
            name=f"{name}_involves_known_parties",
        ),
        models.CheckConstraint(
            condition=~Q(consulted__overlap=F("informed"))
            & (
                Q(consulted_person=None) | Q(informed_person=None) | ~Q(consulted_person=F("informed_person"))
            ),
            name=f"{name}_involves_each_once",
        ),
    )
