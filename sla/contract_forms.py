"""What a drafter writes into a contract: targets, parameters and working hours; wrong answers are told at the field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_countries import countries

from lib.formats import EN_DASH, writing
from lib.forms import LinesField
from sla.actions.contracts import Terms
from sla.calendar import BadSlotError, Slot
from sla.contract_obstacles import is_out_of_reach
from sla.contract_words import default_calendar
from sla.holidays import countries as countries_with_holidays
from sla.models import Calendar, ContractVersion, Metric

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PART = re.compile(r"\s*(\d{1,2})(?:\s*[:hH])?(?:\s*(\d{2}))?\s*")
"""No blanks beside blanks that may be none: a long run of them would be shared out in every way there is."""
HUNDRED = Decimal(100)


@cache
def time_zones() -> tuple[str, ...]:
    """Places people choose from, in order; read from the disk once."""
    return tuple(
        sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    )


class SlotsField(forms.CharField):
    """The hours of one weekday, "08:30–12:30, 13:30–18:00", as a list of pairs; none when nobody works."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(EN_DASH.join(pair) for pair in value)
        return value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        slots = sorted(_slot(part) for part in re.split(r"[,;]", text) if part.strip())
        for earlier, later in pairwise(slots):
            if later.opens < earlier.closes:
                raise forms.ValidationError(
                    _("%(one)s and %(other)s overlap. Make them one slot, or move one of them.")
                    % {"one": _shown(earlier), "other": _shown(later)},
                    code="overlap",
                )
        return [str(slot).split("-") for slot in slots]


def _slot(text: str) -> Slot:
    parts = [PART.fullmatch(part) for part in re.split(r"[-\u2013\u2212]|\bto\b|\bà\b", text)]
    try:
        opens, closes = (f"{part[1]}:{part[2] or '00'}" for part in parts if part)
        return Slot.from_text(f"{opens}-{closes}")
    except (BadSlotError, ValueError) as error:
        raise forms.ValidationError(
            _("“%(text)s” is not a span of hours. Write it as 08:30–12:30, the earlier time first.")
            % {"text": text.strip()},
            code="slot",
        ) from error


def _shown(slot: Slot) -> str:
    return str(slot).replace("-", EN_DASH)


class DaysField(LinesField):
    """Days, one a line, as ISO texts in order."""

    def to_python(self, value: Any) -> Any:
        return sorted({_day(line) for line in super().to_python(value)})


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise forms.ValidationError(
            _("“%(text)s” is not a day. Write it as 2026-12-24, one a line.") % {"text": text}, code="day"
        ) from error


def _percent(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=1, max_value=100, max_digits=5, decimal_places=2)


def _count(label: Any, *, most: int = 365, least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most)


def _hours(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal("0.25"), max_value=400, decimal_places=2, step_size=Decimal("0.25")
    )


