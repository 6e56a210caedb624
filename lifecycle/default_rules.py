"""The questions that every company must answer, with the answers of a new installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lifecycle.creation import CREATORS, EVERYBODY, IMPORTERS
from lifecycle.keys import RuleKey, StatusKey
from lifecycle.models import RuleMode
from lifecycle.pausing import AT_ONCE, NOT_BY_OWNER

BRANDED_COUNT: Final = "branded"
BOTH_COUNT: Final = "branded_and_personal"
"""Which messages the rule on frequency counts."""


ANONYMISE: Final = "anonymise"
DELETE: Final = "delete"
"""How the rule on retention erases; a version that says nothing makes anonymous."""

ABSENT: Final = "absent"
FULL: Final = "full"
"""To whom the rule on distribution wants nothing given by hand either."""


@dataclass(frozen=True)
class DefaultRule:
    key: str
    question_en: str
    question_fr: str
    text_en: str
    text_fr: str
    mode: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


RULES: Final = (
    DefaultRule(
        RuleKey.MINIMUM_INFORMATION,
        "What must be known for a contact to enter?",
        "Que faut-il savoir d’un contact pour qu’il entre ?",
        "An e-mail address or a phone number, so that the person can be reached. Whoever comes without either waits "
        "in quarantine with the reason, never dropped in silence.",
        "Une adresse e-mail ou un numéro de téléphone, pour que la personne puisse être jointe. Sans l’un ni l’autre, "
        "elle attend en quarantaine avec le motif, jamais écartée en silence.",
        RuleMode.BLOCK,
        {"any_of": ["email", "phone"]},
    ),
    DefaultRule(
        RuleKey.RETENTION,
        "Are unqualified contacts deleted, and when?",
        "Les contacts hors cible sont-ils supprimés, et quand ?",
        "Twelve months after the status Unqualified, an administrator looks through the list and erases them. "
        "The counts stay.",
        "Douze mois après le passage au statut Hors cible, une personne de l’administration relit la liste et les "
        "efface. Les décomptes restent.",
        RuleMode.ADVISE,
        {"delays": {"unqualified": 12}, "how": ANONYMISE},
    ),
    DefaultRule(
        RuleKey.REGRESSION,
        "May a contact go back to an earlier stage?",
        "Un contact peut-il revenir à une étape antérieure ?",
        "Yes, by a person of the side that is responsible, with a reason. No definition moves the contact forward "
        "again to where it was for 30 days, nor before the person has come back to us; a demo or contact request "
        "ends the wait.",
        "Oui, sur décision d’une personne de l’équipe responsable, avec un motif. Aucune définition ne ramène le "
        "contact où il était pendant 30 jours, ni avant que la personne revienne vers nous ; une demande de démo ou "
        "de contact met fin à l’attente.",
        RuleMode.BLOCK,
        {"cool_down_days": 30, "ways_back": {}},
    ),
    DefaultRule(
        RuleKey.REQUEST_DELAY,
        "How fast do we answer a contact request?",
        "Sous quel délai répondons-nous à une demande de contact ?",
        "Within 4 working hours. The contract holds sales to it. Whoever answers later says why.",
        "Sous 4 heures ouvrées. Le contrat y engage les ventes. Qui répond plus tard dit pourquoi.",
        RuleMode.WARN,
        {"hours": 4, "overdue": 0},
    ),
    DefaultRule(
        RuleKey.HANDOFF_DELAY,
        "How fast do we contact a new MQL?",
        "Sous quel délai contactons-nous un nouveau MQL ?",
        "Within 24 working hours of the handoff. The contract holds sales to it. Whoever answers later says why.",
        "Sous 24 heures ouvrées après la transmission. Le contrat y engage les ventes. Qui répond plus tard dit "
        "pourquoi.",
        RuleMode.WARN,
        {"hours": 24, "overdue": 0},
    ),
    DefaultRule(
        RuleKey.DEAL_CREATION,
        "When is a deal created?",
        "Quand une affaire est-elle créée ?",
        "When a rep has named the project: the contact is an SQL. At the latest before a quote is sent.",
        "Quand les ventes ont nommé le projet : le contact est un SQL. Au plus tard avant l’envoi d’un devis.",
        RuleMode.ADVISE,
        {"stage": "sql"},
    ),
    DefaultRule(
        RuleKey.DISTRIBUTION,
        "How are leads distributed to reps?",
        "Comment les leads sont-ils répartis ?",
        "To the rep who is present, below the daily cap, and has been served least for their share. When nobody "
        "can, the lead waits in the overflow queue in sight of all. Whoever gives or takes it by hand all the same, to "
        "somebody away or at the cap, says why.",
        "À la personne présente, sous son plafond du jour, et la moins servie au regard de sa part. Si personne ne "
        "peut, le lead attend dans la file commune, à la vue de tous. Qui le donne ou le prend quand même à la main, "
        "pour une personne absente ou à son plafond, dit pourquoi.",
        RuleMode.WARN,
        {"by_hand": [ABSENT, FULL]},
    ),
    DefaultRule(
        RuleKey.MARKETING_PAUSE,
        "Does marketing stop writing while a rep is in contact?",
        "Le marketing cesse-t-il d’écrire pendant qu’une personne des ventes est en contact ?",
        "Yes: from the status In progress until it changes, branded campaigns leave the contact out.",
        "Oui : du statut En cours jusqu’à son changement, les campagnes de marque laissent le contact de côté.",
        RuleMode.ADVISE,
        {
            "statuses": [StatusKey.IN_PROGRESS],
            "stages": [],
            "owned": NOT_BY_OWNER,
            "begins": AT_ONCE,
            "release_days": 0,
        },
    ),
    DefaultRule(
        RuleKey.MESSAGE_FREQUENCY,
        "How often may we write to one person?",
        "À quelle fréquence pouvons-nous écrire à une même personne ?",
        "Marketing sends at most 4 branded messages in 30 days to one person. What sales writes in person does not "
        "count.",
        "Le marketing envoie au plus 4 messages de marque en 30 jours à une même personne. Ce que les ventes "
        "écrivent personnellement ne compte pas.",
        RuleMode.ADVISE,
        {"messages": 4, "within_days": 30, "counted": BRANDED_COUNT},
    ),
    DefaultRule(
        RuleKey.DEAL_INFORMATION,
        "What must be known of a deal at each stage, and who keeps it?",
        "Que faut-il savoir d’une affaire à chaque étape, et qui tient cela à jour ?",
        "An SQL has a project, an opportunity has our price for it: before a quote goes out the deal has an amount and "
        "an expected close, before it is negotiated a note on the need. All of it stands on the page of the deal and "
        "nowhere else; its owner keeps it up to date.",
        "Un SQL a un projet, une opportunité a notre prix pour ce projet : avant l’envoi d’un devis, l’affaire a un "
        "montant et une clôture prévue ; avant la négociation, une note sur le besoin. Tout figure sur la "
        "page de l’affaire et nulle part ailleurs ; la personne qui la suit le tient à jour.",
        RuleMode.ADVISE,
        {
            "qualified": [],
            "quote": ["amount", "expected_close_on"],
            "negotiation": ["note"],
            "won": [],
            "steward": "owner",
        },
    ),
    DefaultRule(
        RuleKey.CONTACT_CREATION,
        "Who may bring contacts in?",
        "Qui peut faire entrer des contacts ?",
        "Everybody may create one by hand; files of many are brought in by marketing, managers and administrators. "
        "Whoever it was, when and how stands with each contact.",
        "Chaque personne peut en créer un à la main ; les fichiers de plusieurs contacts sont importés par le "
        "marketing, la direction et l’administration. Qui l’a fait, quand et comment figure avec chaque contact.",
        RuleMode.WARN,
        {CREATORS: EVERYBODY, IMPORTERS: [key for key in EVERYBODY if key != "reps"]},
    ),
)
