"""Times of one piece of work, the number of its statements, and the memory it took at its peak."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection

FEWEST_RUNS = 3
ENOUGH_SECONDS = 60.0


@dataclass(frozen=True)
class Measured:
    """Milliseconds. `rate` is `rows` a second at the median; `rise_mib` what the process grew by at its peak.

    `cpu_ms` is the median of the processor time of our own process, which a busy machine stretches far less.
    Of what is asked over a socket, `per_second` are the answers for eight clients at once and `alone_per_second` for
    one, in ascending rounds; `least_ms` and `most_ms` are then the medians of rounds, `rise_mib` that of the server.
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
    cpu_ms: float = 0.0
    per_second: tuple[float, ...] = ()
    alone_per_second: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        return self.rows / self.median_ms * 1000 if self.median_ms else 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"rate": self.rate}


def forget_peak() -> float:
    """Begin to watch the memory anew; MiB held now.

    The kernel's own account, because `getrusage` keeps what the parent held when it started this process.
    """
    Path("/proc/self/clear_refs").write_text("5")
    return _held("VmRSS")


def peak_mib() -> float:
    """The most this process held since `forget_peak`."""
    return _held("VmHWM")


def _held(name: str) -> float:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[name].split()[0]) / 1024


def measure(
    work: Callable[[], Any],
    *,
    times: int,
    rows: int = 1,
    warm: int = 0,
    before: Callable[[], Any] | None = None,
) -> Measured:
    """Run it `times` after `warm` runs that do not count; `before` each run, outside of the time.

    What is slow is run less often: after a minute three runs are enough.
    """
    began = time.perf_counter()
    for _ in range(warm):
        if time.perf_counter() - began < ENOUGH_SECONDS:
            work()
    spent: list[float] = []
    busy: list[float] = []
    held, answer = forget_peak(), None
    for _ in range(times):
        if len(spent) >= FEWEST_RUNS and time.perf_counter() - began > ENOUGH_SECONDS:
            break
        if before is not None:
            before()
        started, worked = time.perf_counter(), time.process_time()
        answer = work()
        spent.append((time.perf_counter() - started) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    rise = max(peak_mib() - held, 0.0)
    spent.sort()
    return Measured(
        median_ms=statistics.median(spent),
        p95_ms=spent[min(len(spent) - 1, int(len(spent) * 0.95))],
        least_ms=spent[0],
        most_ms=spent[-1],
        runs=len(spent),
        rows=rows,
        statements=0 if before is not None else statements_of(work) if times > 20 else 0,
        size_bytes=len(getattr(answer, "content", b"")),
        rise_mib=rise,
        cpu_ms=statistics.median(busy),
    )


def statements_of(work: Callable[[], Any]) -> int:
    """How many statements it sends to the database."""
    count = 0

    def counting(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    with connection.execute_wrapper(counting):
        work()
    return count
