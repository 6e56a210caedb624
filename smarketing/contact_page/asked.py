"""What of the timeline is asked for, as the address says it: filters, and the place where a page begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.core import signing

from accounts.models import Side
from leads.models import TransitionKind
from leads.touchpoint_kinds import KINDS
from smarketing.contact_page.event import PROMISES, Event

SALT: Final = "smarketing.contact.timeline"


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the timeline is shown; empty is everything. `team` is a side, `kind` of a touch or of the ledger."""

    team: str = ""
    kind: str = ""
    human: bool = False

    @classmethod
    def of(cls, query: Any) -> Filters:
        """From the address; what makes no sense is left out."""
        team, kind = query.get("team", ""), query.get("kind", "")
        return cls(
            team if team in Side.values else "",
            kind if kind in KINDS or kind in TransitionKind.values or kind in PROMISES else "",
            query.get("human") == "1",
        )

    @property
    def is_on(self) -> bool:
        return self != Filters()


class Position(NamedTuple):
    """Compares as events do."""

    at: datetime
    ledger: int
    pk: int


def write_position(event: Event) -> str:
    """Signed, for the address of the page that begins behind this event."""
    at, rank, pk = event.place
    return signing.dumps([at.isoformat(), rank, pk], salt=SALT)


def read_position(text: str) -> Position | None:
    """None for the newest page, also where somebody has altered the address."""
    try:
        at, ledger, pk = signing.loads(text, salt=SALT) if text else (None, 0, 0)
    except (signing.BadSignature, ValueError):
        return None
    return Position(datetime.fromisoformat(at), ledger, pk) if at else None
