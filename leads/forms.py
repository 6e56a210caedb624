"""Input of the pages over the facts: parses and validates, decides nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Self

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from leads.access import OWNING
from leads.actions.companies import bare_domain
from leads.errors import DomainTaken
from leads.models import Campaign, Company, Contact, Deal, DealStage, ExchangeRate, RetentionHold
from leads.models.deals import LostReason
from leads.worth import campaign_worth
from lib.amounts import MOST_CENTS
from lib.currencies import currency_name, reporting_currency
from lib.forms import DayField, country_code, name_empty_choices
from lib.tidy import tidy
from lifecycle.models import Status

MOST_MONEY = Decimal(MOST_CENTS) / 100


class DayInput(forms.DateInput):
    """A browser's own date field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


Pairs = tuple[tuple[object, str], ...]
"""Keys and what they are called."""


class SavedViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    shared = forms.BooleanField(label=_("For my team too"), required=False)

    def clean_query(self) -> str:
        """Without NUL, which no address may hold: the link of the view would be refused."""
        return re.sub("\0|%00", "", self.cleaned_data["query"])


class SendCheckForm(forms.Form):
    asked = forms.CharField(
        label=_("E-mail addresses or contact numbers"),
        help_text=_("One a line, or with commas between them."),
        max_length=300_000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


def owners_to_give() -> models.QuerySet[User]:
    return User.objects.active().filter(role__in=OWNING)


class BulkForm(forms.Form):
    """A change of many contacts: `change` says whether owner or status counts."""

    change = forms.ChoiceField(choices=[("owner", _("Owner")), ("status", _("Status"))])
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )
    status = forms.ModelChoiceField(label=_("Status"), queryset=Status.objects.all(), required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)
    recontact_on = DayField(label=_("Come back on"), required=False, widget=DayInput())
    everything = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = owners_to_give()
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    @classmethod
    def offering(cls, owners: Pairs, statuses: Pairs) -> Self:
        """Unbound, with keys and names that were read already."""
        form = cls(auto_id="bulk_%s")
        for name, none, rows in (("owner", _("Nobody"), owners), ("status", _("Choose"), statuses)):
            field = form.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.choices = [("", none), *rows]
        return form

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("change") == "status" and not values.get("status"):
            self.add_error("status", _("Choose the status to give."))
        return values


class NewContactForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A contact by hand; the company is found by its name or made."""

    company_name = forms.CharField(label=_("Company"), required=False, max_length=200)

    class Meta:
        model = Contact
        fields = (
            "first_name",
            "last_name",
            "email",
            "phone",
            "job_title",
            "city",
            "country",
            "source",
            "campaign",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["first_name", "last_name", "email", "phone", "company_name", "job_title"])
        for name in ("source", "campaign"):
            choice = self.fields[name]
            assert isinstance(choice, forms.ModelChoiceField)
            choice.empty_label = _("Not known")

    def clean_country(self) -> str:
        return country_code(self.cleaned_data["country"], known=self.initial.get("country", ""))

    def values(self) -> dict[str, Any]:
        """What the person gave, of a valid form; the company by its name."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    def _post_clean(self) -> None:
        """The action validates and answers with its own refusals; the model's checks would say them twice."""


class ReleaseForm(forms.Form):
    """What is still missing of somebody in quarantine: one field for each fact that would do.

    `company` is its name; a source or a campaign is chosen when the contact is there.
    """

    def __init__(self, *args: Any, needs: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in needs:
            told = Contact._meta.get_field(name)
            if name == "company":
                self.fields["company_name"] = forms.CharField(
                    label=_("Company"), required=False, max_length=200
                )
            elif isinstance(told, models.CharField):
                self.fields[name] = forms.CharField(
                    label=capfirst(told.verbose_name), required=False, max_length=told.max_length
                )

    def clean_country(self) -> str:
        return country_code(self.cleaned_data["country"])


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Company
        fields = ("name", "domain", "sector", "headcount", "city", "country")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def clean_name(self) -> str:
        return tidy(self.cleaned_data["name"])

    def clean_domain(self) -> str:
        """At its field and in words: the constraint has neither."""
        domain = bare_domain(self.cleaned_data["domain"])
        if domain and Company.objects.filter(domain=domain).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(str(DomainTaken(domain=domain)))
        return domain

    def clean_country(self) -> str:
        return country_code(self.cleaned_data["country"], known=self.instance.country)


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A campaign; the cost is typed in whole units of money."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    cost = forms.DecimalField(
        label=_("Cost"), min_value=Decimal(0), max_value=MOST_MONEY, decimal_places=2, initial=0
    )

    class Meta:
        model = Campaign
        fields = ("name", "source", "starts_on", "ends_on", "utm", "brief")
        widgets = {"starts_on": DayInput(), "ends_on": DayInput()}
        field_classes = {"starts_on": DayField, "ends_on": DayField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["name", "source", "starts_on", "ends_on", "utm", "cost"])
        self.initial["version"] = self.instance.version if self.instance.pk else None
        self.fields["cost"].label = gettext("Cost in %(currency)s") % {
            "currency": currency_name(reporting_currency())
        }
        if self.instance.pk:
            worth = Campaign.objects.filter(pk=self.instance.pk).values_list(campaign_worth()).get()[0]
            self.initial["cost"] = None if worth is None else Decimal(worth) / 100
        name_empty_choices(self, _("Choose"), "source")

    def clean_name(self) -> str:
        return tidy(self.cleaned_data["name"])

    def clean_utm(self) -> str:
        """As with the domain of a company."""
        utm = str(self.cleaned_data["utm"])
        other = Campaign.objects.filter(utm=utm).exclude(pk=self.instance.pk).first() if utm else None
        if other:
            raise forms.ValidationError(_("The links of %(name)s carry this already.") % {"name": other.name})
        return utm

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        starts, ends = values.get("starts_on"), values.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The last day is before the first."))
        return values

    @property
    def cost_cents(self) -> int:
        return int(self.cleaned_data["cost"] * 100)


