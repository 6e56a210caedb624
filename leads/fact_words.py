"""The facts of a contact in the words of both languages; knows no model and no row.

French labels are single nouns and phrases carry their article, because sentences are built around them.
"""

from __future__ import annotations

from typing import Final

from lifecycle.criteria.catalogue import Choice, Fact, FactType, Words

GROUPS: Final = (
    ("score", Words("Score", "Score")),
    ("cycle", Words("Stage and status", "Étape et statut")),
    ("contact", Words("Person", "Personne")),
    ("company", Words("Company", "Société")),
    ("answers", Words("Qualification", "Qualification")),
    ("deals", Words("Deals", "Affaires")),
    ("custom", Words("Your own fields", "Vos champs")),
)

SCORE_FACTS: Final = (
    Fact(
        "score.fit",
        FactType.NUMBER,
        Words("Fit", "Adéquation"),
        Words("fit", "l’adéquation"),
        "score",
        "score__fit",
    ),
    Fact(
        "score.engagement",
        FactType.NUMBER,
        Words("Engagement", "Engagement"),
        Words("engagement", "l’engagement"),
        "score",
        "score__engagement",
    ),
    Fact(
        "score.excluded",
        FactType.BOOLEAN,
        Words("Excluded by the scoring model", "Exclusion par le modèle de score"),
        Words("exclusion by the scoring model", "l’exclusion par le modèle de score"),
        "score",
        "score__is_excluded",
        yes=Words("the scoring model excludes the contact", "le modèle de score exclut le contact"),
        no=Words(
            "the scoring model does not exclude the contact", "le modèle de score n’exclut pas le contact"
        ),
    ),
    Fact(
        "score.triggered_at",
        FactType.MOMENT,
        Words("Last hard trigger", "Dernier déclencheur"),
        Words("the last hard trigger", "le dernier déclencheur"),
        "score",
        "score__triggered_at",
    ),
)

CYCLE_FACTS: Final = (
    Fact(
        "stage",
        FactType.CHOICE,
        Words("Stage", "Étape"),
        Words("the stage", "l’étape"),
        "cycle",
        "stage_id",
        ordered=True,
    ),
    Fact(
        "stage_since",
        FactType.MOMENT,
        Words("Entry into the stage", "Entrée dans l’étape"),
        Words("the entry into the stage", "l’entrée dans l’étape"),
        "cycle",
        "stage_since",
    ),
    Fact(
        "status",
        FactType.CHOICE,
        Words("Status", "Statut"),
        Words("the status", "le statut"),
        "cycle",
        "status_id",
    ),
    Fact(
        "status_since",
        FactType.MOMENT,
        Words("Change of status", "Changement de statut"),
        Words("the last change of status", "le dernier changement de statut"),
        "cycle",
        "status_since",
    ),
    Fact(
        "recontact_on",
        FactType.DATE,
        Words("Day to come back", "Jour de reprise"),
        Words("the day to come back", "le jour de reprise"),
        "cycle",
        "recontact_on",
    ),
    Fact(
        "owner",
        FactType.EMAIL,
        Words("Owner’s e-mail", "E-mail du responsable"),
        Words("the owner’s e-mail", "l’e-mail du responsable"),
        "cycle",
        "owner__email",
    ),
)

PERSON_FACTS: Final = (
    Fact(
        "email",
        FactType.EMAIL,
        Words("E-mail", "E-mail"),
        Words("the e-mail", "l’e-mail"),
        "contact",
        "email",
    ),
    Fact(
        "first_name",
        FactType.TEXT,
        Words("First name", "Prénom"),
        Words("the first name", "le prénom"),
        "contact",
        "first_name",
    ),
    Fact(
        "last_name",
        FactType.TEXT,
        Words("Last name", "Nom"),
        Words("the last name", "le nom"),
        "contact",
        "last_name",
    ),
    Fact(
        "phone",
        FactType.TEXT,
        Words("Phone", "Téléphone"),
        Words("the phone", "le téléphone"),
        "contact",
        "phone",
    ),
    Fact(
        "job_title",
        FactType.TEXT,
        Words("Job title", "Poste"),
        Words("the job title", "le poste"),
        "contact",
        "job_title",
    ),
    Fact(
        "function",
        FactType.TEXT,
        Words("Function", "Fonction"),
        Words("the function", "la fonction"),
        "contact",
        "function",
    ),
    Fact(
        "seniority",
        FactType.TEXT,
        Words("Seniority", "Niveau hiérarchique"),
        Words("the seniority", "le niveau hiérarchique"),
        "contact",
        "seniority",
    ),
    Fact("city", FactType.TEXT, Words("City", "Ville"), Words("the city", "la ville"), "contact", "city"),
    Fact(
        "country",
        FactType.TEXT,
        Words("Country code", "Code pays"),
        Words("the country", "le pays"),
        "contact",
        "country",
    ),
    Fact(
        "language",
        FactType.TEXT,
        Words("Language", "Langue"),
        Words("the language", "la langue"),
        "contact",
        "language",
    ),
    Fact(
        "persona",
        FactType.CHOICE,
        Words("Persona", "Persona"),
        Words("the persona", "le persona"),
        "contact",
        "persona__slug",
    ),
    Fact(
        "source",
        FactType.CHOICE,
        Words("Source", "Source"),
        Words("the source", "la source"),
        "contact",
        "source__key",
    ),
    Fact(
        "campaign",
        FactType.TEXT,
        Words("Campaign", "Campagne"),
        Words("the campaign", "la campagne"),
        "contact",
        "campaign__name",
    ),
    Fact(
        "consent",
        FactType.CHOICE,
        Words("Consent to e-mails", "Accord pour les e-mails"),
        Words("consent to e-mails", "l’accord pour les e-mails"),
        "contact",
        "consent",
        choices=(
            Choice("unknown", Words("not asked", "non demandé")),
            Choice("given", Words("given", "donné")),
            Choice("withdrawn", Words("withdrawn", "retiré")),
        ),
    ),
    Fact(
        "created_at",
        FactType.MOMENT,
        Words("Record created", "Création de la fiche"),
        Words("the record’s creation", "la création de la fiche"),
        "contact",
        "created_at",
    ),
)

