"""The facts that criteria may speak of; contacts live in a higher app, which provides them at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import get_language

from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.sentences import sentence


class Counting(Protocol):
    """How many contacts each tree is true of, in their order; one statement."""

    def __call__(self, nodes: Sequence[Node], *, at: datetime, catalogue: Catalogue) -> Sequence[int]: ...


@dataclass(frozen=True)
class Provider:
    catalogue: Callable[[], Catalogue]
    count: Counting


_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Called in the `ready` of the app that knows contacts."""
    _providers[:] = [provider]


def catalogue() -> Catalogue:
    """The facts of a contact; costs what the provider costs, so read it once a request."""
    return _providers[0].catalogue()


def count(nodes: Sequence[Node], *, at: datetime, facts: Catalogue) -> Sequence[int]:
    """How many contacts each of the trees is true of."""
    return _providers[0].count(nodes, at=at, catalogue=facts)


def said(tree: Mapping[str, Any] | None, facts: Catalogue, language: str = "") -> str:
    """The criteria as a whole sentence in that language, or the reader's; raw if they cannot be read any more."""
    if not tree:
        return ""
    try:
        words = sentence(parse(tree, facts), facts, language or get_language() or "en")
    except CriteriaError:
        return str(tree)
    return f"{words[:1].upper()}{words[1:]}."
