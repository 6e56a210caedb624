"""Knows when a commitment is kept; knows only the counts it is given.

Three kinds of clause. A *volume* is compared with the pace in working days. A *rate* is judged by its
interval, so that small numbers are not called red or green. A *promise* is made to each single lead: it is
broken or not, and some broken ones may be tolerated. At the close of a period the count alone decides.
"""

from dataclasses import dataclass
from enum import StrEnum

from lib.intervals import FLOOR, Interval, wilson
from sla.pace import Pace


class ClauseState(StrEnum):
    """How a commitment stands."""

    KEPT_SO_FAR = "kept_so_far"
    TOO_CLOSE = "too_close"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    NOT_ENOUGH_DATA = "not_enough_data"
    KEPT = "kept"
    NOT_KEPT = "not_kept"


@dataclass(frozen=True)
class Verdict:
    """A state with the figures it stands on. `rate` and `interval` are None where there is none to show."""

    state: ClauseState
    count: int
    of: int
    rate: float | None = None
    interval: Interval | None = None
    expected: int | None = None
    """Volume: what the pace asks for by today."""
    ahead: int | None = None
    """Volume: delivered less expected; below zero it is behind."""
    broken: int | None = None
    """Promise: single leads for which it was not kept."""
    needed: int | None = None
    """Not enough data: cases needed before there is a rate."""


def volume(delivered: int, target: int, pace: Pace, *, closed: bool = False) -> Verdict:
    """State of "200 MQL a month"."""
    expected = target if closed else pace.expected(target)
    if closed:
        state = ClauseState.KEPT if delivered >= target else ClauseState.NOT_KEPT
    else:
        state = ClauseState.KEPT_SO_FAR if delivered >= expected else ClauseState.AT_RISK
    return Verdict(state, delivered, target, expected=expected, ahead=delivered - expected)


def rate(kept: int, of: int, target: float, *, floor: int = FLOOR, closed: bool = False) -> Verdict:
    """State of "60 % of them accepted"; `target` in 0–1, `of` counts decided cases only."""
    if not of or (of < floor and not closed):
        return Verdict(ClauseState.NOT_ENOUGH_DATA, kept, of, needed=max(floor, 1))
    interval = wilson(kept, of)
    return Verdict(_rate_state(kept, of, target, interval, closed), kept, of, kept / of, interval)


def _rate_state(kept: int, of: int, target: float, interval: Interval, closed: bool) -> ClauseState:
    if closed:
        return ClauseState.KEPT if reaches(kept, of, target) else ClauseState.NOT_KEPT
    if interval.low >= target or (target >= 1 and kept == of):
        # No lower bound ever reaches a target of 100 %; 47 of 47 keeps it.
        return ClauseState.KEPT_SO_FAR
    return ClauseState.AT_RISK if interval.high < target else ClauseState.TOO_CLOSE


def reaches(kept: int, of: int, target: float) -> bool:
    """Whether a proportion reaches a target written in percent: 3 of 5 reaches 0.6, whatever floats say."""
    return round(kept / of, 9) >= round(target, 9)


def promise(kept: int, broken: int, *, tolerance: int = 0, closed: bool = False) -> Verdict:
    """State of "a refusal is answered within 5 working days": each case counts, some may be tolerated."""
    of = kept + broken
    if broken > tolerance:
        state = ClauseState.NOT_KEPT if closed else ClauseState.BREACHED
    else:
        state = ClauseState.KEPT if closed else ClauseState.KEPT_SO_FAR
    share, interval = (kept / of, wilson(kept, of)) if of else (None, None)
    return Verdict(state, kept, of, share, interval, broken=broken)
