"""Words and definitions side by side: who has accepted them, who classifies by them, who writes and moves by them.

Of each term both teams stand under each other, so that one sees where it has not arrived, and in which way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.models import Side, User
from agreements.adoption import Adoption, Share, adoption_of
from agreements.models import Agreement
from agreements.overview import Panel
from leads.definitions import Definition, definitions_about, places_of
from leads.quizzes.reading import QuizReading, latest_quizzes
from leads.usage.moves import Moves, moves_counted
from leads.usage.words import Found, misuses
from lifecycle.glossary import Entry, entries, stage_order
from lifecycle.models import TermVersion

EVERYBODY: Final = ""


@dataclass(frozen=True)
class Line:
    """A team, or everybody, over one term. None is what nobody asked, or what too few answered to be shown."""

    side: str
    accepted: Share | None
    kept: tuple[int, int] | None
    alpha: float | None
    words: int | None
    moves: int | None

    @property
    def kept_share(self) -> float | None:
        return self.kept[0] / self.kept[1] if self.kept and self.kept[1] else None


@dataclass(frozen=True)
class Row:
    """One term in force."""

    entry: Entry
    definition: Definition | None
    quiz: QuizReading | None
    lines: Sequence[Line]


@dataclass(frozen=True)
class Board:
    """What was signed, forbids a word or has a definition; `left_out` counts the other terms in force."""

    rows: Sequence[Row]
    left_out: int


def board_for(reader: User, *, at: datetime) -> Board:
    """A fixed number of queries for any number of terms and definitions, and two a scoring model that criteria ask."""
    found = _entries()
    about = {entry.term.pk: places_of(entry.term, entry.in_force) for entry in found}
    definitions = definitions_about(place for places in about.values() for place in places)
    places = {
        term: next((place for place in named if place in definitions), "") for term, named in about.items()
    }
    signed = _signed(found)
    asked = [
        entry
        for entry in found
        if entry.shown.agreement_id in signed or entry.shown.forbidden_synonyms or places[entry.term.pk]
    ]
    adoption = adoption_of(entry.shown.agreement for entry in asked if entry.shown.agreement_id in signed)
    quizzes = latest_quizzes([entry.term.pk for entry in asked], reader)
    words = misuses({entry.term.pk: entry.shown.forbidden_synonyms for entry in asked}, reader=reader, at=at)
    moves = moves_counted(definitions.values(), reader=reader, at=at)
    rows = []
    for entry in asked:
        term, place = entry.term.pk, places[entry.term.pk]
        quiz = quizzes.get(term)
        lines = _Lines(
            adoption if entry.shown.agreement_id in signed else None,
            quiz if quiz and quiz.shows_results else None,
            words.get(term, []) if entry.shown.forbidden_synonyms else None,
            moves.get(place),
        )
        rows.append(Row(entry, definitions.get(place), quiz, lines.of(entry.shown.agreement)))
    return Board(rows, len(found) - len(asked))


def board_panel(reader: User, at: datetime) -> Panel:
    """On the page of adoption."""
    return Panel("leads/usage/_board.html", board_for(reader, at=at))


def _entries() -> list[Entry]:
    """Terms in force: those of the loop in its order, then the others by name. Three queries."""
    versions = TermVersion.objects.in_force().filter(term__is_retired=False)
    places = stage_order()
    found = entries(versions.select_related("term", "agreement"))
    return sorted(found, key=lambda entry: places.get(entry.term.covers, len(places)))


def _signed(found: Sequence[Entry]) -> set[int]:
    """Versions that were signed by somebody, so that everybody else is asked to accept them."""
    agreed = Agreement.objects.agreed_on().filter(pk__in=[entry.shown.agreement_id for entry in found])
    return set(agreed.values_list("pk", flat=True))


@dataclass(frozen=True)
class _Lines:
    """What is known of one term."""

    adoption: Adoption | None
    quiz: QuizReading | None
    words: Sequence[Found] | None
    moves: Moves | None

    def of(self, agreement: Agreement) -> list[Line]:
        """Everybody, then each team where there is something to compare."""
        tells = self.adoption or self.quiz or self.words or self.moves
        sides = (EVERYBODY, *Side.values) if tells else (EVERYBODY,)
        return [self._line(agreement, side) for side in sides]

    def _line(self, agreement: Agreement, side: str) -> Line:
        return Line(
            side,
            self._accepted(agreement, side),
            self._kept(side),
            self._alpha(side),
            None if self.words is None else self._words(side),
            None if self.moves is None else self._moves(side),
        )

    def _accepted(self, agreement: Agreement, side: str) -> Share | None:
        if self.adoption is None:
            return None
        readers = self.adoption.readers(agreement)
        return self.adoption.share(
            agreement, [person for person in readers if side in (EVERYBODY, person.side)]
        )

    def _kept(self, side: str) -> tuple[int, int] | None:
        """Everybody's is the sum of the teams that are shown: of the rest nobody could be told apart otherwise."""
        shown = [(n, of) for each, n, of in self.quiz.kept if side in (EVERYBODY, each)] if self.quiz else []
        return (sum(n for n, _of in shown), sum(of for _n, of in shown)) if shown else None

    def _alpha(self, side: str) -> float | None:
        if self.quiz is None:
            return None
        if side == EVERYBODY:
            return self.quiz.alpha_overall
        return self.quiz.alpha_within.get(side)

    def _words(self, side: str) -> int:
        found = Counter(place.side for place in self.words or ())
        return found.total() if side == EVERYBODY else found[side]

    def _moves(self, side: str) -> int:
        moves = self.moves or Moves({})
        return len(moves) if side == EVERYBODY else moves.of_side.get(side, 0)