class ContractForm(forms.Form):
    """The terms of one version. Fields of a promise that the contract does not make are left out."""

    mql_target = _count(gettext_lazy("MQL a month"), most=1_000_000)
    accepted_percent = _percent(gettext_lazy("Share accepted by sales (%)"))
    answer_days = _count(gettext_lazy("Working days to answer a refusal"))
    answer_tolerance = _count(gettext_lazy("Late answers tolerated a month"), least=0)
    contact_hours = _hours(gettext_lazy("Working hours to first contact"))
    request_hours = _hours(gettext_lazy("Working hours to first contact of a request"))
    contact_percent = _percent(gettext_lazy("In time (%)"))
    attempt_count = _count(gettext_lazy("Attempts before gone dark"), most=50)
    attempt_days = _count(gettext_lazy("Days in which they are made"))
    attempt_percent = _percent(gettext_lazy("Kept (%)"))

    name = forms.CharField(label=gettext_lazy("Name of the calendar"), max_length=80)
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"), max_length=64, widget=forms.TextInput(attrs={"list": "time-zones"})
    )
    country = forms.ChoiceField(label=gettext_lazy("Country whose public holidays close"), required=False)
    subdivision = forms.CharField(label=gettext_lazy("Region"), max_length=10, required=False)
    monday = SlotsField(required=False)
    tuesday = SlotsField(required=False)
    wednesday = SlotsField(required=False)
    thursday = SlotsField(required=False)
    friday = SlotsField(required=False)
    saturday = SlotsField(required=False)
    sunday = SlotsField(required=False)
    closed_days = DaysField(label=gettext_lazy("Also closed on"), required=False)
    extra_days = DaysField(label=gettext_lazy("Worked although a holiday"), required=False)

    preamble_en = forms.CharField(
        label=gettext_lazy("Preamble in English"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    preamble_fr = forms.CharField(
        label=gettext_lazy("Preamble in French"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    PROMISES = {
        Metric.MQL_DELIVERED: ("mql_target",),
        Metric.MQL_ACCEPTED: ("accepted_percent",),
        Metric.REFUSALS_ANSWERED: ("answer_days", "answer_tolerance"),
        Metric.FIRST_CONTACT: ("contact_hours", "request_hours", "contact_percent"),
        Metric.ATTEMPTS: ("attempt_count", "attempt_days", "attempt_percent"),
    }

    def __init__(self, data: Any = None, *, version: ContractVersion) -> None:
        super().__init__(data, initial=initial_of(version))
        self.metrics = {Metric(clause.metric) for clause in version.clauses.all()}
        for metric, names in self.PROMISES.items():
            if metric not in self.metrics:
                for name in names:
                    del self.fields[name]
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = [("", _("None: every weekday is worked")), *_country_choices()]
        for name, word in zip(WEEK, writing(get_language() or "en").weekdays, strict=True):
            self.fields[name].label = word.capitalize()

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"]).strip()
        if zone != "UTC" and zone not in time_zones():
            raise forms.ValidationError(
                _("No time zone is called “%(zone)s”. Choose one such as Europe/Paris.") % {"zone": zone}
            )
        return zone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_region(cleaned)
        if all(name in cleaned for name in WEEK) and not any(cleaned[name] for name in WEEK):
            self.add_error("monday", _("Nobody would ever work: give at least one day its hours."))
        slow, fast = cleaned.get("contact_hours"), cleaned.get("request_hours")
        if slow and fast and fast > slow:
            self.add_error("request_hours", _("A request cannot wait longer than any other lead."))
        both = set(cleaned.get("closed_days", ())) & set(cleaned.get("extra_days", ()))
        if both:
            self.add_error(
                "extra_days", _("%(day)s is closed and worked at once.") % {"day": ", ".join(sorted(both))}
            )
        if not self.errors:
            self._check_reach(cleaned)
        return cleaned

    def _check_reach(self, cleaned: dict[str, Any]) -> None:
        """A promise whose time is hardly ever over is none, and its leads would have no clock."""
        hours, at = Calendar(**self._calendar()).working(), timezone.now()
        for name in ("contact_hours", "request_hours"):
            given = cleaned.get(name)
            if given and is_out_of_reach(timedelta(hours=float(given)), hours, at=at):
                self.add_error(
                    name,
                    _(
                        "In these working hours that would be over in more than a year. Give more, or promise less."
                    ),
                )

    def _check_region(self, cleaned: dict[str, Any]) -> None:
        region, country = cleaned.get("subdivision", ""), cleaned.get("country", "")
        known = countries_with_holidays().get(country, [])
        if region and region not in known:
            self.add_error(
                "subdivision",
                _("No holidays of that region are known. Known here: %(regions)s.")
                % {"regions": ", ".join(known) or _("none, leave it empty")},
            )

    def terms(self) -> Terms:
        """Of a valid form."""
        given = self.cleaned_data
        return Terms(
            preamble_en=_one_break(given["preamble_en"]),
            preamble_fr=_one_break(given["preamble_fr"]),
            promises=dict(self._promises()),
            calendar=self._calendar(),
        )

    def _calendar(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            **{name: given[name] for name in ("name", "time_zone", "country", "subdivision")},
            "slots": [given[name] for name in WEEK],
            "closed_days": given["closed_days"],
            "extra_days": given["extra_days"],
        }

    def _promises(self) -> Iterator[tuple[str, tuple[Decimal, dict[str, Any]]]]:
        given = self.cleaned_data
        for metric in self.metrics:
            match metric:
                case Metric.MQL_DELIVERED:
                    yield metric, (Decimal(given["mql_target"]), {})
                case Metric.MQL_ACCEPTED:
                    yield metric, (given["accepted_percent"] / HUNDRED, {})
                case Metric.REFUSALS_ANSWERED:
                    days, late = given["answer_days"], given["answer_tolerance"]
                    yield metric, (Decimal(1), {"days": days, "tolerance": late})
                case Metric.FIRST_CONTACT:
                    budgets = {
                        "budget_minutes": int(given["contact_hours"] * 60),
                        "budget_minutes_request": int(given["request_hours"] * 60),
                    }
                    yield metric, (given["contact_percent"] / HUNDRED, budgets)
                case Metric.ATTEMPTS:
                    tries = {"count": given["attempt_count"], "days": given["attempt_days"]}
                    yield metric, (given["attempt_percent"] / HUNDRED, tries)
                case Metric.REFUSAL_REASON:
                    yield metric, (Decimal(1), {})


def _one_break(text: str) -> str:
    """Browsers send two characters for a line break; a text that was not touched must stay the same."""
    return text.replace("\r\n", "\n")


def _country_choices() -> list[tuple[str, str]]:
    codes = (code for code in countries_with_holidays() if len(code) == 2)
    named = [(code, countries.name(code) or code) for code in codes]
    return sorted(named, key=lambda pair: pair[1])


def initial_of(version: ContractVersion) -> dict[str, Any]:
    """What the form is filled with: the numbers of a version, in the units people write."""
    values: dict[str, Any] = {"preamble_en": version.preamble_en, "preamble_fr": version.preamble_fr}
    for clause in version.clauses.all():
        found = clause.parameters
        match clause.metric:
            case Metric.MQL_DELIVERED:
                values |= {"mql_target": int(clause.target)}
            case Metric.MQL_ACCEPTED:
                values |= {"accepted_percent": _written(clause.target * 100)}
            case Metric.REFUSALS_ANSWERED:
                values |= {"answer_days": found["days"], "answer_tolerance": found.get("tolerance", 0)}
            case Metric.FIRST_CONTACT:
                values |= {
                    "contact_hours": _written(Decimal(found["budget_minutes"]) / 60),
                    "request_hours": _written(Decimal(found["budget_minutes_request"]) / 60),
                    "contact_percent": _written(clause.target * 100),
                }
            case Metric.ATTEMPTS:
                values |= {
                    "attempt_count": found["count"],
                    "attempt_days": found["days"],
                    "attempt_percent": _written(clause.target * 100),
                }
    calendar = default_calendar(version)
    return values | (_calendar_initial(calendar) if calendar else {})


def _calendar_initial(calendar: Calendar) -> dict[str, Any]:
    names = ("name", "time_zone", "country", "subdivision", "closed_days", "extra_days")
    week = dict(zip(WEEK, calendar.slots, strict=True))
    return {name: getattr(calendar, name) for name in names} | week


def _written(value: Decimal) -> Decimal:
    """60, not 60.0000 nor 6E+1."""
    exact = value.quantize(Decimal("0.01")).normalize()
    return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact
