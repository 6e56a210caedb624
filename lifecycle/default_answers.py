"""What the stages of a new installation answer in daily work; the keys are those of `lifecycle.term_text.QUESTIONS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ANSWERS: Final[Mapping[str, Mapping[str, str]]] = {
    "lead": {
        "entry_en": "name, e-mail and company are known",
        "entry_fr": "nom, e-mail et société sont connus",
        "evidence_en": "the form, the call or the named source that gave them",
        "evidence_fr": "le formulaire, l’appel ou la source identifiée qui les a donnés",
        "who_en": "the person themselves by a form, or whoever creates the contact",
        "who_fr": "la personne elle-même par un formulaire, ou qui crée le contact",
        "where_en": "the contact’s page",
        "where_fr": "la fiche du contact",
        "next_en": "fit and engagement are scored at once",
        "next_fr": "l’adéquation et l’engagement sont notés aussitôt",
        "otherwise_en": "stays a subscriber",
        "otherwise_fr": "reste en Inscrit",
    },
    "marketing-qualified-lead": {
        "entry_en": "fit and engagement reach their thresholds, or a demo or a contact is asked for",
        "entry_fr": "l’adéquation et l’engagement atteignent leur seuil, ou une démo ou un contact est demandé",
        "evidence_en": "the version of the definition and the facts that decided, on record",
        "evidence_fr": "la version de la définition et les faits qui ont décidé, tous enregistrés",
        "who_en": "the software, by the definition in force",
        "who_fr": "le logiciel, selon la définition en vigueur",
        "where_en": "the contact’s page, under the reason of its stage",
        "where_fr": "la fiche du contact, au motif de son étape",
        "limit_en": "first contact in the time that the contract promises",
        "limit_fr": "premier contact dans le délai promis par le contrat",
        "next_en": "handed to a rep, who accepts, refuses or recycles",
        "next_fr": "transmission à une personne des ventes, qui accepte, refuse ou recycle",
        "otherwise_en": "stays a lead; a refusal says why, and marketing answers it",
        "otherwise_fr": "reste en Lead ; un refus dit pourquoi, et le marketing y répond",
    },
    "sales-qualified-lead": {
        "entry_en": "accepted, reached in an exchange, and known well enough to name a project",
        "entry_fr": "accepté, joint dans un échange, et assez connu pour nommer un projet",
        "evidence_en": "a logged call, meeting or reply, and three of the four answers",
        "evidence_fr": "un appel, un rendez-vous ou une réponse notés, et trois des quatre réponses",
        "who_en": "the rep to whom it was handed",
        "who_fr": "la personne des ventes à qui il a été transmis",
        "where_en": "the contact’s page, under the answers known",
        "where_fr": "la fiche du contact, sous les réponses connues",
        "next_en": "a quote, or Bad timing with a day to come back",
        "next_fr": "un devis, ou Mauvais moment avec un jour de reprise",
        "otherwise_en": "back to MQL, with a reason",
        "otherwise_fr": "retour en MQL, avec un motif",
    },
    "opportunity": {
        "entry_en": "a quote was sent for a deal that is open",
        "entry_fr": "un devis est parti pour une affaire en cours",
        "evidence_en": "the quote on the deal",
        "evidence_fr": "le devis sur l’affaire",
        "who_en": "the owner of the deal",
        "who_fr": "la personne responsable de l’affaire",
        "where_en": "the deal’s page",
        "where_fr": "la page de l’affaire",
        "next_en": "won, or lost with a reason",
        "next_fr": "gagnée, ou perdue avec un motif",
        "otherwise_en": "back to SQL, with a reason",
        "otherwise_fr": "retour en SQL, avec un motif",
    },
}
