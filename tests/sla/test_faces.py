"""What a clock shows: working time left, soon, late, stopped."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from leads.errors import OutcomeRefused
from sla.actions.handing_over import hand_over
from sla.actions.outcomes import log_outcome
from sla.calendar import StepKind, weekly
from sla.faces import Face, FaceState, face
from sla.models import Clock, Handoff
from tests.factories.moments import NOW, later
from tests.sla.scenes import an_mql

OFFICE = weekly("Europe/Paris", ["08:30-12:30", "13:30-18:00"])
PARIS = ZoneInfo("Europe/Paris")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


def seen(moment: datetime, stopped_at: datetime | None = None) -> Face:
    """A request of Wednesday 15:36, due on Thursday at 10:06."""
    return face(
        OFFICE,
        started_at=at(18, 15, 36),
        due_at=at(19, 10, 6),
        budget=timedelta(hours=4),
        at=moment,
        stopped_at=stopped_at,
    )


@pytest.mark.parametrize(
    ("moment", "state", "minutes_left"),
    [
        (at(18, 15, 36), FaceState.RUNNING, 240),
        (at(18, 18), FaceState.RUNNING, 96),
        (at(19, 3), FaceState.RUNNING, 96),
        (at(19, 9, 6), FaceState.SOON, 60),
        (at(19, 9, 42), FaceState.SOON, 24),
        (at(19, 10, 6), FaceState.LATE, 0),
        (at(19, 10, 46), FaceState.LATE, -40),
        (at(20, 8, 30), FaceState.LATE, -414),
    ],
)
def test_a_clock_shows_working_time(moment: datetime, state: FaceState, minutes_left: int) -> None:
    shown = seen(moment)
    assert (shown.state, shown.left) == (state, timedelta(minutes=minutes_left))


def test_four_fifths_used_is_soon_even_with_hours_left() -> None:
    shown = face(
        OFFICE, started_at=at(16, 8, 30), due_at=at(18, 15, 30), budget=timedelta(hours=24), at=at(18, 9, 42)
    )
    assert (shown.state, round(shown.share, 2)) == (FaceState.RUNNING, 0.76)
    shown = face(
        OFFICE, started_at=at(16, 8, 30), due_at=at(18, 15, 30), budget=timedelta(hours=24), at=at(18, 10, 42)
    )
    assert shown.state == FaceState.SOON


def test_a_stopped_clock_shows_how_fast_it_was() -> None:
    shown = seen(at(25, 9), stopped_at=at(19, 9, 6))
    assert (shown.state, shown.left) == (FaceState.STOPPED, timedelta(minutes=60))


@pytest.mark.django_db
def test_a_clock_of_the_database_says_why_it_is_due_then() -> None:
    an_mql(NOW, asked_for_a_demo=True)
    hand_over(at=NOW)
    clock = Clock.objects.get()
    steps = clock.why("fr")
    assert steps[0].kind == StepKind.STARTED
    assert steps[-1].at == clock.due_at
    assert clock.face(at=later(hours=2)).left == timedelta(hours=2)


@pytest.mark.django_db
def test_logging_a_call_stops_the_clock_at_once(rep: User) -> None:
    contact = an_mql(NOW, asked_for_a_demo=True)
    hand_over(at=NOW)
    touch = log_outcome(contact, actor=rep, kind="call", outcome="no_answer", at=later(minutes=30))
    clock = Clock.objects.get()
    assert (clock.stopped_by, clock.stopped_at, clock.used_minutes) == (touch, later(minutes=30), 30)


@pytest.mark.django_db
def test_a_note_stops_nothing_and_an_unknown_outcome_is_refused(rep: User) -> None:
    contact = an_mql(NOW)
    hand_over(at=NOW)
    log_outcome(contact, actor=rep, kind="note", outcome="", at=later(minutes=30))
    with pytest.raises(OutcomeRefused):
        log_outcome(contact, actor=rep, kind="call", outcome="", at=later(minutes=30))
    assert Clock.objects.get().stopped_at is None
    assert Handoff.objects.get().state == Handoff.State.WAITING
