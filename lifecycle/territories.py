"""Territories of the rule on distribution: whose leads are whose, as a version of the rule says it.

Which territory a contact is of is decided by the app that deals the leads; it lends the trial on the past as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from accounts.models import Role, Side, User, UserQuerySet
from accounts.naming import told_apart
from lifecycle import vocabulary
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.models import RuleVersion

TERRITORIES: Final = "territories"
"""The parameter of the rule; a version without it deals every lead among all of sales."""

WAIT: Final = "wait"
EVERYBODY: Final = "everybody"
OTHERWISE: Final = (
    (WAIT, gettext_lazy("the lead waits in the queue of all")),
    (EVERYBODY, gettext_lazy("the lead goes to everybody in sales")),
)
"""What becomes of a lead that nobody of its territory can take."""


@dataclass(frozen=True, slots=True)
class Territory:
    """Who takes the leads of whom the criteria hold. `reps` are ids of users, `criteria` a tree of the language."""

    name: str
    criteria: Mapping[str, Any]
    reps: tuple[int, ...]
    otherwise: str = WAIT

    def content(self) -> dict[str, Any]:
        """As the parameter keeps it."""
        return {
            "name": self.name,
            "criteria": self.criteria,
            "reps": list(self.reps),
            "otherwise": self.otherwise,
        }


def territories_of(parameters: Mapping[str, Any]) -> tuple[Territory, ...]:
    """In their order: a lead is of the first whose criteria hold."""
    return tuple(
        Territory(one["name"], one["criteria"], tuple(one["reps"]), one["otherwise"])
        for one in parameters.get(TERRITORIES, ())
    )


def in_sales() -> UserQuerySet:
    """Who may be named as one who takes leads."""
    return User.objects.active().of_side(Side.SALES).filter(role=Role.REP)


def departed(territories: Iterable[Territory]) -> dict[str, list[str]]:
    """By territory, the names of whom it gives leads to although they take none in sales. One query."""
    named = {rep for territory in territories for rep in territory.reps}
    if not named:
        return {}
    there = set(in_sales().filter(pk__in=named).values_list("pk", flat=True))
    names = _names(named - there)
    found = {
        territory.name: [names[rep] for rep in territory.reps if rep not in there]
        for territory in territories
    }
    return {name: gone for name, gone in found.items() if gone}


def obstacles(version: RuleVersion) -> list[str]:
    """What keeps a version from coming into force: somebody it names takes no leads in sales."""
    return [
        _("“%(territory)s” names somebody who is not in sales: %(people)s.")
        % {"territory": territory, "people": ", ".join(people)}
        for territory, people in departed(territories_of(version.parameters)).items()
    ]


def _names(reps: Iterable[int]) -> dict[int, str]:
    wanted = set(reps)
    found = told_apart(User.objects.filter(pk__in=wanted)) if wanted else {}
    return {rep: found.get(rep) or _("somebody unknown") for rep in wanted}


@dataclass(frozen=True, slots=True)
class TerritoryLine:
    """One territory as it is read: whose leads, who takes them, what happens otherwise; the last says who left."""

    name: str
    leads: str
    reps: str
    otherwise: str
    departed: str = ""


def lines_of(
    territories: Sequence[Territory], facts: Catalogue | None = None, language: str = ""
) -> list[TerritoryLine]:
    """In that language, or the reader's. Three queries at most, however many there are."""
    if not territories:
        return []
    with override(language or get_language() or "en"):
        names = _names(rep for territory in territories for rep in territory.reps)
        return list(_lines(territories, facts or vocabulary.catalogue(), names, departed(territories)))


def _lines(
    territories: Sequence[Territory],
    catalogue: Catalogue,
    names: Mapping[int, str],
    gone: Mapping[str, Sequence[str]],
) -> Iterator[TerritoryLine]:
    words = dict(OTHERWISE)
    for territory in territories:
        left = gone.get(territory.name, ())
        yield TerritoryLine(
            territory.name,
            vocabulary.said(territory.criteria, catalogue),
            ", ".join(names[rep] for rep in territory.reps),
            str(words[territory.otherwise]),
            ", ".join(left),
        )


def in_words(
    territories: Sequence[Territory], facts: Catalogue | None = None, language: str = ""
) -> list[str]:
    """Each as a numbered line, as a version is compared and signed."""
    with override(language or get_language() or "en"):
        return [
            _("%(number)s. %(name)s. %(leads)s Taken by %(reps)s; when none of them can, %(otherwise)s.")
            % {
                "number": number,
                "name": line.name,
                "leads": line.leads,
                "reps": line.reps,
                "otherwise": line.otherwise,
            }
            for number, line in enumerate(lines_of(territories, facts), start=1)
        ]


# Tried on the past


@dataclass(frozen=True, slots=True)
class RepShare:
    """How many leads fall to one rep. `rep` is the id; `name` tells them from others of their name."""

    rep: int
    name: str
    leads: int


@dataclass(frozen=True)
class Trial:
    """How the leads of a time would have been dealt: of each territory, of none of them, and to each rep."""

    days: int
    total: int
    of_territory: Sequence[tuple[str, int]]
    of_none: int
    of_rep: Sequence[RepShare]
    waiting: int


Trying = Callable[[Sequence[Territory], datetime], Trial]

_trying: list[Trying] = []


def provide(trying: Trying) -> None:
    """Called in the `ready` of the app that deals leads."""
    _trying[:] = [trying]


def tried(territories: Sequence[Territory], *, at: datetime) -> Trial:
    """The leads of the last three months dealt by these. Raise TakesLongError of the vocabulary."""
    return _trying[0](territories, at)
