"""What people write of a plan: its period, what they want, its days; the rest is taken from what is in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.forms import DayInput
from lib.forms import DayField
from lib.ordered_forms import OrderedForms
from lifecycle.term_text import reader_language
from reporting.plans.models import Milestone, Plan, PlanVersion
from reporting.plans.parts import in_force, taken, wanted
from reporting.plans.words import after, milestone_lines, quarter_of, revenue_lines, words_of, year_of

EMPTY: Final[Mapping[str, str]] = {"on": "", "what_en": "", "what_fr": ""}
QUARTERS: Final = 5
TAKEN: Final = gettext_lazy("Another plan in force or being written has days of that period.")


class MilestoneForm(forms.Form):
    """One day of the calendar; empty ones are left out."""

    on = DayField(label=gettext_lazy("Day"), required=False, widget=DayInput())
    what_en = forms.CharField(label=gettext_lazy("What"), max_length=160, required=False)
    what_fr = forms.CharField(label=gettext_lazy("What"), max_length=160, required=False)

    def __init__(self, *args: Any, number: int, plan: Plan | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.number, self.plan = number, plan

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        says = bool(cleaned.get("what_en") or cleaned.get("what_fr"))
        if says and not cleaned.get("on") and "on" not in self.errors:
            self.add_error("on", _("Say on which day."))
        if (day := cleaned.get("on")) and self.plan and not self.plan.covers(day):
            self.add_error("on", _("This day is not of the plan’s period."))
        return cleaned


class Milestones(OrderedForms):
    form_class = MilestoneForm
    empty = EMPTY
    most = 20

    def content(self) -> list[Milestone]:
        """Those that say something, by day."""
        found: list[Milestone] = [
            {
                "on": form.cleaned_data["on"].isoformat(),
                "what_en": form.cleaned_data["what_en"],
                "what_fr": form.cleaned_data["what_fr"],
            }
            for form in self.forms
            if form.cleaned_data.get("what_en") or form.cleaned_data.get("what_fr")
        ]
        return sorted(found, key=lambda one: one["on"])


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A plan in both languages; saved again, it rests on what is in force by then."""

    composed = ("milestones", "objectives", "parts")
    composed_labels: ClassVar = {
        "milestones": gettext_lazy("Days"),
        "objectives": gettext_lazy("New revenue wanted"),
        "parts": gettext_lazy("What it rests upon"),
    }

    class Meta:
        model = PlanVersion
        fields = ("aim_en", "aim_fr")
        labels = {
            "aim_en": gettext_lazy("What we want together"),
            "aim_fr": gettext_lazy("What we want together"),
        }
        widgets = {
            "aim_en": forms.Textarea(attrs={"rows": 4}),
            "aim_fr": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.steps = Milestones(data, self._initial(), plan=self.plan_of(data))

    def plan_of(self, data: Mapping[str, Any] | None) -> Plan | None:
        return self.instance.plan if self.instance.pk else None

    def _initial(self) -> Sequence[Milestone]:
        return self.instance.milestones if self.instance else ()

    @property
    def is_command(self) -> bool:
        return bool(self.steps.command)

    def is_valid(self) -> bool:
        is_whole = super().is_valid()
        return self.steps.is_valid() and is_whole

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.steps.is_valid():
            self.add_error(None, _("A day needs another look: it is missing, or not of the plan’s period."))
            return cleaned
        plan = self.plan_of(self.data)
        cleaned["milestones"] = self.steps.content()
        cleaned["objectives"] = wanted(plan) if plan else []
        cleaned["parts"] = taken(in_force())
        if not cleaned["parts"]:
            self.add_error(None, _("Nothing is in force yet that a plan could rest upon."))
        return cleaned

    def in_words(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Two writers compare sentences."""
        return {
            **values,
            "milestones": milestone_lines(values["milestones"], reader_language()),
            "objectives": revenue_lines(values["objectives"]),
            "parts": [f"{part['subject']} v{part['number']}" for part in values["parts"]],
        }


class NewPlanForm(PlanForm):
    """A plan of a period that has none."""

    period = forms.ChoiceField(label=gettext_lazy("Period"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["period"]
        assert isinstance(field, forms.ChoiceField)
        offered = periods(timezone.localdate())
        field.choices = [(str(plan), words_of(plan)) for plan in offered]
        held = list(Plan.objects.filter(freed_at=None))
        field.initial = next((str(plan) for plan in offered if not any(map(plan.overlaps, held))), None)

    def plan_of(self, data: Mapping[str, Any] | None) -> Plan | None:
        sent = str((data or {}).get("period", ""))
        return next((plan for plan in periods(timezone.localdate()) if str(plan) == sent), None)


def periods(today: date) -> list[Plan]:
    """What a plan may be of: this quarter and those that follow, this year and the next; not saved."""
    first, found = quarter_of(today)[0], []
    for _number in range(QUARTERS):
        found.append(quarter_of(first))
        first = after(first)
    found += [year_of(today), year_of(today.replace(year=today.year + 1, day=1))]
    return [Plan(starts_on=first, ends_on=last) for first, last in found]
