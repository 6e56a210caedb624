"""What is about to happen to some contacts, as the rulebook is asked of it; knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from accounts.models import User
from lifecycle.creation import CREATORS
from lifecycle.models import RuleEvent


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to happen, or just happened in this transaction, to some contacts.

    `target`: the key of the stage or status, the id of the new owner. `leaving`: for a move back, the stage each
    contact leaves.
    `before`: for an edit, the rules that the contact broke already; nobody is held up by what another left behind.
    `known`: for a deal, what is known of that of each contact.
    `stays`: nothing comes to where it was not: a lead goes to whoever owns its contact, a deal is edited in its stage.
    `creator`: who brings new contacts in, and by which `way` of the rule on that; None of an edit, and of what nobody
    sends.
    """

    event: RuleEvent
    target: str = ""
    leaving: Mapping[int, str] = field(default_factory=dict)
    before: frozenset[int] = frozenset()
    known: Mapping[int, Collection[str]] = field(default_factory=dict)
    stays: bool = False
    creator: User | None = None
    way: str = CREATORS


FREED: Final = Change(RuleEvent.OWNER)
"""A contact that nobody is given."""
