"""What people write of terms, rules and fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.forms import LinesField, name_empty_choices
from lifecycle import going_back, links
from lifecycle.default_rules import ABSENT, ANONYMISE, BOTH_COUNT, BRANDED_COUNT, DELETE, FULL, RULES
from lifecycle.going_back import Way
from lifecycle.keys import RuleKey
from lifecycle.mode_words import ModeLine, modes_of
from lifecycle.models import (
    OWN_EVENTS,
    Field,
    RuleEvent,
    RuleVersion,
    Stage,
    Status,
    Term,
    TermVersion,
)
from lifecycle.retention_delays import DELAYS, in_delays
from lifecycle.term_text import EXAMPLES, LANGUAGES, QUESTIONS

ONE_A_LINE = gettext_lazy("One a line.")


class TermForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A term in both languages: its words, what it answers in daily work, and what is one and what is not."""

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
                    max_length=400,
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


class NewTermForm(TermForm):
    """A word that is not in the glossary yet; its address is made of its English name."""

    def clean_name_en(self) -> str:
        name = str(self.cleaned_data["name_en"])
        slug = slugify(name)[:60]
        if not slug:
            raise forms.ValidationError(_("The name needs at least one letter or digit."))
        if Term.objects.filter(slug=slug).exists():
            raise forms.ValidationError(_("The glossary has a term of that name already."))
        return name


def rule_defaults(version: RuleVersion) -> dict[str, Any]:
    """The parameters of a new installation for this question that a form shows as they are.

    Not those on going back: a version from before each way had its cell keeps its meaning.
    """
    key = version.rule.key if version.rule_id else ""
    found = next((default.parameters for default in RULES if default.key == key), {})
    return {name: value for name, value in found.items() if not _is_about_going_back(name)}


def _is_about_going_back(name: str) -> bool:
    return name in (going_back.WAYS_BACK, going_back.FINAL_STAGES)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """An answer of the rulebook; each of its parameters is a field of its own type."""

    composed = ("parameters",)

    class Meta:
        model = RuleVersion
        fields = ("question_en", "question_fr", "text_en", "text_fr", "mode")
        labels = {"mode": gettext_lazy("Mode")}
        widgets = {
            "text_en": forms.Textarea(attrs={"rows": 5}),
            "text_fr": forms.Textarea(attrs={"rows": 5}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way_names: dict[Stage, dict[Stage, str]] = {}
        # What a version from before a parameter existed does not say, its next one does.
        said = self.instance.parameters or {}
        if self.instance.rule_id and self.instance.rule.key == RuleKey.RETENTION:
            said = in_delays(said)
        self.parameters: dict[str, Any] = in_order(rule_defaults(self.instance) | said)
        self.delay_names = self._add_delays() if DELAYS in self.parameters else {}
        for name, value in self.parameters.items():
            if not _is_about_going_back(name) and name != DELAYS:
                self.fields[f"parameter_{name}"] = parameter_field(name, value)
        if any(_is_about_going_back(name) for name in self.parameters):
            self._add_ways()

    def _add_delays(self) -> dict[str, str]:
        """A field for each status that ends the work, and any that is named: months, or empty for never."""
        names, said = {}, self.parameters[DELAYS]
        statuses = Status.objects.filter(Q(is_open=False) | Q(key__in=said))
        for status in statuses.order_by("position"):
            names[status.key] = f"delay_{status.key}"
            self.fields[names[status.key]] = forms.IntegerField(
                label=status.name,
                initial=said.get(status.key),
                min_value=1,
                max_value=600,
                required=False,
            )
        return names

    def _add_ways(self) -> None:
        """A field for each way back."""
        for row in going_back.GoingBack.of(self.parameters).rows(going_back.loop()):
            for target, way in row.cells:
                label = _("From %(stage)s back to %(target)s") % {
                    "stage": row.stage.name,
                    "target": target.name,
                }
                self.fields[f"way_{row.stage.key}_{target.key}"] = forms.ChoiceField(
                    choices=Way.choices, initial=way, label=label
                )
                self.way_names.setdefault(row.stage, {})[target] = f"way_{row.stage.key}_{target.key}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        said = {
            name: cleaned.get(f"parameter_{name}")
            for name in self.parameters
            if not _is_about_going_back(name) and name != DELAYS
        }
        if self.delay_names:
            delays = {status: cleaned.get(name) for status, name in self.delay_names.items()}
            said[DELAYS] = {status: months for status, months in delays.items() if months}
        if self.way_names:
            ways = {
                (stage.key, target.key): cleaned.get(name) or going_back.ORDINARY
                for stage, named in self.way_names.items()
                for target, name in named.items()
            }
            said = going_back.parameters_with(said, ways)
        cleaned["parameters"] = said
        return cleaned

    @property
    def targets(self) -> list[Stage]:
        """The columns of the matrix: whatever may be gone back to."""
        return list(list(self.way_names.values())[-1]) if self.way_names else []

    @property
    def ways(self) -> list[tuple[Stage, list[forms.BoundField]]]:
        """The fields of the matrix, row by row."""
        return [(stage, [self[name] for name in named.values()]) for stage, named in self.way_names.items()]

    @property
    def modes(self) -> list[ModeLine]:
        return modes_of(self.instance)

    @property
    def delays(self) -> list[forms.BoundField]:
        return [self[name] for name in self.delay_names.values()]

    def parameter_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("parameter_")]


