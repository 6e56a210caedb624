"""The facts that criteria may speak of; contacts live in a higher app, which provides them at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import get_language

from accounts.models import User
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node, Path
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.sentences import sentence
from lifecycle.models import Stage, StageDefinition, Status


class TakesLongError(Exception):
    """The database would need too long to answer; `path` is the place of the criterion that costs most."""

    def __init__(self, path: Path = ()) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True)
class Example:
    """A contact as the builder shows it: who, the page, and the facts that decide."""

    name: str
    url: str
    why: str


@dataclass(frozen=True)
class Trial:
    """Whom criteria would let in: how many, some of those, and some whom one criterion keeps out."""

    count: int
    matching: tuple[Example, ...]
    nearly: tuple[Example, ...]


class Counting(Protocol):
    """How many of the contacts that the person sees each tree is true of, in their order; one statement.

    Raise TakesLongError.
    """

    def __call__(
        self, nodes: Sequence[Node], *, reader: User, at: datetime, catalogue: Catalogue
    ) -> Sequence[int]: ...


class Trying(Protocol):
    """Whom of those that the person sees the tree would let in. Raise TakesLongError."""

    def __call__(self, node: Node, *, reader: User, at: datetime, catalogue: Catalogue) -> Trial: ...


@dataclass(frozen=True)
class Publication:
    """How far everybody is held against a definition that came into force; `finished_at` is None meanwhile.

    `url`: the page of whom it moved.
    """

    done: int
    total: int
    moved: int
    finished_at: datetime | None
    url: str


class Timing(Protocol):
    """Nothing where a batch of contacts is held against the tree in good time. Raise TakesLongError."""

    def __call__(self, node: Node, *, at: datetime, catalogue: Catalogue) -> None: ...


@dataclass(frozen=True)
class Provider:
    catalogue: Callable[[], Catalogue]
    count: Counting
    examine: Trying
    check_time: Timing
    replay_path: Callable[[Stage | Status], str]
    publication: Callable[[StageDefinition], Publication | None]


_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Called in the `ready` of the app that knows contacts."""
    _providers[:] = [provider]


def catalogue() -> Catalogue:
    """The facts of a contact; costs what the provider costs, so read it once a request."""
    return _providers[0].catalogue()


def count(nodes: Sequence[Node], *, reader: User, at: datetime, facts: Catalogue) -> Sequence[int]:
    """How many of the contacts that the person sees each of the trees is true of. Raise TakesLongError."""
    return _providers[0].count(nodes, reader=reader, at=at, catalogue=facts)


def examine(node: Node, *, reader: User, at: datetime, facts: Catalogue) -> Trial:
    """Whom of those that the person sees the tree would let in. Raise TakesLongError."""
    return _providers[0].examine(node, reader=reader, at=at, catalogue=facts)


def check_time(node: Node, *, at: datetime, facts: Catalogue) -> None:
    """Raise TakesLongError where even a batch of contacts would wait too long for the tree."""
    _providers[0].check_time(node, at=at, catalogue=facts)


def replay_path(place: Stage | Status) -> str:
    """Where the definition of that stage or status is tried on the past."""
    return _providers[0].replay_path(place)


def publication(definition: StageDefinition) -> Publication | None:
    """How far everybody is held against it; None where nobody is."""
    return _providers[0].publication(definition)


def said(tree: Mapping[str, Any] | None, facts: Catalogue, language: str = "") -> str:
    """The criteria as a whole sentence in that language, or the reader's; raw if they cannot be read any more."""
    words = phrase(tree, facts, language) if tree else ""
    return f"{words[:1].upper()}{words[1:]}." if words else str(tree or "")


def phrase(tree: Mapping[str, Any], facts: Catalogue, language: str = "") -> str:
    """The criteria as part of a sentence; empty if they cannot be read any more."""
    try:
        return sentence(parse(tree, facts), facts, language or get_language() or "en")
    except CriteriaError:
        return ""
