"""When marketing stops writing because sales is in contact, as a version of that rule says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

STATUSES: Final = "statuses"
"""Since a version has this parameter it may pause by more than one status."""
ALONE: Final = "status"
"""What a version says that was written when the rule knew one status; its signed content stays as it is."""

NOT_BY_OWNER: Final = "not"
OWNED_BY_SALES: Final = "sales"
OWNED: Final = "anybody"

AT_ONCE: Final = "at_once"
FIRST_TOUCH: Final = "first_touch"


@dataclass(frozen=True, slots=True)
class Pausing:
    """What begins and what ends the pause. `release_days` 0: only when what began it is over."""

    statuses: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    owned: str = NOT_BY_OWNER
    begins: str = AT_ONCE
    release_days: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.statuses and not self.stages and self.owned == NOT_BY_OWNER


def pausing_of(parameters: Mapping[str, Any]) -> Pausing:
    said = in_full(parameters)
    return Pausing(
        tuple(said[STATUSES]),
        tuple(said.get("stages", ())),
        said.get("owned", NOT_BY_OWNER),
        said.get("begins", AT_ONCE),
        max(int(said.get("release_days", 0)), 0),
    )


def in_full(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The same parameters as a version says them today."""
    rest = {name: value for name, value in parameters.items() if name != ALONE}
    alone = [parameters[ALONE]] if parameters.get(ALONE) else []
    return {STATUSES: alone} | rest
