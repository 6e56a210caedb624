"""The small parts whose arguments would be clumsy in an include; each draws one file of templates/_components."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from itertools import pairwise
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.forms.widgets import RadioSelect
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

register = template.Library()

STATE_ICONS = {
    "ok": "circle-check",
    "risk": "triangle-alert",
    "breach": "octagon-alert",
    "undecided": "circle-dashed",
}
VERSION_ICONS = {
    "draft": "pencil-line",
    "proposed": "signature",
    "in-force": "stamp",
    "superseded": "archive",
    "withdrawn": "archive-x",
    "declined": "circle-x",
    "retired": "flag-off",
}
CLOCK_ICONS = {
    "running": "clock",
    "soon": "alarm-clock",
    "late": "octagon-alert",
    "paused": "circle-pause",
    "stopped": "circle-check",
}
CLOCK_FILLS = {"running": "control", "soon": "risk", "late": "breach", "paused": "line", "stopped": "sales"}
SIDES = {"marketing": gettext_lazy("Marketing"), "sales": gettext_lazy("Sales")}

STRIP_EDGE = 0.6  # per cent left at both ends, so that a dot at 0 or 100 % is not cut


MOST = 512
"""Drawings of one part that are kept; the longest unused goes first."""

PLAIN = str | int | float | Promise | None
Tag = Callable[..., dict[str, Any]]


def drawn_once(file: str) -> Callable[[Tag], Tag]:
    """Like an inclusion tag whose file shows its arguments and nothing else: drawn once a language for each of them.

    Types count, as in `kept`; what is given a model or another thing that may change is drawn each time.
    """

    def registered(tag: Tag) -> Tag:
        def draw(*given: Any, **named: Any) -> SafeString:
            return SafeString(get_template(file).render(tag(*given, **named)))

        @lru_cache(maxsize=MOST, typed=True)
        def kept(language: str | None, *given: Any, **named: Any) -> SafeString:
            del language  # of the words
            return draw(*given, **named)

        @register.simple_tag
        @wraps(tag)
        def drawn(*given: Any, **named: Any) -> SafeString:
            if all(isinstance(value, PLAIN) for value in (*given, *named.values())):
                return kept(get_language(), *given, **named)
            return draw(*given, **named)

        return tag

    return registered


@dataclass(frozen=True)
class Step:
    """One step of a stage track: state is "done", "now", "next" or "" (further away).

    `about` is the address that answers with the definition of its name.
    """

    name: str
    side: str
    state: str = ""
    note: str = ""
    about: str = ""


@dataclass(frozen=True)
class Month:
    """One point of a trend: a rate in 0–1 and its interval, None in a month without a case; title says it in words."""

    name: str
    share: float | None = None
    low: float = 0.0
    high: float = 0.0
    title: str = ""


def _share(part: float) -> float:
    """A rate in 0–1 as per cent of a width, kept inside the drawing."""
    return round(min(max(part, 0.0), 1.0) * 100, 1)


@drawn_once("_components/state.html")
def state(kind: str, text: str) -> dict[str, Any]:
    """State mark: ok, risk, breach or undecided; the shape and the word come before the colour."""
    return {"kind": kind, "text": text, "icon_name": STATE_ICONS[kind]}


@drawn_once("_components/version_chip.html")
def version_chip(status: str, number: int) -> dict[str, Any]:
    """Version chip of an agreement, always with number and word; status as agreements keeps it."""
    key = status.replace("_", "-")
    words = {
        "draft": _("v%(number)s draft"),
        "proposed": _("v%(number)s proposed"),
        "in-force": _("v%(number)s in force"),
        "superseded": _("v%(number)s superseded"),
        "withdrawn": _("v%(number)s withdrawn"),
        "declined": _("v%(number)s declined"),
        "retired": _("v%(number)s retired"),
    }
    return {"kind": key, "text": words[key] % {"number": number}, "icon_name": VERSION_ICONS[key]}


@drawn_once("_components/chip.html")
def chip(text: str, icon_name: str = "", kind: str = "") -> dict[str, Any]:
    """Plain or coloured chip; kind: marketing, sales, ok, risk, breach, info or nothing."""
    return {"text": text, "icon_name": icon_name, "kind": kind}


@drawn_once("_components/stage_chip.html")
def stage_chip(name: str, side: str) -> dict[str, Any]:
    """Stage in a list: the owning team's glyph and the short name."""
    return {"name": name, "side": side, "owner": SIDES.get(side, "")}


@drawn_once("_components/team.html")
def team(side: str, text: str = "") -> dict[str, Any]:
    """A side's name with its glyph: disc for marketing, square for sales. A team that bears it is called by it."""
    return {"side": side, "text": SIDES[side] if text.lower() in ("", side) else text}


@register.simple_tag
def avatar(person: Any, size: str = "") -> SafeString:
    """Initials in the form of the person's side; size: small, large or nothing. Anyone with `initials` and `side`."""
    initials, side = getattr(person, "initials", ""), getattr(person, "side", None) or ""
    return _avatar(str(person), initials, side, size)


@lru_cache(maxsize=MOST, typed=True)
def _avatar(name: str, initials: str, side: str, size: str) -> SafeString:
    told = {"name": name, "initials": initials, "side": side, "size": size}
    return SafeString(get_template("_components/avatar.html").render(told))


