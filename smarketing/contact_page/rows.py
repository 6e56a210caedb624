"""A timeline in words: each event as plain values, and the line that is drawn of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import Side
from leads.models import PlaybookRun, TransitionKind
from leads.touchpoint_kinds import KINDS
from leads.words import KIND_WORDS, OUTCOME_WORDS
from lib import formats
from lib.currencies import reporting_currency
from lib.templatetags.formats import time_of_day
from lib.templatetags.icons import icon
from lifecycle.wordbook import Wordbook
from sla.models import Assignment, Breach, Handoff
from sla.routing_words import way_of
from smarketing.contact_page.event import PLAYBOOK, ROUTED, TACTIC, TOUCH, Event
from smarketing.contact_page.timeline import Timeline
from smarketing.contact_page.words import catalogue

LEDGER_ICONS: Final = {
    "stage": "git-commit-vertical",
    "status": "circle-dashed",
    "owner": "user-check",
    "consent": "mail-check",
    "warned": "alarm-clock",
    "breached": "octagon-alert",
    "met": "circle-check",
    "missed": "circle-check",
    "accepted": "check",
    "rejected": "x",
    "recycled": "corner-up-left",
    "answered": "reply",
    ROUTED: "user-check",
    TACTIC: "grid-2x2",
    PLAYBOOK: "list-checks",
}
DECISIONS: Final[Mapping[str, str | Promise]] = {
    "accepted": gettext_lazy("Lead accepted"),
    "rejected": gettext_lazy("Lead refused"),
    "recycled": gettext_lazy("Lead given back to marketing"),
    "answered": gettext_lazy("Marketing answered the refusal"),
}
ORIGINS: Final[Mapping[str, str | Promise]] = {
    "import": gettext_lazy("by an import"),
    "api": gettext_lazy("by another system"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `glyph` is its form and colour; `dot` the side before the source, or nothing."""

    is_ledger: bool
    glyph: str
    icon: SafeString
    what: str | SafeString
    more: str
    words: str
    dot: str
    source: str | SafeString
    time: SafeString | str
    fold: str
    times: str


def rows_by_day(found: Timeline, book: Wordbook) -> list[tuple[str, SafeString]]:
    """The heading of each day with its lines as they are drawn, stages and statuses with their definitions behind."""
    language, today = get_language() or "en", timezone.localdate()
    return [
        (_day(day, language, today), SafeString("".join(drawn(row_of(event, book)) for event in events)))
        for day, events in found.days
    ]


LINE: Final = (
    '\n<li{}><span class="sm-touch is-{}">{}</span><div><p><b>{}</b>{}{}</p>'
    '<span class="sm-source">{}{}</span>{}</div>{}</li>'
)
WORDS: Final = ' <span class="sm-sub">{}</span>'
DOT: Final = '<span class="sm-dot is-{}"></span>'
FOLD: Final = (
    '<details class="sm-contact-more"><summary class="sm-link sm-small">{}</summary>'
    '<span class="sm-sub sm-small sm-num">{}</span></details>'
)
LEDGER: Final = SafeString(' class="is-ledger"')


def drawn(row: Row) -> SafeString:
    """Its line of the list: fifty of them stand on a page, and in a template each cost what ten links do."""
    return format_html(
        LINE,
        LEDGER if row.is_ledger else "",
        row.glyph,
        row.icon,
        row.what,
        row.more,
        format_html(WORDS, row.words) if row.words else "",
        format_html(DOT, row.dot) if row.dot else "",
        row.source,
        format_html(FOLD, row.fold, row.times) if row.fold else "",
        row.time,
    )


def _day(day: date, language: str, today: date) -> str:
    return formats.long_day(day, language, today=today)


def row_of(event: Event, book: Wordbook) -> Row:
    if event.rank == TOUCH:
        return _touch(event)
    if event.kind == TACTIC:
        what, more = _applied(event)
    elif event.kind == PLAYBOOK:
        what, more = _played(event)
    else:
        what, more = _moved(event, book) if event.kind in TransitionKind.values else _kept(event)
    return Row(
        is_ledger=True,
        glyph="system",
        icon=icon(LEDGER_ICONS[event.kind if event.kind in LEDGER_ICONS else event.after], 15),
        what=what,
        more=more,
        words=_quoted(event.reason),
        dot=event.team if event.actor else "",
        source=_decided_by(event),
        time=time_of_day(event.at),
        fold="",
        times="",
    )


# Touchpoints


def _touch(event: Event) -> Row:
    language, known = get_language() or "en", KINDS.get(event.kind)
    return Row(
        is_ledger=False,
        glyph=event.team,
        icon=icon(known.icon if known else "circle", 15),
        what=str(KIND_WORDS.get(event.kind, event.kind)),
        more=_particulars(event, language),
        words=_quoted(event.text),
        dot=event.team,
        source=_came_from(event),
        time=time_of_day(event.at),
        fold=_("Show the %(n)s") % {"n": formats.number(event.count, language)} if event.times else "",
        times=" · ".join(_clock(at, language) for at in (event.at, *event.times)) if event.times else "",
    )


def _particulars(event: Event, language: str) -> str:
    """Behind the name of the touch, as text: how often, what about, with what outcome."""
    said = f" × {formats.number(event.count, language)}" if event.times else ""
    if event.title:
        said += f" {_quoted(event.title)}"
    if event.after:
        said += f", {OUTCOME_WORDS.get(event.after, event.after)}"
    cents, score = event.data.get("amount_cents"), event.data.get("score")
    if cents and isinstance(cents, int):
        said += (
            f", {formats.money(cents, language, currency=event.data.get('currency') or reporting_currency())}"
        )
    return f"{said}, {score}" if event.kind == "nps" and score is not None else said


