"""Holds the rulebook in force against a change on its way through its door.

Every door asks here, whoever comes: a page, another system, an import or a job. What a rule blocks is refused,
or left out of a set that no person sent. A warning is a refusal until the person says why; the reason is kept.
Where nobody can be asked, and where a rule only advises, the change is made and noted.
Messages that were sent are noted by `leads.messaging.noting`: nothing holds up what has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.utils.translation import gettext

from leads.actions.ledger import By
from leads.deal_information import in_words
from leads.deal_information import lacking as lacking_of_deal
from leads.deal_information import wanted as wanted_of_deal
from leads.errors import RuleAsks, RuleForbids
from leads.facts import contact_catalogue, matching
from leads.minimum import asked_for, lacking
from leads.models import Contact, Origin, RuleException
from lifecycle import rulebook, vocabulary
from lifecycle.criteria.parse import parse
from lifecycle.going_back import GoingBack, Way
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleMode, RuleVersion, Stage


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to happen, or just happened in this transaction, to some contacts.

    `target`: the key of the stage or status. `leaving`: for a move back, the stage each contact leaves.
    `before`: for an edit, the rules that the contact broke already; nobody is held up by what another left behind.
    `known`: for a deal, what is known of that of each contact.
    """

    event: RuleEvent
    target: str = ""
    leaving: Mapping[int, str] = field(default_factory=dict)
    before: frozenset[int] = frozenset()
    known: Mapping[int, Collection[str]] = field(default_factory=dict)


Broken = Callable[[RuleVersion, Change, Collection[int]], set[int]]
"""Of these contacts, those whose change the rule speaks against."""


_reason: ContextVar[str] = ContextVar("reason to override a warning", default="")


@contextmanager
def overriding(reason: str) -> Iterator[None]:
    """What a person does inside goes on against warnings, for that reason."""
    token = _reason.set(reason.strip())
    try:
        yield
    finally:
        _reason.reset(token)


_attended: ContextVar[bool] = ContextVar("a person waits for the answer", default=False)


@contextmanager
def attended() -> Iterator[None]:
    """Inside, a person lets through what another system or a file has sent: refused and asked as if it were theirs."""
    token = _attended.set(True)
    try:
        yield
    finally:
        _attended.reset(token)


def oblige(change: Change, contact: Contact, *, by: By, at: datetime) -> None:
    """Ask for one contact. Raise RuleForbids, and RuleAsks for a warning that no reason overrides."""
    admitted(change, [contact.pk], by=by, at=at, refuses=True)


def admitted(
    change: Change,
    contact_ids: Collection[int],
    *,
    by: By,
    at: datetime,
    refuses: bool = False,
) -> set[int]:
    """Those of the contacts whose change may be made; what passes against a rule is on record then.

    What a person sends is refused as a whole, as RuleForbids or RuleAsks; so is what `refuses`. One query where
    no rule speaks.
    """
    wanted, notes = _asked(change, contact_ids, by=by, at=at, refuses=refuses)
    RuleException.objects.bulk_create(notes)
    return wanted


def inquire(change: Change, contact_ids: Collection[int], *, by: By, at: datetime) -> None:
    """Raise what `admitted` would, for a change that is made later; nothing goes on record. A query for each rule."""
    _asked(change, contact_ids, by=by, at=at, refuses=True)


def _asked(
    change: Change, contact_ids: Collection[int], *, by: By, at: datetime, refuses: bool
) -> tuple[set[int], list[RuleException]]:
    """Whose change may be made, and what is to go on record of it."""
    wanted = set(contact_ids)
    if not wanted:
        return wanted, []
    rules = [rule for rule in _speaking(change) if rule.pk not in change.before]
    asked = by.origin == Origin.PERSON or _attended.get()
    notes: list[RuleException] = []
    for rule in rules:
        broken = broken_by(rule, change, wanted, at=at)
        if not broken:
            continue
        if rule.mode == RuleMode.BLOCK:
            if asked or refuses:
                raise RuleForbids(**_words(rule, change, broken))
            wanted -= broken
            continue
        reason = _reason.get()
        if rule.mode == RuleMode.WARN and asked and not reason:
            raise RuleAsks(**_words(rule, change, broken))
        overridden = rule.mode == RuleMode.WARN and asked
        notes += (
            RuleException(
                version=rule,
                contact_id=pk,
                event=change.event,
                target=change.target,
                how=RuleException.How.OVERRIDDEN if overridden else RuleException.How.PASSED,
                origin=by.origin,
                actor=by.actor,
                reason=reason if overridden else "",
                at=at,
            )
            for pk in broken
        )
    return wanted, [note for note in notes if note.contact_id in wanted]


