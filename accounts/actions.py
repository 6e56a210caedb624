"""What people change about themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.models import Notification, User


def set_preferences(user: User, *, chosen: Mapping[str, str | bool]) -> None:
    """Language, colours, time zone, single keys: those named; one update, none when nothing is."""
    if not chosen:
        return
    for name, value in chosen.items():
        setattr(user, name, value)
    user.save(update_fields=list(chosen))


def read_all_notifications(user: User, *, at: datetime) -> int:
    """Everything told so far counts as read; return how many were not. One update."""
    return Notification.objects.visible_to(user).unread().filter(created_at__lte=at).update(read_at=at)
