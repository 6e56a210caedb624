"""The procedure book as its pages read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from agreements.models import State
from lifecycle import adherence
from lifecycle.links import Link, page_of
from lifecycle.models import Procedure, ProcedureVersion, Stage, Status

Choices = list[tuple[str | Promise, Any]]


@dataclass(frozen=True)
class Entry:
    """A procedure with its version in force, or the one that retired it, and its open one."""

    in_force: ProcedureVersion | None
    opened: ProcedureVersion | None
    retired: ProcedureVersion | None = None

    @property
    def shown(self) -> ProcedureVersion:
        """In force, else what is being written, else what is retired."""
        version = self.in_force or self.opened or self.retired
        assert version is not None  # `entries` makes none without
        return version

    @property
    def standing(self) -> ProcedureVersion | None:
        """What both teams signed last."""
        return self.in_force or self.retired

    @property
    def procedure(self) -> Procedure:
        return self.shown.procedure

    @property
    def is_measured(self) -> bool:
        """What is retired is not followed any more."""
        return self.retired is None

    def is_overdue(self, today: date) -> bool:
        return bool(self.in_force and (day := self.in_force.agreement.review_on) and day <= today)


def entries(versions: Iterable[ProcedureVersion]) -> list[Entry]:
    """One entry a procedure, by name; `versions` in force, open and retired, with their agreements."""
    found: dict[int, dict[str, ProcedureVersion]] = {}
    for version in versions:
        state = "opened" if version.agreement.is_open else version.agreement.state
        found.setdefault(version.procedure_id, {})[state] = version
    made = [Entry(by.get(State.IN_FORCE), by.get("opened"), by.get(State.RETIRED)) for by in found.values()]
    return sorted(made, key=lambda entry: entry.shown.name.casefold())


def scope_choices() -> Choices:
    """What a procedure may serve, grouped for a form. Four queries."""
    groups = (
        (_("Stages"), [(f"stage:{stage.key}", stage.name) for stage in Stage.objects.active()]),
        (_("Statuses"), [(f"status:{status.key}", status.name) for status in Status.objects.all()]),
        (_("Rules"), list(adherence.choices("rule"))),
        (_("Clauses of the contract"), list(adherence.choices("clause"))),
    )
    return [(name, found) for name, found in groups if found]


def scope_links() -> Mapping[str, Link]:
    """Each thing that a procedure may serve, with its page."""
    return {scope: Link(label, _page_of(scope)) for _name, found in scope_choices() for scope, label in found}


def _page_of(scope: str) -> str:
    prefix, _colon, key = scope.partition(":")
    match prefix:
        case "stage" | "status":
            return page_of(scope)
        case "rule":
            return f"/rules/{key}/"
        case _:
            return "/contracts/"
