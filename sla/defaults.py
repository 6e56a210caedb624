"""The contract that a new installation starts with: what marketing owes sales, and what sales owes marketing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Side
from agreements.defaults import bring_in_force, draft_first
from sla.models import Calendar, Clause, ContractVersion, Metric

SUBJECT = "contract"

OFFICE_HOURS = [[["08:30", "12:30"], ["13:30", "18:00"]]] * 5 + [[], []]

CALENDAR: dict[str, Any] = {
    "key": "office",
    "name": "Paris",
    "time_zone": "Europe/Paris",
    "country": "FR",
    "slots": OFFICE_HOURS,
    "is_default": True,
}

PREAMBLE_EN = (
    "Marketing and sales answer for one funnel. Each promises the other what follows, counts it the same way, "
    "and changes it only by an amendment that both have signed."
)
PREAMBLE_FR = (
    "Le marketing et les ventes répondent d’un seul entonnoir. Chaque équipe promet à l’autre ce qui suit, le "
    "compte de la même façon, et ne le change que par un avenant signé des deux."
)

CLAUSES: tuple[dict[str, Any], ...] = (
    {
        "side": Side.MARKETING,
        "metric": Metric.MQL_DELIVERED,
        "target": Decimal(200),
        "text_en": "200 MQL a month",
        "text_fr": "200 MQL par mois",
    },
    {
        "side": Side.MARKETING,
        "metric": Metric.MQL_ACCEPTED,
        "target": Decimal("0.6"),
        "text_en": "60% of them accepted",
        "text_fr": "60 % d’entre eux acceptés",
    },
    {
        "side": Side.MARKETING,
        "metric": Metric.REFUSALS_ANSWERED,
        "target": Decimal(1),
        "parameters": {"days": 5, "tolerance": 1},
        "text_en": "A refusal is answered within 5 working days",
        "text_fr": "Un refus reçoit une réponse sous 5 jours ouvrés",
    },
    {
        "side": Side.SALES,
        "metric": Metric.FIRST_CONTACT,
        "target": Decimal("0.92"),
        "parameters": {"budget_minutes": 24 * 60, "budget_minutes_request": 4 * 60},
        "text_en": "First contact within 24 working hours, 4 for a request",
        "text_fr": "Premier contact sous 24 heures ouvrées, 4 pour une demande",
    },
    {
        "side": Side.SALES,
        "metric": Metric.ATTEMPTS,
        "target": Decimal("0.95"),
        "parameters": {"count": 4, "days": 15},
        "text_en": "4 attempts in 15 days before Gone dark",
        "text_fr": "4 tentatives en 15 jours avant « Sans réponse »",
    },
    {
        "side": Side.SALES,
        "metric": Metric.REFUSAL_REASON,
        "target": Decimal(1),
        "text_en": "A refusal always has a typed reason",
        "text_fr": "Un refus a toujours un motif de la liste",
    },
)


@transaction.atomic
def install(*, at: datetime) -> None:
    """The first contract, in force from `at`; one that is there already, or drafted, stays as it is."""
    contract = ContractVersion(preamble_en=PREAMBLE_EN, preamble_fr=PREAMBLE_FR)
    drafted = draft_first([(SUBJECT, contract)], at=at)
    if not drafted:
        return
    Calendar.objects.create(contract=contract, **CALENDAR)
    Clause.objects.bulk_create(
        Clause(contract=contract, position=position, **clause) for position, clause in _numbered()
    )
    bring_in_force(drafted, at=at)


def _numbered() -> list[tuple[int, dict[str, Any]]]:
    """The clauses with their position on their own side: M1, M2 … and S1, S2 …"""
    places: dict[str, int] = {}
    numbered = []
    for clause in CLAUSES:
        places[clause["side"]] = places.get(clause["side"], 0) + 1
        numbered.append((places[clause["side"]], clause))
    return numbered
