"""What people change about themselves."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import User


def set_preferences(user: User, *, chosen: Mapping[str, str | bool]) -> None:
    """Language, colours, time zone, single keys: those named; one update, none when nothing is."""
    if not chosen:
        return
    for name, value in chosen.items():
        setattr(user, name, value)
    user.save(update_fields=list(chosen))
