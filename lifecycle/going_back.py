"""The rule on going back, stage by stage: for each stage that is left and each before it, who may and whether at all.

Kept in the parameters of the rule: `ways_back` holds what differs from the ordinary way, {"mql": {"lead": "manager"}}.
A version signed before there was a choice names `final_stages`, from which every way back is forbidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.models import Stage

WAYS_BACK: Final = "ways_back"
FINAL_STAGES: Final = "final_stages"


class Way(models.TextChoices):
    """Back is a person's decision, of the team that is responsible or by a manager, unless the way says otherwise."""

    FREE = "free", gettext_lazy("without a reason")
    REASON = "reason", gettext_lazy("with a reason")
    MANAGER = "manager", gettext_lazy("only by a manager")
    FORBIDDEN = "forbidden", gettext_lazy("forbidden")


ORDINARY: Final = Way.REASON


@dataclass(frozen=True)
class Row:
    """One stage and the ways from it to each stage before it, in the order of the loop."""

    stage: Stage
    cells: Sequence[tuple[Stage, Way]]


@dataclass(frozen=True)
class GoingBack:
    """What one version of the rule says."""

    ways: Mapping[str, Mapping[str, str]]
    final: frozenset[str] = frozenset()

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> GoingBack:
        return cls(parameters.get(WAYS_BACK) or {}, frozenset(parameters.get(FINAL_STAGES) or ()))

    def way(self, before: str, target: str) -> Way:
        said = self.ways.get(before, {}).get(target)
        if said in Way.values:
            return Way(said)
        return Way.FORBIDDEN if before in self.final else ORDINARY

    def rows(self, stages: Sequence[Stage]) -> list[Row]:
        """The whole matrix over these stages, which are in the order of the loop."""
        return [
            Row(stage, [(target, self.way(stage.key, target.key)) for target in stages[:place]])
            for place, stage in enumerate(stages)
            if place
        ]

    def closed(self, stages: Sequence[Stage]) -> list[str]:
        """The stages from which some way back is forbidden."""
        return [
            row.stage.key for row in self.rows(stages) if any(way == Way.FORBIDDEN for _, way in row.cells)
        ]

    def lines(self, stages: Sequence[Stage]) -> Iterator[str]:
        """In words: what differs, then the rest. A stage all of whose ways are the same is told in one line."""
        for row in self.rows(stages):
            ways = {way for _target, way in row.cells}
            if ways == {ORDINARY}:
                continue
            if len(ways) == 1:
                yield _("From %(stage)s: %(way)s") % {"stage": row.stage.name, "way": ways.pop().label}
                continue
            for target, way in row.cells:
                if way != ORDINARY:
                    yield (
                        _("From %(stage)s to %(target)s: %(way)s")
                        % {"stage": row.stage.name, "target": target.name, "way": way.label}
                    )
        yield _("Every other way back: %(way)s") % {"way": ORDINARY.label}


def loop() -> list[Stage]:
    """The stages in use. One query."""
    return list(Stage.objects.active().order_by("position"))


def parameters_with(parameters: Mapping[str, Any], ways: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """The parameters of a version that says these ways; whatever is ordinary is left out."""
    told: dict[str, dict[str, str]] = {}
    for (before, target), way in ways.items():
        if way != ORDINARY:
            told.setdefault(before, {})[target] = str(way)
    kept = {name: value for name, value in parameters.items() if name not in (FINAL_STAGES, WAYS_BACK)}
    return {**kept, WAYS_BACK: told}
