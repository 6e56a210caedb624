"""The playbook of the contact's stage as the page shows it: its tasks, its kind, until when the contact moves on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from leads.models import PlaybookRun, PlaybookTask
from leads.playbooks.text import Kind, Task, kinds_of, tasks_of
from lifecycle.term_text import reader_language
from smarketing.contact_page.event import PLAYBOOK, PROMISE, Event

MOST: Final = 12
"""Runs of one contact that are told, the last ones."""


@dataclass(frozen=True, slots=True)
class ToDo:
    """One task of the run; `settled_at` and by whom where it is done or left out."""

    pk: int
    task: Task
    due_at: datetime
    how: str
    settled_at: datetime | None
    actor: str
    side: str

    def is_late(self, at: datetime) -> bool:
        return self.settled_at is None and self.due_at < at


@dataclass(frozen=True, slots=True)
class Run:
    """One stay by a playbook; `is_there` while it lasts, `is_open` while the contact is worked on besides."""

    pk: int
    stage: str
    number: int
    is_there: bool
    is_open: bool
    kind: Kind | None
    kinds: list[Kind]
    promote_by: datetime | None
    passed_at: datetime | None
    outcome: str
    tasks: list[ToDo]

    @property
    def to_do(self) -> list[ToDo]:
        """What is still to be done, the most urgent first; nothing once the contact is left alone."""
        waiting = [one for one in self.tasks if one.settled_at is None] if self.is_open else []
        return sorted(waiting, key=lambda one: (one.due_at, one.task.number))

    @property
    def settled(self) -> list[ToDo]:
        return [one for one in self.tasks if one.settled_at is not None]


def run_cells() -> QuerySet[Any]:
    """One object a run of the contact of the outer query, the newest first."""
    tasks = PlaybookTask.objects.filter(run=OuterRef("pk")).order_by("position")
    task = JSONObject(
        pk=F("pk"),
        task=F("task"),
        due=F("due_at"),
        how=F("how"),
        at=F("settled_at"),
        first=F("settled_by__first_name"),
        last=F("settled_by__last_name"),
        side=F("settled_by__team__side"),
    )
    cells = {
        "pk": F("pk"),
        "stage": F("stay__stage_id"),
        "left": F("stay__left_at"),
        "number": F("version__agreement__number"),
        "works": F("contact__status__is_open"),
        "kind": F("kind"),
        "kinds": F("version__kinds"),
        "agreed": F("version__tasks"),
        "by": F("promote_by"),
        "passed": F("passed_at"),
        "outcome": F("outcome"),
        "tasks": ArraySubquery(tasks.values(object=task)),
    }
    rows = PlaybookRun.objects.filter(contact=OuterRef("pk")).order_by("-began_at", "-pk")
    return rows.values(object=JSONObject(**cells))[:MOST]


def runs_of(rows: Iterable[Mapping[str, Any]]) -> list[Run]:
    language = reader_language()
    return [_run(row, language) for row in rows]


def _run(row: Mapping[str, Any], language: str) -> Run:
    agreed = {task.key: task for task in tasks_of(row["agreed"], language)}
    kinds = kinds_of(row["kinds"], language)
    is_there = row["left"] is None
    return Run(
        pk=row["pk"],
        stage=row["stage"],
        number=row["number"],
        is_there=is_there,
        is_open=is_there and row["works"] is not False,
        kind=next((kind for kind in kinds if kind.key == row["kind"]), None),
        kinds=kinds,
        promote_by=_moment(row["by"]),
        passed_at=_moment(row["passed"]),
        outcome=row["outcome"],
        tasks=[
            ToDo(
                pk=one["pk"],
                task=agreed[one["task"]],
                due_at=datetime.fromisoformat(one["due"]),
                how=one["how"],
                settled_at=_moment(one["at"]),
                actor=f"{one['first'] or ''} {one['last'] or ''}".strip(),
                side=one["side"] or "",
            )
            for one in row["tasks"]
        ],
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def present(runs: Iterable[Run]) -> Run | None:
    """That of the stage the contact is in."""
    return next((run for run in runs if run.is_there), None)


def run_events(runs: Iterable[Run]) -> Iterator[Event]:
    """Tasks that were settled and limits that passed, as events of the timeline; numbered beside the other promises."""
    for run in runs:
        if run.passed_at is not None and run.promote_by is not None:
            yield Event(
                rank=PROMISE,
                pk=run.pk * 8 + 5,
                at=run.passed_at,
                kind=PLAYBOOK,
                after="passed",
                data={"stage": run.stage, "due": run.promote_by.isoformat(), "outcome": run.outcome},
                version=run.number,
            )
        for one in run.settled:
            if one.settled_at is not None:
                yield Event(
                    rank=PROMISE,
                    pk=one.pk * 8 + 6,
                    at=one.settled_at,
                    kind=PLAYBOOK,
                    after=one.how,
                    actor=one.actor,
                    side=one.side,
                    data={"what": one.task.what},
                    version=run.number,
                )
