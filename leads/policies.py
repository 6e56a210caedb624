"""Holds the rulebook in force against a change on its way through its door.

Every door asks here, whoever comes: a page, another system, an import or a job. What a rule blocks is refused,
or left out of a set that no person sent. A warning is a refusal until the person says why; the reason is kept.
Where nobody can be asked, and where a rule only advises, the change is made and noted.
Messages that were sent are noted by `leads.messaging.noting`: nothing holds up what has happened.
What each rule says of a change stands in `leads.questions`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final

from accounts.models import User
from leads.actions.ledger import By
from leads.changes import FREED, Change
from leads.deciding import understood
from leads.errors import RuleAsks, RuleForbids
from leads.facts import contact_catalogue, matching
from leads.models import Contact, Origin, RuleException
from leads.questions import BUILT_IN, SAYS, may_not_bring_in
from lifecycle import rulebook, vocabulary
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleMode, RuleVersion

Hold = Callable[[Change], None]
"""Keeps still, until the transaction ends, what a higher app counts by when it is asked of the change."""

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


def reason_given() -> str:
    """Why the person who acts goes on against warnings; empty as long as nobody has said."""
    return _reason.get()


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


def hold(change: Change) -> None:
    """Called before any contact is locked: of two changes that would each be admitted alone the second is asked after
    the first. What deals leads takes the same locks in the same order."""
    for held in _HOLDS.get(change.event, ()):
        held(change)


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
    # What refuses anyway refuses first: nobody is asked for a reason that leads nowhere.
    rules = sorted(
        (rule for rule in _speaking(change) if rule.pk not in change.before),
        key=lambda rule: rule.mode != RuleMode.BLOCK,
    )
    asked = by.origin == Origin.PERSON or _attended.get()
    notes: list[RuleException] = []
    warnings: list[dict[str, object]] = []
    for rule in rules:
        broken = broken_by(rule, change, wanted, at=at)
        if not broken:
            continue
        if rule.mode == RuleMode.BLOCK:
            if asked or refuses:
                raise RuleForbids(**_words(rule, change, broken, at))
            wanted -= broken
            continue
        reason = reason_given()
        if rule.mode == RuleMode.WARN and asked and not reason:
            warnings.append(_words(rule, change, broken, at))
            continue
        why = reason if rule.mode == RuleMode.WARN and asked else ""
        notes += (note(rule, change, pk, by=by, at=at, reason=why) for pk in broken)
    if warnings:
        raise RuleAsks(*warnings[1:], **warnings[0])
    return wanted, [note for note in notes if note.contact_id in wanted]


def note(
    rule: RuleVersion, change: Change, contact_id: int, *, by: By, at: datetime, reason: str = ""
) -> RuleException:
    """What passes against a rule, as it goes on record: overridden for a reason, or nobody was asked."""
    return RuleException(
        version=rule,
        contact_id=contact_id,
        event=change.event,
        target=change.target,
        how=RuleException.How.OVERRIDDEN if reason else RuleException.How.PASSED,
        origin=by.origin,
        actor=by.actor,
        reason=reason,
        at=at,
    )


def own_rules_against(
    event: str, contact_ids: Collection[int], *, at: datetime
) -> list[tuple[RuleVersion, set[int]]]:
    """The company's own rules in force for that event, whatever the target, each with those of the contacts that do
    not meet it. For what looks before it chooses; one query, and one more for each rule."""
    rules = rulebook.speaking_of([event]) if contact_ids else []
    return [(rule, _unmet(rule, contact_ids, at=at)) for rule in rules]


def closed_by(change: Change, contact_ids: Collection[int], *, at: datetime) -> dict[int, RuleVersion]:
    """Of whom it would be refused, the first rule that does; nothing goes on record. One query for each rule."""
    found: dict[int, RuleVersion] = {}
    for rule in _speaking(change) if contact_ids else ():
        if rule.mode == RuleMode.BLOCK:
            for pk in broken_by(rule, change, contact_ids, at=at):
                found.setdefault(pk, rule)
    return found


def broken_already(contact: Contact, *, at: datetime) -> frozenset[int]:
    """The rules about what is known of a contact that this one does not keep as it stands; one query each."""
    change = Change(RuleEvent.CONTACT)
    return frozenset(rule.pk for rule in _speaking(change) if broken_by(rule, change, [contact.pk], at=at))


def rules_at(events: Collection[str]) -> dict[str, list[RuleVersion]]:
    """The rules in force that speak at each of these events, whatever its target. One query."""
    keys = {key for event in events for key in BUILT_IN.get(event, ())}
    rules = [rule for rule in rulebook.speaking_of(events, keys=keys) if not _is_silent(rule)]
    return {
        event: [
            rule
            for rule in rules
            if rule.event == event or (not rule.event and rule.rule.key in BUILT_IN.get(event, ()))
        ]
        for event in events
    }


def _speaking(change: Change) -> list[RuleVersion]:
    keys = BUILT_IN.get(change.event, {})
    rules = rulebook.speaking_at(change.event, target=change.target, keys=keys)
    return [rule for rule in rules if not _is_silent(rule)]


def _is_silent(rule: RuleVersion) -> bool:
    """Where rule 1 blocks, the doors ask it before there is a contact, so that quarantine can keep who came.

    A version from before its question asked anybody holds nobody up either.
    """
    was_asked_before = rule.rule.key == RuleKey.MINIMUM_INFORMATION and rule.mode == RuleMode.BLOCK
    return was_asked_before or not rule.is_asked


def words_of(rule: RuleVersion) -> dict[str, object]:
    """Its number, its version and what it says, in the reader's language."""
    return {
        "rule": rule.rule.number,
        "version": rule.agreement.number,
        "text": vocabulary.said(rule.criteria, vocabulary.catalogue()) or rule.text,
    }


