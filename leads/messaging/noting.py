"""Puts on record which of the messages that were sent the rulebook speaks against.

A message was sent and is evidence, whatever the mode of a rule; it is noted at the moment it was sent, so that
history that comes in late counts in its own month. Each is judged by what was known when it was recorded: whom a rule
of the company's own speaks against is asked before, since the message itself would change the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.models import User
from leads.actions.ledger import locked
from leads.errors import RuleAsks
from leads.messaging.sets import messages, owned_since, unmet
from leads.messaging.terms import spoken, terms_in_force
from leads.messaging.verdict import Cap, Known, Leave, Pause, Sent, Spoken, Terms, holding, was_too_many
from leads.models import Contact, Origin, RuleException, SendCheck, SendCheckLine, Touchpoint
from leads.policies import reason_given, words_of
from leads.retention import due, due_at, retention_rule
from leads.touchpoint_kinds import BY_HAND, MESSAGES, PERSONAL_MESSAGES, SALES_TOUCHES
from lifecycle.keys import MessageKind
from lifecycle.models import RuleEvent, RuleVersion

LASTS: Final = timedelta(days=7)
"""How long after a send check a message goes by the reason that was given there."""


@dataclass(frozen=True, slots=True)
class Before:
    """The rules in force before messages are recorded; by version, whom one of the company's own speaks against."""

    terms: Terms = field(default_factory=Terms)
    unmet: Mapping[int, set[int]] = field(default_factory=dict)


def are_messages(rows: Iterable[Touchpoint]) -> list[Touchpoint]:
    return [row for row in rows if row.kind in MESSAGES | PERSONAL_MESSAGES]


def one_after_the_other(rows: Collection[Touchpoint]) -> None:
    """Hold the contacts of the messages until the transaction ends: of two that are recorded at once and would
    share the last place under the cap, the later one sees the other. One query, none without a message."""
    if wanted := {row.contact_id for row in are_messages(rows)}:
        locked(wanted)


def before_recording(rows: Iterable[Touchpoint], *, at: datetime) -> Before:
    """What `note_messages` goes by; one query, two more where a rule of the company's own
    speaks, none without a message."""
    sent = are_messages(rows)
    if not sent:
        return Before()
    terms = terms_in_force()
    return Before(terms, unmet(terms.own, {row.contact_id for row in sent}, at=at))


def note_messages(rows: Iterable[Touchpoint], before: Before) -> None:
    """Note those just recorded that a rule speaks against; six queries, one where no rule speaks.

    Raise RuleAsks where a person tells of a message that a rule of the company's own warns of, and nobody said why.
    """
    sent = are_messages(rows)
    if not sent:
        return
    terms = before.terms
    notes = [*_while_paused(sent, terms.pause), *_too_many(sent, terms.cap), *_to_somebody_due(sent)]
    notes += _against_own(sent, before)
    _by_send_checks(notes, terms)
    RuleException.objects.bulk_create(notes, batch_size=2000)


def _against_own(sent: Sequence[Touchpoint], before: Before) -> list[RuleException]:
    """What was sent before a version came into force is not held against it."""
    found = [
        (one.rule, row)
        for one in before.terms.own
        for row in sent
        if one.is_about(_kind(row))
        and row.contact_id in before.unmet.get(one.rule.version_id, ())
        and (one.since is None or one.since <= row.occurred_at)
    ]
    asked = {rule.version_id for rule, row in found if rule.warns and row.origin == BY_HAND}
    if asked and not reason_given():
        rules = RuleVersion.objects.filter(pk__in=asked).select_related("rule", "agreement")
        first, *others = [words_of(rule) for rule in rules.order_by("rule__number")]
        raise RuleAsks(*others, **first)
    return [
        _note(rule, row, reason=reason_given() if rule.warns and row.origin == BY_HAND else "")
        for rule, row in found
    ]


def _by_send_checks(notes: Sequence[RuleException], terms: Terms) -> None:
    """Where a warning was answered when the mailing was checked, its reason goes with the message. One query, none
    where no rule that warns is broken."""
    warning = {rule.version_id for rule in terms.rules if rule.warns}
    asked = [note for note in notes if note.version_id in warning and note.origin == Origin.API]
    if not asked:
        return
    lines = SendCheckLine.objects.filter(
        leave=Leave.DESPITE,
        contact__in={note.contact_id for note in asked},
        version__in=warning,
        check_run__at__gt=min(note.at for note in asked) - LASTS,
    ).exclude(check_run__reason="")
    given: dict[tuple[int, int | None], list[SendCheck]] = {}
    for line in lines.select_related("check_run").order_by("-check_run__at", "-pk"):
        given.setdefault((line.contact_id, line.version_id), []).append(line.check_run)
    for note in asked:
        checks = given.get((note.contact_id, note.version_id), ())
        check = next((one for one in checks if note.at - LASTS < one.at <= note.at), None)
        if check:
            note.how, note.reason = RuleException.How.OVERRIDDEN, check.reason
            note.actor_id = check.asked_by_id


