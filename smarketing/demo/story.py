"""What a story consists of: companies, people, what they did and what became of them.

Knows neither chance nor the moment of the telling; whoever invents a story fills these in, whoever writes it reads
them. A story is written in the order in which it is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class CompanyStory:
    name: str
    domain: str
    sector: str
    headcount: int
    city: str
    country: str
    fits: bool


@dataclass(frozen=True)
class TouchStory:
    """One touchpoint; `by_sales` means that the contact's rep did it."""

    kind: str
    at: datetime
    attributes: dict[str, str | int] = field(default_factory=dict)
    outcome: str = ""
    by_sales: bool = False
    is_human: bool = True
    campaign: int | None = None


@dataclass
class HandoffStory:
    """What sales did with an MQL; open ones have no `decision`."""

    at: datetime
    request: bool
    contacted_at: datetime | None = None
    decision: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    note: str = ""
    recontact_on: date | None = None
    answered_at: datetime | None = None
    live: int | None = None  # its place among the work that waits today
    waits: bool = False  # for somebody who is away


@dataclass
class DealStory:
    opened_at: datetime
    amount_cents: int
    stage: str
    quote_sent_at: datetime | None = None
    closed_at: datetime | None = None
    lost_reason: str = ""
    won_reason: str = ""
    expected_close_on: date | None = None


@dataclass
class ContactStory:
    """One person's history. `stages` are (stage, moment) in order; `answers` are BANT (question, text, moment)."""

    first_name: str
    last_name: str
    email: str
    phone: str
    function: str
    seniority: str
    job_title: str
    language: str
    company: int
    source: int
    campaign: int | None
    created_at: datetime
    touches: list[TouchStory] = field(default_factory=list)
    stages: list[tuple[str, datetime]] = field(default_factory=list)
    status: str = "new"
    status_at: datetime | None = None
    recontact_on: date | None = None
    back_at: datetime | None = None  # when the day to come back had come
    handoff: HandoffStory | None = None
    deal: DealStory | None = None
    answers: list[tuple[str, str, datetime]] = field(default_factory=list)

    def touch(
        self,
        kind: str,
        at: datetime,
        *,
        attributes: dict[str, str | int] | None = None,
        outcome: str = "",
        by_sales: bool = False,
        is_human: bool = True,
        campaign: int | None = None,
    ) -> None:
        """Add what happened at a moment."""
        self.touches.append(TouchStory(kind, at, attributes or {}, outcome, by_sales, is_human, campaign))


@dataclass(frozen=True)
class Story:
    """Everything, in the order in which it is written."""

    companies: list[CompanyStory]
    contacts: list[ContactStory]
    campaigns: list[tuple[date, date]]
