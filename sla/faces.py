"""Knows what a clock shows: how it stands, the working time left, how much is used; knows no words for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sla.calendar import WorkingCalendar

SOON_SHARE = 0.8
SOON = timedelta(minutes=60)


class FaceState(StrEnum):
    """`soon` from four fifths of the budget or with under an hour left; `late` once it is due."""

    RUNNING = "running"
    SOON = "soon"
    LATE = "late"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Face:
    """`left` is working time, below zero how late; `share` of the budget used, 0–1."""

    state: FaceState
    left: timedelta
    share: float


def face(
    calendar: WorkingCalendar,
    *,
    started_at: datetime,
    due_at: datetime,
    budget: timedelta,
    at: datetime,
    stopped_at: datetime | None = None,
) -> Face:
    """What a clock shows at a moment; a stopped one shows the moment it stopped."""
    seen_at = min(at, stopped_at) if stopped_at else at
    left = calendar.remaining(started_at, budget, seen_at)
    share = min(1.0, (budget - left) / budget)
    if stopped_at and stopped_at <= at:
        return Face(FaceState.STOPPED, left, share)
    if seen_at >= due_at:
        return Face(FaceState.LATE, left, 1.0)
    is_soon = share >= SOON_SHARE or left <= SOON
    return Face(FaceState.SOON if is_soon else FaceState.RUNNING, left, share)