PARAMETERS = {
    "any_of": gettext_lazy("At least one of"),
    "by_hand": gettext_lazy("Not by hand if"),
    "cool_down_days": gettext_lazy("Days to wait"),
    "counted": gettext_lazy("What counts"),
    "delays": gettext_lazy("Erased after"),
    "hours": gettext_lazy("Working hours"),
    "how": gettext_lazy("How"),
    "messages": gettext_lazy("Messages at most"),
    "months": gettext_lazy("Months"),
    "overdue": gettext_lazy("Overdue answers at most"),
    "stage": gettext_lazy("Stage"),
    "status": gettext_lazy("Status"),
    "within_days": gettext_lazy("Within days"),
    "qualified": gettext_lazy("Known when a deal is opened"),
    "quote": gettext_lazy("Known before a quote is sent"),
    "negotiation": gettext_lazy("Known before it is negotiated"),
    "won": gettext_lazy("Known before it is won"),
    "steward": gettext_lazy("Who keeps it up to date"),
}
"""How the parameters of the built-in rules are called; others are shown by their key."""

KNOWABLE = (
    ("email", gettext_lazy("E-mail address")),
    ("phone", gettext_lazy("Phone number")),
    ("last_name", gettext_lazy("Last name")),
    ("job_title", gettext_lazy("Job title")),
    ("company", gettext_lazy("Company")),
    ("country", gettext_lazy("Country")),
)
"""What rule 1 may ask for."""

COUNTED = (
    (BRANDED_COUNT, gettext_lazy("branded messages")),
    (BOTH_COUNT, gettext_lazy("branded messages and what sales writes in person")),
)
"""What the rule on the frequency of messages counts."""

HOW = (
    (ANONYMISE, gettext_lazy("make anonymous")),
    (DELETE, gettext_lazy("delete")),
)
"""What the rule on retention does with whom it no longer needs."""

BY_HAND = (
    (ABSENT, gettext_lazy("away")),
    (FULL, gettext_lazy("at the daily cap")),
)
"""To whom the rule on distribution wants nothing given by hand."""

BOUNDS = {"messages": (1, 100), "overdue": (0, 100), "within_days": (1, 366)}
"""The smallest and the largest number of parameters that have their own."""

DEAL_KNOWABLE = (
    ("amount", gettext_lazy("Amount")),
    ("expected_close_on", gettext_lazy("Expected close")),
    ("company", gettext_lazy("Company")),
    ("owner", gettext_lazy("Owner")),
    ("note", gettext_lazy("Note")),
    ("won_reason", gettext_lazy("Why it was won")),
)
"""What the rule on the information of a deal may ask for."""

STEWARDS = (
    ("owner", gettext_lazy("The owner of the deal")),
    ("sales_manager", gettext_lazy("The manager of sales")),
    ("marketing_manager", gettext_lazy("The manager of marketing")),
)

Choices = list[tuple[str, str]]


def stage_choices() -> Choices:
    return [(stage.key, stage.name) for stage in Stage.objects.active()]