@register.inclusion_tag("_components/stage_track.html")
def stage_track(steps: list[Step]) -> dict[str, Any]:
    """The way of one contact, the current step marked."""
    return {"steps": steps}


@register.inclusion_tag("_components/clock.html")
def clock(state: str, left: str, due: str = "", used: float = 0.0, size: str = "") -> dict[str, Any]:
    """Working time left. state: running, soon, late, paused, stopped; left and due as words (see formats);
    used: share of the time, 0–1; size "large" leaves the bar out."""
    return {
        "state": state,
        "left": left,
        "due": due,
        "size": size,
        "width": round(92 * min(max(used, 0.0), 1.0)),
        "fill": CLOCK_FILLS[state],
        "icon_name": CLOCK_ICONS[state],
    }


@register.inclusion_tag("_components/pace_bar.html")
def pace_bar(
    fill: str, delivered: float, label: str, expected: float | None = None, height: int = 8
) -> dict[str, Any]:
    """Delivered (0–1 of the target), a tick where the calendar says we should be; the end is the target."""
    return {
        "fill": fill,
        "delivered": _share(delivered),
        "expected": None if expected is None else _share(expected),
        "label": label,
        "height": height,
        "whole": height + 6,
        "radius": height / 2,
    }


@register.inclusion_tag("_components/strip.html")
def strip(  # noqa: PLR0917 - in a template all arguments are positional or all are named
    fill: str, low: float, rate: float, high: float, label: str, tick: float | None = None
) -> dict[str, Any]:
    """Interval strip: axis 0–100 %, band = 95 % interval, ring = estimate, tick = target or last period."""
    start = _share(low)
    return {
        "fill": fill,
        "start": start,
        "width": round(_share(high) - start, 1),
        "middle": min(max(_share(rate), STRIP_EDGE), 100 - STRIP_EDGE),
        "tick": None if tick is None else min(_share(tick), 100 - STRIP_EDGE / 2),
        "label": label,
    }


@register.inclusion_tag("_components/trend.html")
def trend(months: Sequence[Month], label: str) -> dict[str, Any]:
    """A share month by month, each with its interval; a month without a case is a gap. label says what was found."""
    step = 100 / max(len(months), 1)
    drawn = [
        {
            "x": round(step * (place + 0.5), 2),
            "y": _height(month.share),
            "top": _height(month.high),
            "bottom": _height(month.low),
            "title": month.title,
        }
        if month.share is not None
        else None
        for place, month in enumerate(months)
    ]
    return {
        "points": [point for point in drawn if point],
        "lines": [
            (one["x"], one["y"], other["x"], other["y"]) for one, other in pairwise(drawn) if one and other
        ],
        "ticks": [(round(step * (place + 0.5), 2), month.name) for place, month in enumerate(months)],
        "label": label,
    }


def _height(share: float) -> float:
    """Pixels from the top of the drawing, whose axis is 80 high."""
    return round(88 - 80 * min(max(share, 0.0), 1.0), 1)


@register.inclusion_tag("_components/mini_bar.html")
def mini_bar(fill: str, share: float, label: str = "", width: int = 56) -> dict[str, Any]:
    """A bar of fixed width beside a word; decoration when it has no label."""
    part = min(max(share, 0.0), 1.0)
    return {"fill": fill, "part": round(width * part, 1), "label": label, "width": width}


@register.inclusion_tag("_components/share_bar.html")
def share_bar(fill: str, share: float) -> dict[str, Any]:
    """A bar as wide as its column allows, beside its number; fill "hatched" is what came too late."""
    return {"fill": fill, "width": _share(share)}


@drawn_once("_components/score_pair.html")
def score_pair(fit: int, engagement: int) -> dict[str, Any]:
    """Two aligned numbers, never one blended score."""
    return {"fit": fit, "engagement": engagement}


@drawn_once("_components/define.html")
def define(label: str, url: str = "", target: str = "") -> dict[str, Any]:
    """Definition button beside a figure. url: the glossary page, which also answers the popover's fragment;
    target: id of a popover already in the page."""
    return {"label": label, "url": url, "target": target}


@register.inclusion_tag("_components/field.html")
def field(bound: BoundField, label: str = "", hint: str = "") -> dict[str, Any]:
    """A form's field with its label, hint and errors; label and hint replace the form's own."""
    kind = getattr(bound.field.widget, "input_type", "")
    is_group = isinstance(bound.field.widget, RadioSelect)  # several boxes, or radio buttons
    is_box = kind == "checkbox" and not is_group
    css = "form-check-input" if is_box else "form-select" if kind == "select" else "form-control"
    told = [f"{bound.auto_id}-{part}" for part, has in (("hint", hint), ("error", bound.errors)) if has]
    attributes: dict[str, Any] = {"class": f"{css} is-invalid" if bound.errors else css, "placeholder": ""}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    if told:
        attributes["aria-describedby"] = " ".join(told)
    return {
        "bound": bound,
        "widget": "" if is_group else bound.as_widget(attrs=attributes),
        "label": label or bound.label,
        "hint": hint,
        "is_box": is_box,
        "is_group": is_group,
        "told": " ".join(told),
    }


@register.filter
def undo_url(message: Message) -> str:
    """The address that undoes what a message reports, when it was sent with extra_tags "undo:ADDRESS"."""
    tags = message.extra_tags or ""
    return tags.removeprefix("undo:") if tags.startswith("undo:") else ""
