"""Holds the rules in force against one batch: what may come in, what is refused, and what goes on record.

The loader writes the facts of the rows, without their stages and statuses, asks here and takes it all back; then
the rows come in by what was answered. So a rule meets each contact as it will be, and costs one query a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.backends.utils import CursorWrapper

from leads.changes import Change
from leads.deal_information import lacking
from leads.models import ImportRun, Origin, RuleException
from leads.policies import broken_by, rules_at
from lifecycle.creation import IMPORTERS, is_named, named_in
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleMode, RuleVersion

EVENTS: Final = (
    RuleEvent.CONTACT,
    RuleEvent.STAGE,
    RuleEvent.STATUS,
    RuleEvent.OWNER,
    RuleEvent.DEAL,
    RuleEvent.ADVANCE,
)
PARTS: Final = (RuleEvent.STAGE, RuleEvent.STATUS, RuleEvent.OWNER)
"""What a row may come in without."""
LEFT_OUT: Final = "rule_left_out"


@dataclass(frozen=True, slots=True)
class Case:
    """A change that a line asks for, and the moment at which it happened."""

    line: int
    contact_id: int
    event: str
    target: str
    at: datetime


@dataclass(slots=True)
class Answer:
    """What the rules say of a batch.

    `refused`: line → reason and rule. `left_out`: what its row comes in without. `told`: what goes into the report.
    """

    refused: dict[int, tuple[str, RuleVersion]] = field(default_factory=dict)
    left_out: set[Case] = field(default_factory=set)
    told: list[tuple[str, RuleVersion, Case]] = field(default_factory=list)
    notes: list[tuple[Case, RuleException]] = field(default_factory=list)

    def stands(self, case: Case) -> bool:
        return case.line not in self.refused and case not in self.left_out

    def odd(self) -> dict[tuple[str, str], list[int]]:
        """Lines by code and rule, of the rows that come in."""
        lines: dict[tuple[str, str], set[int]] = {}
        for code, rule, case in self.told:
            if case.line not in self.refused and (code == LEFT_OUT or case not in self.left_out):
                lines.setdefault((code, label_of(rule)), set()).add(case.line)
        return {told: sorted(found) for told, found in lines.items()}

    def record(self) -> None:
        """Puts on record what came in against a rule. To be called when the contacts are there."""
        RuleException.objects.bulk_create(
            (note for case, note in self.notes if self.stands(case)), batch_size=2000
        )


def label_of(rule: RuleVersion) -> str:
    """How a rule stands in the report of an import: number and version."""
    return f"{rule.rule.number}.{rule.agreement.number}"


class Ruling:
    """The rules of the moment for one run. `asks_later`: a rehearsal counts the warnings, nobody answers yet."""

    def __init__(self, run: ImportRun, *, at: datetime, leaves_out: bool, asks_later: bool) -> None:
        self.run = run
        self.at = at
        self.leaves_out = leaves_out
        self.asks_later = asks_later
        self.rules = rules_at(EVENTS)
        # No import moves anybody back.
        self.rules[RuleEvent.STAGE] = [
            rule for rule in self.rules[RuleEvent.STAGE] if rule.rule.key != RuleKey.REGRESSION
        ]
        # Whoever may bring contacts in by files may bring all of these: nothing is written twice for that.
        self.rules[RuleEvent.CONTACT] = [
            rule
            for rule in self.rules[RuleEvent.CONTACT]
            if rule.rule.key != RuleKey.CONTACT_CREATION or not self._may_bring_in(rule)
        ]

    def _may_bring_in(self, rule: RuleVersion) -> bool:
        who = self.run.created_by
        return who is None or is_named(who, named_in(rule.parameters, IMPORTERS))

    def speaks_at(self, *events: str) -> bool:
        return any(self.rules[event] for event in events)

    def reads_facts_at(self, *events: str) -> bool:
        """Whether a rule there depends on what the rows say, which must be written for it to be asked."""
        return any(_reads_facts(rule) for event in events for rule in self.rules[event])

    def broken_already(self, contact_ids: list[int]) -> dict[int, set[int]]:
        """By rule about contacts, those who break it as they stand: nobody is held up by what was there before."""
        change = Change(RuleEvent.CONTACT)
        if not contact_ids:
            return {}
        return {
            rule.pk: set(contact_ids)  # nobody brings in who is here
            if rule.rule.key == RuleKey.CONTACT_CREATION
            else broken_by(rule, change, contact_ids, at=self.at)
            for rule in self.rules[change.event]
        }

    def ask(
        self,
        cases: Iterable[Case],
        answer: Answer,
        *,
        before: Mapping[int, set[int]] | None = None,
        leaves_out: bool = False,
        known: Collection[int] | None = None,
    ) -> None:
        """Adds to the answer what the rules say of these changes; a query for each rule, for a question of the product
        one for each target: to whom a contact goes is nothing to a rule of the company's own.

        `before`: who broke which rule already. `leaves_out`: the rows come in without what a rule holds. `known`: who
        was here before, where that is known: of anybody else, rules about what stood already have nothing to say.
        """
        leaves_out = leaves_out or self.leaves_out
        for event, wanted in _grouped(cases, lambda case: case.event).items():
            for rule in self.rules[event]:
                there = [case for case in wanted if rule.target in ("", case.target)]
                if known is not None and not _reads_facts(rule):
                    there = [case for case in there if case.contact_id in known]
                broken = self._broken(rule, event, there)
                held = (before or {}).get(rule.pk, set())
                against = [
                    case
                    for case in there
                    if case.contact_id in broken[_asked_as(rule, case)] - held and answer.stands(case)
                ]
                if against:
                    self._decide(rule, against, answer, leaves_out=leaves_out)

    def _broken(self, rule: RuleVersion, event: str, cases: Sequence[Case]) -> dict[str, set[int]]:
        """Whose change the rule speaks against, by what it is asked of together."""
        found = {}
        for together, asked in _grouped(cases, lambda case: _asked_as(rule, case)).items():
            change = Change(RuleEvent(event), asked[0].target, creator=self.run.created_by, way=IMPORTERS)
            found[together] = broken_by(rule, change, {case.contact_id for case in asked}, at=self.at)
        return found

    def ask_deals(self, cases: Iterable[tuple[Case, Collection[str]]], answer: Answer) -> None:
        """The same of deals that come to a stage, each with what is known of it: a contact may have several."""
        asked = list(cases)
        for rule in self.rules[RuleEvent.ADVANCE]:
            against = [case for case in self._against(rule, asked) if answer.stands(case)]
            if against:
                self._decide(rule, against, answer, leaves_out=False)

    def _against(self, rule: RuleVersion, asked: Sequence[tuple[Case, Collection[str]]]) -> list[Case]:
        """A rule of the company's own is about the contact of the deal. A query for such a rule."""
        if not rule.event:
            return [case for case, known in asked if lacking(rule.parameters, case.target, known)]
        there = [case for case, _known in asked if rule.target in ("", case.target)]
        change = Change(RuleEvent.ADVANCE, rule.target)
        broken = broken_by(rule, change, {case.contact_id for case in there}, at=self.at) if there else set()
        return [case for case in there if case.contact_id in broken]

    def _decide(self, rule: RuleVersion, cases: list[Case], answer: Answer, *, leaves_out: bool) -> None:
        """History from before the rule was in force is counted and comes in; the mode decides about the rest."""
        since = rule.agreement.in_force_from
        now = [case for case in cases if since is None or case.at >= min(since, self.at)]
        answer.told += (
            ("rule_history", rule, case) for case in cases if since and case.at < min(since, self.at)
        )
        asks = rule.mode == RuleMode.WARN and self.run.created_by_id is not None
        if rule.mode == RuleMode.BLOCK:
            self._hold(rule, now, answer, reason="rule_forbids", leaves_out=leaves_out)
        elif asks and self.asks_later:
            answer.told += (("rule_asks", rule, case) for case in now)
        elif asks and not self.run.rule_reason:
            self._hold(rule, now, answer, reason="rule_unanswered", leaves_out=leaves_out)
        else:
            code = "rule_overridden" if asks else "rule_noted"
            answer.told += ((code, rule, case) for case in now)
            answer.notes += ((case, self._note(rule, case, is_overridden=asks)) for case in now)

    @staticmethod
    def _hold(rule: RuleVersion, cases: list[Case], answer: Answer, *, reason: str, leaves_out: bool) -> None:
        for case in cases:
            if case.event in PARTS and leaves_out:
                answer.left_out.add(case)
                answer.told.append((LEFT_OUT, rule, case))
            else:
                answer.refused.setdefault(case.line, (reason, rule))

    def _note(self, rule: RuleVersion, case: Case, *, is_overridden: bool) -> RuleException:
        how = RuleException.How.OVERRIDDEN if is_overridden else RuleException.How.PASSED
        actor = self.run.rule_reason_by_id if is_overridden else self.run.created_by_id
        return RuleException(
            version=rule,
            contact_id=case.contact_id,
            event=case.event,
            target=case.target,
            how=how,
            origin=Origin.IMPORT,
            actor_id=actor,
            reason=self.run.rule_reason if is_overridden else "",
            at=case.at,
        )


def _asked_as(rule: RuleVersion, case: Case) -> str:
    """A question of the product may turn on the target; a rule of the company's own is asked of all together."""
    return "" if rule.event else case.target


def _grouped(cases: Iterable[Case], by: Callable[[Case], str]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(by(case), []).append(case)
    return found


def _reads_facts(rule: RuleVersion) -> bool:
    """The others speak of what stood before: who is due to be erased, who is away, who owes an answer."""
    return bool(rule.event) or rule.rule.key in RuleKey.ASKED


REFUSED = """
UPDATE {table} r SET problem = t.reason, params = jsonb_build_object('rule', t.rule, 'version', t.version)
FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[]) t(line, reason, rule, version) WHERE r.line = t.line
"""


def refuse(cursor: CursorWrapper, answer: Answer, *, table: str) -> None:
    """Gives the refused lines their reason, for the statement that puts refused rows aside."""
    told = answer.refused.items()
    cursor.execute(
        REFUSED.format(table=table),
        [
            [line for line, _ in told],
            [reason for _, (reason, _rule) in told],
            [rule.rule.number for _, (_reason, rule) in told],
            [rule.agreement.number for _, (_reason, rule) in told],
        ],
    )