def status_choices() -> Choices:
    return [(status.key, status.name) for status in Status.objects.order_by("position")]


def in_order(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """As they are named above; the database keeps no order."""
    places = {name: place for place, name in enumerate(PARAMETERS)}
    return dict(sorted(parameters.items(), key=lambda item: places.get(item[0], len(places))))


def parameter_label(name: str) -> str:
    return str(PARAMETERS.get(name) or name.replace("_", " ").capitalize())


def parameter_field(name: str, value: object) -> forms.Field:
    """A parameter keeps the type it has: whoever obeys the rule counts on it."""
    field: forms.Field
    if name in CHOICES:
        choices: Any = CHOICES[name]
        field = forms.ChoiceField(choices=choices)
        if isinstance(value, list):
            needed = name == "any_of"
            field = forms.MultipleChoiceField(
                choices=choices, widget=forms.CheckboxSelectMultiple, required=needed
            )
    elif isinstance(value, bool):
        field = forms.BooleanField(required=False)
    elif isinstance(value, int):
        least, most = BOUNDS.get(name, (0, 10_000))
        field = forms.IntegerField(min_value=least, max_value=most)
    elif isinstance(value, list):
        field = LinesField(help_text=ONE_A_LINE, required=False)
    else:
        field = forms.CharField(max_length=200)
    field.label, field.initial = parameter_label(name), value
    return field


CHOICES: dict[str, Any] = {
    "any_of": KNOWABLE,
    "by_hand": BY_HAND,
    "counted": COUNTED,
    "how": HOW,
    "stage": stage_choices,
    "status": status_choices,
    "qualified": DEAL_KNOWABLE,
    "quote": DEAL_KNOWABLE,
    "negotiation": DEAL_KNOWABLE,
    "won": DEAL_KNOWABLE,
    "steward": STEWARDS,
}
"""The parameters whose values are chosen from a list."""


class OwnRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A rule of the company's own; what the contact must meet has a builder of its own."""

    needs_criteria = True

    event = forms.ChoiceField(
        label=gettext_lazy("The rule speaks when"),
        choices=[(event.value, event.label) for event in OWN_EVENTS],
    )
    target = forms.ChoiceField(label=gettext_lazy("Which one"), required=False)

    class Meta:
        model = RuleVersion
        fields = ("question_en", "question_fr", "text_en", "text_fr", "mode", "event", "target")
        labels = {"mode": gettext_lazy("Mode")}
        widgets = {
            "text_en": forms.Textarea(attrs={"rows": 3}),
            "text_fr": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        target = self.fields["target"]
        assert isinstance(target, forms.ChoiceField)
        target.choices = [
            ("", _("Any")),
            (str(_("Stages")), stage_choices()),
            (str(_("Statuses")), status_choices()),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        event, target = cleaned.get("event"), cleaned.get("target", "")
        of_event = {
            RuleEvent.STAGE.value: [key for key, _name in stage_choices()],
            RuleEvent.STATUS.value: [key for key, _name in status_choices()],
        }.get(str(event), [])
        if target and target not in of_event:
            self.add_error(
                "target", _("Choose one of the stages or statuses that the rule speaks at, or Any.")
            )
        return cleaned


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A column that the company adds to contacts, companies or deals."""

    choices = LinesField(
        label=gettext_lazy("Choices"),
        help_text=gettext_lazy("One a line; only for the type Choice."),
        required=False,
    )

    class Meta:
        model = Field
        fields = ("entity", "label_en", "label_fr", "key", "type", "choices")
        labels = {
            "entity": gettext_lazy("Of"),
            "key": gettext_lazy("Key"),
            "type": gettext_lazy("Type"),
        }
        help_texts = {"key": gettext_lazy("Small letters and digits; it never changes.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_choices(self, _("Choose"), "entity", "type")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_choice = cleaned.get("type") == Field.Type.CHOICE
        if is_choice and not cleaned.get("choices"):
            self.add_error("choices", _("A field of choices needs at least one."))
        if not is_choice:
            cleaned["choices"] = []
        return cleaned


class FieldLabelsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """What may change of a field that has values: its words, not its key or type."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Field
        fields = ("label_en", "label_fr")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    @property
    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
