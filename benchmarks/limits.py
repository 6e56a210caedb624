"""What a work may take at most: beyond it the benchmark fails, whatever the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

LIMITS: Final[Mapping[tuple[str, str], float]] = {("S", "replay"): 60.0}
"""Size and work → seconds at the median."""


def judged(size: str, works: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], int]:
    """What was missed, in lines, and what the command exits with: 1 where something was, or where a work failed."""
    late = list(missed(size, works))
    return late, int(bool(late) or any("error" in found for found in works.values()))


def missed(size: str, works: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each work that took longer; what failed or was not measured is not judged here."""
    for work, found in works.items():
        limit = LIMITS.get((size, work))
        seconds = found["ours"]["median_ms"] / 1000 if "ours" in found else 0.0
        if limit is not None and seconds > limit:
            yield f"{work} | MISSED | {seconds:,.1f} s at size {size}, {limit:,.0f} s at most"
