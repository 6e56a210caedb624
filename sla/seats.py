"""What the page of the seats shows of each rep, and what was changed; a rep without a seat has the usual one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Role, Side, User
from lifecycle.territories import in_sales
from sla.actions.distribution import places
from sla.distribution import Seat as Place
from sla.models import Handoff, Seat, SeatChange


@dataclass(frozen=True, slots=True)
class Line:
    """A seat, saved or not, its rep with the team, its load of the day, and how many open leads the rep has."""

    seat: Seat
    place: Place
    open_leads: int

    @property
    def rep(self) -> User:
        return self.seat.user

    @property
    def is_full(self) -> bool:
        return self.place.cap is not None and self.place.taken >= self.place.cap


def seat_lines(*, at: datetime) -> list[Line]:
    """Everybody the distribution deals to, or would with the next lead, by team and name. Five queries."""
    reps = in_sales().select_related("team", "seat").order_by("team__name", "last_name", "first_name", "pk")
    seats = [getattr(rep, "seat", None) or Seat(user=rep) for rep in reps]
    open_leads = _open_leads([seat.user_id for seat in seats])
    return [
        Line(seat, place, open_leads.get(seat.user_id, 0))
        for seat, place in zip(seats, places(seats, at=at), strict=True)
    ]


def _open_leads(reps: list[int]) -> dict[int, int]:
    """Leads of each rep that are not decided. One query."""
    of_reps = Handoff.objects.open().filter(rep__in=reps)
    return dict(of_reps.values("rep").annotate(number=Count("pk")).values_list("rep", "number").order_by())


def may_set_seats(user: User) -> bool:
    """Managers of sales, managers of both sides, administrators. Reads the team."""
    return user.has_role(Role.ADMIN) or (user.has_role(Role.MANAGER) and user.side in (Side.SALES, None))


def changed_in_words(change: SeatChange) -> list[str]:
    """“A day at most: 20 → 12”, for each of the three that is other than before."""
    yes, no = _("yes"), _("no")
    said = (
        (_("A day at most"), change.daily_cap_before, change.daily_cap),
        (_("Share"), change.weight_before, change.weight),
        (_("Takes leads"), yes if change.is_active_before else no, yes if change.is_active else no),
    )
    words = _("%(what)s: %(before)s → %(after)s")
    return [
        words % {"what": what, "before": before, "after": after}
        for what, before, after in said
        if before != after
    ]
