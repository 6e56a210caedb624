"""What every page's frame needs, computed only when a page draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Self

from django.db import connection
from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from accounts.models import Notification, Team, User
from agreements.adoption import to_read
from agreements.models import Agreement
from lifecycle.wordbook import Stamp, remember_stamp, stamp_columns
from sla.models import Handoff
from smarketing import navigation
from smarketing.navigation import Group, Item

#: Badge key → the rows it counts for a person.
COUNTED: Mapping[str, Callable[[User], QuerySet[Any]]] = {
    "queue": lambda user: Handoff.objects.of_rep(user).open(),
    "desk": lambda user: Handoff.objects.visible_to(user).filter(
        state=Handoff.State.REJECTED, answered_at=None
    ),
    "to_sign": Agreement.objects.to_sign_by,
    "to_read": to_read,
    "unread": lambda user: Notification.objects.visible_to(user).unread(),
}


def count_of(rows: QuerySet[Any]) -> Coalesce:
    """The number of rows as a column, so that all badges cost one query."""
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


@dataclass(frozen=True)
class Reader:
    """All of a person that a badge may depend on."""

    pk: int
    role: str
    is_active: bool
    may_sign: bool
    team: int | None
    side: str

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(user.pk, user.role, user.is_active, user.may_sign, user.team_id, user.side or "")

    def user(self) -> User:
        """Made of these facts alone, so that what was written for it holds for everybody who shares them."""
        team = Team(pk=self.team, side=self.side) if self.team else None
        return User(pk=self.pk, role=self.role, is_active=self.is_active, may_sign=self.may_sign, team=team)


@lru_cache(maxsize=1024)
def statement(reader: Reader) -> tuple[str, tuple[Any, ...]]:
    """All badges of one person as one statement: writing it takes longer than its answer."""
    user = reader.user()
    columns = {key: count_of(rows(user)) for key, rows in COUNTED.items()}
    query = User.objects.filter(pk=user.pk).values_list(*columns.values(), *stamp_columns())
    sql, parameters = query.query.sql_with_params()
    return sql, tuple(parameters)


def asked(user: User) -> tuple[dict[str, int], Stamp]:
    """Every badge of that person, and the state of the glossary, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(*statement(Reader.of(user)))
        *counts, last, since, known = cursor.fetchone() or (*(0 for _ in COUNTED), None, None, 0)
    return dict(zip(COUNTED, counts, strict=True)), (last, since, known)


@dataclass(frozen=True)
class Line:
    """An item as drawn: with its badge and whether the reader is there."""

    item: Item
    count: int
    current: bool
    hot: bool = False


class Shell:
    """The frame around a page for one request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._path = request.path
        self._user: Any = getattr(request, "user", None)

    @property
    def is_signed_in(self) -> bool:
        return bool(self._user and self._user.is_authenticated)

    @property
    def role(self) -> str:
        return getattr(self._user, "role", "") if self.is_signed_in else ""

    @property
    def theme(self) -> str:
        """The person's choice; before sign-in, the system's."""
        return getattr(self._user, "theme", "system") if self.is_signed_in else "system"

    @property
    def single_keys(self) -> bool:
        return bool(getattr(self._user, "single_keys", True))

    @property
    def home(self) -> str:
        return navigation.home_of(self.role)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Asked when the first badge is drawn; nobody signed in costs nothing."""
        if not self.is_signed_in:
            return {}
        found, state = asked(self._user)
        remember_stamp(self._request, state)
        return found

    @cached_property
    def groups(self) -> tuple[tuple[Group, tuple[Line, ...]], ...]:
        return tuple(
            (group, tuple(self._line(item) for item in items))
            for group, items in navigation.groups_for(self.role)
        )

    @cached_property
    def tabs(self) -> tuple[Line, ...]:
        return tuple(self._line(item) for item in navigation.tabs_for(self.role))

    @property
    def settings(self) -> Line | None:
        return self._line(navigation.SETTINGS) if navigation.exists(navigation.SETTINGS.path) else None

    @property
    def unread(self) -> int:
        return self.counts.get("unread", 0)

    def _line(self, item: Item) -> Line:
        """The urgent count stands alone; where there is none, what else waits is shown calmly."""
        count = self.counts.get(item.count, 0)
        return Line(
            item=item,
            count=count or self.counts.get(item.else_count, 0),
            current=item.covers(self._path),
            hot=item.hot and count > 0,
        )


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: `shell` in every template."""
    return {"shell": Shell(request)}
