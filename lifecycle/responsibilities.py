"""Who does what, answers for it, is consulted and informed, by stage and by procedure: in words, and for one person."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role, Side, User
from lifecycle.models import MANAGERS, Accountable, By, Involving, Party, ProcedureVersion, Responsibility


def who(version: Responsibility) -> str:
    """The person or the role."""
    if version.accountable == Accountable.PERSON:
        return str(version.person)
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


def consulted(version: Involving) -> list[str]:
    """Who is asked before something is decided. Reads the person by name (select it)."""
    return _names(version.consulted, version.consulted_person)


def informed(version: Involving) -> list[str]:
    """Who is told after. Reads the person by name (select it)."""
    return _names(version.informed, version.informed_person)


def _names(parties: Iterable[str], person: User | None) -> list[str]:
    return [*(str(Party(party).label) for party in parties), *([str(person)] if person else [])]


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
