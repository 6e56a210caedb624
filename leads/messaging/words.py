"""What holds a message back, in words; each with the rule it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from leads.messaging.verdict import Cause, Hindrance, Leave, Reason, Spoken, Terms, Verdict, reason_of
from lib import formats
from lifecycle import vocabulary

LEAVES: Final[Mapping[str, tuple[str, str | Promise]]] = {
    Leave.YES: ("ok", gettext_lazy("Yes")),
    Leave.ADVISED_AGAINST: ("risk", gettext_lazy("Better not")),
    Leave.NO: ("breach", gettext_lazy("No")),
    Leave.DESPITE: ("undecided", gettext_lazy("All the same")),
}
"""The shape and the word of each answer."""

REASONS: Final[Mapping[str, str | Promise]] = {
    Reason.NO_EMAIL: gettext_lazy("No e-mail address"),
    Reason.WITHDRAWN: gettext_lazy("Consent withdrawn"),
    Reason.BOUNCED: gettext_lazy("The last e-mail came back"),
    Reason.DUE: gettext_lazy("Due to be erased"),
    Reason.PAUSED: gettext_lazy("Sales is in contact"),
    Reason.CAPPED: gettext_lazy("Written to often enough lately"),
    Reason.OWN: gettext_lazy("Against a rule of ours"),
    Reason.CLOSED: gettext_lazy("The status ends the work"),
    Reason.LATER: gettext_lazy("The person asked for a later day"),
}


CAUSES: Final[Mapping[str, str | Promise]] = {
    Cause.STATUS: gettext_lazy("by the status"),
    Cause.STAGE: gettext_lazy("by the stage"),
    Cause.OWNER: gettext_lazy("by the owner"),
}


def wants_of(terms: Terms) -> dict[str, str]:
    """What each rule of the company's own wants of whom is written to, by the code of its reason."""
    facts = vocabulary.catalogue() if terms.own else None
    return {one.code: vocabulary.phrase(one.criteria, facts) for one in terms.own} if facts else {}


def reason_in_words(code: str, cause: str = "", wants: str = "") -> str:
    """“Sales is in contact, by the stage”; of a rule of the company's own, what does not hold."""
    if wants:
        return _("Not met: %(criteria)s") % {"criteria": wants}
    reason = str(REASONS[reason_of(code)])
    return f"{reason}, {CAUSES[cause]}" if cause else reason


@dataclass(frozen=True, slots=True)
class Told:
    """One reason as shown; `rule` and `url` lead to the rule it is of, where it is of one."""

    text: str
    until: str = ""
    rule: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """May this side write now?"""

    state: str
    word: str | Promise
    reasons: list[Told]


def answer_of(verdict: Verdict, *, at: datetime) -> Answer:
    state, word = LEAVES[verdict.leave]
    return Answer(state, word, [told(one, at=at) for one in verdict.hindrances])


def told(one: Hindrance, *, at: datetime) -> Told:
    language, now = get_language() or "en", timezone.localtime(at)
    until = ""
    if isinstance(one.until, datetime):
        moment = formats.deadline(timezone.localtime(one.until), language, now=now)
        until = _("until %(moment)s") % {"moment": moment}
    elif one.until:
        day = formats.day(one.until, language, today=now.date(), weekday=True)
        until = _("until %(moment)s") % {"moment": day}
    rule, url = rule_link(one.rule)
    return Told(reason_in_words(one.reason, one.cause, one.wants), until, rule, url)


def rule_link(rule: Spoken | None) -> tuple[str, str]:
    """What a rule is called, with its version, and its page; nothing where there is none."""
    if rule is None:
        return "", ""
    words = _("Rule %(number)s, v%(version)s") % {"number": rule.number, "version": rule.version}
    return words, reverse("leads:rule-detail", args=[rule.key])