def broken_already(contact: Contact, *, at: datetime) -> frozenset[int]:
    """The rules about what is known of a contact that this one does not keep as it stands; one query each."""
    change = Change(RuleEvent.CONTACT)
    return frozenset(rule.pk for rule in _speaking(change) if broken_by(rule, change, [contact.pk], at=at))


def rules_at(events: Collection[str]) -> dict[str, list[RuleVersion]]:
    """The rules in force that speak at each of these events, whatever its target. One query."""
    keys = {key: event for event in events for key in BUILT_IN.get(event, ())}
    found: dict[str, list[RuleVersion]] = {event: [] for event in events}
    for rule in rulebook.speaking_of(events, keys=keys):
        if not _was_asked_before(rule):
            found[rule.event or keys[rule.rule.key]].append(rule)
    return found


def _speaking(change: Change) -> list[RuleVersion]:
    keys = BUILT_IN.get(change.event, {})
    rules = rulebook.speaking_at(change.event, target=change.target, keys=keys)
    return [rule for rule in rules if not _was_asked_before(rule)]


def _was_asked_before(rule: RuleVersion) -> bool:
    """Rule 1 where it blocks: the doors ask it before there is a contact, so that quarantine can keep who came."""
    return rule.rule.key == RuleKey.MINIMUM_INFORMATION and rule.mode == RuleMode.BLOCK


def words_of(rule: RuleVersion) -> dict[str, object]:
    """Its number, its version and what it says, in the reader's language."""
    return {
        "rule": rule.rule.number,
        "version": rule.agreement.number,
        "text": vocabulary.said(rule.criteria, vocabulary.catalogue()) or rule.text,
    }


def _words(rule: RuleVersion, change: Change, broken: Collection[int]) -> dict[str, object]:
    """Of a rule about deals, what is missing instead of what it says: that is what helps."""
    said = words_of(rule)
    if change.event != RuleEvent.ADVANCE or rule.event:
        return said
    missing = {
        name for pk in broken for name in lacking_of_deal(rule.parameters, change.target, change.known[pk])
    }
    names = in_words([name for name in wanted_of_deal(rule.parameters, change.target) if name in missing])
    return said | {"text": gettext("The deal lacks: %(fields)s.") % {"fields": ", ".join(names)}}


def broken_by(rule: RuleVersion, change: Change, contact_ids: Collection[int], *, at: datetime) -> set[int]:
    """Of these contacts, those whose change the rule speaks against. One query."""
    if not rule.event:
        return BUILT_IN[change.event][rule.rule.key](rule, change, contact_ids)
    if change.leaving:  # a rule of the company's own speaks of entering, not of going back
        return set()
    facts = contact_catalogue()
    meets = matching(parse(rule.criteria, facts), at=at, catalogue=facts)
    kept = Contact.objects.filter(pk__in=contact_ids).filter(meets).order_by()
    return set(contact_ids) - set(kept.values_list("pk", flat=True))


# The questions that every company answers


def _too_little_is_known(rule: RuleVersion, change: Change, contact_ids: Collection[int]) -> set[int]:
    found = Contact.objects.filter(lacking(asked_for(rule)), pk__in=contact_ids).order_by()
    return set(found.values_list("pk", flat=True))


def _goes_a_forbidden_way(rule: RuleVersion, change: Change, contact_ids: Collection[int]) -> set[int]:
    said = GoingBack.of(rule.parameters)
    leaving = {pk: change.leaving[pk] for pk in contact_ids if pk in change.leaving}
    return {pk for pk, before in leaving.items() if said.way(before, change.target) == Way.FORBIDDEN}


def _deal_before_its_stage(rule: RuleVersion, change: Change, contact_ids: Collection[int]) -> set[int]:
    stage = Stage.objects.filter(key=rule.parameters.get("stage", "")).first()
    if stage is None:
        return set()
    ready = Contact.objects.filter(pk__in=contact_ids, stage__position__gte=stage.position)
    return set(contact_ids) - set(ready.order_by().values_list("pk", flat=True))


def _deal_lacks_information(rule: RuleVersion, change: Change, contact_ids: Collection[int]) -> set[int]:
    asked = {pk: change.known[pk] for pk in contact_ids if pk in change.known}
    return {pk for pk, known in asked.items() if lacking_of_deal(rule.parameters, change.target, known)}


BUILT_IN: Final[Mapping[str, Mapping[str, Broken]]] = {
    RuleEvent.CONTACT: {RuleKey.MINIMUM_INFORMATION: _too_little_is_known},
    RuleEvent.STAGE: {RuleKey.REGRESSION: _goes_a_forbidden_way},
    RuleEvent.DEAL: {RuleKey.DEAL_CREATION: _deal_before_its_stage},
    RuleEvent.ADVANCE: {RuleKey.DEAL_INFORMATION: _deal_lacks_information},
}
"""What each says; where rule 1 blocks it has its own place, see `_was_asked_before`."""
