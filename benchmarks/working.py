"""A million rows in one file by the worker of `make run`: rows a second, and how far its memory rises."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

import redis
from celery import current_app
from django.utils import timezone

from benchmarks.database import base
from benchmarks.importing import FULL, PLAIN, Sort, as_by_hand, check, load_by_hand, received, write
from benchmarks.measuring import Measured, Watch, forget_peak, measured, peak_mib
from benchmarks.memory import descendants
from benchmarks.sizes import Size
from benchmarks.started import connectable, redis_urls, started
from leads.imports import runs
from leads.models import ImportRun
from smarketing.stack import programs

Pair = tuple[Measured, Measured]
START_SECONDS: Final = 120
LOOK_SECONDS: Final = 0.2
MANY, MANY_FULL = "import, a million rows", "import, a million full rows"
QUEUE, TAKEN = "benchmark", "unacked"
"""Where the broker keeps what was rung for here, and what a worker is at."""


def many(sort: Sort) -> Callable[[Size], Pair]:
    """One file of a million rows, in a worker of its own each time; those who came in wait for their scores."""

    def work(size: Size) -> Pair:
        at, places, spent, held = base(), count(), [], (0.0, 0.0)
        by_hand = Watch(lambda: _by_hand(sort, size.many_rows, at, next(places)), None)
        with tempfile.TemporaryDirectory(prefix="sm-") as folder:
            path = Path(folder, "new.csv")
            for _ in range(size.times):
                write(sort, path, rows=size.many_rows, at=at, place=next(places))
                run = received(sort, path)
                held = max(held, _imported(run))
                check(run, rows=size.many_rows)
                spent.append(_milliseconds(run))
                by_hand.run()
        ours = measured(spent, rows=size.many_rows, rise_mib=held[0], peak_mib=held[1])
        return ours, by_hand.measured(size.many_rows)

    return work


def _imported(run: ImportRun) -> tuple[float, float]:
    """MiB by which the process that did it grew at its peak, and that peak."""
    # It hears of nothing else: a worker that starts would first score everybody, since nobody did last night.
    command = [*programs.worker(), "--queues", QUEUE, "--loglevel", "warning"]
    with started("worker", command, must_finish=False) as process:
        _ring("leads.resume_replays")
        until = time.monotonic() + START_SECONDS
        while _is_busy():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the worker does not start")
            time.sleep(LOOK_SECONDS)
        held = {pid: forget_peak(pid) for pid in descendants(process.pid)}
        runs.start(run, at=timezone.now())
        return _watched(run, held, process)


def _watched(run: ImportRun, held: dict[int, float], process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Until the end of the import, which a task that has used its time up leaves to the next."""
    found = (0.0, 0.0)
    while ImportRun.objects.get(pk=run.pk).state == ImportRun.State.RUNNING:
        if process.poll() is not None:
            raise RuntimeError("the worker ended")
        if not _is_busy():
            _ring("leads.run_import", run.pk)
        found = max(found, *((peak_mib(pid) - before, peak_mib(pid)) for pid, before in held.items()))
        time.sleep(LOOK_SECONDS)
    return found


def _ring(task: str, *args: object) -> None:
    with current_app.connection_for_write(redis_urls()[0]) as broker:
        current_app.send_task(task, args=args, connection=broker, queue=QUEUE)


def _is_busy() -> bool:
    """Whether anything is waited for that was rung for."""
    with redis.Redis.from_url(connectable(redis_urls()[0])) as broker:
        return bool(broker.llen(QUEUE) or broker.hlen(TAKEN))


def _milliseconds(run: ImportRun) -> float:
    assert run.started_at is not None
    assert run.finished_at is not None
    return (run.finished_at - run.started_at).total_seconds() * 1000


def _by_hand(sort: Sort, rows: int, at: datetime, place: int) -> None:
    """Row by row into COPY: nobody holds a million of them."""
    load_by_hand(sort, (as_by_hand(sort, sort.row(i, at)) for i in range(rows)), place=place)


WORKS: Final = {MANY: many(PLAIN), MANY_FULL: many(FULL)}
