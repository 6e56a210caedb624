"""Two people fill in the same form at once: the second sees what stands there now beside their own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

NOTHING = "–"


@dataclass(frozen=True)
class BothTexts:
    """One field of two writers, as the reader calls it; read by `_components/both_texts.html`."""

    label: str
    now: object
    yours: object


def meet(form: forms.BaseForm, now: forms.BaseForm) -> list[BothTexts]:
    """The fields in which a valid form differs from what stands there; saved again, it writes over that.

    `now` is the same form as it would be opened at this moment. Its hidden values, the version among them, take the
    place of those that were sent.
    """
    sent = QueryDict(mutable=True)
    sent.update(form.data)
    for hidden in now.hidden_fields():
        sent[hidden.html_name] = hidden.value()
    form.data = sent
    return [
        BothTexts(
            label=str(now[name].label),
            now=said(field, field.to_python(now[name].initial)),
            yours=said(field, form.cleaned_data[name]),
        )
        for name, field in now.fields.items()
        if not field.widget.is_hidden and field.has_changed(now[name].initial, form[name].data)
    ]


def said(field: forms.Field, value: object) -> object:
    """A value of the field in the words of its page."""
    if isinstance(field, forms.BooleanField):
        return _("Yes") if value else _("No")
    if isinstance(field, forms.ModelChoiceField):
        return field.empty_label or NOTHING if value is None else field.label_from_instance(value)
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return next((label for key, label in choices if str(key) == str(value)), value)
    return NOTHING if value in (None, "") else value
