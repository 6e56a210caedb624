"""The meter of agreement: where alpha and its interval stand between guesswork and solid."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads.quizzes.reading import GUESSWORK, SOLID, USABLE, verdict
from lib import formats
from lib.krippendorff import Agreement

register = template.Library()


@register.filter
def coefficient(value: float) -> str:
    """Two digits in the reader's language, never minus nought."""
    return formats.number(round(value, 2) + 0.0, get_language() or "en", digits=2)


@register.inclusion_tag("leads/quizzes/_meter.html")
def gap_meter(found: Agreement) -> dict[str, Any]:
    """The bar of one agreement; what is below nought stands at its left end."""
    low, middle, high = (
        round(min(max(value, 0.0), 1.0) * 100, 1) for value in (found.low, found.alpha, found.high)
    )
    bounds = [round(bound * 100, 1) for bound in (GUESSWORK, USABLE, SOLID)]
    return {
        "found": found,
        "low": low,
        "middle": min(max(middle, 2), 98),
        "width": round(high - low, 1),
        "parts": [
            (start, round(end - start - 0.5, 1))
            for start, end in zip((0, *bounds), (*bounds, 100), strict=True)
        ],
        "bounds": bounds,
        "verdict": agreement_word(found),
    }


@register.filter
def agreement_word(found: Agreement) -> str:
    words = {"guesswork": _("guesswork"), "blurred": _("blurred"), "usable": _("usable"), "solid": _("solid")}
    return words[verdict(found)]
