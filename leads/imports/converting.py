"""Rows as lines for COPY: each cell read as what its column was said to hold; knows no database.

Who works here, which stages there are and what the company's fields are called comes in as `Known`.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from leads.imports import values
from leads.imports.headings import folded
from leads.imports.mapping import Mapping as ColumnMapping
from leads.imports.records import Row
from leads.imports.values import KEPT_CHARS, ValueRefused

# Staging columns in order, with their types in the database.
CONTACT_STAGE: Final[dict[str, str]] = {
    "line": "bigint",
    "email": "text",
    "external_id": "text",
    "first_name": "text",
    "last_name": "text",
    "phone": "text",
    "job_title": "text",
    "function": "text",
    "seniority": "text",
    "city": "text",
    "country": "text",
    "language": "text",
    "company_name": "text",
    "company_domain": "text",
    "company_sector": "text",
    "company_headcount": "integer",
    "source": "text",
    "campaign": "text",
    "owner": "bigint",
    "consent": "text",
    "status": "text",
    "created_at": "timestamptz",
    "stages": "jsonb",
    "custom": "jsonb",
}
DEAL_STAGE: Final[dict[str, str]] = {
    "line": "bigint",
    "email": "text",
    "external_id": "text",
    "deal_id": "text",
    "name": "text",
    "amount_cents": "bigint",
    "currency": "text",
    "stage": "text",
    "opened_at": "timestamptz",
    "closed_at": "timestamptz",
    "expected_close_on": "date",
    "lost_reason": "text",
    "won_reason": "text",
    "note": "text",
    "owner": "bigint",
    "custom": "jsonb",
}
LIMITS: Final[dict[str, int]] = {
    "first_name": 120,
    "last_name": 120,
    "job_title": 160,
    "function": 40,
    "seniority": 40,
    "city": 120,
    "company_name": 200,
    "company_domain": 200,
    "company_sector": 80,
    "source": 80,
    "campaign": 120,
    "external_id": 200,
    "deal_id": 190,
    "name": 200,
    "won_reason": 200,
    "note": 20_000,
}
WON_WORDS: Final = frozenset(
    {
        "won",
        "closed won",
        "closedwon",
        "gagne",
        "gagnee",
        "conclu",
        "conclue",
        "signe",
        "signee",
        "win",
        "ganho",
    }
)
LOST_WORDS: Final = frozenset(
    {"lost", "closed lost", "closedlost", "perdu", "perdue", "abandonne", "abandonnee"}
)
OPEN_STAGES: Final[dict[str, str]] = {
    "open": "qualified",
    "new": "qualified",
    "nouveau": "qualified",
    "qualified": "qualified",
    "qualification": "qualified",
    "qualifie": "qualified",
    "quote": "quote",
    "quote sent": "quote",
    "proposal": "quote",
    "proposition": "quote",
    "devis": "quote",
    "devis envoye": "quote",
    "proposal price quote": "quote",
    "negotiation": "negotiation",
    "negotiation review": "negotiation",
    "negociation": "negotiation",
}
LOST_REASONS: Final[dict[str, tuple[str, ...]]] = {
    "price": ("price", "prix", "budget", "too expensive", "trop cher"),
    "competitor": ("competitor", "competition", "concurrent", "concurrence"),
    "no_project": ("no project", "project", "projet", "abandon"),
    "timing": ("timing", "not now", "later", "plus tard", "calendrier"),
    "fit": ("fit", "feature", "fonction", "besoin", "need"),
    "silent": ("silent", "no answer", "no response", "unresponsive", "sans reponse", "injoignable"),
}
FUTURE_ALLOWED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What the installation knows: words (folded) → keys, and when it is now."""

    at: datetime
    owners: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    stage_order: tuple[str, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    field_types: Mapping[str, str] = field(default_factory=dict)


Step = Callable[[str, list[str], dict[str, object]], None]


class Converter:
    """Compiles a mapping once; `line_of` turns a row into one line of COPY text or raises ValueRefused.

    `left_out` counts, by reason and heading, the values that were not understood and left out on request, and
    keeps the first lines on which that happened.
    """

    def __init__(self, mapping: ColumnMapping, *, headings: list[str], known: Known) -> None:
        self.mapping = mapping
        self.known = known
        self.zone = ZoneInfo(mapping.time_zone)
        self.columns = CONTACT_STAGE if mapping.kind == "contacts" else DEAL_STAGE
        self.places = {name: place for place, name in enumerate(self.columns)}
        self.left_out: dict[tuple[str, str], list[int]] = {}
        self._width = len(self.columns)
        self._custom_place = self.places["custom"]
        self._steps = [
            (index, heading, step)
            for index, heading in enumerate(headings)
            if heading in mapping.columns and (step := self._step(mapping.columns[heading].target))
        ]

    def line_of(self, row: Row) -> str:
        out = [""] * self._width
        out[0] = str(row.line)
        custom: dict[str, object] = {}
        cells = row.cells
        for index, heading, step in self._steps:
            text = cells[index].strip()
            if text:
                try:
                    step(text, out, custom)
                except ValueRefused as refusal:
                    self._refused(refusal, heading, row.line)
        self._finish(out, custom)
        if custom:
            out[self._custom_place] = json.dumps(custom, ensure_ascii=False)
        line = "\t".join(out)
        # The sum of checks is cheaper than escaping each cell of each row.
        if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= self._width:
            line = "\t".join(map(_escaped, out))
        return line + "\n"

    def _refused(self, refusal: ValueRefused, heading: str, line: int) -> None:
        is_identity = self.mapping.columns[heading].target in ("email", "external_id", "deal.external_id")
        if refusal.code == "unknown_owner" or (self.mapping.on_bad_value == "leave_out" and not is_identity):
            self.left_out.setdefault((refusal.code, heading), []).append(line)
            return
        raise ValueRefused(refusal.code, **{**refusal.params, "column": heading})

    def _finish(self, out: list[str], custom: dict[str, object]) -> None:
        if self.mapping.kind == "deals":
            self._finish_deal(out, custom)
        else:
            self._finish_contact(out, custom)

    # -- contacts

    def _finish_contact(self, out: list[str], custom: dict[str, object]) -> None:
        mapping, places = self.mapping, self.places
        if not out[places["source"]]:
            out[places["source"]] = mapping.empty_source if mapping.column_of("source") else mapping.source
        if not out[places["campaign"]]:
            out[places["campaign"]] = mapping.campaign
        entered = custom.pop("\0entered", {})
        stage = custom.pop("\0stage", mapping.stage)
        if not isinstance(entered, dict) or not (entered or stage):
            return
        if stage and stage not in entered:
            entered[str(stage)] = out[places["created_at"]] or self.known.at.isoformat()
        out[places["stages"]] = json.dumps(entered)

    def _step(self, target: str) -> Step | None:
        if not target:
            return None
        group, _, key = target.partition(".")
        if group == "custom":
            return self._custom_step(key)
        if group == "entered":
            return self._entered_step(key)
        if group == "deal":
            return self._deal_step(key)
        return self._contact_step(target.replace(".", "_"))

    def _contact_step(self, name: str) -> Step:
        if name == "full_name":
            return self._full_name
        if name == "stage":
            return self._stage
        reads: dict[str, Callable[[str], str]] = {
            "email": values.email,
            "phone": lambda text: values.phone(text, region=self.mapping.region),
            "country": self._country,
            "language": lambda text: text.replace("_", "-")[:5].lower(),
            "company_domain": _domain,
            "company_headcount": self._headcount,
            "owner": self._owner,
            "consent": values.consent,
            "opt_out": lambda text: values.consent(text, asks_opt_out=True),
            "created_at": self._past_moment,
            "status": lambda text: _word(self.known.statuses, text, "unknown_status"),
        }
        read = reads.get(name) or (lambda text: _short(name, text))
        return self._plain("consent" if name == "opt_out" else name, read)

    def _plain(self, name: str, read: Callable[[str], str]) -> Step:
        place = self.places[name]

        def step(text: str, out: list[str], custom: dict[str, object]) -> None:
            out[place] = read(text)

        return step

    def _full_name(self, text: str, out: list[str], custom: dict[str, object]) -> None:
        first, last = values.names(_short("full_name", text))
        out[self.places["first_name"]] = out[self.places["first_name"]] or _short("first_name", first)
        out[self.places["last_name"]] = out[self.places["last_name"]] or _short("last_name", last)

    def _country(self, text: str) -> str:
        if len(text) == 2 and text.isascii() and text.isalpha():
            return text.upper()
        return _word(self.known.countries, text, "unknown_country")

    def _headcount(self, text: str) -> str:
        # "51-200" and "200+" are how directories tell it: the lower bound is what is certain.
        lower = text.replace("–", "-").removesuffix("+").split("-")[0] or text
        number = values.whole_number(lower, decimal=self.mapping.decimal)
        if not 0 <= number <= 2_000_000_000:
            raise ValueRefused("bad_number", value=text[:KEPT_CHARS])
        return str(number)

    def _owner(self, text: str) -> str:
        owner = self.known.owners.get(text.lower()) or self.known.owners.get(folded(text))
        if owner is None:
            raise ValueRefused("unknown_owner", value=text[:KEPT_CHARS])
        return str(owner)

    def _past_moment(self, text: str) -> str:
        moment = values.moment(text, order=self.mapping.date_order, zone=self.zone)
        if moment > self.known.at + FUTURE_ALLOWED:
            raise ValueRefused("future_date", value=text[:KEPT_CHARS])
        return min(moment, self.known.at).isoformat()

    def _stage(self, text: str, out: list[str], custom: dict[str, object]) -> None:
        custom["\0stage"] = _word(self.known.stages, text, "unknown_stage")

    def _entered_step(self, stage: str) -> Step:
        def step(text: str, out: list[str], custom: dict[str, object]) -> None:
            entered = custom.setdefault("\0entered", {})
            if isinstance(entered, dict):
                entered[stage] = self._past_moment(text)

        return step

    def _custom_step(self, key: str) -> Step:
        kind = self.known.field_types.get(key, "text")
        decimal, order = self.mapping.decimal, self.mapping.date_order
        reads: dict[str, Callable[[str], object]] = {
            "number": lambda text: _json_number(values.number(text, decimal=decimal)),
            "money": lambda text: values.cents(text, decimal=decimal),
            "date": lambda text: values.day(text, order=order).isoformat(),
            "boolean": values.yes_or_no,
        }
        read = reads.get(kind, str)

        def step(text: str, out: list[str], custom: dict[str, object]) -> None:
            custom[key] = read(text)

        return step

    # -- deals

    def _deal_step(self, key: str) -> Step:
        steps: dict[str, Step] = {
            "stage": self._deal_stage,
            "closed_at": self._closing(""),
            "won_at": self._closing("won"),
            "lost_at": self._closing("lost"),
            "lost_reason": self._lost_reason,
        }
        if key in steps:
            return steps[key]
        reads: dict[str, Callable[[str], str]] = {
            "amount": self._amount,
            "currency": _currency,
            "opened_at": self._past_moment,
            "expected_close_on": lambda text: values.day(text, order=self.mapping.date_order).isoformat(),
            "owner": self._owner,
        }
        name = {"external_id": "deal_id", "amount": "amount_cents"}.get(key, key)
        return self._plain(name, reads.get(key) or (lambda text: _short(name, text)))

    def _amount(self, text: str) -> str:
        cents = values.cents(text, decimal=self.mapping.decimal)
        if cents < 0:
            raise ValueRefused("negative_amount", value=text[:KEPT_CHARS])
        return str(cents)

    def _deal_stage(self, text: str, out: list[str], custom: dict[str, object]) -> None:
        word = folded(text)
        if word in WON_WORDS:
            stage = "won"
        elif word in LOST_WORDS:
            stage = "lost"
        elif word in OPEN_STAGES:
            stage = OPEN_STAGES[word]
        else:
            raise ValueRefused("unknown_deal_stage", value=text[:KEPT_CHARS])
        out[self.places["stage"]] = stage

    def _closing(self, stage: str) -> Step:
        def step(text: str, out: list[str], custom: dict[str, object]) -> None:
            out[self.places["closed_at"]] = self._past_moment(text)
            if stage:
                custom["\0closed"] = stage

        return step

    def _lost_reason(self, text: str, out: list[str], custom: dict[str, object]) -> None:
        word = folded(text)
        found = next((key for key, words in LOST_REASONS.items() if any(told in word for told in words)), "")
        out[self.places["lost_reason"]] = found or "not_told"
        if not found:
            place = self.places["note"]
            out[place] = "\n".join(filter(None, (out[place], text)))

    def _finish_deal(self, out: list[str], custom: dict[str, object]) -> None:
        places = self.places
        closed = custom.pop("\0closed", "")
        stage = out[places["stage"]] or str(closed) or self.mapping.deal_stage
        out[places["stage"]] = stage
        if stage in ("won", "lost") and not out[places["closed_at"]]:
            raise ValueRefused("closed_without_date")
        if stage not in ("won", "lost"):
            # A close date of an open deal is a hope; tools write it into the same column.
            out[places["closed_at"]] = ""
        if stage != "lost":
            out[places["lost_reason"]] = ""
        elif not out[places["lost_reason"]]:
            out[places["lost_reason"]] = "not_told"


def _short(name: str, text: str) -> str:
    """Text that fits its column; refused rather than cut."""
    limit = LIMITS.get(name, 250)
    if len(text) > limit:
        raise ValueRefused("too_long", chars=len(text), limit=limit)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _word(words: Mapping[str, str], text: str, code: str) -> str:
    found = words.get(folded(text))
    if found is None:
        raise ValueRefused(code, value=text[:KEPT_CHARS])
    return found


def _domain(text: str) -> str:
    """The bare domain of a web address: no scheme, no www, no path."""
    bare = text.lower().partition("://")[2] or text.lower()
    bare = bare.split("/")[0].split("?")[0].removeprefix("www.").rstrip(".")
    if "." not in bare or " " in bare or "@" in bare:
        raise ValueRefused("bad_domain", value=text[:KEPT_CHARS])
    return _short("company_domain", bare)


def _currency(text: str) -> str:
    signs = {"€": "EUR", "$": "USD", "£": "GBP", "R$": "BRL"}
    code = signs.get(text, text.upper())
    if len(code) != 3 or not code.isalpha() or not code.isascii():
        raise ValueRefused("bad_currency", value=text[:KEPT_CHARS])
    return code


def _json_number(number: Decimal) -> int | float:
    whole = int(number)
    return whole if whole == number else float(number)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
