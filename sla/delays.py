"""Holds the hours of the two rules on delays beside what the contract promises, so that they never differ in silence.

The contract sets the clocks: its clause is what sales is held to, in its own calendar. Where a contract has no clause
on first contact, the rule in force sets them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lifecycle import beside, rulebook
from lifecycle.beside import Beside
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from sla.clause_texts import counted
from sla.contract_words import IN_FORCE_URL
from sla.models import ContractVersion, Handoff, Metric

LANES: Final = {
    RuleKey.REQUEST_DELAY: Handoff.Lane.REQUEST,
    RuleKey.HANDOFF_DELAY: Handoff.Lane.STANDARD,
}
"""Which handoffs each of the two rules is about."""

BUDGETS: Final = {
    Handoff.Lane.REQUEST: "budget_minutes_request",
    Handoff.Lane.STANDARD: "budget_minutes",
}
"""What the clause on first contact calls the time of each lane."""


@dataclass(frozen=True)
class Disagreement:
    """A rule in force and a contract that name different times for the same."""

    rule: RuleVersion
    hours: Decimal
    promised: Decimal

    @property
    def text(self) -> str:
        return _("Rule %(rule)s (v%(version)s) says %(hours)s, this contract promises %(promised)s") % {
            "rule": self.rule.rule.number,
            "version": self.rule.agreement.number,
            "hours": in_words(self.hours),
            "promised": in_words(self.promised),
        }

    @property
    def url(self) -> str:
        return f"/rules/{self.rule.rule.key}/"


def hours_of(rule: RuleVersion | None) -> Decimal | None:
    """What the rule says; None where it says nothing."""
    found = rule.parameters.get("hours") if rule else None
    return None if found is None else Decimal(str(found))


def in_words(hours: Decimal) -> str:
    return counted(hours, "working hour", get_language() or "en")


def rules_of_delay() -> dict[str, RuleVersion]:
    """The rules in force, by the lane each is about. One query."""
    return {LANES[rule.rule.key]: rule for rule in rulebook.speaking_of((), keys=list(LANES))}


def promised_in(contract: ContractVersion | None) -> dict[str, Decimal]:
    """Hours by lane of its clause on first contact; none without the clause. One query, none where it is prefetched."""
    clauses = contract.clauses.all() if contract else ()
    clause = next((one for one in clauses if one.metric == Metric.FIRST_CONTACT), None)
    if clause is None:
        return {}
    return {lane: Decimal(str(clause.parameters[name])) / 60 for lane, name in BUDGETS.items()}


def contract_in_force() -> ContractVersion | None:
    return ContractVersion.objects.in_force().prefetch_related("clauses").first()


def disagreements(contract: ContractVersion) -> list[Disagreement]:
    """The rules in force that name another time than this contract, requests first. One query, two with the clauses."""
    promised, rules = promised_in(contract), rules_of_delay()
    found = [
        Disagreement(rules[lane], hours, promised[lane])
        for lane in BUDGETS
        if lane in rules and lane in promised and (hours := hours_of(rules[lane])) is not None
    ]
    return [one for one in found if one.hours != one.promised]


def beside_the_contract(rule: RuleVersion) -> Beside | None:
    """What the contract in force promises for the same answers; None for a rule that names no hours. Two queries."""
    hours = hours_of(rule)
    if hours is None:
        return None
    promised = promised_in(contract_in_force()).get(LANES[rule.rule.key])
    if promised is None:
        text = _("The contract in force promises no time for it: the clocks go by this rule.")
        return Beside(text, IN_FORCE_URL, differs=False)
    if promised == hours:
        text = _("The contract in force promises the same; the clocks go by the contract.")
        return Beside(text, IN_FORCE_URL, differs=False)
    text = _(
        "This rule says %(hours)s, the contract in force promises %(promised)s; the clocks go by the contract."
    )
    said = {"hours": in_words(hours), "promised": in_words(promised)}
    return Beside(text % said, IN_FORCE_URL, differs=True)


def provide_tellings() -> None:
    for key in LANES:
        beside.provide(key, beside_the_contract)
