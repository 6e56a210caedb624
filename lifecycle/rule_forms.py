"""What people write of a rule: an answer to a question of the product, or one of their own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle import going_back
from lifecycle.default_rules import RULES
from lifecycle.going_back import Way
from lifecycle.keys import RuleKey
from lifecycle.mode_words import ModeLine, modes_of
from lifecycle.models import OWN_EVENTS, RuleVersion, Stage, Status
from lifecycle.pausing import STATUSES, in_full, pausing_of
from lifecycle.retention_delays import DELAYS, in_delays
from lifecycle.rule_parameters import (
    deal_stage_choices,
    in_order,
    message_choices,
    parameter_field,
    stage_choices,
    status_choices,
    target_choices,
)
from lifecycle.territories import TERRITORIES


def rule_defaults(version: RuleVersion) -> dict[str, Any]:
    """The parameters of a new installation for this question that a form shows as they are.

    Not those on going back: a version from before each way had its cell keeps its meaning.
    """
    key = version.rule.key if version.rule_id else ""
    found = next((default.parameters for default in RULES if default.key == key), {})
    return {name: value for name, value in found.items() if not _is_about_going_back(name)}


def _is_about_going_back(name: str) -> bool:
    return name in (going_back.WAYS_BACK, going_back.FINAL_STAGES)


def way_name(before: str, target: str) -> str:
    """The field of that way back. Keys know no hyphen, so that two ways have never one name."""
    return f"way_{before}-{target}"


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
        said = {
            name: value for name, value in (self.instance.parameters or {}).items() if name != TERRITORIES
        }
        if self.instance.rule_id and self.instance.rule.key == RuleKey.RETENTION:
            said = in_delays(said)
        if self.instance.rule_id and self.instance.rule.key == RuleKey.MARKETING_PAUSE:
            said = in_full(said)
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
                name = way_name(row.stage.key, target.key)
                self.fields[name] = forms.ChoiceField(choices=Way.choices, initial=way, label=label)
                self.way_names.setdefault(row.stage, {})[target] = name

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
        if STATUSES in said and pausing_of({name: value for name, value in said.items() if value}).is_empty:
            self.add_error(None, _("Choose a status, a stage or an owner: otherwise nothing pauses."))
        return cleaned

    @property
    def targets(self) -> list[Stage]:
        """The columns of the matrix: whatever may be gone back to."""
        return list(list(self.way_names.values())[-1]) if self.way_names else []

    @property
    def ways(self) -> list[tuple[Stage, list[tuple[Stage, forms.BoundField]]]]:
        """The fields of the matrix with the stage gone back to, row by row."""
        return [
            (stage, [(target, self[name]) for target, name in named.items()])
            for stage, named in self.way_names.items()
        ]

    @property
    def modes(self) -> list[ModeLine]:
        return modes_of(self.instance)

    @property
    def delays(self) -> list[forms.BoundField]:
        return [self[name] for name in self.delay_names.values()]

    def parameter_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("parameter_")]


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
            (str(_("Stages of a deal")), deal_stage_choices()),
            (str(_("Kinds of message")), message_choices()),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        event, target = cleaned.get("event"), cleaned.get("target", "")
        if target and target not in dict(target_choices(str(event))):
            self.add_error("target", _("Choose one of those that the rule speaks at, or Any."))
        return cleaned
