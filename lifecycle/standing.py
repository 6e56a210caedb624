"""By which signed version of which definition something counts, and where that changed in between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from agreements.models import Agreement
from lifecycle.models import Stage, Status


@dataclass(frozen=True, slots=True)
class Standing:
    """A definition in force. `covers`: as the glossary names what it defines, "stage:mql".

    `before` is the number of the version that was in force when the span began, None where it is this one, or where
    there was none yet.
    """

    covers: str
    label: str
    number: int
    since: datetime
    before: int | None = None

    @property
    def url(self) -> str:
        group, _, key = self.covers.partition(":")
        page = "definition-detail" if group == "stage" else "status-definition"
        return reverse(f"lifecycle:{page}", args=[key])


def standings(
    covers: Iterable[str], *, since: datetime | None = None, until: datetime | None = None
) -> list[Standing]:
    """The versions in force at the end of a span, or now, in the order asked; what has no definition is left out.

    `since` begins the span. Three queries, none where nothing is asked.
    """
    wanted = list(dict.fromkeys(covers))
    if not wanted:
        return []
    begun = Agreement.objects.filter(subject__in=wanted, in_force_from__isnull=False)
    if until:
        begun = begun.filter(in_force_from__lt=until)
    versions: dict[str, list[tuple[datetime, int]]] = {}
    for subject, at, number in begun.order_by("in_force_from", "number").values_list(
        "subject", "in_force_from", "number"
    ):
        if at is not None:
            versions.setdefault(subject, []).append((at, number))
    names = _names(versions)
    return [
        Standing(key, names[key], number=spans[-1][1], since=spans[-1][0], before=_before(spans, since))
        for key in wanted
        if (spans := versions.get(key)) and key in names
    ]


def _before(spans: list[tuple[datetime, int]], since: datetime | None) -> int | None:
    began = [number for at, number in spans if since and at <= since]
    return began[-1] if began and began[-1] != spans[-1][1] else None


def _names(covers: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    keys = list(covers)
    for group, model in (("stage", Stage), ("status", Status)):
        asked = [key.partition(":")[2] for key in keys if key.startswith(f"{group}:")]
        if asked:
            found |= {f"{group}:{row.pk}": row.name for row in model.objects.filter(pk__in=asked)}
    return found