def _words(rule: RuleVersion, change: Change, broken: Collection[int], at: datetime) -> dict[str, object]:
    said = words_of(rule)
    says = None if rule.event else SAYS.get((change.event, rule.rule.key))
    return said | {"text": says(rule, change, broken, at)} if says else said


def broken_by(rule: RuleVersion, change: Change, contact_ids: Collection[int], *, at: datetime) -> set[int]:
    """Of these contacts, those whose change the rule speaks against. One query."""
    if not rule.event:
        return BUILT_IN[change.event][rule.rule.key](rule, change, contact_ids, at)
    # A rule of the company's own speaks of what comes to where it was not, and not of going back or letting go.
    if change.leaving or change == FREED or change.stays:
        return set()
    return _unmet(rule, contact_ids, at=at)


def _unmet(rule: RuleVersion, contact_ids: Collection[int], *, at: datetime) -> set[int]:
    facts = contact_catalogue()
    node = understood(rule.criteria, facts, rule)
    if node is None:  # what nobody can read any more stops nobody
        return set()
    meets = matching(node, at=at, catalogue=facts)
    kept = Contact.objects.filter(pk__in=contact_ids).filter(meets).order_by()
    return set(contact_ids) - set(kept.values_list("pk", flat=True))


def forbid_bringing_in(creator: User, *, at: datetime) -> None:
    """Raise RuleForbids where that person may not create a contact by hand, before there is any. One query."""
    change = Change(RuleEvent.CONTACT, creator=creator)
    for rule in _speaking(change):
        is_about_that = rule.rule.key == RuleKey.CONTACT_CREATION and rule.mode == RuleMode.BLOCK
        if is_about_that and may_not_bring_in(rule, change, (0,), at):
            raise RuleForbids(**_words(rule, change, (0,), at))


_HOLDS: Final[dict[str, list[Hold]]] = {}


def hold_at(event: str, held: Hold) -> None:
    """Called in the `ready` of the app that counts; the same twice is harmless."""
    if held not in _HOLDS.setdefault(event, []):
        _HOLDS[event].append(held)
