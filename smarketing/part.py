"""What somebody who joins has to know first: their area, what they read and sign, how it is done, the quizzes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from agreements.adoption import to_read
from agreements.kinds import Kind, kind_of
from agreements.models import Agreement
from leads.models import Quiz
from leads.quizzes.actions import definition_of
from lifecycle.glossary import term_of
from lifecycle.keys import StageKey
from lifecycle.models import (
    Accountable,
    Involving,
    ProcedureVersion,
    Responsibility,
    Term,
    TermVersion,
)
from lifecycle.responsibilities import by_when, consulted, doing, informed, is_among, keepers, who


@dataclass(frozen=True)
class Mine:
    """Which of the four parts the person has in a stage or a procedure, by name, role and team."""

    does: bool
    answers: bool
    is_consulted: bool
    is_informed: bool

    @property
    def any(self) -> bool:
        return self.does or self.answers or self.is_consulted or self.is_informed


@dataclass(frozen=True)
class Duty:
    """A line of who answers for what, and the person’s part in it."""

    version: Responsibility
    mine: Mine

    @property
    def name(self) -> str:
        return self.version.stage.name

    @property
    def url(self) -> str:
        return reverse("lifecycle:definition-detail", args=[self.version.stage_id])

    @property
    def who(self) -> str:
        return who(self.version)

    @property
    def by_when(self) -> str:
        return by_when(self.version)

    @property
    def consulted(self) -> list[str]:
        return consulted(self.version)

    @property
    def informed(self) -> list[str]:
        return informed(self.version)


@dataclass(frozen=True)
class Task:
    """A procedure with how many of its steps the person’s team does, None for somebody of both sides; their part."""

    version: ProcedureVersion
    steps: int | None
    mine: Mine

    @property
    def name(self) -> str:
        return self.version.name

    @property
    def url(self) -> str:
        return self.version.procedure.get_absolute_url()


@dataclass(frozen=True)
class Area:
    """One of the four parts, with the stages and procedures in which the person has it."""

    name: str
    stages: list[Duty]
    procedures: list[Task]


@dataclass(frozen=True)
class Unread:
    """How many things of a kind the person has not accepted, and the first of them."""

    kind: Kind
    count: int
    first: Agreement


@dataclass(frozen=True)
class Open:
    """A quiz that asks for the person’s answers, and the word that it is on."""

    quiz: Quiz
    name: str


@dataclass(frozen=True)
class Part:
    """What concerns one person; the rest of the agreement is a click away."""

    duties: list[Duty]
    unread: list[Unread]
    signatures: int
    tasks: list[Task]
    quizzes: list[Open]
    first_quiz: Term | None
    """Where somebody may start one, while none runs."""

    @property
    def mine(self) -> list[Duty]:
        """The stages that the person answers for."""
        return [duty for duty in self.duties if duty.mine.answers]

    @property
    def areas(self) -> list[Area]:
        """What the person does, answers for, is asked about and is told of; all four, empty ones too."""
        parts = (
            (_("You do"), "does"),
            (_("You answer for"), "answers"),
            (_("You are consulted on"), "is_consulted"),
            (_("You are informed of"), "is_informed"),
        )
        return [
            Area(
                name,
                [duty for duty in self.duties if getattr(duty.mine, part)],
                [task for task in self.tasks if getattr(task.mine, part)],
            )
            for name, part in parts
        ]

    @property
    def to_read(self) -> int:
        return sum(each.count for each in self.unread)

    @property
    def waiting(self) -> int:
        return self.to_read + self.signatures


def part_of(person: User) -> Part:
    """A fixed number of queries."""
    quizzes = _quizzes(person)
    return Part(
        duties=_duties(person),
        unread=_unread(person),
        signatures=Agreement.objects.to_sign_by(person).count(),
        tasks=_tasks(person),
        quizzes=quizzes,
        first_quiz=None if quizzes else _first_quiz(),
    )


def _duties(person: User) -> list[Duty]:
    rows = Responsibility.objects.visible_to(person).in_force().filter(stage__is_active=True)
    related = ("stage", "person", "consulted_person", "informed_person", "agreement")
    return [Duty(row, _part_in_stage(row, person)) for row in rows.select_related(*related).order_by("stage")]


def _part_in_stage(row: Responsibility, person: User) -> Mine:
    is_at_work = person.role in (Role.REP, Role.MARKETER) and person.side == row.side
    return Mine(is_at_work, _answers(row, person), *_is_involved(row, person))


def _answers(row: Responsibility, person: User) -> bool:
    match row.accountable:
        case Accountable.PERSON:
            return row.person_id == person.pk
        case Accountable.MANAGER:
            return person.role == Role.MANAGER and person.side in (None, row.side)
        case _owner_of_the_contact:
            return person.role in (Role.REP, Role.MARKETER) and person.side == row.side


def _is_involved(version: Involving, person: User) -> tuple[bool, bool]:
    """Whether they are consulted, and whether they are informed."""
    return (
        is_among(person, version.consulted, version.consulted_person_id),
        is_among(person, version.informed, version.informed_person_id),
    )


def _unread(person: User) -> list[Unread]:
    waiting = list(to_read(person).order_by("subject"))
    kinds = {agreement.pk: kind_of(agreement.subject) for agreement in waiting}
    counts = Counter(kind.prefix for kind in kinds.values())
    firsts: dict[str, Agreement] = {}
    for agreement in waiting:
        firsts.setdefault(kinds[agreement.pk].prefix, agreement)
    return [Unread(kinds[firsts[prefix].pk], count, firsts[prefix]) for prefix, count in counts.most_common()]


def _tasks(person: User) -> list[Task]:
    """Those in which the team has a step, that it keeps, or in which the person has a part."""
    side = person.side
    versions = ProcedureVersion.objects.visible_to(person).in_force()
    found = []
    for version in versions.select_related("procedure", "agreement").order_by(Lower("name_en")):
        steps = sum(step["side"] == side for step in version.steps) if side else None
        task = Task(version, steps, _part_in_procedure(version, person))
        if steps is None or steps or version.side == side or task.mine.any:
            found.append(task)
    return found


def _part_in_procedure(version: ProcedureVersion, person: User) -> Mine:
    named = version.owner_id
    answers = named == person.pk if named else is_among(person, keepers(version.side), None)
    return Mine(person.side in doing(version), answers, *_is_involved(version, person))


def _quizzes(person: User) -> list[Open]:
    """Those that run, in which the person has not answered every case."""
    running = (
        Quiz.objects.visible_to(person)
        .running()
        .annotate(
            told=Count("cases__answers", filter=Q(cases__answers__user=person)),
            asked=Count("cases", distinct=True),
        )
    )
    waiting = list(running.filter(told__lt=F("asked")).order_by("started_at", "pk"))
    names = {
        version.term_id: version.name
        for version in TermVersion.objects.in_force().filter(term__in=[quiz.term_id for quiz in waiting])
    }
    return [Open(quiz, names.get(quiz.term_id, "")) for quiz in waiting]


def _first_quiz() -> Term | None:
    """The word that both sides meet at first: what an MQL is."""
    term = term_of(f"stage:{StageKey.MARKETING_QUALIFIED}")
    return term if term and definition_of(term) else None
