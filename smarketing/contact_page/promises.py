"""What became of the handoffs of a contact, as events of the timeline: clocks, decisions, marketing's answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accounts.models import Side
from sla.models import Handoff
from smarketing.contact_page.timeline import PROMISE, Event

MOST: Final = 40
"""Handoffs of one contact that are told; nobody was handed over more often."""

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
        "due": F("first_contact__due_at"),
        "warned": F("first_contact__warned_at"),
        "stopped": F("first_contact__stopped_at"),
        "touched": F("first_contact__stopped_by"),
        "used": F("first_contact__used_minutes"),
        "breached": F("first_contact__breached_at"),
        "cause": F("first_contact__breach__cause"),
    }
    rows = Handoff.objects.filter(contact=OuterRef("pk")).with_first_contact()
    return rows.order_by("-entered_at", "-pk").values(object=JSONObject(**cells))[:MOST]


def promise_events(rows: Iterable[Mapping[str, Any]]) -> list[Event]:
    """The newest first; each with a number of its own, so that a page of the timeline may end anywhere."""
    events = [event for row in rows for event in _events(row)]
    return sorted(events, key=lambda event: event.place, reverse=True)


def _events(row: Mapping[str, Any]) -> Iterator[Event]:
    sum_of = {name: row[name] for name in ("contract", "due", "used", "cause")}
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
) -> Event:
    return Event(
        rank=PROMISE,
        pk=row["pk"] * 8 + number,
        at=datetime.fromisoformat(at),
        kind=kind,
        after=what,
        actor=f"{by['first'] or ''} {by['last'] or ''}".strip() if by else "",
        side=side,
        data=dict(data or {}),
        reason=text,
    )
