"""What the rulebook wants to know of a person before there is a contact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lifecycle.keys import RuleKey
from lifecycle.models import RuleMode, RuleVersion

FACTS: Final = (
    *("first_name", "last_name", "email", "phone", "job_title", "function", "seniority", "city", "country"),
    *("language", "company", "source", "campaign"),
)
"""The facts that the rule may ask for: those that a contact has of its own."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """One of these facts must be known; `rule` and `version` are the numbers of what says so."""

    any_of: tuple[str, ...]
    rule: int
    version: int

    def is_met(self, known: Iterable[str]) -> bool:
        return not set(self.any_of).isdisjoint(known)


def minimum_in_force() -> Minimum | None:
    """What the rule blocks without; None when it does not block, or names nothing we know. One query."""
    rules = RuleVersion.objects.in_force().filter(rule__key=RuleKey.MINIMUM_INFORMATION, mode=RuleMode.BLOCK)
    rule = rules.select_related("rule", "agreement").first()
    wanted = tuple(name for name in rule.parameters.get("any_of", ()) if name in FACTS) if rule else ()
    if rule is None or not wanted:
        return None
    return Minimum(any_of=wanted, rule=rule.rule.number, version=rule.agreement.number)
