"""Who does what, answers for it, is consulted and informed, by stage and by procedure: in words, and for one person."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role, Side, User
from accounts.naming import told_apart
from lifecycle.models import MANAGERS, Accountable, By, Involving, Party, ProcedureVersion, Responsibility

Called = Callable[[User | None], str]


def as_told_apart(*people: User | None) -> Called:
    """How each is called where a name must mean one person, as in what is signed. A query where there are any."""
    names = told_apart(person for person in people if person)
    return lambda person: names[person.pk] if person else ""


def who(version: Responsibility, called: Called = str) -> str:
    """The person or the role."""
    if version.accountable == Accountable.PERSON:
        return called(version.person)
    return str(version.get_accountable_display())


def by_when(version: Responsibility) -> str:
    match version.by:
        case By.CLOCK:
            return _("by the deadline of the contract’s clock")
        case By.DAYS:
            days = version.days or 0
            return ngettext("%(n)s day after coming there", "%(n)s days after coming there", days) % {
                "n": days
            }
        case _open:
            return ""


def consulted(version: Involving, called: Called = str) -> list[str]:
    """Who is asked before something is decided. Reads the person by name (select it)."""
    return _names(version.consulted, version.consulted_person, called)


def informed(version: Involving, called: Called = str) -> list[str]:
    """Who is told after. Reads the person by name (select it)."""
    return _names(version.informed, version.informed_person, called)


def _names(parties: Iterable[str], person: User | None, called: Called) -> list[str]:
    return [*(str(Party(party).label) for party in parties), *([called(person)] if person else [])]


def doing(version: ProcedureVersion) -> list[str]:
    """The sides that a step of the procedure is for; both where one says none."""
    named = {step["side"] for step in version.steps}
    return [side for side in Side.values if side in named or "" in named]


def answering(version: ProcedureVersion) -> list[str]:
    """Who answers for a procedure: the person by name, or else the manager of the team that keeps it, or of both."""
    if version.owner is not None:
        return [str(version.owner)]
    return [str(Party(party).label) for party in keepers(version.side)]


def keepers(side: str) -> list[str]:
    """The managers, as parties, of the side that keeps a procedure; of both where both do."""
    return [manager for of_side, manager in MANAGERS.items() if side in ("", of_side)]


def is_among(user: User, parties: Iterable[str], person_id: int | None) -> bool:
    """Whether the person is named, or has one of the parts by role and team. Reads `team` (select it)."""
    return user.pk == person_id or any(_has_part(user, party) for party in parties)


def _has_part(user: User, party: str) -> bool:
    match party:
        case Party.OWNER:
            return user.role == Role.REP
        case Party.MARKETING_OWNER:
            return user.role == Role.MARKETER
        case Party.MARKETING_MANAGER | Party.SALES_MANAGER:
            return user.role == Role.MANAGER and (user.side is None or MANAGERS[user.side] == party)
        case side:
            return user.side == side
