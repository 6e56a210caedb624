"""What puts a contact into each stage and status on a new installation: criteria that run, and prose beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from lifecycle.keys import StageKey, StatusKey

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


@dataclass(frozen=True)
class DefaultStatus:
    """What a status says; a yardstick, and without criteria only prose."""

    status: str
    prose_en: str
    prose_fr: str
    criteria: Tree | None = None


SPOKEN_TO: Final = {"touch": ["call", "meeting"], "where": {"outcome": ["spoke", "met"]}}

STATUS_DEFINITIONS: Final = (
    DefaultStatus(
        StatusKey.NEW,
        "Nobody of ours has done anything for this contact, or the wait agreed with it is over and marketing has it.",
        "Personne chez nous n’a encore rien entrepris pour ce contact, ou l’attente convenue est finie et le "
        "marketing l’a repris.",
    ),
    DefaultStatus(
        StatusKey.IN_PROGRESS,
        "Somebody of ours has taken the contact on: accepted it, called, written or met. The first call, e-mail or "
        "meeting that is logged says so by itself.",
        "L’un de nous s’occupe du contact\u202f: il l’a accepté, appelé, lui a écrit ou l’a rencontré. Le premier "
        "appel, e-mail ou rendez-vous noté le dit de lui-même.",
    ),
    DefaultStatus(
        StatusKey.UNQUALIFIED,
        "Out of our target, for the reason given. The rule on keeping data says what becomes of it.",
        "En dehors de notre cible, pour le motif donné. La règle de conservation dit ce qu’il devient.",
    ),
    DefaultStatus(
        StatusKey.BAD_TIMING,
        "Fits our target, but not now: we agreed on a day, and nobody bothers the contact before.",
        "Dans notre cible, mais pas maintenant\u202f: un jour est convenu, et personne ne sollicite le contact avant.",
    ),
    DefaultStatus(
        StatusKey.GONE_DARK,
        "We tried often enough, as the contract says, and heard nothing. A sign of life ends it.",
        "Nous avons assez essayé, comme le contrat le veut, sans nouvelles. Un signe de vie y met fin.",
        {
            "all": [
                {"touch": ["call", "sales_email"], "op": "at_least", "count": 4, "within_days": 15},
                {"touch": "email_reply", "op": "none", "within_days": 15},
                {**SPOKEN_TO, "op": "none", "within_days": 15},
            ]
        },
    ),
    DefaultStatus(
        StatusKey.LOST,
        "Said no to us in a real exchange, for the reason given.",
        "Nous a dit non dans un vrai échange, pour le motif donné.",
        {
            "any": [
                {**SPOKEN_TO, "op": "at_least", "count": 1},
                {"touch": "email_reply", "op": "at_least", "count": 1},
            ]
        },
    ),
)
