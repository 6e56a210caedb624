"""The list a contact was opened from, and who stands beside the contact there; it keeps no list of ids.

The address carries the filters of the list and, for the eye, which of how many it was. Neighbours are found from the
contact's own place in the order, at the same cost in a list of ten and of a million.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Role, User
from leads.contact_filters import neighbour_in_list
from leads.models import Contact
from lib import formats
from sla.views.queue import SHOWN, lists_of
from smarketing.navigation import CONTACTS, QUEUE, TEAM_QUEUE, Item

MOST_LETTERS: Final = 600
"""Of a list's filters in an address; longer ones are left out, and the list is then the whole one."""


@dataclass(frozen=True, slots=True)
class Place:
    """`query` are the filters of the list, `number` of `total` which one it was, as far as the address says."""

    kind: str
    item: Item
    query: str = ""
    number: int | None = None
    total: int | None = None
    is_about: bool = False

    @property
    def label(self) -> str | Promise:
        return self.item.label

    @property
    def url(self) -> str:
        """The list with its filters."""
        return f"{self.item.path}?{self.query}" if self.query else self.item.path

    @property
    def kept(self) -> str:
        """What the addresses of this contact carry on, with its question mark; nothing where no list is known."""
        if not self.kind:
            return ""
        total = f"{'~' if self.is_about else ''}{self.total}" if self.total else ""
        pairs = {"from": self.kind, "list": self.query, "n": self.number or "", "of": total}
        return "?" + urlencode({name: value for name, value in pairs.items() if value})

    @property
    def words(self) -> str:
        """Which of how many: “2 of 8”."""
        if not self.number:
            return ""
        language = get_language() or "en"
        numbers = {"n": formats.number(self.number, language)}
        if not self.total or self.total < self.number:
            return numbers["n"]
        numbers["all"] = formats.number(self.total, language)
        return (_("%(n)s of about %(all)s") if self.is_about else _("%(n)s of %(all)s")) % numbers

    def beside(self, step: int) -> Place:
        return replace(self, number=max(self.number + step, 1)) if self.number else self


def place_of(query: Mapping[str, Any], user: User) -> Place:
    """From the address; without a list in it, all contacts and no neighbours."""
    kind, total = query.get("from", ""), query.get("of", "")
    if kind not in ("contacts", "queue"):
        return Place("", CONTACTS)
    asked = query.get("list", "")
    own_queue = QUEUE if user.role == Role.REP else TEAM_QUEUE
    return Place(
        kind,
        own_queue if kind == "queue" else CONTACTS,
        asked if len(asked) <= MOST_LETTERS else "",
        _number(query.get("n", "")),
        _number(total.removeprefix("~")),
        total.startswith("~"),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def neighbour(place: Place, contact: Contact, user: User, *, step: int, at: datetime) -> int | None:
    """Who comes next in the list, or before for a step of −1; None at its end. A handful of queries."""
    if place.kind == "queue":
        return _beside_in_queue(place, contact, user, step)
    return neighbour_in_list(contact, QueryDict(place.query), user=user, at=at, backwards=step < 0)


def _beside_in_queue(place: Place, contact: Contact, user: User, step: int) -> int | None:
    """In the lines that the queue shows; whoever has left it since gave the place to the next one."""
    lists = lists_of(user)
    show = QueryDict(place.query).get("show", "")
    shown = lists.get(show) if show in lists else next(iter(lists.values()))
    ids = list(shown.values_list("contact_id", flat=True)[:SHOWN]) if shown is not None else []
    gone = (place.number or 1) - 1 + min(step, 0)
    wanted = ids.index(contact.pk) + step if contact.pk in ids else gone
    return ids[wanted] if 0 <= wanted < len(ids) else None
