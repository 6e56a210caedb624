"""Tells people something once, on their page and by mail; knows no contact and words nothing by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.models import Notification, User
from accounts.outbox import DELIVER, post_digest, post_mail
from lib import formats
from lib.bell import ring_on_commit


@dataclass(frozen=True)
class News:
    """One thing to be told.

    `text` is a gettext message (mark it with `gettext_noop`) with named placeholders, `params` their plain JSON
    values; a moment is given as `when(moment)` so that each reads it in their own zone, a number that may be large
    as `{"number": 1842}`, the name of a thing as `in_each_language(…)`. `url` is a path of this site. What
    `can_wait` is gathered into one mail with what follows.
    """

    users: Iterable[User]
    kind: str
    text: str
    url: str
    key: str
    params: Mapping[str, Any] = field(default_factory=dict)
    email: bool = True
    can_wait: bool = False

    @property
    def said(self) -> dict[str, Any]:
        return {"text": self.text, "params": dict(self.params), "url": self.url}


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
    """Tell each of them once, as `notify_all` does."""
    return notify_all([News(users, kind, text, url, key, params or {}, email)], at=at)


@transaction.atomic
def notify_all(news: Iterable[News], *, at: datetime) -> int:
    """Tell each reader of each piece once: the same `key` again is silent. Return how many were not told before.

    By mail what nobody should wait for leaves at once, unless one reader would get more than `MOST_SINGLY`; that,
    and what can wait, is gathered. Four queries, however many people and pieces.
    """
    by_reader = {(pk, item.key): item for item in news for pk in sorted({user.pk for user in item.users})}
    told = Notification.objects.filter(
        user__in={pk for pk, _key in by_reader}, key__in={key for _pk, key in by_reader}
    )
    known = set(told.values_list("user_id", "key")) if by_reader else set()
    fresh = {reader: item for reader, item in by_reader.items() if reader not in known}
    if not fresh:
        return 0
    mails = Counter(pk for (pk, _key), item in fresh.items() if item.email and not item.can_wait)
    gathered = {
        (pk, key)
        for (pk, key), item in fresh.items()
        if item.email and (item.can_wait or mails[pk] > MOST_SINGLY)
    }
    # Two tellers at once: the unique keys let the first one in.
    Notification.objects.bulk_create(
        (
            Notification(
                user_id=pk,
                kind=item.kind,
                key=key,
                created_at=at,
                awaits_mail=(pk, key) in gathered,
                **item.said,
            )
            for (pk, key), item in fresh.items()
        ),
        ignore_conflicts=True,
    )
    singly = {
        f"{key}:{pk}": {"user": pk, "mail": "notification", **item.said}
        for (pk, key), item in fresh.items()
        if item.email and (pk, key) not in gathered
    }
    if singly:
        post_mail(singly, at=at)
    if gathered:
        later = timedelta(minutes=settings.DIGEST_MINUTES)
        waits = {pk: at + later for pk, _key in gathered}
        hurries = {pk: at + min(later, CROWD_WAITS) for pk, _key in gathered if mails[pk] > MOST_SINGLY}
        post_digest(waits | hurries, at=at)
    return len(fresh)


MOST_SINGLY = 5
"""Mails that one thing that happens may send to one reader."""

CROWD_WAITS = timedelta(minutes=2)
"""How long a crowd that nobody should wait for is gathered: what makes one is often dealt with in several steps."""


TELL_EACH = """
WITH {news}, told AS (
    INSERT INTO accounts_notification (user_id, key, kind, text, params, url, created_at)
    SELECT user_id, key, %(kind)s, text, params, url, %(at)s FROM news ORDER BY user_id, key
    ON CONFLICT (user_id, key) DO NOTHING
    RETURNING user_id, key, text, params, url
), posted AS (
    INSERT INTO accounts_outboxmessage (channel, key, payload, created_at, due_at, attempts, error)
    SELECT 'email', key || ':' || user_id,
        jsonb_build_object('user', user_id, 'mail', 'notification', 'text', text, 'params', params, 'url', url),
        %(at)s, %(at)s, 0, ''
    FROM told ORDER BY key, user_id
    ON CONFLICT (key) DO NOTHING
)
SELECT count(*) FROM told
"""


def notify_each(news: str, values: Mapping[str, Any], *, kind: str, at: datetime) -> int:
    """What `notify_all` does, by mail too, for what a query finds: one statement, whatever the number.

    `news` is a list of common table expressions, the last named `news` with the columns `user_id`, `key`, `text`,
    `params` (jsonb) and `url` as `News` means them; `values` are its parameters, `kind` and `at` among them.
    """
    with connection.cursor() as cursor:
        cursor.execute(TELL_EACH.format(news=news), {**values, "kind": kind, "at": at})
        (told,) = cursor.fetchone()
    if told:
        ring_on_commit(DELIVER)
    return int(told)


_FORGET_TOLD = """
DELETE FROM accounts_notification
WHERE split_part(url, '/', 2) = %(page)s AND split_part(url, '/', 3) = ANY(%(things)s)
"""
_FORGET_MAILS = """
UPDATE accounts_outboxmessage
SET payload = '{}', dead_at = coalesce(dead_at, %(at)s), error = 'What it spoke of was erased.'
WHERE sent_at IS NULL AND split_part(payload ->> 'url', '/', 2) = %(page)s
    AND split_part(payload ->> 'url', '/', 3) = ANY(%(things)s)
"""


def forget(page: str, things: Iterable[int], *, at: datetime) -> None:
    """Take back what was told of things that are erased, by the page they had, `/<page>/<thing>/…`.

    What stands on people's pages goes; a mail that waits or was given up is emptied and never sent. Two statements,
    each of which reads its table once.
    """
    told: dict[str, Any] = {"page": page, "things": [str(thing) for thing in things], "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_TOLD, told)
        cursor.execute(_FORGET_MAILS, told)


def when(moment: datetime) -> dict[str, str]:
    """A moment among the `params` of a notification."""
    return {"moment": moment.astimezone(UTC).isoformat()}


def in_each_language(say: Callable[[], object]) -> dict[str, str]:
    """The name of a thing among the `params` of a notification, by language: each reads it in their own."""
    said = {}
    for language, _label in settings.LANGUAGES:
        with override(language):
            said[language] = str(say())
    return said


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
    if language in value:
        return value[language]
    if "moment" in value:
        moment = timezone.localtime(datetime.fromisoformat(value["moment"]))
        # Told as a date, never as "today": the sentence is read on another day than it was written.
        return formats.dated(moment, language, today=timezone.localdate())
    if "day" in value:
        day = date.fromisoformat(value["day"])
        return formats.day(day, language, today=timezone.localdate())
    if "number" in value:
        return formats.number(value["number"], language)
    return value
