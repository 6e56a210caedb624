"""Times of one piece of work, the number of its statements, and the memory it took at its peak."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Measured:
    """Milliseconds. `rate` is `rows` a second at the median; `rise_mib` what the process grew by at its peak."""

    median_ms: float
    p95_ms: float
    least_ms: float
    most_ms: float
    runs: int
    rows: int = 1
    statements: int = 0
    size_bytes: int = 0
    rise_mib: float = 0.0

    @property
    def rate(self) -> float:
        return self.rows / self.median_ms * 1000 if self.median_ms else 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"rate": self.rate}


def peak_mib() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(
    work: Callable[[], Any],
    *,
    times: int,
    rows: int = 1,
    warm: int = 0,
    before: Callable[[], Any] | None = None,
) -> Measured:
    """Run it `times` after `warm` runs that do not count; `before` each run, outside of the time."""
    for _ in range(warm):
        work()
    held, spent, answer = peak_mib(), [], None
    for _ in range(times):
        if before is not None:
            before()
        started = time.perf_counter()
        answer = work()
        spent.append((time.perf_counter() - started) * 1000)
    rise = peak_mib() - held
    spent.sort()
    return Measured(
        median_ms=statistics.median(spent),
        p95_ms=spent[min(len(spent) - 1, int(len(spent) * 0.95))],
        least_ms=spent[0],
        most_ms=spent[-1],
        runs=times,
        rows=rows,
        statements=0 if before is not None else statements_of(work) if times > 20 else 0,
        size_bytes=len(getattr(answer, "content", b"")),
        rise_mib=rise,
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
