"""What the page knows of one contact and of everything small around it; reads nothing itself (`reading`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from leads.messaging.verdict import Sent, Terms
from leads.models import Consent, Contact, DealStage
from smarketing.contact_page.event import Event
from smarketing.contact_page.playbook import Run
from smarketing.contact_page.tactics import Applied, Stands


@dataclass(frozen=True, slots=True)
class Choice:
    """A stage or a status one may move to. `side` and `position` are of stages, `needs_…` of statuses."""

    key: str
    name: str
    position: int
    side: str = ""
    needs_reason: bool = False
    needs_date: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """One of the four questions; without text it is not known."""

    question: str
    label: str
    text: str = ""
    via: str = ""
    actor: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DealLine:
    pk: int
    name: str
    amount_cents: int
    currency: str
    stage: str
    label: str
    at: datetime

    @property
    def is_open(self) -> bool:
        return self.stage not in (DealStage.WON, DealStage.LOST)


@dataclass(frozen=True, slots=True)
class Won:
    """What the contact's company has bought, in one currency."""

    cents: int
    currency: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """How the contact came into its stage or status; `criteria` are of the definition that it was held against."""

    at: datetime
    origin: str
    actor: str
    reason: str
    facts: dict[str, Any]
    criteria: Any
    number: int | None
    before: str = ""


@dataclass(frozen=True, slots=True)
class NextStage:
    """What comes next; `is_automatic` where the definition decides and not a person."""

    key: str
    name: str
    criteria: Any
    is_automatic: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """Who answers in the contact's stage, for what and by when, as agreed; `person` where it is one by name.

    `consulted` and `informed` are parties (lifecycle.models.Party), each with a person by name, by number, or none.
    """

    side: str
    accountable: str
    person: str
    owes: str
    by: str
    days: int | None
    consulted: Sequence[str]
    consulted_person: dict[int, str]
    informed: Sequence[str]
    informed_person: dict[int, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The contact and what stands around it."""

    contact: Contact
    all_stages: list[Choice]
    statuses: list[Choice]
    people: list[User]
    answers: list[Known]
    deals: list[DealLine]
    entered: Mapping[str, datetime]
    entry: Entry | None
    status_entry: Entry | None
    next_stage: NextStage | None
    duty: Duty | None
    persona: str
    rule_count: int
    promises: list[Event]
    won: list[Won]
    stands: Stands | None
    applied: list[Applied]
    terms: Terms
    sent: list[Sent]
    has_bounced: bool
    runs: list[Run]
    steward: str

    @property
    def stages(self) -> list[Choice]:
        """Those in use."""
        return [stage for stage in self.all_stages if stage.is_active]

    @property
    def names(self) -> dict[tuple[str, str], str]:
        """What the keys of the ledger are called, by kind of change and key."""
        named = {("stage", stage.key): stage.name for stage in self.all_stages}
        named |= {("status", status.key): status.name for status in self.statuses}
        return named | {("consent", key): str(label) for key, label in Consent.choices}

    @property
    def known_count(self) -> int:
        return sum(bool(answer.text) for answer in self.answers)
