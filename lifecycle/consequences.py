"""What would follow if a version came into force; the apps that know contacts, clocks and the contract weigh it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from agreements.consequences import Consequences

Weighing = Callable[[Any, Any, datetime], Consequences | None]
"""Of a new version beside the one it would replace, or None; None where there is nothing to tell."""

_weighings: dict[str, Weighing] = {}
_followed: dict[str, Weighing] = {}


def provide(subject: str, weighing: Weighing) -> None:
    """Called in `ready`, for one thing or for all of its kind; a whole subject wins over its prefix."""
    _weighings[subject] = weighing


def provide_followed(prefix: str, followed: Weighing) -> None:
    """What versions of that kind did when they came into force; called in `ready`."""
    _followed[prefix] = followed


def weigh(new: Any, old: Any, at: datetime) -> Consequences | None:
    """As a kind of agreement asks for it; None for a subject that nobody weighs."""
    subject = new.agreement.subject
    found = _weighings.get(subject) or _weighings.get(subject.partition(":")[0])
    return found(new, old, at) if found else None


def followed(version: Any, before: Any, at: datetime) -> Consequences | None:
    """As a kind of agreement asks for it; None for a kind of which nobody keeps that."""
    found = _followed.get(version.agreement.subject.partition(":")[0])
    return found(version, before, at) if found else None
