"""The seats as one form: three fields a rep, and what they said when the page was drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.actions.seats import Terms, Wish, terms_of
from sla.seats import Line

MOST_A_DAY: Final = 200
MOST_SHARE: Final = 10

LABELS: Final = {
    "cap": gettext_lazy("%(rep)s, leads a day at most"),
    "share": gettext_lazy("%(rep)s, share"),
    "takes": gettext_lazy("%(rep)s, takes leads"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page with its controls."""

    line: Line
    cap: BoundField
    share: BoundField
    takes: BoundField
    seen: BoundField


class SeatsForm(forms.Form):
    """`cap-7`, `share-7`, `takes-7` and `seen-7` are of the rep 7. A rep who was not sent is left alone."""

    def __init__(self, lines: Sequence[Line], data: QueryDict | None = None) -> None:
        self.lines = lines
        super().__init__(_completed(data, lines) if data is not None else None)
        for line in lines:
            self.fields |= _fields(line)

    @property
    def rows(self) -> list[Row]:
        return [
            Row(line, *(self[f"{part}-{line.rep.pk}"] for part in ("cap", "share", "takes", "seen")))
            for line in self.lines
        ]

    @property
    def wishes(self) -> dict[int, Wish]:
        """By rep, of a valid form: what was written over what was seen. What was left as it stood is no wish."""
        written = {line.rep.pk: self._wish(line.rep.pk) for line in self.lines}
        return {rep: wish for rep, wish in written.items() if wish.terms != wish.seen}

    def _wish(self, rep: int) -> Wish:
        cap, share, takes, seen = (
            self.cleaned_data[f"{part}-{rep}"] for part in ("cap", "share", "takes", "seen")
        )
        return Wish(Terms(cap, share, takes), _read(seen))

    def meet(self, now: Mapping[int, Terms]) -> None:
        """Say beside each seat that was changed meanwhile what it says now; sent again, the form writes over that."""
        data: Any = self.data
        for rep, terms in now.items():
            self.add_error(f"cap-{rep}", _said(terms))
            data[f"seen-{rep}"] = _written(terms)


def _fields(line: Line) -> dict[str, forms.Field]:
    rep, seat = line.rep, line.seat
    labels = {part: words % {"rep": rep} for part, words in LABELS.items()}
    return {
        f"cap-{rep.pk}": forms.IntegerField(
            label=labels["cap"], min_value=0, max_value=MOST_A_DAY, initial=seat.daily_cap
        ),
        f"share-{rep.pk}": forms.IntegerField(
            label=labels["share"], min_value=1, max_value=MOST_SHARE, initial=seat.weight
        ),
        f"takes-{rep.pk}": forms.BooleanField(label=labels["takes"], required=False, initial=seat.is_active),
        f"seen-{rep.pk}": forms.CharField(
            widget=forms.HiddenInput, required=False, initial=_written(terms_of(seat))
        ),
    }


def _completed(data: QueryDict, lines: Sequence[Line]) -> QueryDict:
    """With the rows as they stand of reps who came after the page was drawn."""
    sent = data.copy()
    for line in lines:
        rep, terms = line.rep.pk, terms_of(line.seat)
        if f"seen-{rep}" not in sent:
            sent[f"cap-{rep}"], sent[f"share-{rep}"] = str(terms.daily_cap), str(terms.weight)
            sent[f"takes-{rep}"] = "on" if terms.is_active else ""
            sent[f"seen-{rep}"] = _written(terms)
    return sent


def _written(terms: Terms) -> str:
    return f"{terms.daily_cap} {terms.weight} {terms.is_active:d}"


def _read(text: str) -> Terms | None:
    match [int(word) for word in text.split() if word.isdecimal() and len(word) < 6]:
        case [cap, share, takes]:
            return Terms(cap, share, bool(takes))
        case _:
            return None


def _said(terms: Terms) -> str:
    facts = {"cap": terms.daily_cap, "share": terms.weight}
    if terms.is_active:
        text = _("Changed by somebody else meanwhile: %(cap)s a day, share %(share)s, takes leads.")
    else:
        text = _("Changed by somebody else meanwhile: %(cap)s a day, share %(share)s, takes no leads.")
    again = _("Save again to keep what is written here.")
    return f"{text % facts} {again}"
