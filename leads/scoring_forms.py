"""The forms of a draft of the scoring model: its numbers, and a new rule of either axis."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from leads.facts import contact_catalogue
from leads.models import Axis, ScoringGroup, ScoringModel, ScoringRule
from leads.scoring.seen import meant, seen_lately, written_out
from leads.touch_words import TOUCHES
from leads.touchpoint_kinds import KINDS
from lib.both_texts import NOTHING, said
from lifecycle.criteria.nodes import ANY_TOUCH
from lifecycle.criteria.parse import parse_written
from lifecycle.criteria.parse_touches import ATTRIBUTE, attribute_values
from lifecycle.criteria.problems import CriteriaError

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

RULE_NUMBERS = ("points", "cap", "half_life_days")
WHICH: Final[Mapping[str, StrPromise]] = {
    "ceiling": _("%(name)s: ceiling"),
    "drop": _("%(name)s: remove"),
    "points": _("%(name)s: points"),
    "cap": _("%(name)s: at most"),
    "half_life_days": _("%(name)s: half-life in days"),
}
"""How a number of a group or a rule is called beside the other text."""


class DraftForm(forms.Form):
    """Thresholds, window, ceilings of groups, and the numbers of every rule.

    Rules and groups are named by what they are, not by their id or place: the draft that a save begins has them under
    other ids, and whoever edits it meanwhile may remove one. A number that was not sent stays as it is.
    """

    fit_threshold = forms.IntegerField(label=_("Fit threshold"), min_value=0, max_value=100)
    engagement_threshold = forms.IntegerField(label=_("Engagement threshold"), min_value=0, max_value=100)
    window_days = forms.IntegerField(label=_("Days back"), min_value=1, max_value=1095)

    def __init__(self, data: Any, *, model: ScoringModel) -> None:
        names = ("fit_threshold", "engagement_threshold", "window_days")
        super().__init__(data, initial={name: getattr(model, name) for name in names})
        self.rules = named_rules(model)
        self.groups = named_groups(model)
        for name, group in self.groups.items():
            self.fields[f"ceiling-{name}"] = forms.IntegerField(
                label=group.label, min_value=0, max_value=100, initial=group.cap
            )
        for name, rule in self.rules.items():
            self.fields.update({f"{number}-{name}": field for number, field in _rule_fields(rule).items()})
        if data is not None:
            stays = {name: field.initial for name, field in self.fields.items() if name not in data}
            unsent = {name: number for name, number in stays.items() if number is not None}
            self.data = MultiValueDict({**dict(data.lists()), **{name: [n] for name, n in unsent.items()}})

    def values(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in self.base_fields}

    def write_rows(self, draft: ScoringModel) -> None:
        """The numbers into the groups and rules of the draft."""
        groups = named_groups(draft)
        for name, group in groups.items():
            group.cap = self.cleaned_data[f"ceiling-{name}"]
        ScoringGroup.objects.bulk_update(groups.values(), ("cap",))
        kept, dropped = [], []
        for name, rule in named_rules(draft).items():
            if self.cleaned_data[f"drop-{name}"]:
                dropped.append(rule.pk)
                continue
            for number in RULE_NUMBERS:
                if f"{number}-{name}" in self.cleaned_data:
                    setattr(rule, number, self.cleaned_data[f"{number}-{name}"])
            kept.append(rule)
        ScoringRule.objects.bulk_update(kept, RULE_NUMBERS)
        ScoringRule.objects.filter(pk__in=dropped).delete()

    def differences(self) -> list[tuple[str, str, str]]:
        """Of groups and rules: what, what stands, what was sent. Rules that somebody removed come last, together."""
        found = [
            (
                WHICH[name.split("-")[0]] % {"name": field.label},
                str(said(field, field.initial)),
                str(said(field, sent)),
            )
            for name, field in self.fields.items()
            if name not in self.base_fields and (sent := self.cleaned_data[name]) != field.initial
        ]
        gone = sum(name.startswith("points-") and name not in self.fields for name in self.data)
        if gone:
            found.append((str(_("Rules that were removed meanwhile")), str(gone), NOTHING))
        return found

    def field_of(self, name: str, pk: int) -> forms.BoundField | None:
        """The field of that number of the rule (or group, for its ceiling) with that id; None where it has none."""
        rows: Mapping[str, ScoringGroup | ScoringRule] = self.groups if name == "ceiling" else self.rules
        row = next(key for key, each in rows.items() if each.pk == pk)
        return self[f"{name}-{row}"] if f"{name}-{row}" in self.fields else None


def named_groups(model: ScoringModel) -> dict[str, ScoringGroup]:
    """By axis and key, which no two share."""
    return {f"{group.axis}-{group.key}": group for group in model.groups.order_by("pk")}


def named_rules(model: ScoringModel) -> dict[str, ScoringRule]:
    """By all that a rule is but its numbers and its place; of those that are the same, by their order."""
    named: dict[str, ScoringRule] = {}
    for rule in model.rules.select_related("group"):
        is_this = {key: it for key, it in rule.content().items() if key not in (*RULE_NUMBERS, "position")}
        digest = sha256(json.dumps(is_this, sort_keys=True).encode()).hexdigest()[:12]
        same = sum(name.startswith(digest) for name in named)
        named[f"{digest}-{same}"] = rule
    return named


def _rule_fields(rule: ScoringRule) -> dict[str, forms.Field]:
    """An exclusion has no points; only touches have a cap and a half-life."""
    fields: dict[str, forms.Field] = {
        "drop": forms.BooleanField(label=rule.label, required=False, initial=False)
    }
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
    """What both axes ask of a new rule; its group is there already, or begins with it."""

    new_group_en = forms.CharField(label=_("Or a new group, in English"), max_length=80, required=False)
    new_group_fr = forms.CharField(label=_("New group in French"), max_length=80, required=False)
    new_group_cap = forms.IntegerField(
        label=_("Its rules together give at most"), min_value=1, max_value=100, required=False
    )

    class Meta:
        model = ScoringRule
        fields: tuple[str, ...] = ("label_en", "label_fr", "effect", "points", "group")
        labels: ClassVar = {"effect": _("Effect"), "group": _("Group")}

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
        self._clean_group(values)
        return values

    def _clean_group(self, values: Mapping[str, Any]) -> None:
        name = values.get("new_group_en")
        if name and values.get("group"):
            self.add_error("new_group_en", _("Choose a group above or name a new one, not both."))
        elif name:
            groups: Any = self.fields["group"]
            if groups.queryset.filter(label_en__iexact=name).exists():
                self.add_error("new_group_en", _("There is a group of this name: choose it above."))
            if values.get("new_group_cap") is None and "new_group_cap" not in self.errors:
                self.add_error("new_group_cap", _("Say what its rules give together at most."))
        elif values.get("new_group_fr") or values.get("new_group_cap"):
            self.add_error("new_group_en", _("The new group needs a name."))

    def new_group(self) -> ScoringGroup | None:
        """Not written yet, and without its key."""
        if not self.cleaned_data["new_group_en"]:
            return None
        return ScoringGroup(
            axis=self.instance.axis,
            label_en=self.cleaned_data["new_group_en"],
            label_fr=self.cleaned_data["new_group_fr"],
            cap=self.cleaned_data["new_group_cap"],
        )


class NewFitRuleForm(NewRuleForm):
    """The criteria stand beside it, in their builder."""


class NewEngagementRuleForm(NewRuleForm):
    """A kind of touch, and what such a touch must carry: `form` is `demo` or `pricing`."""

    kind = forms.ChoiceField(label=_("For each"), choices=kind_choices)
    attribute = forms.CharField(
        label=_("Only those with"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"list": "attributes", "autocomplete": "off"}),
    )
    wanted = forms.CharField(
        label=_("being"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"list": "wanted", "autocomplete": "off"}),
    )

    class Meta(NewRuleForm.Meta):
        fields = (*NewRuleForm.Meta.fields, "kind", "cap", "half_life_days")

    def __init__(self, data: Any, *, axis: str, draft: ScoringModel) -> None:
        super().__init__(data, axis=axis, draft=draft)
        self.seen = seen_lately()
        self.values_seen = list(
            dict.fromkeys(written_out(value) for each in self.seen.offered.values() for value in each)
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        key, wanted = values.get("attribute", ""), values.get("wanted", "")
        texts = [text for part in wanted.split(",") if (text := part.strip())]
        if key and not texts:
            self.add_error("wanted", _("Say what it has to be; several with commas between them."))
        elif texts and not key:
            self.add_error("attribute", _("Say of what this is the value."))
        elif key and values.get("kind"):
            self.instance.where = {key: [meant(text, self.seen.carried.get(key, ())) for text in texts]}
            self._refuse_unknown(values["kind"])
        return values

    def _refuse_unknown(self, kind: str) -> None:
        """As the criteria language does, which reads the same attributes; the company's own are welcome here, with
        values such as it takes."""
        catalogue = contact_catalogue()
        ((key, wanted),) = self.instance.where.items()
        is_own = ATTRIBUTE.fullmatch(key) and catalogue.attribute((ANY_TOUCH,), key) is None
        try:
            if is_own:
                attribute_values(wanted)
            else:
                touches = {"touch": kind, "op": "at_least", "count": 1, "where": {key: wanted}}
                parse_written(touches, catalogue)
        except CriteriaError as error:
            told = (problem.say(get_language() or "en") for problem in error.problems)
            self.add_error("wanted" if is_own else "attribute", " ".join(told))
