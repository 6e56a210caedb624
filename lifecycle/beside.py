"""What another agreement in force says of the same thing as a rule; the app that knows that agreement tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lifecycle.models import RuleVersion


@dataclass(frozen=True)
class Beside:
    """In words, with the page of the other agreement; `differs` where the two say different things."""

    text: str
    url: str
    differs: bool


Telling = Callable[[RuleVersion], Beside | None]
"""None where nothing else says anything of it."""

_tellings: dict[str, Telling] = {}


def provide(key: str, telling: Telling) -> None:
    """Called in the `ready` of the app that knows the other agreement, for the rule of that key."""
    _tellings[key] = telling


def beside(version: RuleVersion) -> Beside | None:
    telling = _tellings.get(version.rule.key)
    return telling(version) if telling else None
