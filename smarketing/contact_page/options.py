"""Draws the options of the page's selects and menus without a template for each: nine forms wait on it unopened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sla.models import Handoff
from smarketing.contact_page.forms import LOGGED
from smarketing.contact_page.sheet import Choice, Known, Sheet

Pair = tuple[object, str | Promise]
CHOSEN: Final = SafeString(" selected")
CURRENT: Final = SafeString(' aria-current="true"')


def options(pairs: Iterable[Pair], *, chosen: object = "") -> SafeString:
    """One option a pair of value and label."""
    wanted = str(chosen)
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, CHOSEN if str(value) == wanted else "", label) for value, label in pairs),
    )


def log_options(chosen: str = "") -> SafeString:
    """What a person logs by hand, in its groups; the same for everybody of a language."""
    return _log_options(get_language() or "en", chosen)


@lru_cache(maxsize=32)
def _log_options(language: str, chosen: str) -> SafeString:
    del language  # of the words
    return format_html_join(
        "",
        '<optgroup label="{}">{}</optgroup>',
        (
            (
                kind,
                options(
                    ((value, label if label == kind else f"{kind}, {label}") for value, label in outcomes),
                    chosen=chosen,
                ),
            )
            for kind, outcomes in LOGGED
        ),
    )


def status_options(statuses: Iterable[Choice], chosen: str) -> SafeString:
    """Each with what it asks for."""
    return options(((status.key, _status_label(status)) for status in statuses), chosen=chosen)


def _status_label(status: Choice) -> str:
    if status.needs_date:
        return _noted(status.name, _("asks for a day"))
    return _noted(status.name, _("asks for a reason")) if status.needs_reason else status.name


def _noted(label: str, note: str) -> str:
    return f"{label} ({note})"


def stage_options(sheet: Sheet, chosen: str) -> SafeString:
    """Where the contact is not."""
    here = sheet.contact.stage_id
    return options(((stage.key, stage.name) for stage in sheet.stages if stage.key != here), chosen=chosen)


def question_options(answers: Iterable[Known]) -> SafeString:
    """What is not known comes first."""
    ordered = sorted(answers, key=lambda answer: bool(answer.text))
    return options(
        (known.question, _noted(known.label, _("known")) if known.text else known.label) for known in ordered
    )


def reason_options(chosen: str) -> SafeString:
    """Why a lead is refused; nothing is chosen for the person."""
    return options([("", _("Choose the closest")), *Handoff.RejectReason.choices], chosen=chosen)


def kind_lines(kinds: Mapping[str, str | Promise], current: str, every_kind: str) -> SafeString:
    """The timeline by each kind, for its menu; `every_kind` is the address that shows them all."""
    begin = f"{every_kind}{'&' if '=' in every_kind else ''}kind="
    return format_html_join(
        "",
        '<li><a href="{0}{1}" hx-get="{0}{1}"{2}>{3}</a></li>',
        ((begin, kind, CURRENT if kind == current else "", label) for kind, label in kinds.items()),
    )
