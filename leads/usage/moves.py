"""Moves by hand, to a stage or a status, of contacts that its definition then in force did not admit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from itertools import zip_longest
from operator import or_
from typing import Final

from django.db.models import Count, F, Func, JSONField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import Side, User
from leads.definitions import Definition
from leads.facts import COLUMNS, TOUCH_ROWS, contact_catalogue, snapshots
from leads.models import Contact, Origin, Transition
from leads.replay.asked import speaks_of_scores
from leads.replay.known import SCORES, columns, needed
from leads.replay.scores import scores_then
from leads.scoring.arithmetic import Scores
from leads.usage.words import LOOKED_BACK
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.evaluate import Snapshot, evaluate
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.reasons import reason
from lifecycle.criteria_sql import Column, compile_q

MOST: Final = 100
"""Moves that a list shows; all are counted. A list of more is not worked off, it is a new definition."""


@dataclass(frozen=True)
class MoveAgainst:
    """A contact that a person moved there though the definition then in force did not hold of it."""

    contact: Contact
    at: datetime
    side: str
    lacking: str


@dataclass(frozen=True)
class Moves:
    """All moves by hand against one definition: how many of each side, and the last of them."""

    of_side: Mapping[str, int]
    last: Sequence[MoveAgainst] = ()

    def __len__(self) -> int:
        return sum(self.of_side.values())

    @property
    def by_side(self) -> list[tuple[str, int]]:
        """In the order of the teams; what is of no team is left out."""
        return [(side, self.of_side[side]) for side in Side.values if self.of_side.get(side)]


def moves_against(definition: Definition, *, reader: User, at: datetime, side: str = "") -> Moves:
    """Of the last ninety days and of contacts the reader sees, since the definition is in force; with `side`, those
    that its people made. Six queries, and for criteria that speak of scores one a scoring model since.

    Touches and scores are those of the moment of the move; what has been learned of a contact since speaks for it,
    so that nobody is counted for what they knew and had not written yet.
    """
    asked = _Asked.of([definition], contact_catalogue(), at=at)
    if not asked.nodes:
        return Moves({})
    rows = asked.against(reader)
    rows = rows.filter(actor__team__side=side) if side else rows
    place = definition.place.covers
    return Moves(_counted(rows).get(place, {}), asked.told(place, rows))


def moves_counted(definitions: Iterable[Definition], *, reader: User, at: datetime) -> dict[str, Moves]:
    """Place (“stage:mql”, “status:lost”) → how many moves of each side, for all these definitions at once.

    As many queries for thirty as for one.
    """
    asked = _Asked.of(definitions, contact_catalogue(), at=at)
    counted = _counted(asked.against(reader))
    return {place: Moves(counted.get(place, {})) for place in asked.nodes}


def _counted(rows: QuerySet[Transition]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    of_side = rows.order_by().values("kind", "to_value", "actor__team__side").annotate(n=Count("pk"))
    for kind, key, side, number in of_side.values_list("kind", "to_value", "actor__team__side", "n"):
        found.setdefault(f"{kind}:{key}", {})[side or ""] = number
    return found


@dataclass(frozen=True)
class _Asked:
    """The definitions, by their place, with the moves that are held against each."""

    nodes: Mapping[str, Node]
    since: Mapping[str, datetime]
    catalogue: Catalogue
    at: datetime

    @classmethod
    def of(cls, definitions: Iterable[Definition], catalogue: Catalogue, *, at: datetime) -> _Asked:
        """Without those that this installation can no longer read."""
        nodes: dict[str, Node] = {}
        since: dict[str, datetime] = {}
        for definition in definitions:
            try:
                nodes[definition.place.covers] = parse(definition.criteria, catalogue)
            except CriteriaError:
                continue
            begun = definition.agreement.in_force_from or at
            since[definition.place.covers] = max(begun, at - LOOKED_BACK)
        return cls(nodes, since, catalogue, at)

    def made(self, places: Iterable[str], reader: User) -> QuerySet[Transition]:
        """The moves by hand to these places, whether against the definition or not."""
        wanted = reduce(or_, (_to(place) & Q(at__gte=self.since[place]) for place in places), Q(pk=None))
        rows = Transition.objects.visible_to(reader).filter(wanted)
        return rows.filter(origin=Origin.PERSON, at__lte=self.at, undoes=None, undone_by=None)

    def against(self, reader: User) -> QuerySet[Transition]:
        """Those of which the definition did not hold at their moment."""
        scored = [place for place, node in self.nodes.items() if speaks_of_scores(node)]
        rows = self.made(self.nodes, reader)
        if scored:
            rows = rows.alias(scored=_scores_of(self._scores(scored, reader)))
        unmet = (
            _to(place)
            & ~compile_q(
                node,
                self.catalogue,
                at=F("at"),
                touches=TOUCH_ROWS,
                subject="contact",
                columns=self._columns(node),
            )
            for place, node in self.nodes.items()
        )
        return rows.filter(reduce(or_, unmet, Q(pk=None)))

    def _scores(self, places: Sequence[str], reader: User) -> dict[int, Scores]:
        moves = list(self.made(places, reader).values_list("pk", "contact_id", "at"))
        found = scores_then([(contact, at) for _pk, contact, at in moves], self.catalogue)
        return {pk: scores for (pk, *_move), scores in zip(moves, found, strict=True) if scores}

    def _columns(self, node: Node) -> Mapping[str, Column]:
        """Answers and deals as they are now, scores as they were then."""
        scores = [fact for fact in needed(node, self.catalogue) if fact.key in SCORES]
        now = {key: _as_of(self.at, column) for key, column in COLUMNS.items()}
        return {**now, **columns(scores, path="scored")}

    def told(self, place: str, rows: QuerySet[Transition]) -> list[MoveAgainst]:
        """The last of these moves to the place, each with what was lacking then."""
        node = self.nodes[place]
        last = list(rows.select_related("contact", "actor__team").order_by("-at", "-pk")[:MOST])
        contacts = Contact.objects.filter(pk__in=[move.contact_id for move in last])
        known = snapshots(contacts, at=self.at, catalogue=self.catalogue, node=node)
        pairs = [(move.contact_id, move.at) for move in last] if speaks_of_scores(node) else []
        scored = scores_then(pairs, self.catalogue)
        return [
            MoveAgainst(
                move.contact,
                move.at,
                (move.actor and move.actor.side) or "",
                self._lacking(node, _as_then(known[move.contact_id], scores), at=move.at),
            )
            for move, scores in zip_longest(last, scored)
        ]

    def _lacking(self, node: Node, snapshot: Snapshot, *, at: datetime) -> str:
        language = get_language() or "en"
        leaves = evaluate(node, snapshot, at=at, catalogue=self.catalogue).leaves()
        unmet = [
            reason(leaf, self.catalogue, language, at=timezone.localtime(at))
            for leaf in leaves
            if not leaf.holds
        ]
        return ", ".join(dict.fromkeys(unmet[:3]))


def _to(place: str) -> Q:
    kind, _colon, key = place.partition(":")
    return Q(kind=kind, to_value=key)


def _as_of(at: datetime, column: Column) -> Column:
    return lambda frame: column(replace(frame, at=at))


def _as_then(known: Snapshot, scores: Scores | None) -> Snapshot:
    """With the scores of the moment of the move."""
    then = {
        fact: getattr(scores, column) for fact, column in SCORES.items() if scores and fact in known.facts
    }
    return Snapshot({**known.facts, **then}, known.touches)


def _scores_of(scores: Mapping[int, Scores]) -> Func:
    """The scores of a move's moment as an object that criteria read like facts of the past."""
    told = {
        str(move): {fact: _plain(getattr(found, column)) for fact, column in SCORES.items()}
        for move, found in scores.items()
    }
    return Func(
        Value(told, output_field=JSONField()),
        Cast("pk", TextField()),
        function="jsonb_extract_path",
        output_field=JSONField(),
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
