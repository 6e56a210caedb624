"""A promise that tolerates some late cases a month is kept by them, and broken by one more."""

from __future__ import annotations

import pytest

from reporting.figures import _verdict
from reporting.queries.commitments import Kept
from sla.clauses import ClauseState
from sla.models import Clause, Metric

ANSWERS = Clause(
    metric=Metric.REFUSALS_ANSWERED, target=1, parameters={"days": 5, "tolerance": 1}, text_en="Answered"
)


@pytest.mark.parametrize(
    ("late", "months", "state"),
    [
        (0, 1, ClauseState.KEPT_SO_FAR),
        (1, 1, ClauseState.KEPT_SO_FAR),
        (2, 1, ClauseState.BREACHED),
        (3, 3, ClauseState.KEPT_SO_FAR),
        (4, 3, ClauseState.BREACHED),
    ],
)
def test_the_tolerance_of_a_month_counts_for_each_month(late: int, months: int, state: ClauseState) -> None:
    assert _verdict(ANSWERS, Kept(10, 10 + late), closed=False, months=months).state == state
