"""Where a replay and the contacts behind its figures are looked at; reads nothing."""

from __future__ import annotations

from django.urls import reverse
from django.utils.http import urlencode

from leads.models import Replay
from lifecycle.models import Stage, Status


def path_of(subject: Stage | Status) -> str:
    """The page on which its definition is tried on the past."""
    name = "leads:replay" if isinstance(subject, Stage) else "leads:status-replay"
    return reverse(name, args=[subject.key])


def contacts_path_of(replay: Replay, **asked: str) -> str:
    """The page of the contacts behind one of its figures, as `asked` in the query."""
    name = "leads:replay-contacts" if isinstance(replay.subject, Stage) else "leads:status-replay-contacts"
    return reverse(name, args=[replay.subject.key, replay.pk]) + (f"?{urlencode(asked)}" if asked else "")
