"""Ways in which companies define a stage, to begin a draft from: the field does not agree, the two teams have to.

The first of each stage is the one of a new installation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lifecycle.default_definitions import DEFINITIONS, GIVEN_BY_THE_PERSON, Tree, known
from lifecycle.keys import StageKey
from lifecycle.models.words import in_reader_language

AS_INSTALLED: Final = "installed"

_SPOKEN: Final[Tree] = {
    "touch": ["call", "meeting"],
    "where": {"outcome": ["spoke", "met"]},
    "op": "at_least",
    "count": 1,
}
_ASKED_LATELY: Final[Tree] = {"fact": "score.triggered_at", "op": "within_last_days", "value": 90}
_NOT_EXCLUDED: Final[Tree] = {"not": {"fact": "score.excluded", "op": "is", "value": True}}


@dataclass(frozen=True)
class Reference:
    """One way to define a stage, with a name to choose it by."""

    key: str
    stage: str
    name_en: str
    name_fr: str
    criteria: Tree
    prose_en: str
    prose_fr: str
    is_automatic: bool = True

    @property
    def name(self) -> str:
        return in_reader_language(self.name_en, self.name_fr)


OTHERS: Final = (
    Reference(
        "told_us",
        StageKey.LEAD,
        "Told us by a form",
        "S’est fait connaître par un formulaire",
        {"all": [known("email"), {"touch": list(GIVEN_BY_THE_PERSON), "op": "at_least", "count": 1}]},
        "The person gave us the details of their own will. What is still missing is asked for later.",
        "La personne nous a donné ses coordonnées de son plein gré. Ce qui manque se demande plus tard.",
    ),
    Reference(
        "complete",
        StageKey.LEAD,
        "Known by name and company",
        "Connu par son nom et sa société",
        {"all": [known(fact) for fact in ("first_name", "last_name", "email", "company.name")]},
        "We know who this is and where they work, wherever we have it from.",
        "Nous savons qui est cette personne et où elle travaille, d’où que nous le tenions.",
    ),
    Reference(
        "fit_first",
        StageKey.MARKETING_QUALIFIED,
        "Fit first, a first interest is enough",
        "L’adéquation d’abord, un premier intérêt suffit",
        {
            "all": [
                _NOT_EXCLUDED,
                {
                    "any": [
                        {
                            "all": [
                                {"fact": "score.fit", "op": "gte", "value": 75},
                                {"fact": "score.engagement", "op": "gte", "value": 20},
                            ]
                        },
                        _ASKED_LATELY,
                    ]
                },
            ]
        },
        "Whoever is exactly our target is worth a call at the first sign of interest.",
        "Qui est exactement notre cible mérite un appel au premier signe d’intérêt.",
    ),
    Reference(
        "behaviour",
        StageKey.MARKETING_QUALIFIED,
        "By what they do",
        "Par ce que la personne fait",
        {
            "all": [
                _NOT_EXCLUDED,
                {"any": [{"fact": "score.engagement", "op": "gte", "value": 60}, _ASKED_LATELY]},
            ]
        },
        "Behaves like somebody with a project, whatever the company; sales finds out whether it fits.",
        "Se comporte comme quelqu’un qui a un projet, quelle que soit la société ; les ventes vérifient l’adéquation.",
    ),
    Reference(
        "spoken_to",
        StageKey.SALES_QUALIFIED,
        "Spoken to, with a need",
        "A échangé avec nous, avec un besoin",
        {"all": [_SPOKEN, known("answer.need")]},
        "Reached by a rep, and there is a need. Budget and decision are found out on the way.",
        "Joint par les ventes, et le besoin existe. Budget et décision se découvrent en route.",
        is_automatic=False,
    ),
    Reference(
        "all_four",
        StageKey.SALES_QUALIFIED,
        "Budget, authority, need and timing known",
        "Budget, décision, besoin et échéance connus",
        {"all": [_SPOKEN, {"fact": "answers.known_count", "op": "gte", "value": 4}]},
        "All four questions are answered before anybody writes an offer.",
        "Les quatre questions ont leur réponse avant que quiconque rédige une offre.",
        is_automatic=False,
    ),
    Reference(
        "offer_likely",
        StageKey.OPPORTUNITY,
        "Spoken to, verified, an offer is likely",
        "A échangé, vérifié, une offre est probable",
        {
            "all": [
                _SPOKEN,
                {"fact": "answers.known_count", "op": "gte", "value": 3},
                {"fact": "deals.open_count", "op": "gte", "value": 1},
            ]
        },
        "We have talked, the project is verified and a deal is open, before any quote is out.",
        "Nous avons échangé, le projet est vérifié et une affaire est ouverte, avant tout devis.",
    ),
)


def references(stage: str) -> Sequence[Reference]:
    """Of one stage, none for a stage of the company's own."""
    installed = (
        Reference(
            AS_INSTALLED,
            one.stage,
            "As it comes with the product",
            "Telle que livrée avec le produit",
            one.criteria,
            one.prose_en,
            one.prose_fr,
            one.is_automatic,
        )
        for one in DEFINITIONS
    )
    return [one for one in (*installed, *OTHERS) if one.stage == stage]
