"""What every page's frame needs, computed only when a page draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from accounts.models import Notification, User
from agreements.adoption import to_read
from agreements.models import Agreement
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


def badges(user: User) -> dict[str, int]:
    """Every badge of that person in one query."""
    columns = {key: count_of(rows(user)) for key, rows in COUNTED.items()}
    found = User.objects.filter(pk=user.pk).values_list(*columns.values())
    return dict(zip(columns, found[0], strict=True))


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
        return badges(self._user) if self.is_signed_in else {}

    @cached_property
    def groups(self) -> list[tuple[Group, list[Line]]]:
        return [
            (group, [self._line(item) for item in items]) for group, items in navigation.groups_for(self.role)
        ]

    @cached_property
    def tabs(self) -> list[Line]:
        return [self._line(item) for item in navigation.tabs_for(self.role)]

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
