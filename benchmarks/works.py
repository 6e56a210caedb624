"""Each piece of work by the product's own ways, and the same work written by hand; all of them by name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import pages, served
from benchmarks.database import base
from benchmarks.least_site import by_hand
from benchmarks.measuring import Measured, measure
from benchmarks.sizes import Size
from leads.imports import mapping, running, runs
from leads.models import DirtyContact, Replay
from leads.replay.running import run_steps
from leads.scoring.loading import load_in_force
from leads.scoring.statement import rescore
from lifecycle.models import StageDefinition
from sla.actions.clocks import record_breaches
from sla.breaching import breach_overdue

Pair = tuple[Measured, Measured]
Work = Callable[[Size], Pair]


def execute(sql: str, **params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


# Import


def import_contacts(size: Size) -> Pair:
    """A CSV with validation, deduplication by e-mail, ledger and the marks for the first score."""
    headings = ("first_name", "last_name", "email", "job_title", "function", "city")
    rows = [
        (f"First{i % 80}", f"Last{i % 900}", f"p{i}@new.example", "Plant manager", "operations", "Nantes")
        for i in range(size.import_rows)
    ]
    return _import(size, headings, rows, statements="import")


FULL_HEADINGS: Final = (
    "email", "external_id", "first_name", "last_name", "phone", "job_title", "function", "seniority", "city", "country",
    "language", "company.name", "company.domain", "company.headcount", "source", "campaign", "consent", "created_at",
    "stage", "custom.budget",
)  # fmt: skip


def import_full(size: Size) -> Pair:
    """As above with companies, phones, consents, sources, stages, first contacts, external ids and a custom field."""
    rows = [_full_row(i) for i in range(size.import_rows)]
    budget = {"target": "custom.budget", "type": "number"}
    return _import(
        size, FULL_HEADINGS, rows, statements="import_full", columns={"custom.budget": budget}, system="bench"
    )


def _full_row(i: int) -> tuple[str, ...]:
    phone = (
        f"+336{i % 100_000_000:08}" if i % 2 else "06 " + " ".join(re.findall("..", f"{i % 100_000_000:08}"))
    )
    day = base() - timedelta(days=i % 700, seconds=i % 86_400)
    return (
        f"p{i}@new.example", f"id-@new{i}", f"First{i % 80}", f"Last{i % 900}", phone, "Plant manager", "operations",
        "director", "Nantes", "FR", "fr", f"Company {i % 3000}", f"company{i % 3000}.new.example", str(i % 500 + 1),
        ("Web", "Trade show", "Referral")[i % 3], f"Campaign {i % 20}", ("yes", "no", "")[i % 3],
        day.strftime("%d/%m/%Y %H:%M:%S" if i % 2 else "%Y-%m-%d %H:%M:%S"), ("lead", "subscriber")[i % 2],
        str(i % 9000),
    )  # fmt: skip


def _import(
    size: Size, headings: Sequence[str], rows: Sequence[tuple[str, ...]], *, statements: str, **told: Any
) -> Pair:
    """The product's import of these rows, and COPY into a table of text with the statements of that name."""
    content = _csv(headings, rows)
    # Whoever loads by hand has cleaned phones and dates before: that is not in their time.
    table = [_as_by_hand(headings, row) for row in rows]
    files = iter(range(100))

    def once() -> None:
        place = next(files)
        data = content.replace(b"@new", f"@new{place}".encode())
        run = runs.receive([data], file_name="new.csv", actor=None, at=timezone.now())
        columns = {heading: heading for heading in run.shape["headings"]} | told.get("columns", {})
        read = mapping.from_json(
            {"time_zone": "UTC", "kind": "contacts"}
            | (told | {"identify_by": "both"} if told else {})
            | {"columns": columns}
        )
        runs.map_columns(run, mapping=read, actor=None, at=timezone.now())
        runs.start(run, at=timezone.now())
        running.run_batches(run.pk, clock=timezone.now)
        run.refresh_from_db()
        if run.created_count != size.import_rows:
            raise AssertionError(f"{run.created_count} of {size.import_rows} came in: {run.error}")

    def copied() -> None:
        place = next(files)
        columns = ", ".join(f"{heading.replace('.', '_')} text" for heading in headings)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE bench_in ({columns}) ON COMMIT DROP")
            with cursor.copy("COPY bench_in FROM STDIN") as copy:
                for row in table:
                    copy.write_row(row)
            for statement in by_hand(statements).split(";\n"):
                cursor.execute(statement, {"place": place})

    return (
        measure(once, times=size.times, rows=size.import_rows),
        measure(copied, times=size.times, rows=size.import_rows),
    )


