"""What a new installation does with the contacts of each cell, until its teams agree on something of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from accounts.models import Side
from leads.models import Cell, TacticContent, TacticKind

MARKETING, SALES = Side.MARKETING, Side.SALES


@dataclass(frozen=True)
class DefaultTactics:
    cell: Cell
    goal_en: str
    goal_fr: str
    tactics: tuple[TacticContent, ...]


def tactic(
    key: str, side: Side, kind: TacticKind, what: tuple[str, str], with_what: tuple[str, str] = ("", "")
) -> TacticContent:
    """A tactic from pairs of English and French."""
    return {
        "key": key,
        "side": side.value,
        "kind": kind.value,
        "what_en": what[0],
        "what_fr": what[1],
        "with_en": with_what[0],
        "with_fr": with_what[1],
    }


TACTICS: Final = (
    DefaultTactics(
        Cell.TARGET_READY,
        "Talk while the interest is fresh.",
        "Échanger tant que l’intérêt est vif.",
        (
            tactic(
                "call",
                SALES,
                TacticKind.CALL,
                (
                    "Call within the delay of the contract, knowing what was read and asked.",
                    "Appeler dans le délai du contrat, en sachant ce qui a été lu et demandé.",
                ),
                ("the contact’s page", "la fiche du contact"),
            ),
            tactic(
                "answer",
                SALES,
                TacticKind.CONTENT,
                (
                    "Send one page that answers the question asked, with two dates to talk.",
                    "Envoyer une page qui répond à la question posée, avec deux créneaux pour en parler.",
                ),
                ("the answer sheet of the persona", "la fiche réponse du persona"),
            ),
            tactic(
                "pause",
                MARKETING,
                TacticKind.TASK,
                (
                    "Stop marketing messages while sales is talking.",
                    "Suspendre les messages marketing pendant que les ventes échangent.",
                ),
            ),
        ),
    ),
    DefaultTactics(
        Cell.TARGET_LATER,
        "Stay useful until the need comes.",
        "Rester utile jusqu’à ce que le besoin vienne.",
        (
            tactic(
                "nurture",
                MARKETING,
                TacticKind.NURTURE,
                (
                    "Write something useful to the persona, every two weeks at most.",
                    "Écrire quelque chose d’utile au persona, toutes les deux semaines au plus.",
                ),
                ("the nurture list of the persona", "la liste de nurturing du persona"),
            ),
            tactic(
                "invite",
                MARKETING,
                TacticKind.CONTENT,
                (
                    "Invite to the next webinar or visit that concerns its trade.",
                    "Inviter au prochain webinaire ou à la prochaine visite qui concerne son métier.",
                ),
                ("webinar", "webinaire"),
            ),
            tactic(
                "look",
                SALES,
                TacticKind.TASK,
                (
                    "Look at the company once a quarter: has anything changed there?",
                    "Regarder la société une fois par trimestre : quelque chose y a-t-il changé ?",
                ),
            ),
        ),
    ),
    DefaultTactics(
        Cell.OTHER_READY,
        "Bring need and offer closer, or say that we are not the right ones.",
        "Rapprocher le besoin de l’offre, ou dire que nous ne sommes pas la bonne adresse.",
        (
            tactic(
                "align",
                MARKETING,
                TacticKind.NURTURE,
                (
                    "Send a nurture mail that shows for whom the offer is made and what it changes.",
                    "Envoyer un e-mail de nurturing qui montre à qui l’offre s’adresse et ce qu’elle change.",
                ),
                ("mail “For whom we work”", "e-mail « Pour qui nous travaillons »"),
            ),
            tactic(
                "complete",
                MARKETING,
                TacticKind.TASK,
                (
                    "Complete what is missing of the company: a profile is often outside the target for want of facts.",
                    "Compléter ce qui manque sur la société : un profil est souvent hors cible faute d’informations.",
                ),
            ),
            tactic(
                "qualify",
                SALES,
                TacticKind.CALL,
                (
                    "Call only whoever asked for it: qualify the need, or point to a partner.",
                    "N’appeler que sur demande : qualifier le besoin, ou orienter vers un partenaire.",
                ),
            ),
        ),
    ),
    DefaultTactics(
        Cell.OTHER_LATER,
        "Spend nothing, lose nothing.",
        "Ne rien dépenser, ne rien perdre.",
        (
            tactic(
                "newsletter",
                MARKETING,
                TacticKind.CONTENT,
                (
                    "Keep in the newsletter, and nothing else.",
                    "Laisser dans la lettre d’information, rien d’autre.",
                ),
                ("newsletter", "lettre d’information"),
            ),
            tactic(
                "review",
                MARKETING,
                TacticKind.TASK,
                (
                    "Check once a year whether the profile is still outside the target.",
                    "Vérifier une fois par an si le profil est toujours hors cible.",
                ),
            ),
        ),
    ),
)
