"""The one door to what a seat in the distribution says: how many leads a day, which share, and whether any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.errors import Refused
from lifecycle.territories import in_sales
from sla.actions.distribution import seat_newcomers
from sla.models import Seat, SeatChange


@dataclass(frozen=True, slots=True)
class Terms:
    """Of a seat: leads a day at most, share, and whether it takes leads."""

    daily_cap: int
    weight: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What a seat shall say, and what it said when this was decided; None where that is not known."""

    terms: Terms
    seen: Terms | None


class SeatsMoved(Refused):
    """`now`: what the seats say that somebody else changed meanwhile, by rep."""

    message: ClassVar[Promise] = _("Somebody else changed these seats meanwhile.")

    def __init__(self, now: Mapping[int, Terms]) -> None:
        super().__init__(now=now)
        self.now = now


def terms_of(seat: Seat) -> Terms:
    return Terms(seat.daily_cap, seat.weight, seat.is_active)


@transaction.atomic
def set_seats(*, wishes: Mapping[int, Wish], actor: User, at: datetime) -> int:
    """Change the seats of these reps, by their ids, all or none; answer how many are other than before. What was
    changed goes on record.

    A rep of sales without a seat is given one first; whoever has none then has left, and is passed over. Open leads
    stay where they are. SeatsMoved where a seat no longer says what was seen, unless it says what is wished.
    """
    if not wishes:
        return 0
    seat_newcomers()
    of_wishes = Seat.objects.filter(user__in=in_sales().filter(pk__in=wishes))
    seats = list(of_wishes.select_for_update(of=("self",), no_key=True).order_by("pk"))
    changed = [seat for seat in seats if terms_of(seat) != wishes[seat.user_id].terms]
    moved = {seat.user_id: terms_of(seat) for seat in changed if terms_of(seat) != wishes[seat.user_id].seen}
    if moved:
        raise SeatsMoved(moved)
    changes = [_change(seat, wishes[seat.user_id].terms, actor=actor, at=at) for seat in changed]
    for seat in changed:
        terms = wishes[seat.user_id].terms
        seat.daily_cap, seat.weight, seat.is_active = terms.daily_cap, terms.weight, terms.is_active
    SeatChange.objects.bulk_create(changes)
    Seat.objects.bulk_update(changed, ["daily_cap", "weight", "is_active"])
    return len(changed)


def _change(seat: Seat, terms: Terms, *, actor: User, at: datetime) -> SeatChange:
    return SeatChange(
        rep_id=seat.user_id,
        actor=actor,
        at=at,
        daily_cap_before=seat.daily_cap,
        daily_cap=terms.daily_cap,
        weight_before=seat.weight,
        weight=terms.weight,
        is_active_before=seat.is_active,
        is_active=terms.is_active,
    )
