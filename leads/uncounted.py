"""The deals that are in no sum, since their currency has no rate; said beside each sum, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import get_language, ngettext

from leads.models import DealQuerySet
from lib import formats


@dataclass(frozen=True)
class Uncounted:
    """So many deals in one currency; `url` shows exactly these."""

    currency: str
    count: int
    url: str

    @property
    def words(self) -> str:
        said = ngettext(
            "%(count)s deal in %(currency)s without a rate is not counted",
            "%(count)s deals in %(currency)s without a rate are not counted",
            self.count,
        )
        return said % {
            "count": formats.number(self.count, get_language() or "en"),
            "currency": self.currency,
        }


def uncounted_of(deals: DealQuerySet, url: Callable[[str], str]) -> list[Uncounted]:
    """One line a currency, most deals first; `url` answers where those of a currency are. One query."""
    counts = (
        deals.uncounted()
        .order_by()
        .values_list("currency")
        .annotate(n=Count("pk"))
        .order_by("-n", "currency")
    )
    return [Uncounted(currency, count, url(currency)) for currency, count in counts]
