"""A door of the rulebook as a row: what tries to change something, and how the door then obeys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from accounts.models import User
from leads.models import Contact
from tests.factories.leads import ContactFactory

# How a door obeys

ASKED: Final = "a person is refused, asked for a reason, or noted"
REFUSED: Final = "another system is refused one change, or noted"
LEFT_OUT: Final = "whom the rule speaks against is left out of a set, or noted"
LATER_ASKED: Final = "a worker goes on for a person: ends there, goes on for the reason given, or notes"
EVIDENCE: Final = "it has happened: kept in every mode, and noted"
ASKED_WHY: Final = "it has happened: whoever tells of it is asked why where the rule warns, else it is noted"
SILENT: Final = (
    "what was is so again, or nothing is broken that was kept: the change is made, nothing is noted"
)


@dataclass(frozen=True)
class Row:
    """`event` and `target` of the rule, how the door obeys, and the scene: what tries, and what shows that it did.

    `is_later`: a worker makes the change, and notes it.
    """

    event: str
    target: str
    obeys: str
    scene: Callable[[User, User], tuple[Callable[[], object], Callable[[], bool]]]
    is_later: bool = False


Scene = tuple[Callable[[], object], Callable[[], bool]]


def somebody(**values: Any) -> Contact:
    """Whose job nobody knows."""
    contact: Contact = ContactFactory.create(**{"stage_id": "lead", "job_title": "", **values})
    return contact


def is_so(**values: object) -> Callable[[], bool]:
    return lambda: Contact.objects.filter(**values).exists()


def of_one(change: Callable[[Contact, User], object], **seen: object) -> Callable[[User, User], Scene]:
    """A change of somebody who is there."""

    def scene(rep: User, _: User) -> Scene:
        contact = somebody()
        return lambda: change(contact, rep), is_so(pk=contact.pk, **seen)

    return scene
