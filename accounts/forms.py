"""What people set for themselves."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Team, Theme, User
from lib.forms import AddressField, DayField
from lib.zones import zone_choices

SWITCH = (("on", _("On")), ("off", _("Off")))


class PreferencesForm(forms.Form):
    """One choice of the menu, or all of the settings page; what is left out stays."""

    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, required=False)
    theme = forms.ChoiceField(label=_("Colours"), choices=Theme.choices, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    single_keys = forms.ChoiceField(label=_("Single-key shortcuts"), choices=SWITCH, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = zone_choices()

    def chosen(self) -> dict[str, str | bool]:
        """The person's fields that were sent."""
        sent: dict[str, str | bool] = {name: value for name, value in self.cleaned_data.items() if value}
        if "single_keys" in sent:
            sent["single_keys"] = sent["single_keys"] == "on"
        return sent


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """What an administrator says of somebody; never the password. `version` is the one it was filled in on."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "role", "team", "may_sign", "phone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        team = self.fields["team"]
        assert isinstance(team, forms.ModelChoiceField)
        team.queryset = Team.objects.all()
        team.empty_label = say("Both sides")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("may_sign") and not cleaned.get("team"):
            self.add_error("may_sign", say("Whoever signs does so for one team: choose it."))
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class NewPersonForm(PersonForm):
    """Somebody who is not here yet; the e-mail is who they are."""

    version = None  # type: ignore[assignment]  # as Django takes a field away

    class Meta(PersonForm.Meta):
        fields = ("email", "first_name", "last_name", "role", "team", "may_sign", "language", "time_zone")  # type: ignore[assignment] # other names, same kind
        field_classes: ClassVar = {"email": AddressField}

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(say("Somebody here has this address already."))
        return email


class AbsenceForm(forms.Form):
    """Whole days, both included, in the reader's time zone."""

    user = forms.ModelChoiceField(label=_("Who"), queryset=User.objects.none())
    first_day = DayField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = DayField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("Note"), max_length=120, required=False)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who = self.fields["user"]
        assert isinstance(who, forms.ModelChoiceField)
        who.queryset, who.empty_label = people, None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", say("The last day comes before the first."))
        return cleaned

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Half-open, from the first midnight to the one after the last day."""
        zone = timezone.get_current_timezone()
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        return (
            datetime.combine(first, time(), zone),
            datetime.combine(last + timedelta(days=1), time(), zone),
        )