def _came_from(event: Event) -> str:
    parts = [event.actor or event.source or (_("Sales") if event.team == Side.SALES else _("Marketing"))]
    if event.data.get("minutes"):
        parts.append(_("%(minutes)s min") % {"minutes": event.data["minutes"]})
    if event.campaign:
        parts.append(event.campaign)
    if not event.is_human:
        parts.append(_("robot, not counted"))
    return " · ".join(parts)


def _quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": text} if text else ""


def _clock(at: datetime, language: str) -> str:
    return formats.clock_time(timezone.localtime(at), language)


# The ledger


def _moved(event: Event, book: Wordbook) -> tuple[str, str]:
    """What changed, and what is to be said besides."""
    if event.kind == TransitionKind.OWNER:
        named = {"name": event.named}
        what = _("Assigned to %(name)s") % named if event.named else _("Without an owner")
    elif event.kind == TransitionKind.CONSENT:
        what = _("Consent: %(value)s") % {"value": event.after}
    else:
        before, after = (
            book.explained(f"{event.kind}:{key}", name)
            for key, name in ((event.before_key, event.before), (event.after_key, event.after))
        )
        what = format_html("{} → {}" if event.before else "{}→ {}", before, after)
    more = ", " + _("taken back") if event.undoes else ""
    if event.kind == TransitionKind.OWNER and event.data:
        return what, more + ", " + _way(event)
    return what, more


def _decided_by(event: Event) -> str:
    if event.actor:
        return event.actor
    if event.kind == "clock" and event.data["rule"]:
        said = {"number": event.data["rule"], "version": event.data["rule_version"]}
        return _("Rule %(number)s, v%(version)s") % said
    if event.kind == "clock":
        return _("Contract v%(number)s") % {"number": event.data["contract"]}
    if event.version:
        text = _("automatic, definition v%(number)s") % {"number": event.version}
        if event.agreement is None:
            return text
        return format_html(
            '<a class="sm-link" href="{}">{}</a>',
            reverse("agreements:agreement-detail", args=[event.agreement]),
            text,
        )
    return str(ORIGINS.get(event.origin) or _("automatic"))


# Tactics


def _applied(event: Event) -> tuple[str, str]:
    more = ", " + _("taken back") if event.undoes else ""
    return _("Tactic applied"), f" {_quoted(event.data['what'])}, v{event.version}{more}"


# Playbooks


def _played(event: Event) -> tuple[str, str]:
    match event.after:
        case "passed":
            language, today = get_language() or "en", timezone.localdate()
            due = timezone.localtime(datetime.fromisoformat(event.data["due"]))
            what = _("Was to move on by %(day)s") % {"day": formats.day(due.date(), language, today=today)}
            outcome = PlaybookRun.Outcome(event.data["outcome"]).label
            return what, _behind_a_colon(outcome) + f", v{event.version}"
        case "done":
            return _("Task done"), f" {_quoted(event.data['what'])}, v{event.version}"
        case _skipped:
            return _("Task left out"), f" {_quoted(event.data['what'])}, v{event.version}"


# Promises


def _kept(event: Event) -> tuple[str, str]:
    language = get_language() or "en"
    if event.after == ROUTED:
        named = {"name": event.named}
        what = _("Lead with %(name)s") % named if event.named else _("Lead without a rep")
        return what, ", " + _way(event)
    if event.kind == "handoff":
        return str(DECISIONS[event.after]), _decision(event.data, language)
    used = formats.working_span(timedelta(minutes=event.data["used"] or 0), language)
    match event.after:
        case "warned":
            due = timezone.localtime(datetime.fromisoformat(event.data["due"]))
            at = formats.deadline(due, language, now=timezone.localtime(event.at))
            return _("First contact due at %(due)s") % {"due": at}, ", " + _(
                "warned at four fifths of the time"
            )
        case "breached":
            cause = event.data["cause"]
            is_told = cause and cause != Breach.Cause.LATE  # late it is anyway
            return _("First contact was due"), _behind_a_colon(Breach.Cause(cause).label) if is_told else ""
        case "met":
            return _("First contact in time"), ", " + _("after %(span)s of working time") % {"span": used}
        case _:
            return _("First contact late"), ", " + _("after %(span)s of working time") % {"span": used}


def _way(event: Event) -> str:
    """How a handoff came to whom it is with."""
    names = ("how", "considered", "territory", "deciding", "beyond")
    step = Assignment(at=event.at, rep_id=event.data["rep"], **{name: event.data[name] for name in names})
    facts = catalogue() if step.deciding else None
    return way_of(step, version=event.data["version"], kept_by=event.data["kept_by"], facts=facts)


def _behind_a_colon(label: str | Promise) -> str:
    return _(": %(text)s") % {"text": label}


def _decision(data: Mapping[str, Any], language: str) -> str:
    said = _behind_a_colon(Handoff.RejectReason(data["reason"]).label) if data.get("reason") else ""
    if data.get("recontact"):
        day = date.fromisoformat(data["recontact"])
        said += ", " + _("until %(day)s") % {"day": formats.day(day, language, today=timezone.localdate())}
    return said
