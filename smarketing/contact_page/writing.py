"""Who may write to the contact now, and the calendar of what was written and what is planned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from leads.messaging.noting import side_of
from leads.messaging.verdict import Known, Reason, Sent, Terms, marketing_may_write, sales_may_write
from leads.messaging.words import Answer, answer_of
from leads.models import Consent
from lib import formats
from lib.templatetags.icons import icon
from smarketing.contact_page.clock import Card
from smarketing.contact_page.missing import unmet_rules
from smarketing.contact_page.sheet import Sheet

WEEKS_BACK: Final = 6
WEEKS_AHEAD: Final = 1


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to come on a day, in words."""

    on: date
    text: str
    icon: str


@dataclass(frozen=True, slots=True)
class Day:
    """One cell: how many messages of each kind, and what is planned."""

    on: date
    branded: int = 0
    personal: int = 0
    planned: tuple[Planned, ...] = ()
    is_today: bool = False
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Writing:
    """The card."""

    marketing: Answer
    sales: Answer
    owner: str
    is_consent_unknown: bool
    days: tuple[SafeString, ...]
    weeks: SafeString
    branded: int
    personal: int
    ahead: list[tuple[str, Planned]]


def writing(sheet: Sheet, clock: Card | None, *, at: datetime) -> Writing:
    """No query but for rules of the company's own: the sheet has read all else."""
    today = timezone.localtime(at).date()
    known, terms = _known(sheet, today=today, at=at), sheet.terms
    planned = _planned(sheet, known, terms, clock, at=at)
    begins = today - timedelta(days=today.weekday(), weeks=WEEKS_BACK)
    days = calendar_days(known.sent, planned, begins=begins, today=today)
    language = get_language() or "en"
    return Writing(
        marketing=answer_of(marketing_may_write(known, terms, at=at), at=at),
        sales=answer_of(sales_may_write(known, terms, at=at, today=today), at=at),
        owner=str(sheet.contact.owner or ""),
        is_consent_unknown=sheet.contact.consent == Consent.UNKNOWN,
        days=tuple(_weekday(begins + timedelta(days=number)) for number in range(7)),
        weeks=_drawn(days, language),
        branded=sum(day.branded for day in days),
        personal=sum(day.personal for day in days),
        ahead=[(formats.day(one.on, language, today=today, weekday=True), one) for one in planned],
    )


def _known(sheet: Sheet, *, today: date, at: datetime) -> Known:
    contact: Any = sheet.contact
    is_held = contact.held_until is not None and today <= contact.held_until
    return Known(
        has_email=bool(contact.email),
        has_withdrawn=contact.consent == Consent.WITHDRAWN,
        has_bounced=sheet.has_bounced,
        status=contact.status_id or "",
        status_since=contact.status_since,
        sent=sheet.sent,
        is_closed=not contact.status.is_open,
        recontact_on=contact.recontact_on,
        stage=contact.stage_id or "",
        stage_since=contact.stage_since,
        owner_side=side_of(contact.owner),
        owner_since=contact.owned_since,
        touched_at=contact.touched_at,
        is_kept=contact.has_kept_deals or is_held,
        unmet=unmet_rules(sheet, at=at),
    )


def _planned(sheet: Sheet, known: Known, terms: Terms, clock: Card | None, *, at: datetime) -> list[Planned]:
    """What is to come, the soonest first."""
    today, found = timezone.localtime(at).date(), []
    if known.recontact_on and known.recontact_on >= today:
        found.append(Planned(known.recontact_on, _("Sales comes back"), "calendar-clock"))
    if clock is not None and clock.is_running:
        due = timezone.localtime(clock.clock.due_at).date()
        if due >= today:
            found.append(Planned(due, _("First contact is due"), "alarm-clock"))
    for one in marketing_may_write(known, terms, at=at).hindrances:
        if isinstance(one.until, datetime):
            free = timezone.localtime(one.until).date()
            what = _("The pause ends") if one.reason == Reason.PAUSED else _("Another branded message fits")
            found.append(Planned(free, what, "mail-plus"))
    return sorted(found, key=lambda one: one.on)


def calendar_days(
    sent: Iterable[Sent], planned: Iterable[Planned], *, begins: date, today: date
) -> list[Day]:
    """Every day of the weeks shown, by the reader's zone."""
    counts: dict[tuple[date, bool], int] = {}
    for message in sent:
        place = (timezone.localtime(message.at).date(), message.is_personal)
        counts[place] = counts.get(place, 0) + 1
    to_come: dict[date, list[Planned]] = {}
    for one in planned:
        to_come.setdefault(one.on, []).append(one)
    number = 7 * (WEEKS_BACK + 1 + WEEKS_AHEAD)
    return [
        Day(
            on,
            counts.get((on, False), 0),
            counts.get((on, True), 0),
            tuple(to_come.get(on, ())),
            is_today=on == today,
            is_ahead=on > today,
        )
        for on in (begins + timedelta(days=place) for place in range(number))
    ]


# Drawn here and not in a template: sixty cells cost there what the rest of the card does

WEEK: Final = '<tr><th scope="row">{}</th>{}</tr>'
CELL: Final = '<td{}><span class="sm-num">{}</span>{}</td>'
MARK: Final = (
    '<span class="sm-written is-{}" aria-hidden="true">{}</span><span class="visually-hidden">{}</span>'
)


def _drawn(days: list[Day], language: str) -> SafeString:
    weeks = [days[place : place + 7] for place in range(0, len(days), 7)]
    return format_html_join(
        "\n",
        WEEK,
        (
            (
                formats.day(week[0].on, language, today=week[0].on),
                SafeString("".join(_cell(day) for day in week)),
            )
            for week in weeks
        ),
    )


def _cell(day: Day) -> SafeString:
    classes = [name for name, holds in (("is-today", day.is_today), ("is-ahead", day.is_ahead)) if holds]
    attributes = format_html(' class="{}"', " ".join(classes)) if classes else SafeString("")
    if day.is_today:
        attributes += SafeString(' aria-current="date"')
    return format_html(CELL, attributes, day.on.day, SafeString("".join(_marks(day))))


def _marks(day: Day) -> Iterable[SafeString]:
    for side, n, said in (
        ("marketing", day.branded, ngettext("%(n)s branded message", "%(n)s branded messages", day.branded)),
        ("sales", day.personal, ngettext("%(n)s personal message", "%(n)s personal messages", day.personal)),
    ):
        if n:
            yield format_html(MARK, side, n if n > 1 else "", said % {"n": n})
    for one in day.planned:
        yield format_html(MARK, "planned", icon(one.icon, 12), one.text)


def _weekday(day: date) -> SafeString:
    """Its first letters for the eye, its name for the ear."""
    name = formats.writing(get_language() or "en").weekdays[day.weekday()]
    return format_html(
        '<span aria-hidden="true">{}</span><span class="visually-hidden">{}</span>', name[:2], name
    )
