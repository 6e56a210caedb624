"""Who answers for the contact now, for what and by when, who is consulted and informed: the agreed line of its
stage, filled in with names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from leads.models import Contact
from lifecycle.models import Accountable, By, Party
from smarketing.contact_page.clock import Card
from smarketing.contact_page.sheet import Duty, Sheet


@dataclass(frozen=True, slots=True)
class Owed:
    """`who` is empty where the agreed person is missing; `due` None without a day or once it is done."""

    side: str
    who: str
    what: str
    due: datetime | None
    is_late: bool
    consulted: list[str]
    informed: list[str]


def owed(sheet: Sheet, clock: Card | None, *, at: datetime) -> Owed | None:
    """None for a contact without a stage, or a stage nobody answers for. No query."""
    duty = sheet.duty
    if duty is None:
        return None
    contact, due = sheet.contact, _due(duty, sheet.contact, clock)
    consulted = _people(duty.consulted, duty.consulted_person, contact)
    informed = _people(duty.informed, duty.informed_person, contact)
    return Owed(
        side=duty.side,
        who=_who(duty, contact),
        what=duty.owes,
        due=due,
        is_late=due is not None and due < at,
        consulted=list(consulted.values()),
        informed=[name for who, name in informed.items() if who not in consulted],  # who is asked knows
    )


def _who(duty: Duty, contact: Contact) -> str:
    match duty.accountable:
        case Accountable.OWNER:
            return str(contact.owner or "")
        case Accountable.MARKETING_OWNER:
            return str(contact.marketing_owner or "")
        case Accountable.PERSON:
            return duty.person
        case _manager:
            return _("the team’s manager")


def _people(parties: Iterable[str], person: Mapping[int, str], contact: Contact) -> dict[int | str, str]:
    """Owners by their names where there are any, each person once, by number: two may have one name. The other
    parties as they are called."""
    owners = {Party.OWNER: contact.owner, Party.MARKETING_OWNER: contact.marketing_owner}
    found: dict[int | str, str] = {}
    for party in map(Party, parties):
        owner = owners.get(party)
        found |= {owner.pk: str(owner)} if owner else {party.value: str(party.label)}
    return found | dict(person)


def _due(duty: Duty, contact: Contact, clock: Card | None) -> datetime | None:
    """The running clock's deadline, or so many days after the contact came into its stage."""
    if duty.by == By.CLOCK:
        return clock.clock.due_at if clock is not None and clock.is_running else None
    if duty.by == By.DAYS and contact.stage_since is not None:
        return contact.stage_since + timedelta(days=duty.days or 0)
    return None
