"""What people write of who is consulted and informed, in the forms of a stage's responsibility and of a procedure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from lifecycle.models import Party

INVOLVING: Final = ("consulted", "consulted_person", "informed", "informed_person")
BY_NAME: Final = {
    "consulted": gettext_lazy("Consulted, by name"),
    "informed": gettext_lazy("Informed, by name"),
}
LISTS: Final = tuple(BY_NAME)


class InvolvingForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """Two lists of parties with one person by name each; nobody has two of the parts."""

    consulted = forms.MultipleChoiceField(
        label=gettext_lazy("Consulted"),
        choices=Party.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    informed = forms.MultipleChoiceField(
        label=gettext_lazy("Informed"),
        choices=Party.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.active().select_related("team").order_by("first_name", "last_name")
        for name, label in BY_NAME.items():
            person = self.fields[f"{name}_person"]
            assert isinstance(person, forms.ModelChoiceField)
            person.label, person.empty_label = label, _("Nobody in particular")
            person.queryset = people

    def answering(self, cleaned: Mapping[str, Any]) -> tuple[Collection[str], User | None]:
        """Who answers by what the form says: as parties, or by name."""
        raise NotImplementedError  # each form says it in fields of its own

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        parts = {name: (self._in_order(name), cleaned.get(f"{name}_person")) for name in LISTS}
        cleaned |= {name: parties for name, (parties, _person) in parts.items()}
        answering = self.answering(cleaned)
        for name, part in parts.items():
            if _share(part, answering):
                self.add_error(name, _("Whoever answers for it knows already: leave them out here."))
        if _share(*parts.values()):
            self.add_error("informed", _("Whoever is consulted knows already: choose each once."))
        return cleaned

    def _in_order(self, name: str) -> list[str]:
        sent = self.cleaned_data.get(name) or ()
        return [party for party in Party.values if party in sent]

    def in_words(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Two writers compare names."""
        return {**values, **{name: in_words(values[name]) for name in LISTS}}


def in_words(parties: Iterable[str]) -> list[str]:
    return [str(Party(party).label) for party in parties]


def _share(one: tuple[Collection[str], User | None], other: tuple[Collection[str], User | None]) -> bool:
    """Whether a party or a person is in both."""
    return not set(one[0]).isdisjoint(other[0]) or (one[1] is not None and one[1] == other[1])
