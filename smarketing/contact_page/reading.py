"""Reads one contact with everything small that stands around it, in one query, for whoever may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.db.models import QuerySet

from accounts.models import User
from leads.messaging.terms import terms_of
from leads.messaging.verdict import Sent
from leads.models import Answer, Contact, DealStage
from leads.touchpoint_kinds import PERSONAL_MESSAGES
from lib.statements import Statement, stand_in
from lifecycle.models import in_reader_language
from sla.models import Handoff
from smarketing.contact_page.playbook import runs_of
from smarketing.contact_page.promises import promise_events
from smarketing.contact_page.sheet import Choice, DealLine, Duty, Entry, Known, NextStage, Sheet, Won
from smarketing.contact_page.surroundings import with_surroundings
from smarketing.contact_page.tactics import applied_of, stands_of


def read_sheet(user: User, contact_id: int) -> Sheet | None:
    """The sheet of a contact the person sees; None otherwise. One query."""
    seen = _seen_by(user.role, is_active=user.is_active, has_team=user.team_id is not None)
    found: Any = next(iter(seen.rows(contact_id, user.pk, user.team_id or 0)), None)
    if found is None:
        return None
    return Sheet(
        contact=found,
        all_stages=[_choice(row) for row in found.stage_rows],
        statuses=[_choice(row) for row in found.status_rows],
        people=[User(**row) for row in found.people_rows],
        answers=_answers(found.answer_rows),
        deals=[_deal(row) for row in found.deal_rows],
        entered={row["stage"]: datetime.fromisoformat(row["at"]) for row in found.interval_rows},
        entry=next((_entry(row) for row in found.entry_rows), None),
        status_entry=next((_entry(row) for row in found.status_entry_rows), None),
        next_stage=next(
            (
                NextStage(row["key"], _named(row), row["criteria"], row["is_automatic"])
                for row in found.next_rows
            ),
            None,
        ),
        duty=next((_duty(row) for row in found.duty_rows), None),
        persona=next((_named(row) for row in found.persona_rows), ""),
        rule_count=found.rule_count or 0,
        promises=promise_events(found.promise_rows),
        won=[_won(row) for row in found.won_rows],
        stands=stands_of(found.cell_rows),
        applied=applied_of(found.applied_rows),
        terms=terms_of(found.term_rows),
        sent=[_sent(row) for row in found.message_rows],
        has_bounced=found.has_bounced,
        runs=runs_of(found.run_rows),
        steward=next((str(row["steward"] or "") for row in found.steward_rows), ""),
    )


def read_handoff(contact_id: int) -> Handoff | None:
    """The latest handoff, with its rep, contract, and first-contact clock, its calendar and breach. One query."""
    return next(iter(HANDOFF.rows(contact_id)), None)


def _latest_handoff() -> QuerySet[Handoff]:
    rows = Handoff.objects.filter(contact=stand_in(0)).with_first_contact()
    related = (
        "rep__team",
        "decided_by",
        "contract__agreement",
        "first_contact__calendar",
        "first_contact__breach",
        "first_contact__rule__rule",
        "first_contact__rule__agreement",
    )
    return rows.select_related(*related).order_by("-entered_at", "-pk")[:1]


HANDOFF: Final = Statement(_latest_handoff)


@cache
def _seen_by(role: str, *, is_active: bool, has_team: bool) -> Statement[Contact]:
    """One contact as such a person sees it, of three ids: the contact, the person, the team."""
    team = stand_in(2) if has_team else None
    reader = User(pk=stand_in(1), team_id=team, role=role, is_active=is_active)
    return Statement(lambda: with_surroundings().visible_to(reader).filter(pk=stand_in(0)))


# What stands in the columns


def _named(row: Mapping[str, Any]) -> str:
    return in_reader_language(row["name_en"], row["name_fr"])


def _actor(row: Mapping[str, Any], of: str = "") -> str:
    return f"{row[f'{of}first'] or ''} {row[f'{of}last'] or ''}".strip()


def _by_name(row: Mapping[str, Any], of: str) -> dict[int, str]:
    return {row[f"{of}id"]: _actor(row, of)} if row[f"{of}id"] else {}


def _sent(row: Mapping[str, Any]) -> Sent:
    return Sent(datetime.fromisoformat(row["at"]), row["kind"] in PERSONAL_MESSAGES)


def _duty(row: Mapping[str, Any]) -> Duty:
    owes = in_reader_language(row["owes_en"], row["owes_fr"])
    return Duty(
        side=row["side"],
        accountable=row["accountable"],
        person=_actor(row),
        owes=owes,
        by=row["by"],
        days=row["days"],
        consulted=row["consulted"],
        consulted_person=_by_name(row, "consulted_"),
        informed=row["informed"],
        informed_person=_by_name(row, "informed_"),
    )


def _choice(row: Mapping[str, Any]) -> Choice:
    return Choice(
        row["key"],
        _named(row),
        row["position"],
        row.get("side", ""),
        row.get("needs_reason", False),
        row.get("needs_date", False),
        row.get("is_active", True),
    )


def _answers(rows: Iterable[Mapping[str, Any]]) -> list[Known]:
    """All four questions in their order, answered or not."""
    given = {row["question"]: row for row in rows}
    return [
        Known(
            question.value,
            str(question.label),
            row["text"],
            row["via"],
            _actor(row),
            datetime.fromisoformat(row["at"]),
        )
        if (row := given.get(question.value))
        else Known(question.value, str(question.label))
        for question in Answer.Question
    ]


def _deal(row: Mapping[str, Any]) -> DealLine:
    return DealLine(
        row["pk"],
        row["name"],
        row["cents"],
        row["currency"],
        row["stage"],
        str(DealStage(row["stage"]).label),
        datetime.fromisoformat(row["closed"] or row["opened"]),
    )


def _won(row: Mapping[str, Any]) -> Won:
    return Won(row["cents"], row["sold_in"], row["n"], datetime.fromisoformat(row["last"]))


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        datetime.fromisoformat(row["at"]),
        row["origin"],
        _actor(row),
        row["reason"],
        row["facts"],
        row["criteria"],
        row["number"],
        row.get("before", ""),
    )
