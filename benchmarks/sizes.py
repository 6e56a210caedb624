"""How much data each size holds; S is what the peers were measured with, L the limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """`contacts` have a clock each; `touchpoints` are spread unevenly over them.

    A long work is repeated `times`, a short one `page_times`; a page is asked
    over a socket for `served_seconds` a round, of the same servers as the page before where it `keeps_servers`: there
    nothing is to be learnt but that they answer. `many_rows` are imported at once where the memory of that is measured.
    """

    name: str
    contacts: int
    touchpoints: int
    import_rows: int
    many_rows: int
    overdue: int
    times: int
    page_times: int
    served_seconds: float
    keeps_servers: bool = False

    @property
    def companies(self) -> int:
        return max(self.contacts // 1000, 20)


SIZES = {
    size.name: size
    for size in (
        Size(
            "tiny",
            contacts=200,
            touchpoints=2_000,
            import_rows=50,
            many_rows=120,
            overdue=5,
            times=1,
            page_times=1,
            served_seconds=0.1,
            keeps_servers=True,
        ),
        Size(
            "S",
            contacts=100_000,
            touchpoints=1_000_000,
            import_rows=10_000,
            many_rows=1_000_000,
            overdue=1_000,
            times=3,
            page_times=60,
            served_seconds=3.0,
        ),
        Size(
            "L",
            contacts=1_000_000,
            touchpoints=10_000_000,
            import_rows=100_000,
            many_rows=1_000_000,
            overdue=1_000,
            times=3,
            page_times=60,
            served_seconds=3.0,
        ),
    )
}
