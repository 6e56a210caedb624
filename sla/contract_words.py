"""Says what a contract version promises, part by part, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import Role, Side
from agreements.kinds import Section
from agreements.models import State
from lib import formats
from lifecycle.standing import Standing
from sla.calendar_words import days_in_words, holidays_in_words, week_in_words
from sla.clause_texts import percent, plain
from sla.models import Calendar, Clause, ContractVersion, Metric

SUBJECT = "contract"
IN_FORCE_URL = "/contracts/"
"""The page is the cockpit's, which measures the promises."""
DRAFTERS = frozenset({Role.MARKETER.value, Role.MANAGER.value})
LETTER = {Side.MARKETING.value: "M", Side.SALES.value: "S"}


@dataclass(frozen=True)
class Promise:
    """One clause as its reader sees it: M1, the sentence, its target and what it is measured by.

    `to_date` is what it has come to, measured and worded by the cockpit above us; None where nobody measures.
    `rests_on`: the definitions by which it is counted, with the version that was in force when it was signed.
    """

    clause: Clause
    to_date: object | None = None
    rests_on: Sequence[Standing] = ()

    @property
    def number(self) -> str:
        return f"{LETTER[self.clause.side]}{self.clause.position}"

    @property
    def text(self) -> str:
        return self.clause.text

    @property
    def target(self) -> str:
        language = get_language() or "en"
        if self.clause.metric == Metric.MQL_DELIVERED:
            return plain(self.clause.target, language)
        return percent(self.clause.target, language)

    @property
    def of_what(self) -> str:
        """What the target is a share of; for a count, its unit."""
        return {
            Metric.MQL_DELIVERED: _("MQL a month"),
            Metric.MQL_ACCEPTED: _("of decided handoffs"),
            Metric.REFUSALS_ANSWERED: _("of refusals"),
            Metric.FIRST_CONTACT: _("of handoffs"),
            Metric.ATTEMPTS: _("of contacts gone dark"),
            Metric.REFUSAL_REASON: _("of refusals"),
        }[Metric(self.clause.metric)]

    @property
    def allows(self) -> str:
        """What is tolerated, or nothing."""
        late = int(self.clause.parameters.get("tolerance", 0))
        return (
            ngettext("%(n)d late a month is tolerated", "%(n)d late a month are tolerated", late)
            % {"n": late}
            if late
            else ""
        )

    @property
    def signed_text(self) -> str:
        """Sentence, target and tolerance: everything that a number of this clause decides."""
        if self.clause.metric in (Metric.MQL_DELIVERED, Metric.MQL_ACCEPTED):
            return self.text
        parts = [self.text, f"{self.target} {self.of_what}", self.allows]
        return " · ".join(part for part in parts if part)


def promises_of(version: ContractVersion, side: str) -> list[Promise]:
    """From `version.clauses`, prefetched or not."""
    own = [clause for clause in version.clauses.all() if clause.side == side]
    return [Promise(clause) for clause in sorted(own, key=lambda clause: clause.position)]


def default_calendar(version: ContractVersion) -> Calendar | None:
    """From `version.calendars`, prefetched or not."""
    return next((calendar for calendar in version.calendars.all() if calendar.is_default), None)


def contract_sections(version: ContractVersion) -> list[Section]:
    """Every part that is signed: promises of both sides, the hours they count in, the words before them."""
    promises = [*promises_of(version, Side.MARKETING), *promises_of(version, Side.SALES)]
    calendars = sorted(version.calendars.all(), key=lambda calendar: (not calendar.is_default, calendar.key))
    return [
        *(Section(promise.number, promise.signed_text) for promise in promises),
        *(section for calendar in calendars for section in calendar_sections(calendar)),
        Section(_("Preamble in English"), version.preamble_en),
        Section(_("Preamble in French"), version.preamble_fr),
    ]


def calendar_sections(calendar: Calendar) -> list[Section]:
    language = get_language() or "en"
    prefix = "" if calendar.is_default else formats.labelled(calendar.name, "", language)
    week = "\n".join(
        formats.labelled(line.days, line.hours or _("closed"), language)
        for line in week_in_words(calendar.slots)
    )
    return [
        Section(prefix + _("Working hours"), week),
        Section(prefix + _("Time zone"), f"{calendar.name} ({calendar.time_zone})"),
        Section(prefix + _("Holidays"), holidays_in_words(calendar) or _("None")),
        Section(prefix + _("Also closed on"), days_in_words(calendar.closed_days)),
        Section(prefix + _("Worked although a holiday"), days_in_words(calendar.extra_days)),
    ]


def contract_url(version: ContractVersion) -> str:
    """The version in force has the plain address, which people keep; others their number."""
    if version.agreement.state == State.IN_FORCE:
        return IN_FORCE_URL
    return reverse("sla:contract-version", args=[version.agreement.number])
