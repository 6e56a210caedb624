"""The forms of a draft of the scoring model: its numbers, and a new rule of either axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from leads.fact_words import TOUCHES
from leads.models import Axis, ScoringGroup, ScoringModel, ScoringRule
from leads.touchpoint_kinds import KINDS

RULE_NUMBERS = ("points", "cap", "half_life_days")


class DraftForm(forms.Form):
    """Thresholds, window, ceilings of groups, and the numbers of every rule.

    Rules and groups are named by their place, not by their id: the draft that a save begins has them in the same
    order under other ids, and the revision says whether it still is that draft.
    """

    fit_threshold = forms.IntegerField(label=_("Fit threshold"), min_value=0, max_value=100)
    engagement_threshold = forms.IntegerField(label=_("Engagement threshold"), min_value=0, max_value=100)
    window_days = forms.IntegerField(label=_("Days back"), min_value=1, max_value=1095)

    def __init__(self, data: Any, *, model: ScoringModel) -> None:
        names = ("fit_threshold", "engagement_threshold", "window_days")
        super().__init__(data, initial={name: getattr(model, name) for name in names})
        self.rules = list(model.rules.select_related("group"))
        self.groups = list(model.groups.order_by("pk"))
        for place, group in enumerate(self.groups):
            self.fields[f"ceiling-{place}"] = forms.IntegerField(
                label=group.label, min_value=0, max_value=100, initial=group.cap
            )
        for place, rule in enumerate(self.rules):
            self.fields.update({f"{name}-{place}": field for name, field in _rule_fields(rule).items()})

    def values(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in self.base_fields}

    def write_rows(self, draft: ScoringModel) -> None:
        """The numbers into the groups and rules of the draft, which stand in the order of the form."""
        groups = list(draft.groups.order_by("pk"))
        for place, group in enumerate(groups):
            group.cap = self.cleaned_data[f"ceiling-{place}"]
        ScoringGroup.objects.bulk_update(groups, ("cap",))
        kept, dropped = [], []
        for place, rule in enumerate(draft.rules.all()):
            if self.cleaned_data[f"drop-{place}"]:
                dropped.append(rule.pk)
                continue
            for name in RULE_NUMBERS:
                if f"{name}-{place}" in self.cleaned_data:
                    setattr(rule, name, self.cleaned_data[f"{name}-{place}"])
            kept.append(rule)
        ScoringRule.objects.bulk_update(kept, RULE_NUMBERS)
        ScoringRule.objects.filter(pk__in=dropped).delete()

    def field_of(self, name: str, pk: int) -> forms.BoundField | None:
        """The field of that number of the rule (or group, for its ceiling) with that id; None where it has none."""
        rows: Sequence[ScoringGroup | ScoringRule] = self.groups if name == "ceiling" else self.rules
        place = next(place for place, row in enumerate(rows) if row.pk == pk)
        return self[f"{name}-{place}"] if f"{name}-{place}" in self.fields else None


def _rule_fields(rule: ScoringRule) -> dict[str, forms.Field]:
    """An exclusion has no points; only touches have a cap and a half-life."""
    fields: dict[str, forms.Field] = {"drop": forms.BooleanField(label=rule.label, required=False)}
    if rule.effect == ScoringRule.Effect.EXCLUDES:
        return fields
    fields["points"] = forms.IntegerField(
        label=rule.label, min_value=-100, max_value=100, initial=rule.points
    )
    if rule.axis == Axis.ENGAGEMENT:
        fields["cap"] = forms.IntegerField(
            label=rule.label, min_value=0, max_value=100, required=False, initial=rule.cap
        )
        fields["half_life_days"] = forms.IntegerField(
            label=rule.label, min_value=1, max_value=1095, required=False, initial=rule.half_life_days
        )
    return fields


def kind_choices() -> Iterator[tuple[str, str]]:
    """What contacts do; what we send them is no engagement of theirs."""
    language = get_language() or "en"
    for kind in TOUCHES:
        if KINDS[kind.key].direction != "outbound":
            yield kind.key, kind.label.of(language)


class NewRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """What both axes ask of a new rule."""

    class Meta:
        model = ScoringRule
        fields: tuple[str, ...] = ("label_en", "label_fr", "effect", "points", "group")

    def __init__(self, data: Any, *, axis: str, draft: ScoringModel) -> None:
        super().__init__(data, instance=ScoringRule(model=draft, axis=axis))
        group: Any = self.fields["group"]
        group.queryset = draft.groups.filter(axis=axis)
        group.empty_label = _("none")
        effect: Any = self.fields["effect"]
        no_trigger = [choice for choice in ScoringRule.Effect.choices if choice[0] != "triggers"]
        effect.choices = ScoringRule.Effect.choices if axis == Axis.ENGAGEMENT else no_trigger

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("effect") == ScoringRule.Effect.POINTS and not values.get("points"):
            self.add_error("points", _("A rule that gives 0 points does nothing."))
        return values


class NewFitRuleForm(NewRuleForm):
    """The criteria stand beside it, in their builder."""


class NewEngagementRuleForm(NewRuleForm):
    kind = forms.ChoiceField(label=_("For each"), choices=kind_choices)

    class Meta(NewRuleForm.Meta):
        fields = (*NewRuleForm.Meta.fields, "kind", "cap", "half_life_days")
