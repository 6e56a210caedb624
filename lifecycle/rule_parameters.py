"""What the questions of the rulebook turn on: how their parameters are called, chosen and written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.forms import LinesField
from lifecycle.creation import group_choices
from lifecycle.default_rules import ABSENT, ANONYMISE, BOTH_COUNT, BRANDED_COUNT, DELETE, FULL
from lifecycle.keys import MessageKind
from lifecycle.models import DealStage, RuleEvent, Stage, Status
from lifecycle.pausing_words import BEGINS, OWNERS

PARAMETERS = {
    "statuses": gettext_lazy("While the status is"),
    "stages": gettext_lazy("While the stage is"),
    "owned": gettext_lazy("Also while"),
    "begins": gettext_lazy("It begins"),
    "release_days": gettext_lazy("Ends so many days after the last touch of sales (0: never by itself)"),
    "any_of": gettext_lazy("At least one of"),
    "by_hand": gettext_lazy("Not by hand if"),
    "creators": gettext_lazy("Who may create a contact by hand"),
    "importers": gettext_lazy("Whose files may bring new contacts"),
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

BOUNDS = {"messages": (1, 100), "overdue": (0, 100), "release_days": (0, 366), "within_days": (1, 366)}
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


def deal_stage_choices() -> Choices:
    """The columns of the board of deals, in order; which there are is the product's."""
    return [(stage.value, str(stage.label)) for stage in DealStage]


def message_choices() -> Choices:
    return [
        (MessageKind.BRANDED, str(_("Branded, by marketing"))),
        (MessageKind.PERSONAL, str(_("In person, by sales"))),
    ]


def target_choices(event: str) -> Choices:
    """What a rule that speaks at this event may name; nothing where there is none."""
    match event:
        case RuleEvent.STAGE:
            return stage_choices()
        case RuleEvent.STATUS:
            return status_choices()
        case RuleEvent.ADVANCE:
            return deal_stage_choices()
        case RuleEvent.MESSAGE:
            return message_choices()
        case _:
            return []


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
        field = LinesField(help_text=gettext_lazy("One a line."), required=False)
    else:
        field = forms.CharField(max_length=200)
    field.label, field.initial = parameter_label(name), value
    return field


CHOICES: dict[str, Any] = {
    "any_of": KNOWABLE,
    "begins": BEGINS,
    "by_hand": BY_HAND,
    "creators": group_choices,
    "importers": group_choices,
    "counted": COUNTED,
    "how": HOW,
    "owned": OWNERS,
    "stage": stage_choices,
    "stages": stage_choices,
    "status": status_choices,
    "statuses": status_choices,
    "qualified": DEAL_KNOWABLE,
    "quote": DEAL_KNOWABLE,
    "negotiation": DEAL_KNOWABLE,
    "won": DEAL_KNOWABLE,
    "steward": STEWARDS,
}
"""The parameters whose values are chosen from a list."""
