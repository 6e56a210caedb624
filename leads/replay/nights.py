"""When everybody is looked at though nothing happened: the run of each night."""

from __future__ import annotations

from typing import Final

from leads.scoring.sqltext import Sql, fill

NIGHT: Final = "interval '2 hours 20 minutes'"
"""UTC, as the beat says."""


def night(moment: Sql) -> Sql:
    """The night's run at or after the moment."""
    return fill(
        f"date_trunc('day', {{moment}} - {NIGHT} - interval '1 microsecond', 'UTC') + interval '1 day' + {NIGHT}",
        moment=moment,
    )