def currencies_with_rates() -> list[str]:
    rates = ExchangeRate.objects.filter(into_currency=reporting_currency()).order_by("currency")
    return list(rates.values_list("currency", flat=True).distinct())


class DealForm(forms.Form):
    """A deal to open."""

    name = forms.CharField(label=_("Name"), max_length=200)
    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal(0), max_value=MOST_MONEY, decimal_places=2
    )
    currency = forms.ChoiceField(label=_("Currency"))
    expected_close_on = DayField(label=_("Expected close"), required=False, widget=DayInput())
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The currency is asked where there is a choice: where some currency has a rate."""
        super().__init__(*args, **kwargs)
        own, others = reporting_currency(), currencies_with_rates()
        currency = self.fields["currency"]
        assert isinstance(currency, forms.ChoiceField)
        currency.choices = [(code, f"{code} – {currency_name(code)}") for code in (own, *others)]
        if not others:
            del self.fields["currency"]
            self.fields["amount"].label = gettext("Amount in %(currency)s") % {"currency": currency_name(own)}

    @property
    def amount_cents(self) -> int:
        return int(self.cleaned_data["amount"] * 100)


class DealEditForm(forms.Form):
    """What is known of a deal; `version` is that of what was read."""

    name = forms.CharField(label=_("Name"), max_length=200)
    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal(0), max_value=MOST_MONEY, decimal_places=2
    )
    expected_close_on = DayField(label=_("Expected close"), required=False, widget=DayInput())
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )
    won_reason = forms.CharField(label=_("Why it was won"), required=False, max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, deal: Deal, user: User, **kwargs: Any) -> None:
        """Why it was won is asked of a won deal only; an owner who left stays until somebody chooses another.

        Offered are those who may work it: to a rep only the near ones, so that nobody gives it out of their own reach.
        """
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        offered = Q(is_active=True, role__in=OWNING)
        if not user.has_role(Role.MANAGER, Role.ADMIN):
            offered &= Q(pk=user.pk) | Q(team__isnull=False, team=user.team_id)
        owner.queryset = User.objects.filter(offered | Q(pk=deal.owner_id))
        if deal.stage != DealStage.WON:
            del self.fields["won_reason"]

    @property
    def amount_cents(self) -> int:
        return int(self.cleaned_data["amount"] * 100)


class DealMoveForm(forms.Form):
    """The next stage of a deal; a loss asks why."""

    to = forms.ChoiceField(label=_("Stage"), choices=DealStage.choices)
    lost_reason = forms.ChoiceField(
        label=_("Why it was lost"), choices=[("", _("Choose")), *LostReason.choices], required=False
    )
    won_reason = forms.CharField(label=_("Why it was won"), required=False, max_length=200)


class DealFilterForm(forms.Form):
    q = forms.CharField(label=_("Deal or contact"), required=False, max_length=200)
    stage = forms.ChoiceField(label=_("Stage"), choices=[("", _("Any")), *DealStage.choices], required=False)
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.active(), required=False, empty_label=_("Anyone")
    )


class UncountedForm(forms.Form):
    """Deals without a rate, of a currency or (`all`) of any; of one campaign or company, or those on the board."""

    uncounted = forms.RegexField(r"^([A-Z]{3}|all)$")
    campaign = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    company = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    board = forms.BooleanField(required=False)


class RetentionHoldForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """Why a contact is kept although the retention rule would erase it, and until which day."""

    class Meta:
        model = RetentionHold
        fields = ("reason", "until")
        widgets = {"until": DayInput()}
        field_classes = {"until": DayField}
        help_texts = {
            "reason": _("Read by whoever approves the list. It goes with the person when they are erased."),
            "until": _("From the day after, the rule speaks of this contact again."),
        }
