"""What a new installation writes in its procedure book: how leads pass between the teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from accounts.models import Side
from lifecycle.keys import RuleKey, StageKey, StatusKey
from lifecycle.models import Party, StepContent, Unit

MARKETING, SALES = Side.MARKETING.value, Side.SALES.value


@dataclass(frozen=True)
class DefaultProcedure:
    slug: str
    name_en: str
    name_fr: str
    purpose_en: str
    purpose_fr: str
    scope: str
    side: str
    consulted: tuple[str, ...]
    informed: tuple[str, ...]
    steps: tuple[StepContent, ...]


def step(
    side: str,
    who: tuple[str, str],
    what: tuple[str, str],
    where: tuple[str, str],
    *,
    within: tuple[int, Unit] | None = None,
    measure: str = "",
) -> StepContent:
    """A step from pairs of English and French."""
    return {
        "side": side,
        "who_en": who[0],
        "who_fr": who[1],
        "what_en": what[0],
        "what_fr": what[1],
        "where_en": where[0],
        "where_fr": where[1],
        "within": within[0] if within else None,
        "unit": within[1].value if within else Unit.HOURS.value,
        "measure": measure,
    }


REP = ("the rep who was given the lead", "la personne à qui le lead est confié")
MARKETER = ("whoever looks after the campaign", "la personne qui suit la campagne")
MANAGER = ("the manager", "la personne qui dirige l’équipe")
QUEUE = ("My queue", "Ma file")
SHEET = ("the contact’s page", "la fiche du contact")
DESK = ("Marketing desk", "Bureau marketing")

PROCEDURES: Final = (
    DefaultProcedure(
        "a-new-mql",
        "A new MQL",
        "Un nouveau MQL",
        "So that nobody who is ready to talk waits, and sales knows why the lead was passed on.",
        "Pour que personne de prêt à échanger n’attende, et que les ventes sachent pourquoi le lead leur est transmis.",
        f"stage:{StageKey.MARKETING_QUALIFIED}",
        SALES,
        (Party.MARKETING_OWNER.value,),
        (Party.MARKETING_MANAGER.value,),
        (
            step(
                SALES,
                REP,
                (
                    "Reads why the contact became an MQL, and what is known and what is missing.",
                    "Lit pourquoi le contact est devenu MQL, ce que l’on sait et ce qui manque.",
                ),
                QUEUE,
            ),
            step(
                SALES,
                REP,
                (
                    "Calls or writes, and logs the touch with its outcome.",
                    "Appelle ou écrit, et note l’échange avec son résultat.",
                ),
                SHEET,
                within=(24, Unit.HOURS),
                measure=f"rule:{RuleKey.HANDOFF_DELAY}",
            ),
            step(
                SALES,
                REP,
                (
                    "Accepts the lead, refuses it with a typed reason, or recycles it with a day to come back.",
                    "Accepte le lead, le refuse avec un motif, ou le remet à plus tard avec un jour de reprise.",
                ),
                QUEUE,
                within=(5, Unit.DAYS),
            ),
            step(
                SALES,
                REP,
                (
                    "Gives up as Gone dark only after enough attempts.",
                    "Ne passe en Sans réponse qu’après assez de tentatives.",
                ),
                SHEET,
                measure="clause:attempts",
            ),
        ),
    ),
    DefaultProcedure(
        "a-refused-lead",
        "A refused lead",
        "Un lead refusé",
        "So that marketing learns from each refusal, and sales hears what came of it.",
        "Pour que le marketing apprenne de chaque refus, et que les ventes sachent ce qu’il en est advenu.",
        f"stage:{StageKey.MARKETING_QUALIFIED}",
        MARKETING,
        (Party.OWNER.value,),
        (Party.SALES_MANAGER.value,),
        (
            step(
                SALES,
                REP,
                (
                    "Chooses the reason that fits and writes one sentence on what was heard.",
                    "Choisit le motif qui convient et écrit en une phrase ce qui a été entendu.",
                ),
                QUEUE,
                measure="clause:refusal_reason",
            ),
            step(
                MARKETING,
                MARKETER,
                (
                    "Reads the reason and answers: agreed, needs more of us, or back to sales with what was missing.",
                    "Lit le motif et répond : d’accord, à retravailler, ou retour aux ventes avec ce qui manquait.",
                ),
                DESK,
                within=(5, Unit.DAYS),
                measure="clause:refusals_answered",
            ),
            step(
                "",
                MANAGER,
                (
                    "Look at the reasons of the month together; a reason that comes back changes a definition or the "
                    "scoring.",
                    "Regardent ensemble les motifs du mois ; un motif qui revient change une définition ou le scoring.",
                ),
                ("Cockpit", "Tableau de bord"),
            ),
        ),
    ),
    DefaultProcedure(
        "a-recycled-lead",
        "A recycled lead",
        "Un lead remis à plus tard",
        "So that a good contact at the wrong moment is neither lost nor called every week.",
        "Pour qu’un bon contact au mauvais moment ne soit ni perdu ni rappelé chaque semaine.",
        f"status:{StatusKey.BAD_TIMING}",
        MARKETING,
        (Party.OWNER.value,),
        (),
        (
            step(
                SALES,
                REP,
                (
                    "Sets Bad timing with the day to come back and what was agreed.",
                    "Passe en Mauvais moment avec le jour de reprise et ce qui a été convenu.",
                ),
                SHEET,
            ),
            step(
                MARKETING,
                MARKETER,
                (
                    "Keeps the contact warm with what fits its persona, without a sales pitch.",
                    "Entretient le lien avec ce qui convient au persona, sans discours de vente.",
                ),
                DESK,
            ),
            step(
                SALES,
                REP,
                (
                    "Calls on the agreed day: the lead is back in the queue by itself.",
                    "Rappelle au jour convenu : le lead revient de lui-même dans la file.",
                ),
                QUEUE,
                within=(1, Unit.DAYS),
            ),
        ),
    ),
    DefaultProcedure(
        "a-demo-request",
        "A demo or contact request",
        "Une demande de démo ou de contact",
        "So that who asks for us hears from us the same day.",
        "Pour que la personne qui nous sollicite ait une réponse le jour même.",
        f"rule:{RuleKey.REQUEST_DELAY}",
        SALES,
        (),
        (Party.MARKETING_OWNER.value, Party.MARKETING_MANAGER.value),
        (
            step(
                SALES,
                REP,
                ("Calls before anything else in the queue.", "Appelle avant toute autre chose de la file."),
                QUEUE,
                within=(4, Unit.HOURS),
                measure=f"rule:{RuleKey.REQUEST_DELAY}",
            ),
            step(
                SALES,
                REP,
                (
                    "Not reached: writes a mail that proposes two times, and tries again the next day.",
                    "Pas de réponse : envoie un e-mail qui propose deux créneaux, et réessaie le lendemain.",
                ),
                SHEET,
                within=(1, Unit.DAYS),
            ),
            step(
                SALES,
                REP,
                (
                    "Opens a deal as soon as the project has a name.",
                    "Ouvre une affaire dès que le projet a un nom.",
                ),
                SHEET,
                measure=f"rule:{RuleKey.DEAL_CREATION}",
            ),
        ),
    ),
)
