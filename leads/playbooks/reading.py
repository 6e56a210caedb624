"""The playbooks of the stages as their pages read them: in force, retired, and being written; how many stand where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, F, OuterRef, Q, Subquery

from accounts.models import User
from agreements.models import State
from leads.models import PlaybookRun, PlaybookTask, PlaybookVersion
from lifecycle.models import Stage

NEAR: Final = timedelta(days=7)
"""Time before the limit from which a contact is near it."""


@dataclass(frozen=True)
class Entry:
    """A stage with its version in force, or the one that retired it, and its open one; any may be missing."""

    stage: Stage
    in_force: PlaybookVersion | None = None
    opened: PlaybookVersion | None = None
    retired: PlaybookVersion | None = None

    @property
    def shown(self) -> PlaybookVersion | None:
        """In force, else what is being written, else what is retired."""
        return self.in_force or self.opened or self.retired

    @property
    def standing(self) -> PlaybookVersion | None:
        """What both teams signed last."""
        return self.in_force or self.retired

    def is_overdue(self, today: date) -> bool:
        return bool(self.in_force and (day := self.in_force.agreement.review_on) and day <= today)


@dataclass(frozen=True)
class Standing:
    """Of the contacts of a stage that the reader sees: under way by its playbook, near the limit, past it, and what
    waits to be done."""

    under_way: int = 0
    near: int = 0
    past: int = 0
    tasks: int = 0
    late: int = 0


def entries(versions: Iterable[PlaybookVersion], stages: Iterable[Stage]) -> dict[str, Entry]:
    """One entry a stage, in the order of the stages; `versions` with their agreements."""
    found: dict[str, dict[str, PlaybookVersion]] = {}
    for version in versions:
        state = "opened" if version.agreement.is_open else str(version.agreement.state)
        found.setdefault(version.stage_id, {})[state] = version
    return {
        stage.key: Entry(stage, by.get(State.IN_FORCE), by.get("opened"), by.get(State.RETIRED))
        for stage in stages
        for by in [found.get(stage.key, {})]
    }


def standings(reader: User, *, at: datetime) -> dict[str, Standing]:
    """By stage; two queries."""
    runs = PlaybookRun.objects.visible_to(reader).filter(stay__left_at=None, contact__erasure=None)
    open_tasks = PlaybookTask.objects.visible_to(reader).open()
    by_stage = open_tasks.order_by().values(stage=F("run__stay__stage"))
    late = Count("pk", filter=Q(due_at__lt=at))
    tasks = {row["stage"]: (row["n"], row["late"]) for row in by_stage.annotate(n=Count("pk"), late=late)}
    works = Q(contact__status=None) | Q(contact__status__is_open=True)
    counted = (
        runs.order_by()
        .values(stage=F("stay__stage"))
        .annotate(
            going=Count("pk", filter=works),
            near=Count("pk", filter=works & Q(passed_at=None, promote_by__gt=at, promote_by__lte=at + NEAR)),
            past=Count("pk", filter=Q(passed_at__isnull=False)),
        )
    )
    return {
        row["stage"]: Standing(
            row["going"],
            row["near"],
            row["past"],
            *tasks.get(row["stage"], (0, 0)),
        )
        for row in counted
    }


def kind_counts(reader: User, stage: str) -> dict[str, int]:
    """How many stand in the stage by kind, the empty one for those without; one query."""
    runs = PlaybookRun.objects.visible_to(reader).filter(
        stay__left_at=None, stay__stage=stage, contact__erasure=None
    )
    return dict(runs.order_by().values("kind").annotate(n=Count("pk")).values_list("kind", "n"))


def kind_now() -> dict[str, Subquery]:
    """For the contacts of the outer query: the key of their `kind` in the stage they are in, and the `kinds` of its
    playbook; none where nobody has said."""
    runs = PlaybookRun.objects.filter(contact=OuterRef("pk"), stay__left_at=None).exclude(kind="")
    said = runs.order_by("pk")[:1]
    return {"kind": Subquery(said.values("kind")), "kinds": Subquery(said.values("version__kinds"))}
