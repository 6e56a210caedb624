"""Each piece of work by the product's own ways, and the same work written by hand; all of them by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from benchmarks import importing, pages, served, working
from benchmarks.database import base
from benchmarks.hand import execute, scores_by_hand
from benchmarks.least_site import by_hand
from benchmarks.measuring import Measured, measure, measure_in_turns
from benchmarks.sizes import Size
from leads.models import DirtyContact, Replay
from leads.replay.running import run_steps
from leads.scoring.statement import rescore
from lifecycle.models import StageDefinition
from sla.actions.clocks import record_breaches
from sla.breaching import breach_overdue

Pair = tuple[Measured, Measured]
Work = Callable[[Size], Pair]


# Scores


def rescore_first(size: Size) -> Pair:
    """Everybody for the first time: every row is written, and everybody marked for persona and stage."""
    at = base()

    def empty() -> None:
        execute("TRUNCATE leads_contactscore, leads_cellstay CASCADE")
        DirtyContact.objects.all().delete()

    return measure_in_turns(
        lambda: rescore(at=at),
        lambda: scores_by_hand(at),
        times=size.times,
        rows=size.contacts,
        before=empty,
    )


def rescore_next_day(size: Size) -> Pair:
    """The nightly run: touches fade, only scores that change are written."""
    days = iter(range(1, 1000))
    rescore(at=base())
    return measure_in_turns(
        lambda: rescore(at=base() + timedelta(days=next(days))),
        lambda: scores_by_hand(base() + timedelta(days=next(days))),
        times=size.times,
        rows=size.contacts,
    )


def rescore_unchanged(size: Size) -> Pair:
    """The same moment again: no row is written."""
    at = base()
    rescore(at=at)

    def again() -> None:
        if rescore(at=at):
            raise AssertionError("an unchanged run wrote a row")

    ours = measure(again, times=size.times, rows=size.contacts)
    scores_by_hand(at)
    hand = measure(lambda: scores_by_hand(at), times=size.times, rows=size.contacts)
    return ours, hand


def rescore_one(size: Size) -> Pair:
    """One contact, as after a touchpoint: some hundred contacts, with the write."""
    rescore(at=base())
    steps = iter(range(10**6))

    def moment() -> tuple[int, datetime]:
        step = next(steps)
        return 2 + step * 7 % (size.contacts - 2), base() + timedelta(days=1 + step // 150)

    def ours() -> None:
        contact_id, at = moment()
        rescore(ids=[contact_id], at=at)

    def hand() -> None:
        contact_id, at = moment()
        scores_by_hand(at, first=contact_id, last=contact_id)

    return measure_in_turns(ours, hand, times=3 * size.page_times, warm=5)


def rescore_batch(size: Size) -> Pair:
    """A batch of marked contacts, as a worker drains them."""
    number = min(1000, size.contacts // 2)
    rescore(at=base())
    steps = iter(range(1, 1000))
    return measure_in_turns(
        lambda: rescore(ids=range(1, number + 1), at=base() + timedelta(days=next(steps))),
        lambda: scores_by_hand(base() + timedelta(days=next(steps)), first=1, last=number),
        times=5,
        rows=number,
    )


# The past


REPLAYED = {
    "all": [
        {"fact": "job_title", "op": "contains_any", "value": ["head", "manager", "chief"]},
        {
            "any": [
                {
                    "touch": ["download", "webinar_attended", "form_submit"],
                    "op": "at_least",
                    "count": 2,
                    "within_days": 60,
                },
                {"touch": "pricing_view", "op": "at_least", "count": 3, "within_days": 30},
                {
                    "all": [
                        {"fact": "score.fit", "op": "gte", "value": 60},
                        {"fact": "score.engagement", "op": "gte", "value": 50},
                    ]
                },
            ]
        },
        {"not": {"fact": "company.headcount", "op": "lt", "value": 50}},
    ]
}


def replay_year(size: Size) -> Pair:
    """A draft of the MQL definition over the last year, on facts and scores as they were then; by hand: two touches
    in a window.
    """
    at = base()
    definition = StageDefinition.objects.in_force().get(stage="mql")

    def ours() -> None:
        with transaction.atomic():
            replay = Replay.objects.create(
                definition=definition,
                criteria=REPLAYED,
                revision=1,
                starts_at=at - timedelta(days=365),
                ends_at=at,
                requested_at=at,
            )
            run_steps(replay.pk, clock=lambda: at, lasting=timedelta(hours=1))
            replay.refresh_from_db()
            if replay.state != Replay.State.DONE or not replay.months:
                raise AssertionError(f"the replay ended {replay.state} with {replay.months}")
            transaction.set_rollback(True)

    def hand() -> None:
        with transaction.atomic():
            execute(by_hand("replay"), start=at - timedelta(days=365), stop=at)
            transaction.set_rollback(True)

    return measure_in_turns(ours, hand, times=size.times, rows=size.contacts)


# Clocks


def sweep_idle(size: Size) -> Pair:
    """Nothing is due: what the beat asks every minute."""
    at = base() - timedelta(days=1)
    return (
        measure(lambda: record_breaches(at=at), times=size.page_times, warm=3, rows=size.contacts),
        measure(
            lambda: execute(by_hand("overdue"), at=at), times=size.page_times, warm=3, rows=size.contacts
        ),
    )


def sweep_overdue(size: Size) -> Pair:
    """The overdue clocks are marked, each with its breach and its cause; taken back each time."""
    return _sweep(size, lambda at: len(breach_overdue(at=at, limit=size.overdue)))


def sweep_told(size: Size) -> Pair:
    """The same, and both sides are told of each breach: notices on the page and mails in the outbox."""
    return _sweep(size, lambda at: record_breaches(at=at, limit=size.overdue))


def _sweep(size: Size, sweep: Callable[[datetime], int]) -> Pair:
    at = base()

    def ours() -> None:
        with transaction.atomic():
            found = sweep(at)
            transaction.set_rollback(True)
        if found != size.overdue:
            raise AssertionError(f"{found} breaches instead of {size.overdue}")

    def hand() -> None:
        with transaction.atomic():
            execute(by_hand("breaches"), at=at)
            transaction.set_rollback(True)

    return measure_in_turns(ours, hand, times=size.times, rows=size.overdue)


WORKS: dict[str, Work] = {
    **importing.WORKS,
    **working.WORKS,
    "rescore, first": rescore_first,
    "rescore, next day": rescore_next_day,
    "rescore, unchanged": rescore_unchanged,
    "rescore, one contact": rescore_one,
    "rescore, a batch": rescore_batch,
    "replay": replay_year,
    "breach sweep, idle": sweep_idle,
    "breach sweep, overdue": sweep_overdue,
    "breach sweep, told": sweep_told,
    **pages.WORKS,
    **served.WORKS,
}

LONG: dict[str, tuple[str, ...]] = {working.MANY: ("tiny", "L"), working.MANY_FULL: ("tiny",)}
"""Works that take long, and the sizes at which they run unless they are asked for by their name."""

READERS = frozenset(work for work in WORKS if not work.startswith(("import", "rescore", "web, create")))
"""Works that leave the data as they found it: pages, and what is taken back."""
