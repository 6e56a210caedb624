"""What a plan rests upon: the versions in force when it was written, and whether they still are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import QuerySet

from agreements.kinds import Kind, is_known, kind_of, versions_of
from agreements.models import Agreement, State
from reporting.models import Objective
from reporting.plans.models import Part, Plan, PlanVersion, Wanted

OWN: Final = "plan"
ORDER: Final = (
    "contract",
    "funnel",
    "stage",
    "status",
    "persona",
    "scoring",
    "tactics",
    "rule",
    "procedure",
    "responsibility",
    "distribution",
    "term",
)
"""As the document reads: the contract first, the glossary last; what is not named comes before it."""


@dataclass(frozen=True)
class Row:
    """One version that the plan names, and how its thing stands now: `now` is another version, or nothing."""

    kind: Kind
    title: str
    signed: Agreement
    now: Agreement | None
    place: int = 0
    """Of a stage or a status: where it stands among them."""

    @property
    def is_same(self) -> bool:
        return self.now == self.signed

    @property
    def is_over(self) -> bool:
        return self.now is None or self.now.state == State.RETIRED


@dataclass(frozen=True)
class Group:
    """The parts of one kind, by name or in the order of the stages."""

    kind: Kind
    rows: list[Row]

    @property
    def changed(self) -> list[Row]:
        return [row for row in self.rows if not row.is_same]


def in_force() -> list[Agreement]:
    """Everything that both teams work by now but plans themselves. One query."""
    found = Agreement.objects.in_force().in_use().order_by("subject")
    return [one for one in found if is_known(one.subject) and prefix_of(one.subject) != OWN]


def taken(agreements: Iterable[Agreement]) -> list[Part]:
    """As a plan names them."""
    return [
        {"agreement": one.pk, "subject": one.subject, "number": one.number, "hash": one.content_hash}
        for one in agreements
    ]


def wanted(plan: Plan) -> list[Wanted]:
    """The revenue objectives of the plan's months. One query."""
    months = Objective.objects.filter(month__gte=plan.starts_on, month__lte=plan.ends_on).order_by("month")
    return [
        {"month": one.month.isoformat(), "cents": one.amount_cents, "currency": one.currency}
        for one in months
    ]


def groups_of(version: PlanVersion) -> list[Group]:
    """Its parts by kind with how each stands now; two queries and one a kind."""
    parts: Sequence[Part] = version.parts
    signed = Agreement.objects.in_bulk([part["agreement"] for part in parts])
    standing = {
        one.subject: one
        for one in Agreement.objects.standing().filter(subject__in=[part["subject"] for part in parts])
    }
    versions = versions_of(signed.values())
    by_prefix: dict[str, list[Row]] = {}
    for agreement in signed.values():
        kind, found = kind_of(agreement.subject), versions.get(agreement.pk)
        if found is not None:
            place = getattr(found, "stage", None) or getattr(found, "status", None)
            row = Row(
                kind,
                str(kind.title(found)),
                agreement,
                standing.get(agreement.subject),
                place.position if place else 0,
            )
            by_prefix.setdefault(kind.prefix, []).append(row)
    return [
        Group(rows[0].kind, sorted(rows, key=lambda row: (row.place, row.title.casefold())))
        for _prefix, rows in sorted(by_prefix.items(), key=lambda item: _place(item[0]))
    ]


def come_since(version: PlanVersion) -> QuerySet[Agreement]:
    """What is in force now of which the plan names no version."""
    subjects = [part["subject"] for part in version.parts]
    others = Agreement.objects.in_force().in_use().exclude(subject__in=subjects)
    return others.exclude(subject__startswith=f"{OWN}:").order_by("subject")


def reviews(groups: Iterable[Group], plan: Plan) -> list[tuple[date, Row]]:
    """The days of the period on which what is in force and in use of its parts is looked at again; one query."""
    due: list[tuple[date, Row]] = [
        (day, row)
        for group in groups
        for row in group.rows
        if row.now is not None and not row.is_over and (day := row.now.review_on) and plan.covers(day)
    ]
    asked = Agreement.objects.in_use().filter(pk__in=[row.now.pk for _day, row in due if row.now])
    used = set(asked.values_list("pk", flat=True)) if due else set()
    listed = [(day, row) for day, row in due if row.now and row.now.pk in used]
    return sorted(listed, key=lambda one: (one[0], one[1].title))


def prefix_of(subject: str) -> str:
    return subject.partition(":")[0]


def _place(prefix: str) -> tuple[int, str]:
    return (ORDER.index(prefix) if prefix in ORDER else len(ORDER) - 2, prefix)
