"""What the contacts' list offers beside its rows: views of one's own, owners and statuses to give. One query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django.db.models import CharField, IntegerField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts.models import SavedView, User
from leads.access import may_steer
from leads.forms import BulkForm, Pairs, SavedViewForm, owners_to_give
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

    def bulk_fields(self) -> Mapping[str, SafeString]:
        """The fields of a change of many, drawn once for all who are offered the same."""
        owners = tuple((person.pk, str(person)) for person in self.owners)
        statuses = tuple((status.key, str(status)) for status in self.statuses)
        return _bulk_fields(get_language(), owners, statuses)


@lru_cache(maxsize=64)
def _bulk_fields(language: str | None, owners: Pairs, statuses: Pairs) -> Mapping[str, SafeString]:
    del language  # of the words around
    form = BulkForm.offering(owners, statuses)
    return MappingProxyType({name: form[name].as_widget() for name in ("owner", "status", "recontact_on")})


def name_of_view() -> SafeString:
    """The field for the name of a view to be saved, drawn once a language."""
    return _name_of_view(get_language())


@lru_cache(maxsize=8)
def _name_of_view(language: str | None) -> SafeString:
    del language  # of the words
    return SafeString(as_crispy_field(SavedViewForm()["name"]))  # type: ignore[no-untyped-call]  # crispy has no types


def offered_to(user: User) -> Offers:
    """One's own views and those a colleague of the team shares; what to give, for who may give it."""
    views = SavedView.objects.visible_to(user).filter(page=PAGE)
    asked: list[QuerySet[Any, Any]] = [_columns(views, "view", "name", "query", Value(""))]
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
