"""What only one CRM means by a heading, and how its exports are told from those of others; pure."""

from typing import Final


def names(text: str) -> tuple[str, ...]:
    return tuple(text.split(" | "))


# Headings that only this system writes; two of them in one file tell where it comes from.
SIGNATURES: Final[dict[str, tuple[str, ...]]] = {
    "smarketing": names("fit | engagement | adequation"),
    "hubspot": names(
        "record id | record id contact | lifecycle stage | contact owner | original source | "
        "original source type | original traffic source | lead status | create date | company domain name | "
        "became a marketing qualified lead date | unsubscribed from all email | deal stage | "
        "deal owner | closed won reason | phone number | associated company | associated contact ids | "
        "associated contact id | hs object id | lifecyclestage | hs lead status | hubspot owner id | createdate | "
        "dealname | dealstage | phase du cycle de vie | statut du lead | source d origine | proprietaire du contact | "
        "id de fiche d information | nom de la transaction | phase de la transaction | proprietaire de la transaction"
    ),
    "salesforce": names(
        "lead source | account name | account id | company account | email opt out | mailing country | "
        "mailing city | lead owner | contact id | lead id | opportunity id | opportunity name | "
        "opportunity owner | created date | converted date | close date | stage name | currency iso code | "
        "owner id | has opted out of email | hasoptedoutofemail | leadsource | stagename | currencyisocode | "
        "closedate | createddate | origine de la piste | statut de la piste | proprietaire de la piste | "
        "nom du compte | nom de l opportunite | proprietaire de l opportunite"
    ),
    "pipedrive": names(
        "person name | person email | person email work | person phone work | person organization | "
        "person owner | person id | person job title | person created | deal id | deal title | deal value | "
        "deal currency of value | deal contact person | deal won time | deal lost time | deal created | "
        "deal expected close date | organization name | organization id | personne nom | personne organisation | "
        "personne e mail travail | personne proprietaire | personne id | affaire titre | affaire valeur | "
        "affaire etape | affaire statut"
    ),
    "odoo": names(
        "external id | salesperson | expected revenue | expected closing | job position | "
        "created on | opportunity | contact name | sales team | tags | related company | email from | "
        "partner name | partner id | stage id | user id | team id | source id | campaign id | date deadline | "
        "id externe | vendeur | equipe commerciale | revenu espere | date de fermeture prevue"
    ),
    "mautic": names(
        "date identified | date added | last active | points | attribution | preferred locale | "
        "companyname | companywebsite | companyindustry | firstname"
    ),
}

# (system, kind) → target → headings that mean it there; asked before the common ones.
OF_SYSTEM: Final[dict[tuple[str, str], dict[str, tuple[str, ...]]]] = {
    ("hubspot", "contacts"): {
        "country": names("pays region"),
        "company.headcount": names("numemployees"),
        "source": names("hs analytics source | source d origine"),
        "owner": names("proprietaire du contact"),
        "opt_out": names("hs email optout"),
        "external_id": names("id de fiche d information"),
        "entered.subscriber": names("hs lifecyclestage subscriber date"),
        "entered.lead": names("hs lifecyclestage lead date"),
        "entered.mql": names("hs lifecyclestage marketingqualifiedlead date"),
        "entered.sql": names("hs lifecyclestage salesqualifiedlead date"),
        "entered.opportunity": names("hs lifecyclestage opportunity date"),
        "entered.customer": names("hs lifecyclestage customer date"),
    },
    ("hubspot", "deals"): {
        "deal.external_id": names("hs object id | id de fiche d information"),
        "deal.currency": names("deal currency code"),
        "deal.stage": names("phase de la transaction"),
        "deal.owner": names("proprietaire de la transaction"),
    },
    ("salesforce", "contacts"): {
        "company.name": names("nom du compte"),
        "source": names("origine de la piste"),
        "owner": names("proprietaire de la piste | proprietaire du contact"),
        "external_id": names("id de la piste | id du contact"),
        "status": names("statut de la piste"),
    },
    ("salesforce", "deals"): {
        "external_id": names("id du contact"),
        "deal.external_id": names("id de l opportunite"),
        "deal.name": names("nom de l opportunite"),
        "deal.owner": names("proprietaire de l opportunite"),
    },
    ("pipedrive", "contacts"): {
        "email": names("personne e mail travail | personne e mail"),
        "first_name": names("personne prenom"),
        "full_name": names("personne nom"),
        "phone": names("personne telephone travail | personne telephone"),
        "company.name": names("personne organisation"),
        "owner": names("personne proprietaire"),
        "external_id": names("personne id"),
    },
    ("pipedrive", "deals"): {
        "email": names("personne e mail travail | personne e mail"),
        "external_id": names("personne id"),
        "deal.external_id": names("affaire id"),
        "deal.name": names("affaire titre"),
        "deal.amount": names("affaire valeur"),
        "deal.stage": names("affaire etape | affaire statut"),
        "deal.owner": names("affaire proprietaire"),
    },
    ("odoo", "contacts"): {
        "external_id": names("id externe"),
        "job_title": names("function"),
        "company.name": names("partner name | company name | parent id"),
        "source": names("source id"),
        "campaign": names("campaign id"),
        "owner": names("user id"),
        "country": names("country id"),
    },
    ("odoo", "deals"): {
        "deal.external_id": names("id externe"),
        "deal.name": names("opportunity | opportunite"),
        "deal.stage": names("stage id"),
        "deal.owner": names("user id"),
        "deal.currency": names("currency id | company currency"),
        "deal.expected_close_on": names("date de fermeture prevue"),
        "deal.lost_reason": names("lost reason id"),
    },
}

# (system, kind) → headings that mean something else there than elsewhere.
NOT_OF_SYSTEM: Final[dict[tuple[str, str], frozenset[str]]] = {
    # "Mr", "Mrs": the job is in `position`.
    ("mautic", "contacts"): frozenset({"title"}),
    # The stage of the sale, not that of the contact.
    ("odoo", "contacts"): frozenset({"stage", "stage id", "status", "etape"}),
}
