"""Knows how a promise is written, from its numbers alone, so that text and behaviour cannot drift apart."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lib.formats import number, rate, writing

SENTENCES: dict[str, tuple[str, str]] = {
    "mql_delivered": ("{target} MQL a month", "{target} MQL par mois"),
    "mql_accepted": ("{share} of them accepted", "{share} d’entre eux acceptés"),
    "refusals_answered": (
        "A refusal is answered within {days}",
        "Un refus reçoit une réponse sous {days}",
    ),
    "first_contact": (
        "First contact within {hours}, {request} for a request",
        "Premier contact sous {hours}, {request} pour une demande",
    ),
    "attempts": (
        "{attempts} in {span} before Gone dark",
        "{attempts} en {span} avant «\u202fSans réponse\u202f»",
    ),
    "refusal_reason": (
        "A refusal always has a typed reason",
        "Un refus a toujours un motif de la liste",
    ),
}

NOUNS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "working day": (("working day", "working days"), ("jour ouvré", "jours ouvrés")),
    "working hour": (("working hour", "working hours"), ("heure ouvrée", "heures ouvrées")),
    "attempt": (("attempt", "attempts"), ("tentative", "tentatives")),
    "day": (("day", "days"), ("jour", "jours")),
}


def clause_text(metric: str, target: Decimal, parameters: Mapping[str, Any], language: str) -> str:
    """The sentence of a promise in English or French. KeyError for a metric without one."""
    sentence = SENTENCES[metric][_is_french(language)]
    return sentence.format(**_words(metric, target, parameters, language))


def _words(metric: str, target: Decimal, parameters: Mapping[str, Any], language: str) -> dict[str, str]:
    match metric:
        case "mql_delivered":
            return {"target": number(target, language)}
        case "mql_accepted":
            return {"share": percent(target, language)}
        case "refusals_answered":
            return {"days": counted(parameters["days"], "working day", language)}
        case "first_contact":
            return {
                "hours": counted(_hours(parameters["budget_minutes"]), "working hour", language),
                "request": plain(_hours(parameters["budget_minutes_request"]), language),
            }
        case "attempts":
            return {
                "attempts": counted(parameters["count"], "attempt", language),
                "span": counted(parameters["days"], "day", language),
            }
    return {}


def percent(share: Decimal, language: str) -> str:
    """60%, 62.5%: as many digits as it has, two at most."""
    hundredth = (share * 100).quantize(Decimal("0.01")).normalize()
    return rate(share, language, digits=max(0, -int(hundredth.as_tuple().exponent)))


def plain(value: Decimal | int, language: str) -> str:
    """24, 1.5: as many digits as it has, two at most."""
    exact = Decimal(value).quantize(Decimal("0.01")).normalize()
    return number(exact, language, digits=max(0, -int(exact.as_tuple().exponent)))


def counted(value: Decimal | int, noun: str, language: str) -> str:
    """4 attempts · 1 working hour · 1,5 heure ouvrée: French counts as one whatever is below two."""
    one, many = NOUNS[noun][_is_french(language)]
    singular = value < 2 if _is_french(language) else value == 1
    return f"{plain(value, language)} {one if singular else many}"


def _hours(minutes: object) -> Decimal:
    return Decimal(str(minutes)) / 60


def _is_french(language: str) -> bool:
    return writing(language).money_after
