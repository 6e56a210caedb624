"""What a quiz found: agreement within and between the teams, the cases that divide, and one's own answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from accounts.models import Side, User
from leads.models import Quiz, QuizAnswer, QuizCase
from leads.quizzes.actions import may_close
from leads.quizzes.sheets import ReadSheet
from lib.krippendorff import Agreement, agreement, alpha, between, divided

GUESSWORK, USABLE, SOLID = 0.4, 0.667, 0.8
"""Krippendorff's own bounds for conclusions that are tentative and for those that can be relied on, and chance."""
FEWEST_COUNTED: Final = 3
"""People of a side for its count on a case to be shown: of two, each would read the other's answer from it."""
FEWEST_COMPARED: Final = 2
"""People of a side for it to be compared at all."""
DIVIDING: Final = 3

Said = dict[int, dict[str, dict[int, str]]]


@dataclass(frozen=True)
class Share:
    """How many of a side said that the case is one, of those who could tell."""

    side: str
    yes: int
    told: int


@dataclass(frozen=True)
class Case:
    """A case with what the teams said of it, and the reader."""

    row: QuizCase
    sheet: ReadSheet
    shares: list[Share]
    division: float
    mine: str

    @property
    def is_against(self) -> bool:
        """The reader said the contrary of the definition."""
        return self.mine in {"yes", "no"} and (self.mine == "yes") != self.row.holds


@dataclass(frozen=True)
class QuizReading:
    """One quiz and its reader. Sums are shown to who has finished it, or to all once it is closed."""

    quiz: Quiz
    reader: User

    rows: list[QuizCase]
    mine: dict[int, str]
    """Case → the reader's answer."""
    said: Said = field(repr=False)
    """Case → side → person → yes or no. Only sums of it are shown."""

    @property
    def is_closed(self) -> bool:
        return self.quiz.closed_at is not None

    @property
    def is_finished(self) -> bool:
        return len(self.mine) == len(self.rows)

    @property
    def next_position(self) -> int:
        """The first case without an answer; the last one when all have."""
        return next((row.position for row in self.rows if row.pk not in self.mine), len(self.rows))

    @property
    def shows_results(self) -> bool:
        return self.is_finished or self.is_closed

    @property
    def may_close(self) -> bool:
        return not self.is_closed and may_close(self.reader, self.quiz)

    @cached_property
    def people(self) -> dict[str, int]:
        """Side → how many of it answered anything."""
        who: dict[str, set[int]] = {side: set() for side in Side.values}
        for sides in self.said.values():
            for side, answers in sides.items():
                who.setdefault(side, set()).update(answers)
        return {side: len(persons) for side, persons in who.items()}

    @property
    def taken_by(self) -> int:
        return sum(self.people.values())

    def _values(self, row: QuizCase, side: str) -> list[str]:
        return list(self.said[row.pk].get(side, {}).values())

    @property
    def _everything(self) -> list[list[str]]:
        return [
            [value for side in self.said[row.pk].values() for value in side.values()] for row in self.rows
        ]

    @cached_property
    def overall(self) -> Agreement | None:
        """Of everybody who answered, whatever their team."""
        return agreement(self._everything)

    @property
    def alpha_overall(self) -> float | None:
        """The same without its interval, which takes a thousand draws."""
        return alpha(self._everything)

    @cached_property
    def within(self) -> list[tuple[str, Agreement | None]]:
        return [(side, agreement([self._values(row, side) for row in self.rows])) for side in Side.values]

    @cached_property
    def alpha_within(self) -> dict[str, float | None]:
        """Of each side, without the interval; nothing of a side of too few."""
        shown = [side for side, number in self.people.items() if number >= FEWEST_COMPARED]
        return {side: alpha([self._values(row, side) for row in self.rows]) for side in shown}

    @property
    def compares(self) -> bool:
        return all(self.people.get(side, 0) >= FEWEST_COMPARED for side in Side.values)

    @cached_property
    def between(self) -> Agreement | None:
        """None while a side has too few people to be compared."""
        if not self.compares:
            return None
        return between((self._values(row, "marketing"), self._values(row, "sales")) for row in self.rows)

    @cached_property
    def cases(self) -> list[Case]:
        """In the order they were asked."""
        return [
            Case(row, ReadSheet(row.sheet), self._shares(row), self._division(row), self.mine.get(row.pk, ""))
            for row in self.rows
        ]

    def _shares(self, row: QuizCase) -> list[Share]:
        shown = [side for side in Side.values if self.people.get(side, 0) >= FEWEST_COUNTED]
        return [Share(side, (values := self._values(row, side)).count("yes"), len(values)) for side in shown]

    def _division(self, row: QuizCase) -> float:
        return divided(self._values(row, "marketing"), self._values(row, "sales"))

    @property
    def divided_first(self) -> list[Case]:
        return sorted(self.cases, key=lambda case: (-case.division, case.row.position))

    @property
    def dividing(self) -> list[Case]:
        """The few on which the teams differ most."""
        return [case for case in self.divided_first if case.division][:DIVIDING] if self.compares else []

    @property
    def told(self) -> int:
        """Cases of which the reader could tell what they are."""
        return sum(value != QuizAnswer.Value.UNSURE for value in self.mine.values())

    @property
    def as_defined(self) -> int:
        """Of those, how many the definition calls the same."""
        return sum(1 for case in self.cases if case.mine in {"yes", "no"} and not case.is_against)

    @cached_property
    def kept(self) -> list[tuple[str, int, int]]:
        """Side → answers that say what the definition says, of all it gave. Sides of too few are left out."""
        found = []
        for side in Side.values:
            if self.people.get(side, 0) < FEWEST_COMPARED:
                continue
            values = [(value, row.holds) for row in self.rows for value in self._values(row, side)]
            found.append((side, sum((value == "yes") == holds for value, holds in values), len(values)))
        return found