def _kind(row: Touchpoint) -> str:
    return MessageKind.PERSONAL if row.kind in PERSONAL_MESSAGES else MessageKind.BRANDED


def _while_paused(sent: Sequence[Touchpoint], pause: Pause | None) -> list[RuleException]:
    """By what the contact is now, and when sales was last in touch by the moment of each message."""
    branded = [row for row in sent if row.kind in MESSAGES]
    if pause is None or not branded:
        return []
    written = Contact.objects.filter(pk__in={row.contact_id for row in branded})
    people = {
        contact.pk: contact
        for contact in written.select_related("owner__team").annotate(owned_since=owned_since()).order_by()
    }
    touches = _sales_touches(branded)
    notes = []
    for row in branded:
        before = [at for at in touches.get(row.contact_id, ()) if at <= row.occurred_at]
        known = _known(people[row.contact_id], touched_at=max(before, default=None))
        if held := holding(known, pause, at=row.occurred_at):
            notes.append(_note(pause.rule, row, facts={"cause": held[0][0].value}))
    return notes


def _sales_touches(rows: Sequence[Touchpoint]) -> dict[int, list[datetime]]:
    """When sales was in touch with those people. One query."""
    touches = Touchpoint.objects.filter(
        contact__in={row.contact_id for row in rows},
        kind__in=sorted(SALES_TOUCHES),
        occurred_at__lte=max(row.occurred_at for row in rows),
    )
    found: dict[int, list[datetime]] = {}
    for contact_id, at in touches.order_by().values_list("contact_id", "occurred_at"):
        found.setdefault(contact_id, []).append(at)
    return found


def _known(contact: Any, *, touched_at: datetime | None) -> Known:
    """What a pause asks of a contact with `owned_since`."""
    return Known(
        has_email=bool(contact.email),
        has_withdrawn=False,
        has_bounced=False,
        status=contact.status_id or "",
        status_since=contact.status_since,
        stage=contact.stage_id or "",
        stage_since=contact.stage_since,
        owner_side=side_of(contact.owner),
        owner_since=contact.owned_since,
        touched_at=touched_at,
    )


def side_of(owner: User | None) -> str | None:
    """Empty of somebody without a team, None of nobody."""
    if owner is None:
        return None
    return owner.team.side if owner.team else ""


def _too_many(sent: Sequence[Touchpoint], cap: Cap | None) -> list[RuleException]:
    counted = [row for row in sent if cap and cap.counts(_sent(row))]
    if cap is None or not counted:
        return []
    moments = [row.occurred_at for row in counted]
    lately = messages().filter(
        contact__in={row.contact_id for row in counted},
        occurred_at__gt=min(moments) - cap.window,
        occurred_at__lte=max(moments),
    )
    of_contact: dict[int, list[Sent]] = {}
    for contact_id, kind, at in lately.order_by().values_list("contact_id", "kind", "occurred_at"):
        of_contact.setdefault(contact_id, []).append(Sent(at, kind in PERSONAL_MESSAGES))
    return [
        _note(cap.rule, row)
        for row in counted
        if was_too_many(_sent(row), of_contact.get(row.contact_id, ()), cap)
    ]


def _to_somebody_due(sent: Sequence[Touchpoint]) -> list[RuleException]:
    """Of both kinds: whoever is due to be erased is written to by nobody."""
    rule = retention_rule()
    if rule is None or not rule.is_asked:
        return []
    began = due_at(rule.parameters, status="status", since="status_since")
    found = due(rule, at=max(row.occurred_at for row in sent)).filter(pk__in={row.contact_id for row in sent})
    since = dict(found.annotate(due_at=began).order_by().values_list("pk", "due_at"))
    return [
        _note(spoken(rule), row)
        for row in sent
        if row.contact_id in since and since[row.contact_id] <= row.occurred_at
    ]


def _sent(row: Touchpoint) -> Sent:
    return Sent(row.occurred_at, row.kind in PERSONAL_MESSAGES)


def _note(
    rule: Spoken, row: Touchpoint, *, facts: Mapping[str, Any] | None = None, reason: str = ""
) -> RuleException:
    by_hand = row.origin == BY_HAND
    return RuleException(
        version_id=rule.version_id,
        contact_id=row.contact_id,
        event=RuleEvent.MESSAGE,
        how=RuleException.How.OVERRIDDEN if reason else RuleException.How.PASSED,
        reason=reason,
        origin=Origin.PERSON if by_hand else Origin.API,
        actor_id=row.actor_id if by_hand else None,
        facts=dict(facts or {}),
        at=row.occurred_at,
    )
