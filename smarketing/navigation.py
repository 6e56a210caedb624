"""The rail: which items there are, for whom, in the order of the loop. It knows paths and roles, no numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

EVERYONE = frozenset({"rep", "marketer", "manager", "admin"})
NOT_REPS = EVERYONE - {"rep"}


@dataclass(frozen=True, eq=False)
class Item:
    """One line of the rail. The path is the page's published address: bookmarks and the keyboard use it too."""

    path: str
    label: str | Promise
    icon: str
    roles: frozenset[str] = EVERYONE
    count: str = ""  # the badge's key in smarketing.context.COUNTED
    else_count: str = ""  # the badge shown when that one is zero
    hot: bool = False  # ink pill: this person's signature is asked
    short: str | Promise = ""
    go: str = ""  # the key after "g"

    @property
    def tab(self) -> str | Promise:
        return self.short or self.label

    def covers(self, path: str) -> bool:
        return path.startswith(self.path)


@dataclass(frozen=True, eq=False)
class Group:
    label: str | Promise
    items: tuple[Item, ...]


COCKPIT = Item("/cockpit/", _("Cockpit"), "gauge", go="c")
QUEUE = Item(
    "/queue/",
    _("My queue"),
    "list-todo",
    frozenset({"rep"}),
    count="queue",
    short=pgettext_lazy("tab", "Queue"),
    go="q",
)
TEAM_QUEUE = Item(
    "/queue/",
    _("Team’s queue"),
    "list-todo",
    frozenset({"manager"}),
    short=pgettext_lazy("tab", "Queue"),
    go="q",
)
DESK = Item(
    "/desk/",
    _("Marketing desk"),
    "megaphone",
    frozenset({"marketer", "manager"}),
    count="desk",
    short=pgettext_lazy("tab", "Desk"),
    go="q",
)
TO_SIGN = Item(
    "/agreements/", _("To sign"), "pen-line", count="to_sign", else_count="to_read", hot=True, go="s"
)
CONTACTS = Item("/contacts/", _("Contacts"), "users", go="k")
SETTINGS = Item("/settings/", _("Settings"), "settings")

GROUPS = (
    Group(_("Today"), (COCKPIT, QUEUE, TEAM_QUEUE, DESK, TO_SIGN)),
    Group(
        _("Facts"),
        (
            CONTACTS,
            Item("/companies/", _("Companies"), "building-2"),
            Item("/deals/", _("Deals"), "hand-coins"),
            Item("/campaigns/", _("Campaigns"), "flag"),
            Item("/imports/", _("Imports"), "file-up", NOT_REPS),
        ),
    ),
    Group(
        _("Agreement"),
        (
            Item("/plans/", _("Plan"), "map"),
            Item("/contracts/", _("Contract"), "handshake"),
            Item("/definitions/", _("Definitions"), "git-commit-vertical"),
            Item("/scoring/", _("Scoring"), "sliders-horizontal"),
            Item("/tactics/", _("Tactics"), "grid-2x2"),
            Item("/playbooks/", _("Playbooks"), "list-checks"),
            Item("/personas/", _("Personas"), "drama"),
            Item("/terms/", _("Glossary"), "book-open"),
            Item("/rules/", _("Rulebook"), "scale"),
            Item("/procedures/", _("Procedures"), "list-ordered"),
        ),
    ),
)

FALLBACK = "/keys/"
HOMES = {"rep": QUEUE, "marketer": DESK, "manager": COCKPIT, "admin": COCKPIT}


@cache
def exists(path: str) -> bool:
    """Whether this installation answers at that path."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def groups_for(role: str) -> Iterator[tuple[Group, list[Item]]]:
    """The groups with what this role uses; what it never uses is left out, not greyed."""
    for group in GROUPS:
        items = [item for item in group.items if role in item.roles and exists(item.path)]
        if items:
            yield group, items


def tabs_for(role: str) -> list[Item]:
    """The first four of the phone's bar of five; the fifth is More."""
    work = {"rep": (QUEUE, COCKPIT), "marketer": (DESK, COCKPIT), "manager": (COCKPIT, TEAM_QUEUE)}
    first, second = work.get(role, (COCKPIT, SETTINGS))
    return [item for item in (first, second, CONTACTS, TO_SIGN) if exists(item.path)]


def home_of(role: str) -> str:
    """The page a person lands on after signing in; never the start page itself, which asks here."""
    wanted = (HOMES.get(role, COCKPIT), *(item for _group, items in groups_for(role) for item in items))
    return next((item.path for item in wanted if exists(item.path)), FALLBACK)
