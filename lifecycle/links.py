"""What a term may be about: stages, statuses, fields and figures, by the keys that `Term.covers` uses too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.models import State
from lifecycle.keys import FigureKey
from lifecycle.models import Field, Stage, StageDefinition, Status, StatusDefinition, TermVersion

Choice = tuple[str, str | Promise]
GROUP_NAMES: Mapping[str, str | Promise] = {
    "stage": _("Stages"),
    "status": _("Statuses"),
    "field": _("Fields"),
    "kpi": _("Figures"),
}


def choices() -> list[tuple[str | Promise, list[Choice]]]:
    """All of them, grouped for a form. Four queries."""
    figures = figure_names()
    rows: Mapping[str, list[Choice]] = {
        "stage": [(f"stage:{stage.key}", stage.name) for stage in Stage.objects.active()],
        "status": [(f"status:{status.key}", status.name) for status in Status.objects.all()],
        "field": [(f"field:{field.entity}.{field.key}", field.label) for field in Field.objects.all()],
        "kpi": [(f"kpi:{key}", figures.get(f"kpi:{key}", key)) for key in FigureKey.ALL],
    }
    return [(name, rows[group]) for group, name in GROUP_NAMES.items() if rows[group]]


def figure_names() -> dict[str, str]:
    """Figures are called as their terms in force are. One query."""
    versions = TermVersion.objects.in_force().filter(term__covers__startswith="kpi:").select_related("term")
    return {version.term.covers: version.name for version in versions}


@dataclass(frozen=True)
class Link:
    """Something that a term is about, with its page where it has one."""

    label: str | Promise
    url: str = ""
    number: int | None = None
    """Of the definition in force, for a stage or a status."""


def resolve(keys: Iterable[str]) -> list[Link]:
    """In their order; what is gone since is left out. Six queries at most."""
    wanted = list(dict.fromkeys(key for key in keys if key))
    if not wanted:
        return []
    labels = {key: label for _, group in choices() for key, label in group}
    numbers = _numbers(wanted)
    return [_link(key, labels[key], numbers) for key in wanted if key in labels]


def _numbers(wanted: Iterable[str]) -> dict[str, int]:
    """Which version of the definition of each stage and status is in force; a query for each of the two at most."""
    found: dict[str, int] = {}
    for place, model in (("stage", StageDefinition), ("status", StatusDefinition)):
        keys = [key.partition(":")[2] for key in wanted if key.startswith(f"{place}:")]
        if keys:
            rows = model._default_manager.filter(agreement__state=State.IN_FORCE, **{f"{place}__in": keys})
            found |= {
                f"{place}:{key}": number for key, number in rows.values_list(place, "agreement__number")
            }
    return found


def page_of(key: str) -> str:
    """Where the definition of "stage:mql" or "status:new" is read; empty for what has none."""
    place, _, name = key.partition(":")
    names = {"stage": "lifecycle:definition-detail", "status": "lifecycle:status-definition"}
    return reverse(names[place], args=[name]) if place in names else ""


def _link(key: str, label: str | Promise, numbers: Mapping[str, int]) -> Link:
    return Link(label, page_of(key), numbers.get(key))
