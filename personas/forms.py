"""What people write of a persona; its criteria have a builder of their own."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.addresses import word_of
from lib.forms import LinesField
from personas.agreed import LISTS
from personas.models import Persona, PersonaVersion

ONE_A_LINE = gettext_lazy("One a line.")


class PersonaForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """The sheet in both languages; lists one sentence a line."""

    objectives = LinesField(required=False)
    obstacles = LinesField(required=False)
    triggers = LinesField(required=False)
    objections = LinesField(required=False)
    channels = LinesField(required=False)
    quotes = LinesField(required=False)

    class Meta:
        model = PersonaVersion
        fields = (
            "name_en",
            "name_fr",
            "summary_en",
            "summary_fr",
            "objectives",
            "obstacles",
            "triggers",
            "objections",
            "channels",
            "quotes",
            "how_we_help",
        )
        widgets = {
            "summary_en": forms.Textarea(attrs={"rows": 4}),
            "summary_fr": forms.Textarea(attrs={"rows": 4}),
            "how_we_help": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LISTS:
            self.fields[name].label, self.fields[name].help_text = label, ONE_A_LINE

    def lists(self) -> list[forms.BoundField]:
        return [self[name] for name, _label in LISTS]


PAGES: Final = frozenset({"new"})


def slug_of(name: str) -> str:
    return word_of(name, pages=PAGES)


class NewPersonaForm(PersonaForm):
    """A kind of buyer that has no sheet yet; its address is made of its English name."""

    def clean_name_en(self) -> str:
        name = str(self.cleaned_data["name_en"])
        slug = slug_of(name)
        if not slug:
            raise forms.ValidationError(_("The name needs at least one letter or digit."))
        if Persona.objects.filter(slug=slug).exists():
            raise forms.ValidationError(_("There is a persona of that name already."))
        return name