def _as_by_hand(headings: Sequence[str], row: tuple[str, ...]) -> tuple[str, ...]:
    cleaned = dict(zip(headings, row, strict=True))
    if "phone" in cleaned:
        cleaned["phone"] = "+33" + cleaned["phone"].replace(" ", "").removeprefix("+33").removeprefix("0")
    if "/" in cleaned.get("created_at", ""):
        day, month, rest = cleaned["created_at"].split("/")
        cleaned["created_at"] = f"{rest[:4]}-{month}-{day} {rest[5:]}"
    return tuple(cleaned.values())


def _csv(headings: Sequence[str], rows: Sequence[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue().encode()


# Scores


def rescore_first(size: Size) -> Pair:
    """Everybody for the first time: every row is written, and everybody marked for persona and stage."""
    at = base()

    def empty() -> None:
        execute("TRUNCATE leads_contactscore")
        DirtyContact.objects.all().delete()

    ours = measure(lambda: rescore(at=at), times=1, rows=size.contacts, before=empty)
    hand = measure(lambda: _scores_by_hand(at), times=1, rows=size.contacts, before=empty)
    return ours, hand


def rescore_next_day(size: Size) -> Pair:
    """The nightly run: touches fade, only scores that change are written."""
    days = iter(range(1, 1000))
    rescore(at=base())
    ours = measure(
        lambda: rescore(at=base() + timedelta(days=next(days))), times=size.times, rows=size.contacts
    )
    hand = measure(
        lambda: _scores_by_hand(base() + timedelta(days=next(days))), times=size.times, rows=size.contacts
    )
    return ours, hand


def rescore_unchanged(size: Size) -> Pair:
    """The same moment again: no row is written."""
    at = base()
    rescore(at=at)

    def again() -> None:
        if rescore(at=at):
            raise AssertionError("an unchanged run wrote a row")

    ours = measure(again, times=size.times, rows=size.contacts)
    _scores_by_hand(at)
    hand = measure(lambda: _scores_by_hand(at), times=size.times, rows=size.contacts)
    return ours, hand


def _scores_by_hand(at: datetime) -> int:
    """The rules of the default model in one statement over everybody; fit by plain comparisons."""
    with transaction.atomic():
        return execute(by_hand("scores"), at=at, model=_model_id(), first=0, last=2**62)


def _model_id() -> int:
    loaded = load_in_force()
    if loaded is None:
        raise AssertionError("no scoring model is in force")
    return loaded.id


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
        execute(by_hand("scores"), at=at, model=model, first=contact_id, last=contact_id)

    model = _model_id()
    return measure(ours, times=3 * size.page_times, warm=5), measure(hand, times=3 * size.page_times, warm=5)


def rescore_batch(size: Size) -> Pair:
    """A batch of marked contacts, as a worker drains them."""
    number = min(1000, size.contacts // 2)
    rescore(at=base())
    steps = iter(range(1, 1000))
    model = _model_id()
    ours = measure(
        lambda: rescore(ids=range(1, number + 1), at=base() + timedelta(days=next(steps))),
        times=5,
        rows=number,
    )
    hand = measure(
        lambda: execute(
            by_hand("scores"), at=base() + timedelta(days=next(steps)), model=model, first=1, last=number
        ),
        times=5,
        rows=number,
    )
    return ours, hand


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

    return measure(ours, times=1, rows=size.contacts), measure(hand, times=1, rows=size.contacts)


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

    return measure(ours, times=size.times, rows=size.overdue), measure(
        hand, times=size.times, rows=size.overdue
    )


WORKS: dict[str, Work] = {
    "import": import_contacts,
    "import, full file": import_full,
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

READERS = frozenset(work for work in WORKS if not work.startswith(("import", "rescore", "web, create")))
"""Works that leave the data as they found it: pages, and what is taken back."""
