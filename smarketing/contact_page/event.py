"""One thing that happened to a contact, wherever it is on record; knows no page and reads nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from leads.touchpoint_kinds import KINDS

TOUCH, LEDGER, PROMISE = 0, 1, 2
"""What a row is; of one moment the last come first."""
TACTIC: Final = "tactic"
PLAYBOOK: Final = "playbook"
PROMISES: Final = ("clock", "handoff", TACTIC, PLAYBOOK)
ROUTED: Final = "routed"
"""What became of a handoff that came to a rep, or to nobody."""


@dataclass(slots=True)
class Event:
    """One row; `times` are those of like touches of the same day that follow it, folded into it.

    Of a promise `after` says what became of it, and `data` holds the particulars. `before` and `after` are names, their
    keys stand beside them; `agreement` is the signed version that decided, whose number is `version`.
    """

    rank: int
    pk: int
    at: datetime
    kind: str
    before: str = ""
    after: str = ""
    is_human: bool = True
    origin: str = ""
    actor: str = ""
    side: str = ""
    source: str = ""
    campaign: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    named: str = ""
    version: int | None = None
    agreement: int | None = None
    before_key: str = ""
    after_key: str = ""
    undoes: bool = False
    times: list[datetime] = field(default_factory=list)

    @property
    def is_ledger(self) -> bool:
        return self.rank != TOUCH

    @property
    def is_told_by_ledger(self) -> bool:
        """Whether it is a step of a handoff that changed the owner, too."""
        return self.after == ROUTED and bool(self.data["moved"])

    @property
    def place(self) -> tuple[datetime, int, int]:
        """Where it stands among all events of the contact."""
        return self.at, self.rank, self.pk

    @property
    def team(self) -> str:
        """The side whose work or channel it is; of the ledger the side of who decided."""
        known = None if self.is_ledger else KINDS.get(self.kind)
        return known.side if known else self.side

    @property
    def title(self) -> str:
        """What the touch was about: a page, a form, a document."""
        return str(self.data.get("title") or self.data.get("form") or self.data.get("path") or "")

    @property
    def text(self) -> str:
        """Words that somebody wrote."""
        return str(self.data.get("note") or self.data.get("message") or "")

    @property
    def count(self) -> int:
        return len(self.times) + 1

    def is_like(self, other: Event) -> bool:
        """Whether the two are the same thing done again, so that one line says both."""
        return (
            not self.is_ledger
            and not other.is_ledger
            and not (self.text or other.text)
            and (self.kind, self.after, self.actor, self.is_human)
            == (other.kind, other.after, other.actor, other.is_human)
        )
