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
        "associated contact id | hs object id"
    ),
    "salesforce": names(
        "lead source | account name | account id | company account | email opt out | mailing country | "
        "mailing city | lead owner | contact id | lead id | opportunity id | opportunity name | "
        "opportunity owner | created date | converted date | close date | stage name | currency iso code | "
        "owner id | has opted out of email | hasoptedoutofemail | leadsource | stagename | currencyisocode | "
        "closedate | createddate"
    ),
    "pipedrive": names(
        "person name | person email | person email work | person phone work | person organization | "
        "person owner | person id | person job title | person created | deal id | deal title | deal value | "
        "deal currency of value | deal contact person | deal won time | deal lost time | deal created | "
        "deal expected close date | organization name | organization id"
    ),
    "odoo": names(
        "external id | salesperson | expected revenue | expected closing | job position | "
        "created on | opportunity | contact name | sales team | tags | related company | email from | "
        "partner name | partner id | stage id | user id | team id | source id | campaign id | date deadline"
    ),
    "mautic": names(
        "date identified | date added | last active | points | attribution | preferred locale | "
        "companyname | companywebsite | companyindustry | firstname | lastname"
    ),
}

# (system, kind) → target → headings that mean it there; asked before the common ones.
OF_SYSTEM: Final[dict[tuple[str, str], dict[str, tuple[str, ...]]]] = {
    ("odoo", "contacts"): {
        "job_title": names("function"),
        "company.name": names("partner name | company name | parent id"),
        "source": names("source id"),
        "campaign": names("campaign id"),
        "owner": names("user id"),
        "country": names("country id"),
    },
    ("odoo", "deals"): {
        "deal.name": names("opportunity"),
        "deal.stage": names("stage id"),
        "deal.owner": names("user id"),
        "deal.currency": names("currency id | company currency"),
        "deal.lost_reason": names("lost reason id"),
    },
}

# (system, kind) → headings that mean something else there than elsewhere.
NOT_OF_SYSTEM: Final[dict[tuple[str, str], frozenset[str]]] = {
    # "Mr", "Mrs": the job is in `position`.
    ("mautic", "contacts"): frozenset({"title"}),
    # The stage of the sale, not that of the contact.
    ("odoo", "contacts"): frozenset({"stage", "stage id", "status"}),
}
