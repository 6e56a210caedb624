"""Which of those in quarantine the list shows; and the words for what they lack."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import User
from leads.minimum import in_words
from leads.models import ImportRun, QuarantinedContact, QuarantinedContactQuerySet

MOST_IMPORTS = 50


class QuarantineFilterForm(forms.Form):
    """The filters in the address; what is not understood filters nothing."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[
            ("", gettext_lazy("Waiting")),
            ("released", gettext_lazy("Let in")),
            ("discarded", gettext_lazy("Discarded")),
            ("all", gettext_lazy("All")),
        ],
    )
    needs = forms.ChoiceField(label=gettext_lazy("What is missing"), required=False)

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everybody = QuarantinedContact.objects.visible_to(reader)
        self.everybody = everybody
        needs = everybody.order_by("needs").values_list("needs", flat=True).distinct()
        self.fields["needs"] = forms.ChoiceField(
            label=_("What is missing"),
            required=False,
            choices=[("", _("Anything")), *((told, sentence(told)) for told in needs)],
        )
        runs = ImportRun.objects.filter(pk__in=everybody.exclude(run=None).values("run")).order_by("-pk")
        self.fields["import"] = forms.ChoiceField(
            label=pgettext("one of the imports", "Import"),
            required=False,
            choices=[("", _("Any")), *((str(run.pk), run.file_name) for run in runs[:MOST_IMPORTS])],
        )

    def rows(self) -> QuarantinedContactQuerySet:
        """Those the address asks for, that the reader sees."""
        self.is_valid()
        told = self.cleaned_data
        rows = self.everybody
        if told.get("state") != "all":
            rows = rows.filter(state=told.get("state") or QuarantinedContact.State.WAITING)
        if told.get("needs"):
            rows = rows.filter(needs=told["needs"])
        if told.get("import"):
            rows = rows.filter(run_id=int(told["import"]))
        return rows

    @property
    def is_filtering(self) -> bool:
        return any(self.cleaned_data.values())


def names_of(needs: str) -> list[str]:
    return [name for name in needs.split(",") if name]


def sentence(needs: str) -> str:
    """What is kept with somebody who waits, in the reader's words."""
    return in_words(names_of(needs))
