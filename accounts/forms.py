"""What people set for themselves."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Theme

SWITCH = (("on", _("On")), ("off", _("Off")))


class PreferencesForm(forms.Form):
    """One choice of the menu, or all of the settings page; what is left out stays."""

    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, required=False)
    theme = forms.ChoiceField(label=_("Colours"), choices=Theme.choices, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    single_keys = forms.ChoiceField(label=_("Single-key shortcuts"), choices=SWITCH, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(
            zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/")
        )
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)]

    def chosen(self) -> dict[str, str | bool]:
        """The person's fields that were sent."""
        sent: dict[str, str | bool] = {name: value for name, value in self.cleaned_data.items() if value}
        if "single_keys" in sent:
            sent["single_keys"] = sent["single_keys"] == "on"
        return sent