def verdict(found: Agreement) -> str:
    """guesswork, blurred, usable or solid: by the estimate."""
    if found.alpha < GUESSWORK:
        return "guesswork"
    if found.alpha < USABLE:
        return "blurred"
    return "usable" if found.alpha < SOLID else "solid"


def read_quizzes(quizzes: Iterable[Quiz], reader: User) -> list[QuizReading]:
    """Three queries whatever their number."""
    listed = list(quizzes)
    rows: dict[int, list[QuizCase]] = {quiz.pk: [] for quiz in listed}
    mine: dict[int, dict[int, str]] = {quiz.pk: {} for quiz in listed}
    said: dict[int, Said] = {quiz.pk: {} for quiz in listed}
    for row in QuizCase.objects.visible_to(reader).filter(quiz__in=listed).order_by("quiz", "position"):
        rows[row.quiz_id].append(row)
        said[row.quiz_id][row.pk] = {}
    own = QuizAnswer.objects.visible_to(reader).filter(case__quiz__in=listed)
    for quiz, case, value in own.values_list("case__quiz", "case", "value"):
        mine[quiz][case] = value
    told = QuizAnswer.objects.filter(case__quiz__in=listed).exclude(value=QuizAnswer.Value.UNSURE)
    for quiz, case, person, side, value in told.values_list(
        "case__quiz", "case", "user", "user__team__side", "value"
    ):
        said[quiz][case].setdefault(side or "", {})[person] = value
    return [QuizReading(quiz, reader, rows[quiz.pk], mine[quiz.pk], said[quiz.pk]) for quiz in listed]


def read_quiz(quiz: Quiz, reader: User) -> QuizReading:
    return read_quizzes([quiz], reader)[0]


def latest_quizzes(terms: Iterable[int], reader: User) -> dict[int, QuizReading]:
    """Term → the running or the last quiz on it; four queries whatever their number."""
    quizzes = Quiz.objects.visible_to(reader).filter(term__in=terms)
    last = quizzes.order_by("term_id", "-started_at", "-pk").distinct("term_id")
    readings = read_quizzes(last.with_definition(), reader)
    return {reading.quiz.term_id: reading for reading in readings}


def latest_quiz(term_id: int, reader: User) -> QuizReading | None:
    """The running or the last quiz on a term."""
    return latest_quizzes([term_id], reader).get(term_id)
