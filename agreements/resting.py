"""What is in force and asked of nobody: the agreements on something that is not in use for the time being.

The app that knows the thing names the subjects. Nothing is stored: they are asked of people again as soon as it is in
use again, by the signatures that were given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

Subjects = Callable[[], QuerySet[Any, Any]]
"""One column: the subjects of one kind that rest."""

_resting: dict[str, Subjects] = {}


def provide(prefix: str, subjects: Subjects) -> None:
    """Called in `AppConfig.ready`; the same twice is harmless."""
    _resting[prefix] = subjects


def may_rest(subject: str) -> bool:
    return subject.partition(":")[0] in _resting


def resting() -> Q:
    """The agreements that rest, as a condition without a query of its own."""
    found = Q(pk__in=())
    for subjects in _resting.values():
        found |= Q(subject__in=subjects())
    return found
