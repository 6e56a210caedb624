"""What became of the handoffs of a contact, as events of the timeline: to whom they came and how, clocks, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Cast, JSONObject

from accounts.models import Side
from leads.models import Transition, TransitionKind
from sla.models import Assignment, Handoff
from smarketing.contact_page.event import PROMISE, ROUTED, Event

MOST: Final = 40
"""Handoffs of one contact that are told; nobody was handed over more often."""

MOST_STEPS: Final = 20
"""Steps of one handoff that are told, the last ones."""

DECIDED: Final = {
    state.value for state in (Handoff.State.ACCEPTED, Handoff.State.REJECTED, Handoff.State.RECYCLED)
}


def promise_cells() -> QuerySet[Any]:
    """One object a handoff of the contact of the outer query, with its first-contact clock; the newest first."""
    cells = {
        "pk": F("pk"),
        "state": F("state"),
        "decided": F("decided_at"),
        "decider": JSONObject(
            first=F("decided_by__first_name"),
            last=F("decided_by__last_name"),
            side=F("decided_by__team__side"),
        ),
        "reason": F("reject_reason"),
        "note": F("note"),
        "recontact": F("recontact_on"),
        "answer": F("answer"),
        "answered": F("answered_at"),
        "answerer": JSONObject(first=F("answered_by__first_name"), last=F("answered_by__last_name")),
        "contract": F("contract__agreement__number"),
        "rule": F("first_contact__rule__rule__number"),
        "rule_version": F("first_contact__rule__agreement__number"),
        "due": F("first_contact__due_at"),
        "warned": F("first_contact__warned_at"),
        "stopped": F("first_contact__stopped_at"),
        "touched": F("first_contact__stopped_by"),
        "used": F("first_contact__used_minutes"),
        "breached": F("first_contact__breached_at"),
        "cause": F("first_contact__breach__cause"),
        "steps": ArraySubquery(_step_cells()),
    }
    rows = Handoff.objects.filter(contact=OuterRef("pk")).with_first_contact()
    return rows.order_by("-entered_at", "-pk").values(object=JSONObject(**cells))[:MOST]


STEP_CELLS: Final = ("how", "considered", "territory", "deciding", "beyond", "version", "kept_by", "moved")
"""What an event of a step carries of it, besides to whom it went."""


def _step_cells() -> QuerySet[Any]:
    """One object a step of the handoff of the outer query; `moved` where a row of the ledger tells it as well."""
    told = Transition.objects.filter(
        kind=TransitionKind.OWNER,
        contact=OuterRef("handoff__contact"),
        at=OuterRef("at"),
        to_value=Cast(OuterRef("rep_id"), CharField()),
    )
    cells = {
        "pk": F("pk"),
        "at": F("at"),
        "how": F("how"),
        "considered": F("considered"),
        "territory": F("territory"),
        "deciding": F("deciding"),
        "beyond": F("beyond"),
        "rep": JSONObject(pk=F("rep_id"), first=F("rep__first_name"), last=F("rep__last_name")),
        "by": JSONObject(first=F("by__first_name"), last=F("by__last_name"), side=F("by__team__side")),
        "version": F("rule__agreement__number"),
        "kept_by": Case(When(~Q(rule__event=""), then=F("rule__rule__number"))),
        "moved": Exists(told),
    }
    rows = Assignment.objects.filter(handoff=OuterRef("pk")).order_by("-pk")
    return rows.values(object=JSONObject(**cells))[:MOST_STEPS]


def promise_events(rows: Iterable[Mapping[str, Any]]) -> list[Event]:
    """The newest first; each with a number of its own, so that a page of the timeline may end anywhere."""
    events = [event for row in rows for event in _events(row)]
    return sorted(events, key=lambda event: event.place, reverse=True)


def _events(row: Mapping[str, Any]) -> Iterator[Event]:
    sum_of = {name: row[name] for name in ("contract", "rule", "rule_version", "due", "used", "cause")}
    if row["warned"]:
        yield _event(row, 1, "clock", "warned", row["warned"], data=sum_of)
    if row["breached"]:
        yield _event(row, 2, "clock", "breached", row["breached"], data=sum_of)
    if row["stopped"] and row["touched"]:
        state = "missed" if row["breached"] else "met"
        yield _event(row, 3, "clock", state, row["stopped"], data=sum_of)
    if row["decided"] and row["state"] in DECIDED:
        by = row["decider"]
        yield _event(
            row, 4, "handoff", row["state"], row["decided"],
            by=by, side=by["side"] or Side.SALES, text=row["note"],
            data={"reason": row["reason"], "recontact": row["recontact"]},
        )  # fmt: skip
    if row["answered"]:
        by, side = row["answerer"], Side.MARKETING
        yield _event(row, 5, "handoff", "answered", row["answered"], by=by, side=side, text=row["answer"])
    for step in row["steps"]:
        rep, by = step["rep"], step["by"]
        cells = {name: step[name] for name in STEP_CELLS}
        yield _event(
            step, 6, "handoff", ROUTED, step["at"],
            by=by, side=by["side"] or Side.SALES, data={**cells, "rep": rep["pk"]},
            named=_name(rep),
        )  # fmt: skip


def _event(
    row: Mapping[str, Any],
    number: int,
    kind: str,
    what: str,
    at: str,
    *,
    data: Mapping[str, Any] | None = None,
    by: Mapping[str, Any] | None = None,
    side: str = Side.SALES,
    text: str = "",
    named: str = "",
) -> Event:
    return Event(
        rank=PROMISE,
        pk=row["pk"] * 8 + number,
        at=datetime.fromisoformat(at),
        kind=kind,
        after=what,
        actor=_name(by) if by else "",
        side=side,
        data=dict(data or {}),
        reason=text,
        named=named,
    )


def _name(person: Mapping[str, Any]) -> str:
    return f"{person['first'] or ''} {person['last'] or ''}".strip()
