"""What the contacts' list offers beside its rows: views of one's own, owners and statuses to give. One query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from django.db.models import CharField, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast

from accounts.models import SavedView, User
from leads.access import may_steer
from leads.forms import BulkForm, owners_to_give
from lifecycle.models import Status

PAGE: Final = "contacts"


class _Offer(NamedTuple):
    """A row of the one query; what the words are depends on the kind."""

    kind: str
    key: str
    place: int
    words: tuple[str, str, str]


@dataclass
class Offers:
    """Views, owners and statuses in the order of their pages."""

    views: list[SavedView] = field(default_factory=list)
    owners: list[User] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)

    def bulk_form(self) -> BulkForm:
        """Unbound, with what was read."""
        return BulkForm.offering(self.owners, self.statuses)


def offered_to(user: User) -> Offers:
    """One's own views and those a colleague of the team shares; what to give, for who may give it."""
    mine = Q(user=user)
    if user.team_id:
        mine |= Q(shared=True, user__team_id=user.team_id)
    asked: list[QuerySet[Any, Any]] = [
        _columns(SavedView.objects.filter(mine, page=PAGE), "view", "name", "query", Value(""))
    ]
    if may_steer(user):
        asked += [
            _columns(owners_to_give(), "owner", "first_name", "last_name", "email"),
            _columns(Status.objects.all(), "status", "name_en", "name_fr", Value(""), place="position"),
        ]
    found = Offers()
    for kind, key, place, words in sorted(_rows(asked), key=_in_order):
        if kind == "view":
            found.views.append(SavedView(pk=int(key), name=words[0], query=words[1]))
        elif kind == "owner":
            found.owners.append(User(pk=int(key), first_name=words[0], last_name=words[1], email=words[2]))
        else:
            found.statuses.append(Status(key=key, name_en=words[0], name_fr=words[1], position=place))
    return found


def _columns(rows: QuerySet[Any], kind: str, *words: Any, place: str = "") -> QuerySet[Any, Any]:
    return rows.order_by().values_list(
        Value(kind),
        Cast("pk", CharField()),
        Cast(place, IntegerField()) if place else Value(0),
        *(Cast(word, CharField()) for word in words),
    )


def _rows(asked: list[QuerySet[Any, Any]]) -> Iterator[_Offer]:
    first, *rest = asked
    for kind, key, place, *words in first.union(*rest, all=True) if rest else first:
        yield _Offer(kind, key, place, (words[0], words[1], words[2]))


def _in_order(offer: _Offer) -> tuple[str, int, str, str]:
    """Statuses by their place, views by name, people by last name."""
    one, two, _three = offer.words
    name = (two, one) if offer.kind == "owner" else (one, two)
    return (offer.kind, offer.place, name[0].casefold(), name[1].casefold())
