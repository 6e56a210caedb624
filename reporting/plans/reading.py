"""Plans as their pages read them: in force, ended, and being written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from agreements.models import State
from reporting.plans.models import Plan, PlanVersion


@dataclass(frozen=True)
class Entry:
    """A plan with its version in force, or the one that ended it, and its open one."""

    plan: Plan
    in_force: PlanVersion | None
    opened: PlanVersion | None
    retired: PlanVersion | None

    @property
    def shown(self) -> PlanVersion:
        version = self.in_force or self.opened or self.retired
        assert version is not None  # `entries` makes none without
        return version

    @property
    def standing(self) -> PlanVersion | None:
        """What both teams signed last."""
        return self.in_force or self.retired

    def is_overdue(self, today: date) -> bool:
        return bool(self.in_force and (day := self.in_force.agreement.review_on) and day <= today)


def entries(versions: Iterable[PlanVersion]) -> list[Entry]:
    """One entry a plan, the latest period first; `versions` with their plans and agreements."""
    found: dict[Plan, dict[str, PlanVersion]] = {}
    for version in versions:
        state = "opened" if version.agreement.is_open else str(version.agreement.state)
        found.setdefault(version.plan, {})[state] = version
    made = [
        Entry(plan, by.get(State.IN_FORCE), by.get("opened"), by.get(State.RETIRED))
        for plan, by in found.items()
    ]
    return sorted(made, key=lambda entry: (entry.plan.starts_on, entry.plan.pk), reverse=True)
