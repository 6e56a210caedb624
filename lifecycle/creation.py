"""Who may bring contacts in, by hand and by a file, as the rule on that says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, Side, Team, User

CREATORS: Final = "creators"
"""The parameter that names who may create a contact by hand."""
IMPORTERS: Final = "importers"
"""The parameter that names whose files may bring new contacts."""

GROUPS: Final = (
    ("reps", gettext_lazy("Sales reps")),
    ("marketers", gettext_lazy("Marketers")),
    ("managers_marketing", gettext_lazy("Managers of marketing")),
    ("managers_sales", gettext_lazy("Managers of sales")),
    ("admins", gettext_lazy("Administrators")),
)
EVERYBODY: Final = [key for key, _name in GROUPS]
MANAGERS: Final = {Side.MARKETING: "managers_marketing", Side.SALES: "managers_sales"}
OF_ROLE: Final = {Role.REP: "reps", Role.MARKETER: "marketers", Role.ADMIN: "admins"}


def group_choices() -> list[tuple[str, Any]]:
    """The groups, then the teams by name."""
    teams = Team.objects.order_by("name")
    return [*GROUPS, *((f"team:{team.pk}", _("Team %(name)s") % {"name": team.name}) for team in teams)]


def is_named(user: User, named: Iterable[str]) -> bool:
    """Whether one of these groups or teams is theirs; a manager without a team manages both sides."""
    return not set(named).isdisjoint(_groups_of(user))


def _groups_of(user: User) -> set[str]:
    found = {f"team:{user.team_id}"} if user.team_id else set()
    if user.role != Role.MANAGER:
        return found | {OF_ROLE[Role(user.role)]}
    return found | ({MANAGERS[Side(user.team.side)]} if user.team else set(MANAGERS.values()))


def named_in(parameters: Mapping[str, Any], way: str) -> list[str]:
    """Who may do it that way; a version that says nothing of a way names everybody."""
    found = parameters.get(way)
    return EVERYBODY if found is None else list(found)


def members(named: Iterable[str]) -> Q:
    """The same of users, in SQL."""
    wanted = set(named)
    roles = [role for role, group in OF_ROLE.items() if group in wanted]
    teams = [int(key.removeprefix("team:")) for key in wanted if key.startswith("team:")]
    found = Q(role__in=roles) | Q(team__in=teams)
    for side, group in MANAGERS.items():
        if group in wanted:
            found |= Q(role=Role.MANAGER) & (Q(team__side=side) | Q(team=None))
    return found
