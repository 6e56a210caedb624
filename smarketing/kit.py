"""Static values for the kit page: every state of the small parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lib.templatetags.components import Step


@dataclass(frozen=True)
class Person:
    name: str
    initials: str
    side: str = ""

    def __str__(self) -> str:
        return self.name


FILLS = (
    "ink",
    "control",
    "line",
    "marketing",
    "marketing-mid",
    "marketing-line",
    "sales",
    "sales-mid",
    "sales-line",
    "ok",
    "risk",
    "breach",
)


def samples() -> dict[str, Any]:
    """Context of the kit page; nothing in it is a record."""
    return {
        "people": [
            Person("Inès Carvalho", "IC", "marketing"),
            Person("Hugo Mercier", "HM", "sales"),
            Person("Nadia Benali", "NB"),
        ],
        "swatches": [(fill, index * 33.5) for index, fill in enumerate(FILLS)],
        "versions": [("draft", 5), ("proposed", 5), ("in_force", 4), ("superseded", 3), ("retired", 6)],
        "statuses": [
            ("circle-dashed", _("New")),
            ("play", _("In progress")),
            ("calendar", _("Bad timing until 4 Jan")),
            ("moon", _("Gone dark")),
            ("ban", _("Unqualified")),
            ("x", _("Lost: budget")),
        ],
        "clocks": [
            ("running", _("5 h 40 left"), _("due 15:22"), 0.36),
            ("soon", _("24 min left"), _("due 10:06"), 0.9),
            ("late", _("40 min late"), _("was due 09:02"), 1.0),
            ("paused", _("Paused"), _("until 4 Jan, bad timing"), 0.3),
            ("stopped", _("In 1 h 12"), _("contacted 16:48"), 0.3),
        ],
        "steps": [
            Step("Subscriber", "marketing", "done", "12 Mar 2025"),
            Step("Lead", "marketing", "done", "5 Nov"),
            Step("MQL", "marketing", "now", "Wed 18 Nov, 15:36"),
            Step("Accepted", "sales", "next", "Fri 15:36"),
            Step("SQL", "sales"),
            Step("Opportunity", "sales"),
            Step("Customer", "sales"),
        ],
        "views": [
            {"label": _("To contact"), "url": "#views", "current": True, "count": 8},
            {"label": _("To decide"), "url": "#views", "current": False, "count": 4},
            {"label": _("Coming back"), "url": "#views", "current": False, "count": 3},
        ],
        "chips": [
            {"label": _("Stage is"), "value": "MQL", "words": [("stage:mql", "MQL")], "drop_url": "#chips"},
            {
                "label": _("First contact"),
                "value": _("not made"),
                "words": [("", _("not made"))],
                "drop_url": "#chips",
            },
        ],
    }
