"""The panels beside a term: what rounds, quizzes and use say of it; each app that knows some registers its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from accounts.access import SignedIn
from lifecycle.glossary import Entry

Place = Literal["main", "side"]


@dataclass(frozen=True)
class Panel:
    """One card: its template, which finds its facts in `panel.facts`, and the column it stands in."""

    template: str
    place: Place
    facts: dict[str, Any] = field(default_factory=dict)


Maker = Callable[[SignedIn, Entry], Panel | None]

_makers: list[tuple[int, Maker]] = []


def register_panel(maker: Maker, *, position: int) -> None:
    """Called in `AppConfig.ready`; the same maker twice is harmless."""
    if all(known is not maker for _, known in _makers):
        _makers.append((position, maker))
        _makers.sort(key=lambda pair: pair[0])


def panels(request: SignedIn, entry: Entry) -> dict[Place, Sequence[Panel]]:
    """What every app has to say of the term, by column."""
    made = [panel for _, maker in _makers if (panel := maker(request, entry))]
    return {
        "main": [panel for panel in made if panel.place == "main"],
        "side": [panel for panel in made if panel.place == "side"],
    }
