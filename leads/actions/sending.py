"""Answers a marketing tool, or whoever prepares a mailing, to whom it may go now; the asking and each answer are kept.

An answer is no reservation: two who ask at once for the last place under the cap are both told yes. What counts is
the message that is recorded, and of two that are recorded the one that is too many is noted. Whoever decides to write
all the same to those whom a rule advises against asks again, and says why where it warns; the reason goes with the
messages that are recorded then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from leads.errors import RuleAsks, RuleForbids, TooManyAsked
from leads.messaging.sets import leave_of, with_cause
from leads.messaging.terms import terms_in_force
from leads.messaging.verdict import Leave, Terms, reason_of
from leads.models import Contact, SendCheck, SendCheckLine
from leads.policies import reason_given, words_of
from lib.emails import normalised
from lifecycle.models import RuleMode, RuleVersion

MOST: Final = 1000
"""Contacts of one asking."""


@transaction.atomic
def check_sending(asked: Sequence[str], *, actor: User, at: datetime) -> SendCheck:
    """Ask for e-mail addresses and contact numbers, in any mixture; twice the same counts once. Six queries.

    Raise TooManyAsked beyond `MOST`.
    """
    wanted = list(dict.fromkeys(_plain(one) for one in asked))
    if not wanted or len(wanted) > MOST:
        raise TooManyAsked(asked=len(wanted), most=MOST)
    terms = terms_in_force()
    found = {
        contact.pk: contact
        for column, values in (
            ("email", [one for one in wanted if "@" in one]),
            ("pk", [int(one) for one in wanted if one.isdecimal() and len(one) < 19]),
        )
        if values
        for contact in _answered(actor, column, values, terms, at=at)
    }
    known = {contact.email for contact in found.values()} | {str(pk) for pk in found}
    check = SendCheck(asked_by=actor, at=at, unknown=sum(one not in known for one in wanted))
    return _kept(check, [_line(contact, terms) for contact in found.values()])


@transaction.atomic
def write_all_the_same(check: SendCheck, *, actor: User, at: datetime) -> SendCheck:
    """Ask again for whom a check answered, to write also to those whom a rule only advises against.

    Raise RuleAsks for the rules that warn where nobody said why, and RuleForbids where a rule blocks and nobody is
    left whom one advises against. Who is stopped stays so.
    """
    terms = terms_in_force()
    asked = list(check.lines.values_list("contact", flat=True))
    lines = [_line(contact, terms) for contact in _answered(actor, "pk", asked, terms, at=at)]
    against = [line for line in lines if line.leave == Leave.ADVISED_AGAINST]
    for line in against:
        line.leave = Leave.DESPITE
    speaking = {line.version_id for line in against or lines if line.version_id}
    rules = RuleVersion.objects.filter(pk__in=speaking).select_related("rule", "agreement")
    said = {
        mode: [words_of(rule) for rule in rules.order_by("rule__number") if rule.mode == mode]
        for mode in RuleMode
    }
    if said[RuleMode.BLOCK]:
        raise RuleForbids(**said[RuleMode.BLOCK][0])
    if said[RuleMode.WARN] and not reason_given():
        raise RuleAsks(*said[RuleMode.WARN][1:], **said[RuleMode.WARN][0])
    reason = reason_given() if said[RuleMode.WARN] else ""
    return _kept(SendCheck(asked_by=actor, at=at, unknown=check.unknown, reason=reason), lines)


def _line(contact: Any, terms: Terms) -> SendCheckLine:
    code = contact.held_back
    return SendCheckLine(
        contact=contact,
        leave=leave_of(code, terms),
        reason=reason_of(code) if code else "",
        cause=contact.pause_cause,
        version_id=_version_of(code, terms),
    )


def _kept(check: SendCheck, lines: Sequence[SendCheckLine]) -> SendCheck:
    check.save(force_insert=True)
    for line in lines:
        line.check_run = check
    SendCheckLine.objects.bulk_create(sorted(lines, key=lambda line: line.contact_id))
    return check


def _answered(actor: User, column: str, values: Sequence[object], terms: Terms, *, at: datetime) -> list[Any]:
    seen = Contact.objects.visible_to(actor).filter(erasure=None, **{f"{column}__in": values})
    return list(with_cause(seen, terms, at=at).only("pk", "email"))


def _plain(text: str) -> str:
    try:
        return normalised(text) if "@" in text else text.strip().lstrip("0")
    except ValueError:
        return text.strip()


def _version_of(reason: str, terms: Terms) -> int | None:
    rule = terms.rule_of(reason) if reason else None
    return rule.version_id if rule else None
