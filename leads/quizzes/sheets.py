"""What a quiz shows of a contact: enough to judge, nothing to know them by.

No name, address, number, company, city, job title, note or answer in words: those are left out where the sheet is
made, so that neither the page nor the row can give them away. Headcount is a band, a touch is a kind with its
count and age.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Max
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_countries import countries

from leads.models import Answer, Contact, Deal, Touchpoint
from leads.words import KIND_WORDS, OUTCOME_WORDS

BANDS: Final = ((10, "1–9"), (50, "10–49"), (250, "50–249"), (1000, "250–999"))
LARGEST: Final = "1000+"
SHOWN_KINDS: Final = 7
HIDDEN_KINDS: Final = ("email_sent", "imported")
"""What we did in bulk says nothing of the contact."""

Sheet = Mapping[str, Any]


def make_sheets(contact_ids: Sequence[int], *, at: datetime) -> dict[int, dict[str, Any]]:
    """The sheet of each contact as of `at`; four queries."""
    contacts = Contact.objects.filter(pk__in=contact_ids).values_list(
        "pk", "function", "seniority", "country", "company__sector", "company__headcount", "company__country"
    )
    touches = _touches(contact_ids, at=at)
    answers = _known_answers(contact_ids, at=at)
    quoted = set(
        Deal.objects.filter(contact__in=contact_ids, quote_sent_at__lte=at).values_list("contact", flat=True)
    )
    return {
        pk: {
            "function": function,
            "seniority": seniority,
            "country": country or company_country or "",
            "sector": sector or "",
            "headcount": band(headcount),
            "touches": touches.get(pk, []),
            "answers": answers.get(pk, []),
            "quoted": pk in quoted,
        }
        for pk, function, seniority, country, sector, headcount, company_country in contacts
    }


def band(headcount: int | None) -> str:
    """Empty where the headcount is unknown."""
    if headcount is None:
        return ""
    return next((name for below, name in BANDS if headcount < below), LARGEST)


def _touches(contact_ids: Sequence[int], *, at: datetime) -> dict[int, list[dict[str, Any]]]:
    rows = Touchpoint.objects.until(at).filter(contact__in=contact_ids, is_human=True)
    counted = (
        rows.exclude(kind__in=HIDDEN_KINDS)
        .order_by()
        .values_list("contact", "kind", "outcome")
        .annotate(n=Count("pk"), last=Max("occurred_at"))
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for contact, kind, outcome, n, last in sorted(
        counted, key=lambda row: (row[4], row[1], row[2]), reverse=True
    ):
        touch = {"kind": kind, "outcome": outcome, "count": n, "days": (at - last).days}
        found.setdefault(contact, []).append(touch)
    return {contact: touches[:SHOWN_KINDS] for contact, touches in found.items()}


def _known_answers(contact_ids: Sequence[int], *, at: datetime) -> dict[int, list[str]]:
    rows = Answer.objects.filter(contact__in=contact_ids, answered_at__lte=at).values_list(
        "contact", "question"
    )
    known: dict[int, list[str]] = {}
    for contact, question in rows.order_by("contact", "question").distinct():
        known.setdefault(contact, []).append(question)
    return known


# As it is read


@dataclass(frozen=True)
class Did:
    """What the contact did, or we with them: how often and how long before the quiz was made."""

    kind: str
    label: str
    count: int
    ago: str


@dataclass(frozen=True)
class ReadSheet:
    """A sheet in the reader's language."""

    sheet: Sheet

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Label and value; what is not known is left out."""
        pairs = (
            (_("Function"), _words(self.sheet["function"])),
            (_("Seniority"), _words(self.sheet["seniority"])),
            (_("Sector"), _words(self.sheet["sector"])),
            (_("Headcount"), self.sheet["headcount"]),
            (_("Country"), str(countries.name(self.sheet["country"])) if self.sheet["country"] else ""),
        )
        return [(label, value) for label, value in pairs if value]

    @property
    def touches(self) -> list[Did]:
        return [
            Did(
                touch["kind"],
                _what(touch["kind"], touch.get("outcome", "")),
                touch["count"],
                ago(touch["days"]),
            )
            for touch in self.sheet["touches"]
        ]

    @property
    def answers(self) -> list[tuple[str | Promise, bool]]:
        """Each qualification question, and whether its answer is known."""
        known = set(self.sheet["answers"])
        return [(label, key in known) for key, label in Answer.Question.choices]

    @property
    def is_quoted(self) -> bool:
        return bool(self.sheet["quoted"])

    @property
    def title(self) -> str:
        """A case in a list: who in two words, and the last thing that happened."""
        who = [_words(self.sheet[name]) for name in ("function", "sector") if self.sheet[name]]
        last = [str(touch.label) for touch in self.touches[:1]]
        first, *rest = [*who, *last] or [_("A contact")]
        return ", ".join((first, *(part.lower() for part in rest)))


def _what(kind: str, outcome: str) -> str:
    """“Call, no answer”; sheets that were made before outcomes were told have none."""
    label = str(KIND_WORDS.get(kind, kind))
    return f"{label}, {OUTCOME_WORDS.get(outcome, outcome)}" if outcome else label


def ago(days: int) -> str:
    if days < 1:
        return _("the same day")
    if days < 14:
        return ngettext("%(n)s day before", "%(n)s days before", days) % {"n": days}
    if days < 70:
        return ngettext("%(n)s week before", "%(n)s weeks before", days // 7) % {"n": days // 7}
    return ngettext("%(n)s month before", "%(n)s months before", days // 30) % {"n": days // 30}


def _words(key: str) -> str:
    text = str(key or "").replace("_", " ")
    return text[:1].upper() + text[1:]
