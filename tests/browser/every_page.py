"""Every page there is, at an address that has something on it: read from the table of who gets what answer.

A view that answers somebody's GET is here by itself: `tests/access_table.py` must know it. Where the factory of its
row makes a thin record, `RICHER` finds one of the demo company.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count
from django.urls import reverse
from playwright.sync_api import Response

from accounts.models import User
from agreements.models import Agreement, State
from leads.models import Campaign, Company, Contact, Deal, Quiz
from lifecycle.models import DefinitionRound
from sla.models import Breach
from tests.access_table import ADMIN, ANONYMOUS, MANAGER, MARKETER, REP, ROWS, Row

ROLES: Final = (REP, MARKETER, MANAGER, ADMIN)
OK: Final = 200


@dataclass(frozen=True)
class Stop:
    """A page to look at, and how it answers."""

    path: str
    status: int = OK
    row: Row | None = None
    """Where the table says what it answers."""


STATES: Final = {
    REP: (
        Stop("/nothing-here/", 404),
        Stop("/rules/new/", 403),
        Stop("/search/?q=groupe"),
        Stop("/search/?q=zzzzqq"),
        Stop("/contacts/?q=zzzzqq"),
        Stop("/deals/list/?q=zzzzqq"),
    ),
    MARKETER: (Stop("/people-of-nowhere/", 404), Stop("/contacts/quarantine/?state=discarded")),
    MANAGER: (Stop("/settings/people/new/", 403), Stop("/cockpit/records/mql_delivered/?period=last_month")),
    ADMIN: (Stop("/contracts/draft/", 403),),
}
"""What a page shows when there is nothing, too little or no right to it."""


def _contact(person: User) -> int | None:
    """With the longest history of those the person sees."""
    contacts = Contact.objects.visible_to(person).annotate(n=Count("touchpoints")).order_by("-n", "pk")
    return contacts.values_list("pk", flat=True).first()


def _first(model: Any, **filters: Any) -> Callable[[User], Any]:
    """The oldest that the person sees; the demo company of some moments has none (a rep without a breach)."""
    return lambda person: (
        model.objects.visible_to(person).filter(**filters).order_by("pk").values_list("pk", flat=True).first()
    )


RICHER: Final[Mapping[str, tuple[str, Callable[[User], Any]]]] = {
    "smarketing:contact-detail": ("contact_id", _contact),
    "smarketing:contact-edit": ("contact_id", _contact),
    "leads:deal-new": ("contact_id", _contact),
    "leads:company-detail": ("company_id", _first(Company)),
    "leads:company-edit": ("company_id", _first(Company)),
    "leads:deal-detail": ("deal_id", _first(Deal)),
    "leads:campaign-detail": ("campaign_id", _first(Campaign)),
    "leads:campaign-edit": ("campaign_id", _first(Campaign)),
    "leads:quiz-results": ("quiz_id", _first(Quiz)),
    "leads:term-use": ("slug", lambda person: "marketing-qualified-lead"),
    "lifecycle:term-detail": ("slug", lambda person: "marketing-qualified-lead"),
    "lifecycle:term-edit": ("slug", lambda person: "marketing-qualified-lead"),
    "lifecycle:round-detail": ("round_id", _first(DefinitionRound)),
    "personas:persona-detail": ("slug", lambda person: "persona-1"),
    "personas:persona-edit": ("slug", lambda person: "persona-1"),
    "agreements:agreement-detail": ("agreement_id", _first(Agreement, state=State.DRAFT)),
    "sla:breach": ("breach_id", _first(Breach)),
}


def address(row: Row, people: Mapping[str, User], role: str) -> str:
    """With a record of the demo company, if there is one that the person sees."""
    if row.name in RICHER and not row.case and Contact.objects.exists():
        name, find = RICHER[row.name]
        found = find(people[role])
        if found is not None:
            return reverse(row.name, kwargs={name: found})
    return row.address(people)


def viewers(row: Row) -> list[str]:
    return [role for role in ROLES if role in (row.get or ())]


def stops(role: str, people: Mapping[str, User], *, all_of_them: bool) -> Iterator[Stop]:
    """The role's share of all pages (or all that it may see), and its states.

    Each page of the table belongs to the share of one of those who may see it, in turn.
    """
    for number, row in enumerate(filter(is_page, ROWS)):
        who = viewers(row)
        if role in who and (all_of_them or who[number % len(who)] == role):
            yield Stop(address(row, people, role), row=row)
    yield from STATES[role]


def stops_of_strangers() -> Iterator[Stop]:
    for row in filter(is_page, ROWS):
        if ANONYMOUS in (row.get or ()):
            yield Stop(row.address({}), row=row)


def is_page(row: Row) -> bool:
    """Not a file, not a word for machines, not one that always moves on."""
    return bool(row.get) and row.visited and OK in row.get_status


def is_there(stop: Stop, answer: Response) -> bool:
    """Whether it can be looked at; what should be a page and is none is a failure.

    A library's view may be for somebody else. The password may be asked for once more, and the cases of a quiz
    that this person has not finished.
    """
    if stop.row is None:
        return True
    has_moved = answer.request.redirected_from is not None
    first_another = any(part in answer.url for part in ("/reauthenticate/", "/terms/quizzes/"))
    found = answer.status == OK and not has_moved
    assert found or stop.row.borrowed or (has_moved and first_another), (
        f"{stop.row} answers {answer.status} at {answer.url}"
    )
    return found
