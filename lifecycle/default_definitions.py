"""What makes a contact enter each stage on a new installation: criteria that run, and prose beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from lifecycle.keys import StageKey

Tree = dict[str, Any]


def known(fact: str) -> Tree:
    return {"fact": fact, "op": "known"}


@dataclass(frozen=True)
class DefaultDefinition:
    """One stage. `is_automatic` False leaves the step to a person; the criteria are then the yardstick."""

    stage: str
    criteria: Tree
    prose_en: str
    prose_fr: str
    is_automatic: bool = True


GIVEN_BY_THE_PERSON: Final = (
    "form_submit",
    "demo_request",
    "contact_request",
    "newsletter_signup",
    "download",
    "webinar_signup",
    "event_met",
)

DEFINITIONS: Final = (
    DefaultDefinition(
        StageKey.SUBSCRIBER,
        {"all": [known("email")]},
        "We may write to this person, and know little else yet.",
        "Nous pouvons écrire à cette personne et n’en savons guère plus.",
    ),
    DefaultDefinition(
        StageKey.LEAD,
        {
            "all": [
                known("first_name"),
                known("last_name"),
                known("email"),
                known("company.name"),
                {
                    "any": [
                        known("source"),
                        {"touch": list(GIVEN_BY_THE_PERSON), "op": "at_least", "count": 1},
                    ]
                },
            ]
        },
        "We know who this is and where they work, because they told us or a named source did.",
        "Nous savons qui est cette personne et où elle travaille, parce qu’elle nous l’a dit ou qu’une source "
        "identifiée nous l’apprend.",
    ),
    DefaultDefinition(
        StageKey.MARKETING_QUALIFIED,
        {
            "all": [
                # Not "is no": whoever was never scored is not excluded either, and is judged by the rest.
                {"not": {"fact": "score.excluded", "op": "is", "value": True}},
                {
                    "any": [
                        {
                            "all": [
                                {"fact": "score.fit", "op": "gte", "value": 60},
                                {"fact": "score.engagement", "op": "gte", "value": 50},
                            ]
                        },
                        {"fact": "score.triggered_at", "op": "within_last_days", "value": 90},
                    ]
                },
            ]
        },
        "Fits our target and behaves like somebody with a project, or asked for a demo or to be contacted. "
        "Marketing hands the contact to sales.",
        "Correspond à notre cible et se comporte comme quelqu’un qui a un projet, ou a demandé une démo ou un "
        "contact. Le marketing confie le contact aux ventes.",
    ),
    DefaultDefinition(
        StageKey.SALES_QUALIFIED,
        {
            "all": [
                {
                    "any": [
                        {
                            "touch": ["call", "meeting"],
                            "where": {"outcome": ["spoke", "met"]},
                            "op": "at_least",
                            "count": 1,
                        },
                        {"touch": "email_reply", "op": "at_least", "count": 1},
                    ]
                },
                known("answer.need"),
                {"fact": "answers.known_count", "op": "gte", "value": 3},
            ]
        },
        "Accepted by sales, reached in a two-way exchange, and enough is known of budget, authority, need and "
        "timing to name a project. A rep decides.",
        "Accepté par les ventes, joint dans un vrai échange, et l’on en sait assez du budget, de la décision, du "
        "besoin et de l’échéance pour nommer un projet. La décision revient aux ventes.",
        is_automatic=False,
    ),
    DefaultDefinition(
        StageKey.OPPORTUNITY,
        {
            "all": [
                {"fact": "deals.quote_sent", "op": "is", "value": True},
                {"fact": "deals.open_count", "op": "gte", "value": 1},
            ]
        },
        "A quote was sent and the deal is open.",
        "Un devis est parti et l’affaire est en cours.",
    ),
    DefaultDefinition(
        StageKey.CUSTOMER,
        {"all": [{"fact": "deals.won_count", "op": "gte", "value": 1}]},
        "A deal is won.",
        "Une affaire est gagnée.",
    ),
    DefaultDefinition(
        StageKey.PROMOTER,
        {
            "all": [
                {"fact": "deals.won_count", "op": "gte", "value": 1},
                {"fact": "nps", "op": "gte", "value": 9},
            ]
        },
        "A customer who would recommend us: 9 or 10 at the last NPS survey.",
        "Un client qui nous recommanderait : 9 ou 10 à la dernière enquête NPS.",
    ),
)
