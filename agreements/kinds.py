"""The kinds of things that are agreed on: each app registers its own at start, so that this one imports none.

A subject is "prefix:key" ("term:12") or the bare prefix where there is one of a kind ("contract").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise

from accounts.models import Role, User
from agreements.consequences import Consequences
from agreements.models import AgreedVersion, Agreement
from agreements.resting import Subjects, provide

NOT_COPIED = frozenset({"id", "agreement"})


@dataclass(frozen=True)
class Section:
    """One labelled part of what is signed, as a reader sees it; empty text where it says nothing.

    `is_criteria`: the software acts by these words, they were written from criteria.
    """

    label: str
    text: str
    is_criteria: bool = False


def plain_sections(version: AgreedVersion) -> list[Section]:
    """Every field of the content under its own name; lists one line an entry."""
    return [Section(_label(version, name), _text(value)) for name, value in version.content().items()]


def copy_fields(version: Any, agreement: Agreement) -> AgreedVersion:
    """An unsaved version that says the same under another agreement; rows of its own are not copied."""
    names = [entry.attname for entry in version._meta.concrete_fields if entry.name not in NOT_COPIED]
    copied: AgreedVersion = type(version)(
        agreement=agreement, **{name: getattr(version, name) for name in names}
    )
    return copied


def unknown_consequences(new: AgreedVersion, old: AgreedVersion | None, at: datetime) -> Consequences | None:
    """The kind cannot say what would follow."""
    return None


def nothing_more(old: AgreedVersion, new: AgreedVersion) -> None:
    """The version has no rows of its own."""


def nothing_refused(version: AgreedVersion) -> Mapping[str, str]:
    """Whatever fits its fields may be written."""
    return {}


def nothing_in_the_way(version: AgreedVersion) -> list[str]:
    """Whatever it says may come into force."""
    return []


def nothing_follows(version: AgreedVersion, at: datetime) -> None:
    """Who asks reads the version in force: there is nothing else to be changed."""


@dataclass(frozen=True)
class Kind:
    """What this app must know of a versioned thing: how it is called, shown, copied, and whom it concerns.

    `drafted_by` and `commented_by` are roles (whoever drafts or signs may comment as well); `read_by` the roles that
    must have read each version in force. `consequences(new, old, at)` is asked when an open version is shown: `old`
    is what it would replace, None when there is nothing. It must answer within a page's time, and says
    what it did not find in it (`consequences.cut_off`). `followed` is asked where
    one that was in force is shown: what it did then, and who stays apart from it now.

    `refused` says in sentences, by field, what no draft may say; it is asked where one is written, and only of what is
    written then: what was signed before there was a limit stays as it is.

    `obstacles` says in sentences what keeps a version from coming into force as things stand; it is asked where one is
    proposed and signed, and where its agreed moment has come: until nothing is in the way it waits. What must not be
    signed but does no harm to what is signed already is left out of `later_obstacles`. `take_effect` is
    called in the transaction that puts a version in force, and cannot refuse.

    `ends` says in sentences what is over once such a thing is retired; without any it cannot be, and of a kind some
    may be needed for good (`may_end`). The database constraint that keeps two such things from bearing one name is
    `name_constraint`.

    `those_there` says in a sentence what was chosen for the contacts that are there already; empty where nothing was.

    `resting` are the subjects of those that are in force and asked of nobody (`agreements.resting`), `rests` says why
    to whoever reads one.
    """

    prefix: str
    label: str | Promise
    model: type[AgreedVersion]
    title: Callable[[Any], str]
    url: Callable[[Any], str]
    edit_url: Callable[[Any], str]
    drafted_by: frozenset[str] = frozenset({Role.MARKETER, Role.MANAGER, Role.ADMIN})
    commented_by: frozenset[str] = frozenset(Role.values)
    read_by: frozenset[str] = frozenset(Role.values)
    related: tuple[str, ...] = ()
    sections: Callable[[Any], list[Section]] = plain_sections
    copy_rows: Callable[[Any, Any], None] = nothing_more
    consequences: Callable[[Any, Any, datetime], Consequences | None] = unknown_consequences
    followed: Callable[[Any, Any, datetime], Consequences | None] = unknown_consequences
    refused: Callable[[Any], Mapping[str, str]] = nothing_refused
    obstacles: Callable[[Any], list[str]] = nothing_in_the_way
    later_obstacles: Callable[[Any], list[str]] | None = None
    take_effect: Callable[[Any, datetime], None] = nothing_follows
    those_there: Callable[[Any], str] = lambda version: ""
    icon: str = "file-text"
    ends: tuple[str | Promise, ...] = ()
    may_end: Callable[[Any], bool] = lambda version: True
    name_constraint: str = ""
    resting: Subjects | None = None
    rests: str | Promise = ""

    def obstacles_on_its_day(self, version: AgreedVersion) -> list[str]:
        """What keeps a version that both sides have signed from coming into force."""
        return (self.later_obstacles or self.obstacles)(version)

    def versions(self) -> models.QuerySet[Any]:
        return self.model._default_manager.select_related("agreement", *self.related)

    def version_of(self, agreement: Agreement) -> Any:
        return self.versions().get(agreement=agreement)

    def may_draft(self, role: str) -> bool:
        return role in self.drafted_by

    def may_comment(self, user: User) -> bool:
        """Whoever drafts or signs has a say as well."""
        return user.is_active and (user.role in self.commented_by | self.drafted_by or user.may_sign)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Called in `AppConfig.ready`; the same kind twice is harmless."""
    _kinds[kind.prefix] = kind
    if kind.resting is not None:
        provide(kind.prefix, kind.resting)


def kinds_read_by(role: str) -> list[Kind]:
    """What people of that role must have read."""
    return [kind for kind in _kinds.values() if role in kind.read_by]


def kind_of(subject: str) -> Kind:
    """KeyError for a subject that no app registered."""
    return _kinds[subject.partition(":")[0]]


def is_known(subject: str) -> bool:
    return subject.partition(":")[0] in _kinds


def versions_of(agreements: Iterable[Agreement]) -> dict[int, Any]:
    """Agreement id → its version, in one query a kind; agreements of no kind are left out."""
    by_prefix: dict[str, list[int]] = {}
    for agreement in agreements:
        by_prefix.setdefault(agreement.subject.partition(":")[0], []).append(agreement.pk)
    return {
        version.agreement_id: version
        for prefix, ids in by_prefix.items()
        if prefix in _kinds
        for version in _kinds[prefix].versions().filter(agreement__in=ids)
    }


def _label(version: AgreedVersion, name: str) -> str:
    try:
        return str(version._meta.get_field(name).verbose_name)  # type: ignore[union-attr] # relations have none
    except (AttributeError, FieldDoesNotExist):
        return name.replace("_", " ")


def _text(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list | tuple):
        return "\n".join(_text(entry) for entry in value)
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_text(entry)}" for key, entry in value.items())
    return str(value)