COMPANY_FACTS: Final = (
    Fact(
        "company.name",
        FactType.TEXT,
        Words("Company", "Société"),
        Words("the company", "la société"),
        "company",
        "company__name",
    ),
    Fact(
        "company.domain",
        FactType.TEXT,
        Words("Company domain", "Domaine de la société"),
        Words("the company’s domain", "le domaine de la société"),
        "company",
        "company__domain",
    ),
    Fact(
        "company.sector",
        FactType.TEXT,
        Words("Sector", "Secteur"),
        Words("the company’s sector", "le secteur de la société"),
        "company",
        "company__sector",
    ),
    Fact(
        "company.headcount",
        FactType.NUMBER,
        Words("Headcount", "Effectif"),
        Words("the company’s headcount", "l’effectif de la société"),
        "company",
        "company__headcount",
    ),
    Fact(
        "company.city",
        FactType.TEXT,
        Words("Company city", "Ville de la société"),
        Words("the company’s city", "la ville de la société"),
        "company",
        "company__city",
    ),
    Fact(
        "company.country",
        FactType.TEXT,
        Words("Company country code", "Code pays de la société"),
        Words("the company’s country", "le pays de la société"),
        "company",
        "company__country",
    ),
)

ANSWER_FACTS: Final = (
    Fact(
        "answer.budget", FactType.TEXT, Words("Budget", "Budget"), Words("the budget", "le budget"), "answers"
    ),
    Fact(
        "answer.authority",
        FactType.TEXT,
        Words("Who decides", "Qui décide"),
        Words("the decision maker", "le circuit de décision"),
        "answers",
    ),
    Fact("answer.need", FactType.TEXT, Words("Need", "Besoin"), Words("the need", "le besoin"), "answers"),
    Fact(
        "answer.timing",
        FactType.TEXT,
        Words("Timing", "Échéance"),
        Words("the timing", "l’échéance"),
        "answers",
    ),
    Fact(
        "answers.known_count",
        FactType.NUMBER,
        Words("Qualification answers", "Réponses de qualification"),
        Words("the number of qualification answers", "le nombre de réponses de qualification"),
        "answers",
    ),
    Fact(
        "nps",
        FactType.NUMBER,
        Words("NPS", "NPS"),
        Words("the last NPS answer", "la dernière note NPS"),
        "answers",
    ),
)

DEAL_FACTS: Final = (
    Fact(
        "deals.open_count",
        FactType.NUMBER,
        Words("Open deals", "Affaires en cours"),
        Words("the number of open deals", "le nombre d’affaires en cours"),
        "deals",
    ),
    Fact(
        "deals.won_count",
        FactType.NUMBER,
        Words("Won deals", "Affaires gagnées"),
        Words("the number of won deals", "le nombre d’affaires gagnées"),
        "deals",
    ),
    Fact(
        "deals.lost_count",
        FactType.NUMBER,
        Words("Lost deals", "Affaires perdues"),
        Words("the number of lost deals", "le nombre d’affaires perdues"),
        "deals",
    ),
    Fact(
        "deals.won_amount",
        FactType.MONEY,
        Words("Revenue won", "Chiffre gagné"),
        Words("the revenue won", "le chiffre gagné"),
        "deals",
    ),
    Fact(
        "deals.quote_sent",
        FactType.BOOLEAN,
        Words("Quote sent", "Envoi d’un devis"),
        Words("the sending of a quote", "l’envoi d’un devis"),
        "deals",
        yes=Words("a quote was sent", "un devis est parti"),
        no=Words("no quote was sent", "aucun devis n’est parti"),
    ),
)

FACTS: Final = SCORE_FACTS + CYCLE_FACTS + PERSON_FACTS + COMPANY_FACTS + ANSWER_FACTS + DEAL_FACTS
