"""What managers see of all agreements: adoption by thing and team, what waits for whom, what is due for review.

Names are shown to those who manage the people; rates and counts to everybody who may open the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.models import Role, Team, User
from agreements.adoption import Adoption, Share, adoption_of, managed_by
from agreements.lists import Line, lines
from agreements.models import Agreement, State


@dataclass(frozen=True)
class Panel:
    """What another app has to say of adoption: a card's template, which finds its facts in `panel.facts`."""

    template: str
    facts: Any


Maker = Callable[[User, datetime], Panel]

_makers: list[Maker] = []


def register_panel(maker: Maker) -> None:
    """Called in `AppConfig.ready`; the same maker twice is harmless."""
    if maker not in _makers:
        _makers.append(maker)


def panels_for(user: User, *, at: datetime) -> list[Panel]:
    return [maker(user, at) for maker in _makers]


@dataclass(frozen=True)
class Row:
    """The version in force of one thing: how many of all, and of each team in the order of the columns."""

    line: Line
    all: Share
    teams: list[Share | None]


@dataclass(frozen=True)
class Column:
    """A team over all things; none for people without a team."""

    team: Team | None
    share: Share


@dataclass(frozen=True)
class Unsigned:
    """A proposal and who could sign it, by the side that has not."""

    line: Line
    since: datetime
    signers: list[tuple[str, list[User]]]


@dataclass(frozen=True)
class Reader:
    """A person with every version they have not accepted, the oldest first."""

    person: User
    since: datetime
    lines: list[Line]


@dataclass(frozen=True)
class Overview:
    rows: list[Row]
    all: Share
    columns: list[Column]
    unsigned: list[Unsigned]
    readers: list[Reader]
    shows_names: bool
    overdue: list[Line]
    planned: list[Line]


def overview_for(user: User, *, at: datetime, today: date) -> Overview:
    """A fixed number of queries, plus one a kind of thing."""
    in_force = lines(Agreement.objects.visible_to(user).agreed_on().for_list().order_by("subject"))
    adoption = adoption_of(line.agreement for line in in_force)
    by_team = {line.agreement.pk: adoption.by_team(line.agreement) for line in in_force}
    teams = _teams(adoption)
    reviewed = lines(
        Agreement.objects.visible_to(user)
        .in_force()
        .in_use()
        .for_list()
        .filter(review_on__isnull=False)
        .order_by("review_on")
    )
    rows = [_row(line, adoption, by_team[line.agreement.pk], teams) for line in in_force]
    return Overview(
        rows=rows,
        all=Share(None, sum(row.all.accepted for row in rows), sum(row.all.concerned for row in rows)),
        columns=[_column(team, by_team.values()) for team in teams],
        unsigned=_unsigned(user),
        readers=_readers(user, adoption, in_force),
        shows_names=user.role == Role.MANAGER,
        overdue=[line for line in reviewed if (line.agreement.review_on or today) <= today],
        planned=[line for line in reviewed if (line.agreement.review_on or today) > today],
    )


def _teams(adoption: Adoption) -> list[Team | None]:
    found = {person.team_id: person.team for person in adoption.people}
    named = sorted((team for team in found.values() if team), key=lambda team: (team.side, team.name))
    return [*named, *([None] if None in found else [])]


def _row(line: Line, adoption: Adoption, shares: list[Share], teams: list[Team | None]) -> Row:
    of_team = {share.team: share for share in shares}
    return Row(line, adoption.share(line.agreement), [of_team.get(team) for team in teams])


def _column(team: Team | None, shares: Iterable[list[Share]]) -> Column:
    mine = [share for listed in shares for share in listed if share.team == team]
    return Column(team, Share(team, sum(one.accepted for one in mine), sum(one.concerned for one in mine)))


def _unsigned(user: User) -> list[Unsigned]:
    """Oldest first; what both sides have signed waits for its day, not for anybody."""
    proposed = Agreement.objects.visible_to(user).in_use().filter(state=State.PROPOSED).for_list()
    signers: dict[str, list[User]] = {}
    for person in User.objects.active().filter(may_sign=True, team__isnull=False).select_related("team"):
        signers.setdefault(person.side or "", []).append(person)
    return [
        Unsigned(
            line,
            line.agreement.proposed_at,
            [(side, signers.get(side, [])) for side in line.waits_for],
        )
        for line in lines(proposed.order_by("proposed_at"))
        if line.waits_for and line.agreement.proposed_at
    ]


def _readers(user: User, adoption: Adoption, in_force: Iterable[Line]) -> list[Reader]:
    line_of = {line.agreement.pk: line for line in in_force}
    managed = set(managed_by(user).values_list("pk", flat=True))
    return [
        Reader(one.person, one.since, [line_of[agreement.pk] for agreement in one.agreements])
        for one in adoption.waiting()
        if one.person.pk in managed
    ]
