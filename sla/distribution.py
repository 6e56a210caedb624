"""Knows whose turn it is; knows neither the leads nor the database.

Start-time fair queueing (Goyal, Vin, Cheng 1996) with one integer a rep: the *turn* at which they last took a
lead. The next turn of a rep comes `ROUND / weight` later, but never before the turn the pool has reached, so
somebody who was away or full rejoins where the others are: nothing is caught up in a burst. Among reps who
are there all the time the shares follow the weights to within one lead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

ROUND = 720_720
"""Length of one round for weight 1: divisible by every weight to 16, so that no share drifts by rounding."""

MOST_WEIGHT = 16


class SkipReason(StrEnum):
    """Why a rep is passed over."""

    ABSENT = "absent"
    FULL = "full"
    NO_SHARE = "no_share"
    OWES = "owes"


@dataclass(frozen=True)
class Seat:
    """A rep in the distribution. `cap` None is no cap, `weight` 0 takes part but gets nothing."""

    rep_id: int
    weight: int = 1
    cap: int | None = None
    taken: int = 0
    present: bool = True
    turn: int | None = None
    """Turn of the last lead taken, None before the first."""
    owes: bool = False
    """Has an answer overdue that a rule wants given first."""

    @property
    def skipped(self) -> SkipReason | None:
        if not self.weight:
            return SkipReason.NO_SHARE
        if not self.present:
            return SkipReason.ABSENT
        if self.cap is not None and self.taken >= self.cap:
            return SkipReason.FULL
        return SkipReason.OWES if self.owes else None


class Beyond(StrEnum):
    """Why a lead of a territory went to everybody all the same."""

    NOBODY_LEFT = "nobody_left"
    NOBODY_FREE = "nobody_free"


@dataclass(frozen=True)
class Pool:
    """The reps of a territory; `opens` where a lead that none of them can take goes to everybody."""

    reps: frozenset[int]
    opens: bool = False


@dataclass(frozen=True)
class Choice:
    """Who gets a lead and why: with `rep_id` None nobody could, and it goes to the overflow queue."""

    rep_id: int | None
    taken: int = 0
    """Leads the rep had today, this one included."""
    cap: int | None = None
    among: int = 0
    """Reps who could have had it."""
    skipped: tuple[tuple[int, SkipReason], ...] = ()
    was_theirs: bool = False
    """The contact was the rep's already: no turn was spent on it."""
    beyond: Beyond | None = None
    """Why it was dealt among everybody although it is of a territory."""
    looked_at: tuple[Seat, ...] = field(default=(), compare=False, repr=False)
    """The seats as they were, of those among whom it was dealt."""

    def as_dict(self) -> dict[str, object]:
        """The explanation as plain data, to be kept in the ledger."""
        return {
            "taken": self.taken,
            "cap": self.cap,
            "among": self.among,
            "skipped": self.skipped_by_reason(),
            "was_theirs": self.was_theirs,
        }

    def skipped_by_reason(self) -> dict[str, list[int]]:
        return {
            reason.value: ids
            for reason in SkipReason
            if (ids := [rep_id for rep_id, why in self.skipped if why is reason])
        }


def as_looked_at(seats: Iterable[Seat]) -> list[dict[str, object]]:
    """The seats as plain data, to be kept with the choice: who, how many of how many, and why passed over."""
    return [
        {
            "rep": seat.rep_id,
            "taken": seat.taken,
            "cap": seat.cap,
            "skipped": seat.skipped.value if seat.skipped else "",
        }
        for seat in seats
    ]


def deal(seats: Iterable[Seat], leads: int) -> tuple[list[Choice], list[Seat]]:
    """Give that many leads away, one after the other; the choices, and the seats as they are afterwards."""
    after = list(seats)
    choices = []
    for _ in range(leads):
        choice, after = _next(after)
        choices.append(choice)
        if choice.rep_id is None:
            # Nobody can take one now, so nobody can take the rest.
            choices += [choice] * (leads - len(choices))
            break
    return choices, after


def choose(
    seats: Sequence[Seat], owner_id: int | None, pool: Pool | None = None
) -> tuple[Choice, list[Seat]]:
    """Give one lead away: to its owner if they can take it, else to whoever is next in turn of the pool, or of all.

    A pool of whom nobody has a seat any more holds no lead back: it goes to everybody.
    """
    owner = next((seat for seat in seats if seat.rep_id == owner_id and not seat.skipped), None)
    if owner is not None:
        after = replace(owner, taken=owner.taken + 1)
        choice = Choice(
            owner.rep_id, after.taken, owner.cap, among=1, was_theirs=True, looked_at=tuple(seats)
        )
        return choice, [after if seat is owner else seat for seat in seats]
    if pool is None:
        return _next(seats)
    if not any(seat.rep_id in pool.reps for seat in seats):
        return _next(seats, beyond=Beyond.NOBODY_LEFT)
    choice, afterwards = _next(seats, pool.reps)
    if choice.rep_id is None and pool.opens:
        return _next(seats, beyond=Beyond.NOBODY_FREE)
    return choice, afterwards


def stay(seats: Sequence[Seat], owner_id: int | None) -> tuple[Choice, list[Seat]]:
    """To the contact's owner if they can take it, else to nobody: for a contact that a rule keeps from being given."""
    if any(seat.rep_id == owner_id and not seat.skipped for seat in seats):
        return choose(seats, owner_id)
    return Choice(None), list(seats)


def _next(
    seats: Sequence[Seat], reps: frozenset[int] | None = None, beyond: Beyond | None = None
) -> tuple[Choice, list[Seat]]:
    """To the next in turn of these reps, or of all. How far other pools have come is nothing to this one."""
    around = [seat for seat in seats if reps is None or seat.rep_id in reps]
    skipped = tuple((seat.rep_id, reason) for seat in around if (reason := seat.skipped))
    reached = max((seat.turn for seat in around if seat.turn is not None), default=0)
    free = [seat for seat in around if not seat.skipped]
    if not free:
        return Choice(None, skipped=skipped, beyond=beyond, looked_at=tuple(around)), list(seats)
    chosen = min(free, key=lambda seat: _rank(seat, reached))
    after = replace(chosen, turn=_start(chosen, reached), taken=chosen.taken + 1)
    choice = Choice(
        chosen.rep_id,
        after.taken,
        chosen.cap,
        len(free),
        skipped,
        beyond=beyond,
        looked_at=tuple(around),
    )
    return choice, [after if seat is chosen else seat for seat in seats]


def _rank(seat: Seat, reached: int) -> tuple[int, int, int, int]:
    """Who begins first; of those who begin together whoever was due longest, then by share."""
    return _start(seat, reached), _due(seat), -seat.weight, seat.rep_id


def _due(seat: Seat) -> int:
    """The turn at which the next lead is theirs; before all others before the first."""
    return -1 if seat.turn is None else seat.turn + ROUND // seat.weight


def _start(seat: Seat, reached: int) -> int:
    return reached if seat.turn is None else max(reached, _due(seat))
