"""What people write of a word of the glossary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from lib.forms import LinesField
from lifecycle import links
from lifecycle.models import TermVersion
from lifecycle.term_drafts import LONGEST_ANSWER, new_name_refused, words_refused
from lifecycle.term_text import EXAMPLES, LANGUAGES, QUESTIONS

ONE_A_LINE = gettext_lazy("One a line.")


class TermForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A term in both languages: its words, what it answers in daily work, and what is one and what is not.

    What it refuses is refused to every draft, by `term_drafts`; here it is said beside its field.
    """

    composed = ("operations", "examples")

    synonyms = LinesField(label=gettext_lazy("Also said"), help_text=ONE_A_LINE, required=False)
    forbidden_synonyms = LinesField(label=gettext_lazy("Never said"), help_text=ONE_A_LINE, required=False)
    links = forms.MultipleChoiceField(
        label=gettext_lazy("What it is about"),
        help_text=gettext_lazy("The term explains these wherever they appear and have no term of their own."),
        required=False,
    )

    class Meta:
        model = TermVersion
        fields = (
            "name_en",
            "name_fr",
            "sentence_en",
            "sentence_fr",
            "formula",
            "formula_fr",
            "synonyms",
            "forbidden_synonyms",
            "links",
        )
        widgets = {
            "sentence_en": forms.Textarea(attrs={"rows": 5}),
            "sentence_fr": forms.Textarea(attrs={"rows": 5}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        linkable = self.fields["links"]
        assert isinstance(linkable, forms.MultipleChoiceField)
        linkable.choices = links.choices()
        linkable.widget.attrs["size"] = 8
        for language in LANGUAGES:
            for key, label in QUESTIONS.items():
                self.fields[f"answer_{key}_{language}"] = forms.CharField(
                    label=label,
                    initial=self.instance.operations.get(f"{key}_{language}", ""),
                    max_length=LONGEST_ANSWER,
                    required=False,
                )
            for key, label in EXAMPLES.items():
                self.fields[f"example_{key}_{language}"] = LinesField(
                    label=label,
                    initial=self.instance.examples.get(f"{key}_{language}", []),
                    help_text=ONE_A_LINE,
                    required=False,
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["operations"] = self._collected("answer_")
        cleaned["examples"] = self._collected("example_")
        return cleaned

    def clean_synonyms(self) -> list[str]:
        return _words(self.cleaned_data["synonyms"])

    def clean_forbidden_synonyms(self) -> list[str]:
        return _words(self.cleaned_data["forbidden_synonyms"])

    def _collected(self, prefix: str) -> dict[str, Any]:
        """What was filled in of the fields of that prefix, by the rest of their name."""
        return {
            name.removeprefix(prefix): value
            for name in self.fields
            if name.startswith(prefix) and (value := self.cleaned_data.get(name))
        }

    def answers(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each question in English and in French."""
        return self._pairs("answer", QUESTIONS)

    def example_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return self._pairs("example", EXAMPLES)

    def _pairs(self, prefix: str, keys: Iterable[str]) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"{prefix}_{key}_en"], self[f"{prefix}_{key}_fr"]) for key in keys]


def _words(words: list[str]) -> list[str]:
    if problem := words_refused(words):
        raise forms.ValidationError(problem)
    return words


class NewTermForm(TermForm):
    """A word that is not in the glossary yet; its address is made of its English name."""

    def clean_name_en(self) -> str:
        name = str(self.cleaned_data["name_en"])
        if problem := new_name_refused(name):
            raise forms.ValidationError(problem)
        return name
