"""The tactics of each cell as their pages read them: in force, retired, and being written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from agreements.models import State
from leads.models import Cell, TacticsVersion


@dataclass(frozen=True)
class Entry:
    """A cell with its version in force, or the one that retired it, and its open one; any may be missing."""

    cell: Cell
    in_force: TacticsVersion | None = None
    opened: TacticsVersion | None = None
    retired: TacticsVersion | None = None

    @property
    def shown(self) -> TacticsVersion | None:
        """In force, else what is being written, else what is retired."""
        return self.in_force or self.opened or self.retired

    @property
    def standing(self) -> TacticsVersion | None:
        """What both teams signed last."""
        return self.in_force or self.retired

    def is_overdue(self, today: date) -> bool:
        return bool(self.in_force and (day := self.in_force.agreement.review_on) and day <= today)


def entries(versions: Iterable[TacticsVersion]) -> dict[Cell, Entry]:
    """One entry a cell, in the order of the cells; `versions` with their agreements."""
    found: dict[str, dict[str, TacticsVersion]] = {}
    for version in versions:
        state = "opened" if version.agreement.is_open else str(version.agreement.state)
        found.setdefault(version.cell, {})[state] = version
    return {
        cell: Entry(cell, by.get(State.IN_FORCE), by.get("opened"), by.get(State.RETIRED))
        for cell in Cell
        for by in [found.get(cell.value, {})]
    }
