"""What a new installation does when a contact becomes an SQL or an opportunity, until its teams agree otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from leads.models import KindContent, PlaybookTaskContent
from lifecycle.keys import StageKey
from lifecycle.models import Unit


@dataclass(frozen=True)
class DefaultPlaybook:
    stage: str
    goal_en: str
    goal_fr: str
    kinds: tuple[KindContent, ...]
    tasks: tuple[PlaybookTaskContent, ...]
    promote_days: int | None


def task(key: str, within: int, unit: Unit, english: str, french: str) -> PlaybookTaskContent:
    return {"key": key, "what_en": english, "what_fr": french, "within": within, "unit": unit.value}


def kind(key: str, english: str, french: str) -> KindContent:
    return {"key": key, "name_en": english, "name_fr": french}


PLAYBOOKS: Final = (
    DefaultPlaybook(
        StageKey.SALES_QUALIFIED,
        "Find out whether there is a project, and open a deal or say why not.",
        "Vérifier s’il existe un projet, puis ouvrir une affaire ou dire pourquoi il n’y en a pas.",
        (
            kind("demo", "Demo asked for", "Démo demandée"),
            kind("quote", "Quote asked for", "Devis demandé"),
            kind("referral", "Referral", "Recommandation"),
            kind("event", "Met at an event", "Rencontre lors d’un événement"),
        ),
        (
            task(
                "meeting",
                2,
                Unit.DAYS,
                "Agree on a date for a first meeting.",
                "Convenir d’une date pour un premier rendez-vous.",
            ),
            task(
                "need",
                5,
                Unit.DAYS,
                "Ask about the need, the budget, who decides and by when.",
                "Demander le besoin, le budget, qui décide et pour quand.",
            ),
            task(
                "decide",
                20,
                Unit.DAYS,
                "Open a deal, or say why there is none.",
                "Ouvrir une affaire, ou dire pourquoi il n’y en a pas.",
            ),
        ),
        45,
    ),
    DefaultPlaybook(
        StageKey.OPPORTUNITY,
        "Bring the deal to a yes or a no.",
        "Amener l’affaire à un oui ou à un non.",
        (),
        (
            task(
                "information",
                2,
                Unit.DAYS,
                "Complete the deal: amount, expected close, what was understood of the need.",
                "Compléter l’affaire : montant, clôture prévue, ce qui a été compris du besoin.",
            ),
            task(
                "quote",
                10,
                Unit.DAYS,
                "Send the quote and agree on a date to talk about it.",
                "Envoyer le devis et convenir d’une date pour en parler.",
            ),
        ),
        120,
    ),
)
