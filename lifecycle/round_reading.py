"""A definition round as its pages show it to one reader: how far it is, and once revealed the texts by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count

from accounts.models import Side, User
from lifecycle.models import DefinitionRound, RoundEntry, RoundVote
from lifecycle.rounds import may_close
from lifecycle.shared_words import Piece, marked


@dataclass(frozen=True)
class Answer:
    """A revealed text, cut into pieces, with its voices."""

    entry: RoundEntry
    pieces: list[Piece]
    votes: int
    is_voted: bool


@dataclass(frozen=True)
class Half:
    """The texts of one side; `side` is empty for people of no team."""

    side: str
    answers: list[Answer]


@dataclass(frozen=True)
class RoundReading:
    """One round and its reader. Everything written comes through `visible_to`."""

    round: DefinitionRound
    reader: User

    @property
    def is_blind(self) -> bool:
        return self.round.revealed_at is None

    @property
    def is_voting(self) -> bool:
        return not self.is_blind and self.round.closed_at is None

    @cached_property
    def mine(self) -> RoundEntry | None:
        """The reader's place in the round; None for somebody who was not asked."""
        return RoundEntry.objects.filter(round=self.round, user=self.reader).first()

    @cached_property
    def asked(self) -> int:
        return RoundEntry.objects.filter(round=self.round).count()

    @cached_property
    def written(self) -> int:
        """How many, never who."""
        return RoundEntry.objects.filter(round=self.round).written().count()

    @property
    def may_close(self) -> bool:
        return self.is_voting and may_close(self.reader, self.round)

    @cached_property
    def _votes(self) -> dict[int, int]:
        counted = RoundVote.objects.filter(round=self.round).values_list("entry").annotate(Count("pk"))
        return dict(counted.order_by())

    @cached_property
    def my_vote(self) -> int | None:
        mine = RoundVote.objects.visible_to(self.reader).filter(round=self.round)
        return mine.values_list("entry", flat=True).first()

    @cached_property
    def halves(self) -> list[Half]:
        """Marketing, sales, and people of no team if any wrote; the most voices first. Empty while blind."""
        if self.is_blind:
            return []
        visible = RoundEntry.objects.visible_to(self.reader).filter(round=self.round).written()
        entries = list(visible.select_related("user__team"))
        sides: dict[str, list[RoundEntry]] = {side: [] for side in (*Side.values, "")}
        for entry in entries:
            sides[entry.user.side or ""].append(entry)
        pieces = marked({side: [entry.text for entry in written] for side, written in sides.items()})
        return [
            Half(side, self._ranked(written, pieces[side]))
            for side, written in sides.items()
            if side or written
        ]

    def _ranked(self, entries: list[RoundEntry], pieces: list[list[Piece]]) -> list[Answer]:
        answers = [
            Answer(entry, cut, self._votes.get(entry.pk, 0), entry.pk == self.my_vote)
            for entry, cut in zip(entries, pieces, strict=True)
        ]
        return sorted(answers, key=lambda answer: -answer.votes)

    @property
    def voices(self) -> int:
        return sum(self._votes.values())

    @property
    def leading(self) -> Answer | None:
        """The text with most voices; None without any, or when two share the lead."""
        ranked = sorted((one for half in self.halves for one in half.answers), key=lambda one: -one.votes)
        if not ranked or not ranked[0].votes or (len(ranked) > 1 and ranked[1].votes == ranked[0].votes):
            return None
        return ranked[0]


def latest_round(term_id: int, reader: User) -> RoundReading | None:
    """The running or the last round on a term."""
    rounds = DefinitionRound.objects.visible_to(reader).filter(term=term_id)
    found = rounds.select_related("term", "started_by", "chosen__user").order_by("-started_at").first()
    return RoundReading(found, reader) if found else None
