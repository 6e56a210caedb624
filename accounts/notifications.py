"""Tells people something once, on their page and by mail; knows no contact and words nothing by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Notification, User
from accounts.outbox import post_mail
from lib import formats

NEITHER_TODAY_NOR_YESTERDAY = timedelta(days=3)


@transaction.atomic
def notify(
    *,
    users: Iterable[User],
    kind: str,
    text: str,
    params: Mapping[str, Any] | None = None,
    url: str,
    key: str,
    at: datetime,
    email: bool = True,
) -> int:
    """Tell each of them once: the same `key` again is silent. Return how many had not heard it before.

    `text` is a gettext message (mark it with `gettext_noop`) with named placeholders, `params` their plain JSON
    values; a moment is given as `when(moment)` so that each reads it in their own zone. `url` is a path of this
    site. Three queries, however many people.
    """
    readers = sorted({user.pk for user in users})
    told = set(Notification.objects.filter(user__in=readers, key=key).values_list("user_id", flat=True))
    fresh = [pk for pk in readers if pk not in told]
    if not fresh:
        return 0
    said = {"text": text, "params": dict(params or {}), "url": url}
    # Two tellers at once: the unique keys let the first one in.
    Notification.objects.bulk_create(
        (Notification(user_id=pk, kind=kind, key=key, created_at=at, **said) for pk in fresh),
        ignore_conflicts=True,
    )
    if email:
        post_mail({f"{key}:{pk}": {"user": pk, "mail": "notification", **said} for pk in fresh}, at=at)
    return len(fresh)


def when(moment: datetime) -> dict[str, str]:
    """A moment among the `params` of a notification."""
    return {"moment": moment.astimezone(UTC).isoformat()}


def worded(text: str, params: Mapping[str, Any]) -> str:
    """The sentence in the active language and time zone; the bare message when its values do not fit."""
    message = _(text)
    try:
        return message % {name: _value(value) for name, value in params.items()}
    except (KeyError, TypeError, ValueError):
        return message


def _value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    language = get_language() or "en"
    if "moment" in value:
        moment = timezone.localtime(datetime.fromisoformat(value["moment"]))
        # Told as a date, never as "today": the sentence is read on another day than it was written.
        return formats.moment(moment, language, now=moment - NEITHER_TODAY_NOR_YESTERDAY)
    if "day" in value:
        day = date.fromisoformat(value["day"])
        return formats.day(day, language, today=day - NEITHER_TODAY_NOR_YESTERDAY)
    return value
