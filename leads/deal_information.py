"""What must be known of a deal at each stage, by the rule in force, and who keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db.models import Q
from django.utils.functional import Promise

from leads.models import Deal, DealStage
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.rule_parameters import DEAL_KNOWABLE, STEWARDS
from lifecycle.rulebook import rule_in_force

ORDER: Final = (DealStage.QUALIFIED, DealStage.QUOTE, DealStage.NEGOTIATION, DealStage.WON)
"""What is asked at a stage is asked at those behind it too; of a lost deal nothing."""
LABELS: Final[Mapping[str, str | Promise]] = dict(DEAL_KNOWABLE)
UNKNOWN: Final[Mapping[str, Q]] = {
    "amount": Q(amount_cents=0),
    "expected_close_on": Q(expected_close_on=None),
    "company": Q(company=None, contact__company=None),
    "owner": Q(owner=None),
    "note": Q(note=""),
    "won_reason": Q(won_reason=""),
}
"""By field, the deals that do not say it."""


def information_rule() -> RuleVersion | None:
    """The rule in force. One query."""
    return rule_in_force(RuleKey.DEAL_INFORMATION)


def wanted(parameters: Mapping[str, Any], stage: str) -> list[str]:
    """What must be known at the stage, in the order of the stages that ask it; why it was won is asked when it is."""
    if stage not in ORDER:
        return []
    asked = [name for one in ORDER[: ORDER.index(DealStage(stage)) + 1] for name in parameters.get(one, ())]
    is_won = stage == DealStage.WON
    return [name for name in dict.fromkeys(asked) if name in UNKNOWN and (is_won or name != "won_reason")]


def known_of(deal: Deal, **values: Any) -> frozenset[str]:
    """What is known of the deal, with these values instead of its own; its company may be the contact's.

    Reads `contact` (select it).
    """
    said = {name: values.get(name, getattr(deal, _COLUMNS.get(name, name))) for name in UNKNOWN}
    said["company"] = said["company"] or deal.contact.company_id
    return frozenset(name for name, value in said.items() if value)


_COLUMNS: Final = {"amount": "amount_cents", "company": "company_id", "owner": "owner_id"}


def lacking(parameters: Mapping[str, Any], stage: str, known: Collection[str]) -> list[str]:
    """What the rule wants at the stage and nobody has said."""
    return [name for name in wanted(parameters, stage) if name not in known]


def missing_of(rule: RuleVersion | None, deal: Deal) -> list[str]:
    """The same of a deal as it stands, in words."""
    return in_words(lacking(rule.parameters, deal.stage, known_of(deal))) if rule else []


def in_words(names: Collection[str]) -> list[str]:
    return [str(LABELS[name]) for name in names]


def lacks_something(parameters: Mapping[str, Any]) -> Q:
    """The deals that lack something at the stage where they stand."""
    found = Q(pk__in=())
    for stage in ORDER:
        unknown = Q(pk__in=())
        for name in wanted(parameters, stage):
            unknown |= UNKNOWN[name]
        found |= Q(stage=stage) & unknown
    return found & Q(contact__erasure=None)


def steward_of(rule: RuleVersion | None, deal_owner: object) -> str:
    """Who keeps what is known of the deal: its owner by name, or the manager who is agreed; empty without a rule."""
    if rule is None:
        return ""
    steward = rule.parameters.get("steward", "owner")
    if steward == "owner" and deal_owner is not None:
        return str(deal_owner)
    return steward_label(steward)


def steward_label(steward: str) -> str:
    return str(dict(STEWARDS).get(steward, ""))
