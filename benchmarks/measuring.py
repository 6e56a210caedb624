"""Times of one piece of work, the number of its statements, and the memory it took at its peak."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection

FEWEST_RUNS = 3
ENOUGH_SECONDS = 60.0


@dataclass(frozen=True)
class Measured:
    """Milliseconds. `rate` is `rows` a second at the median; `rise_mib` what the process grew by to its `peak_mib`.

    `cpu_ms` is the median of the processor time of our own process, which a busy machine stretches far less; the 95th
    percentile of three runs is the slowest. `statements` are those of one run that name what they do: neither COPY nor
    the bounds of transactions. Of what is asked over a socket, `per_second` are the answers for eight clients at once
    and `alone_per_second` for one, in ascending rounds; `least_ms` and `most_ms` are then the medians of rounds,
    `rise_mib` and `peak_mib` those of the server, all its processes together.
    """

    median_ms: float
    p95_ms: float
    least_ms: float
    most_ms: float
    runs: int
    rows: int = 1
    statements: int = 0
    size_bytes: int = 0
    rise_mib: float = 0.0
    peak_mib: float = 0.0
    cpu_ms: float = 0.0
    per_second: tuple[float, ...] = ()
    alone_per_second: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        return self.rows / self.median_ms * 1000 if self.median_ms else 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"rate": self.rate}


def forget_peak(pid: int | str = "self") -> float:
    """Begin to watch the memory of that process anew; MiB held now.

    The kernel's own account, because `getrusage` keeps what the parent held when it started this process.
    """
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return _held(pid, "VmRSS")


def peak_mib(pid: int | str = "self") -> float:
    """The most that process held since `forget_peak`."""
    return _held(pid, "VmHWM")


def _held(pid: int | str, name: str) -> float:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines[name].split()[0]) / 1024


class Watch:
    """The runs of one piece of work: their times, and what they took."""

    def __init__(self, work: Callable[[], Any], before: Callable[[], Any] | None) -> None:
        self.work, self.before = work, before
        self.spent: list[float] = []
        self.busy: list[float] = []
        self.rise = self.peak = 0.0
        self.statements = 0
        self.answer: Any = None

    def run(self) -> None:
        if self.before is not None:
            self.before()
        held = forget_peak()
        with counted() as count:
            started, worked = time.perf_counter(), time.process_time()
            self.answer = self.work()
            self.spent.append((time.perf_counter() - started) * 1000)
            self.busy.append((time.process_time() - worked) * 1000)
        self.statements = count()
        self.peak = max(self.peak, peak_mib())
        self.rise = max(self.rise, peak_mib() - held)

    def measured(self, rows: int) -> Measured:
        return measured(
            self.spent,
            rows=rows,
            statements=self.statements,
            size_bytes=len(getattr(self.answer, "content", b"")),
            rise_mib=max(self.rise, 0.0),
            peak_mib=self.peak,
            cpu_ms=statistics.median(self.busy),
        )


def measure(work: Callable[[], Any], *, times: int, rows: int = 1, warm: int = 0) -> Measured:
    """Run it `times` after `warm` runs that do not count. What is slow is run less often: a minute is enough."""
    watch = Watch(work, None)
    _run([watch], times, warm)
    return watch.measured(rows)


def measure_in_turns(
    ours: Callable[[], Any],
    by_hand: Callable[[], Any],
    *,
    times: int,
    rows: int = 1,
    warm: int = 0,
    before: Callable[[], Any] | None = None,
) -> tuple[Measured, Measured]:
    """Both by turns, so that what the data and the machine become meets both alike; `before` each run, untimed."""
    watches = [Watch(ours, before), Watch(by_hand, before)]
    _run(watches, times, warm)
    return watches[0].measured(rows), watches[1].measured(rows)


def _run(watches: Sequence[Watch], times: int, warm: int) -> None:
    """Not more often than needed: where they have taken a minute each, three runs are enough."""
    began = time.perf_counter()

    def is_enough() -> bool:
        return time.perf_counter() - began > ENOUGH_SECONDS * len(watches)

    for _ in range(warm):
        for watch in watches:
            if not is_enough():
                watch.work()
    for turn in range(times):
        if turn >= FEWEST_RUNS and is_enough():
            break
        for watch in watches:
            watch.run()


def measured(spent: Sequence[float], **known: Any) -> Measured:
    """What these times say: their middle, their spread."""
    ordered = sorted(spent)
    return Measured(
        median_ms=statistics.median(ordered),
        p95_ms=ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
        least_ms=ordered[0],
        most_ms=ordered[-1],
        runs=len(ordered),
        **known,
    )


def statements_of(work: Callable[[], Any]) -> int:
    """How many statements it sends to the database."""
    with counted() as count:
        work()
    return count()


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """How many statements this process has sent since; a microsecond each, which the times bear."""
    count = 0

    def counting(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    with connection.execute_wrapper(counting):
        yield lambda: count
