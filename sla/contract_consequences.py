"""What signing a contract version would change: each promise, the hours, and the work that is under way."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import Side
from agreements.consequences import Change, Consequences, Meaning
from lib import formats
from sla.calendar_words import weekly_hours
from sla.contract_words import Promise, default_calendar, promises_of
from sla.delays import disagreements
from sla.models import Clock, ContractVersion


def consequences(new: ContractVersion, old: ContractVersion | None, at: datetime) -> Consequences | None:
    """Against the version in force; None for a first contract, which replaces nothing. Five queries."""
    if old is None:
        return None
    changes = [*_promises(new, old), *_hours(new, old)]
    return Consequences(
        title=_("If this contract were in force now"),
        changes=tuple(changes),
        meanings_title=_("What it means"),
        meanings=(
            *_other_terms(new, old),
            *_balance(new, old),
            *_beside_the_rules(new),
            *_under_way(),
            _month(),
        ),
        basis="" if changes else _("No target and no working hour changes, only the text."),
    )


def _promises(new: ContractVersion, old: ContractVersion) -> list[Change]:
    """Targets that differ, new promises and dropped ones, marketing's first."""
    changes = []
    for side in (Side.MARKETING, Side.SALES):
        before = {promise.clause.metric: promise for promise in promises_of(old, side)}
        for promise in promises_of(new, side):
            earlier = before.pop(promise.clause.metric, None)
            if earlier is None or earlier.target != promise.target:
                before_target = earlier.target if earlier else _("nothing")
                changes.append(Change(_label(promise), before_target, promise.target))
        changes += [
            Change(_label(promise), promise.target, _("dropped"), note=promise.text)
            for promise in before.values()
        ]
    return changes


def _other_terms(new: ContractVersion, old: ContractVersion) -> list[Meaning]:
    """Promises of the same target whose budget, tolerance or words are others."""
    found = []
    for side in (Side.MARKETING, Side.SALES):
        before = {promise.clause.metric: promise for promise in promises_of(old, side)}
        for promise in promises_of(new, side):
            earlier = before.get(promise.clause.metric)
            if earlier and earlier.target == promise.target and not _says_the_same(earlier, promise):
                text = _("%(number)s: the target stays, its terms change") % {"number": promise.number}
                found.append(Meaning("undecided", text, promise.signed_text))
    return found


def _says_the_same(one: Promise, other: Promise) -> bool:
    """In words: another blank before a sign is no other promise."""
    return one.signed_text.split() == other.signed_text.split()


def _label(promise: Promise) -> str:
    return f"{promise.number} · {promise.of_what}"


def _hours(new: ContractVersion, old: ContractVersion) -> list[Change]:
    calendars = default_calendar(old), default_calendar(new)
    before, after = (weekly_hours(calendar.slots) if calendar else None for calendar in calendars)
    if before is None or after is None or before == after:
        return []
    language = get_language() or "en"
    words = [formats.working_span(length, language) for length in (before, after)]
    return [Change(_("Working hours a week"), *words)]


def _balance(new: ContractVersion, old: ContractVersion) -> list[Meaning]:
    """Which of the two pages of the book the amendment touches."""
    touched = [
        side
        for side in (Side.MARKETING, Side.SALES)
        if [promise.signed_text.split() for promise in promises_of(new, side)]
        != [promise.signed_text.split() for promise in promises_of(old, side)]
    ]
    if len(touched) != 1:
        return []
    only = {
        Side.MARKETING: _("Only what marketing promises changes"),
        Side.SALES: _("Only what sales promises changes"),
    }
    return [Meaning("undecided", only[touched[0]])]


def _beside_the_rules(new: ContractVersion) -> list[Meaning]:
    """The rules on delays that would say something else."""
    note = _("Rule and contract would say two things: draft the rule as well.")
    return [Meaning("risk", one.text, note) for one in disagreements(new)]


def _under_way() -> list[Meaning]:
    running = Clock.objects.running().count()
    if not running:
        return []
    text = ngettext(
        "%(n)s running clock keeps its deadline", "%(n)s running clocks keep their deadlines", running
    )
    number = formats.number(running, get_language() or "en")
    return [Meaning("ok", text % {"n": number}, _("A clock keeps the version it started with."))]


def _month() -> Meaning:
    return Meaning(
        "undecided",
        _("The month under way is measured against the version in force"),
        _("To change nothing in the middle of a month, let it come into force on the first."),
    )
