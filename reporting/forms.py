"""What a reader asks of the cockpit: a period and what to hold it against."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core import signing
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lib.amounts import HIGHEST_RATE
from lib.currencies import currency_name, reporting_currency
from lib.currency_codes import is_currency
from lib.forms import DayField
from reporting.models import objective_units
from reporting.periods import LONGEST, Comparison, Period, PeriodError, PeriodKey, months_before, named
from sla.calendar import WorkingCalendar

SEEN = "reporting.objectives.seen"
PERIOD_WORDS = {
    PeriodKey.THIS_MONTH: _("This month"),
    PeriodKey.LAST_MONTH: _("Last month"),
    PeriodKey.THIS_QUARTER: _("This quarter"),
    PeriodKey.LAST_QUARTER: _("Last quarter"),
    PeriodKey.LAST_12_MONTHS: _("Last 12 months"),
    PeriodKey.ALL_TIME: _("All time"),
}
COMPARISON_WORDS = {
    Comparison.PREVIOUS: _("The period before"),
    Comparison.LAST_YEAR: _("The same a year before"),
    Comparison.NONE: _("Nothing"),
}


class PeriodForm(forms.Form):
    """Query parameters `period` (or `from` and `to`) and `vs`; what is missing or strange means this month."""

    period = forms.ChoiceField(
        label=_("Period"), choices=[*PERIOD_WORDS.items(), (PeriodKey.CUSTOM, _("Own days"))], required=False
    )
    vs = forms.ChoiceField(label=_("Compared with"), choices=list(COMPARISON_WORDS.items()), required=False)
    since = DayField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = DayField(
        label=_("To, included"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def asked(
        self, calendar: WorkingCalendar, *, at: datetime, earliest: Callable[[], date | None]
    ) -> tuple[Period, Comparison]:
        """The period and comparison; `earliest` knows the first day that has any fact, and is asked for all time only.

        Raises PeriodError, worded for the reader, when own days make no period.
        """
        self.is_valid()
        data = self.cleaned_data
        today = at.astimezone(calendar.tz).date()
        how = Comparison(data.get("vs") or Comparison.PREVIOUS)
        key = PeriodKey(data.get("period") or PeriodKey.THIS_MONTH)
        if key is not PeriodKey.CUSTOM:
            first = earliest() if key is PeriodKey.ALL_TIME else None
            return named(key, today, calendar.tz, first), how
        for name in ("since", "until"):
            if name in self.errors:
                raise PeriodError(self.errors[name][0])
        since, until = data.get("since"), data.get("until")
        if since is None or until is None:
            raise PeriodError(_("Give both days of your period."))
        if until < since:
            raise PeriodError(_("The last day is before the first. Exchange them."))
        if until - since > LONGEST:
            raise PeriodError(_("Days of your own span at most five years. Choose fewer."))
        return Period(key, since, until, calendar.tz), how


class ObjectivesForm(forms.Form):
    """An amount in whole units of money for the month of `today` and the eleven after it; empty for none.

    `seen` keeps what stood there when the form was opened.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.months = [months_before(today, -offset) for offset in range(12)]
        known = objective_units(self.months)
        told = {month.isoformat(): units for month, units in known.items()}
        self.initial["seen"] = signing.dumps(told, salt=SEEN, compress=True)
        for month in self.months:
            self.fields[month.isoformat()] = forms.IntegerField(
                label=date_format(month, "F Y"),
                min_value=0,
                max_value=10**12,
                required=False,
                initial=known.get(month),
            )

    def units(self) -> dict[date, int | None]:
        """What was entered, by month, of a valid form."""
        return {month: self.cleaned_data[month.isoformat()] for month in self.months}

    def units_seen(self) -> dict[date, int | None]:
        """What stood there when the form was opened, by month; nothing where that was tampered with."""
        try:
            told = signing.loads(self.cleaned_data["seen"], salt=SEEN)
        except signing.BadSignature:
            return {}
        return {month: told.get(month.isoformat()) for month in self.months}


class RateForm(forms.Form):
    """What one unit of a currency is worth from a day on."""

    currency = forms.CharField(
        label=_("Currency"), max_length=3, help_text=_("Three letters: CHF, USD, GBP.")
    )
    day = DayField(
        label=_("Valid from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    rate = forms.DecimalField(
        label=_("Rate"),
        min_value=Decimal("0.00000001"),
        max_value=HIGHEST_RATE,
        max_digits=18,
        decimal_places=8,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rate"].help_text = gettext("What one is worth in %(currency)s.") % {
            "currency": currency_name(reporting_currency())
        }

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        if not is_currency(code):
            raise forms.ValidationError(_("This is no currency. Write its three letters, as CHF."))
        return code


class AnswerForm(forms.Form):
    """What marketing does about a lead that sales refused."""

    answer = forms.CharField(
        label=_("What you do about it"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say in a sentence what marketing does about it.")},
    )
