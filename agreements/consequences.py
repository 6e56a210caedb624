"""What would follow if a version came into force, as its signers see it above the button.

Each kind of thing computes its own (`Kind.consequences`); here is only their common shape. Every text is ready for
the reader: worded in the active language, numbers formatted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from lib import formats


@dataclass(frozen=True)
class Change:
    """One figure as it is and as it would be, each with the address of the records behind it."""

    label: str
    before: str
    after: str
    note: str = ""
    url: str = ""
    before_url: str = ""


@dataclass(frozen=True)
class Flow:
    """How many records leave, stay and enter, each with the address of the list of them, if there is one."""

    leave: int
    stay: int
    enter: int
    leave_url: str = ""
    stay_url: str = ""
    enter_url: str = ""

    @property
    def total(self) -> int:
        return self.leave + self.stay + self.enter

    @property
    def bars(self) -> list[tuple[str, float, float]]:
        """Class, start and width in per cent of the three parts in their order; the empty ones are left out."""
        if not self.total:
            return []
        drawn, start = [], 0.0
        for name, count in (("breach", self.leave), ("ink", self.stay), ("ok", self.enter)):
            width = round(100 * count / self.total, 1)
            if count:
                drawn.append((name, round(start, 1), max(width - 0.4, 0.4)))
            start += width
        return drawn


@dataclass(frozen=True)
class Meaning:
    """One thing it means for somebody; state is ok, risk, breach or undecided. `url` leads to those it counts."""

    state: str
    text: str
    note: str = ""
    url: str = ""


def cut_off(unknown: str = "") -> Meaning:
    """What a kind says where trying it took too long, beside what it knows without the trial."""
    return Meaning(
        "undecided",
        unknown or _("Whom it would change is not known now"),
        _("Trying it took longer than a page can wait, and was stopped. Open the page again later."),
    )


@dataclass(frozen=True)
class Fate:
    """What became of some of those who would leave or enter: “Refused by sales”, 19."""

    label: str
    count: str
    url: str = ""


@dataclass(frozen=True)
class Effect:
    """What it means for something else that was agreed."""

    title: str
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True)
class Progress:
    """How far a worker is with what came into force, of `total`; `finished_at` is None meanwhile."""

    done: int
    total: int
    finished_at: datetime | None


@dataclass(frozen=True)
class Consequences:
    """All of it; a part that a kind cannot know is left out, and what it could not find in time is said (`cut_off`).

    `basis` says on what it was reckoned and when; `url` leads to the whole trial under the words `verb`.
    `hidden_from` answers how many of those that are counted a reader may not open. `arrivals`: how many would come to
    sales at once. `effect` is added by an app above the one whose consequences these are.
    """

    title: str
    changes: tuple[Change, ...] = ()
    flow: Flow | None = None
    fates_title: str = ""
    fates: tuple[Fate, ...] = ()
    meanings_title: str = ""
    meanings: tuple[Meaning, ...] = ()
    basis: str = ""
    url: str = ""
    verb: str = ""
    progress: Progress | None = None
    hidden_from: Callable[[User], int] | None = None
    arrivals: int = 0
    effect: Effect | None = None


Effecting = Callable[[Any, Consequences, datetime], Effect | None]
"""Of a version that would come into force, with what else would follow; None where it has none."""

_effects: dict[str, Effecting] = {}


def provide_effect(prefix: str, effecting: Effecting) -> None:
    """Called in `ready`, for all things of a kind."""
    _effects[prefix] = effecting


def effect_of(version: Any, found: Consequences, at: datetime) -> Effect | None:
    effecting = _effects.get(version.agreement.subject.partition(":")[0])
    return effecting(version, found, at) if effecting else None


def figure(value: int) -> str:
    """A count as the reader writes it."""
    return formats.number(value, get_language() or "en")
