"""What a column is for, by its heading: those of five CRMs and of people who write English or French."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(" | "))


# Target → the headings that mean it, folded (see `folded`). The first that matches wins.
CONTACT_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "email": _names(
        "email | e mail | mail | email address | e mail address | email work | work email | "
        "person email | person email work | email 1 | primary email | business email | "
        "contact email | courriel | adresse e mail | adresse email | adresse mail | "
        "adresse de courriel | adresse electronique | mel"
    ),
    "first_name": _names(
        "first name | firstname | given name | forename | prenom | person first name | prenoms"
    ),
    "last_name": _names(
        "last name | lastname | surname | family name | nom | nom de famille | person last name"
    ),
    "full_name": _names(
        "name | full name | contact name | person name | contact person | person | contact | "
        "lead name | nom complet | nom du contact | prenom nom | nom prenom | nom et prenom | "
        "prenom et nom"
    ),
    "phone": _names(
        "phone | phone number | telephone | tel | mobile | mobile phone | mobile phone number | "
        "mobilephone | cell | person phone | person phone work | business phone | work phone | "
        "tel portable | telephone portable | portable | tel fixe | telephone fixe | "
        "numero de telephone | gsm"
    ),
    "job_title": _names(
        "job title | jobtitle | title | position | job position | role | poste | fonction | "
        "intitule du poste | intitule de poste | titre"
    ),
    "function": _names("job function | department | departement | service"),
    "seniority": _names("seniority | job seniority | niveau hierarchique"),
    "city": _names("city | town | mailing city | ville | localite"),
    "country": _names(
        "country | country region | mailing country | country code | pays | code pays | country name"
    ),
    "language": _names("language | preferred language | locale | preferred locale | langue"),
    "company.name": _names(
        "company | company name | account | account name | organization | organisation | "
        "organization name | person organization | person organisation | associated company | "
        "primary company | employer | societe | entreprise | raison sociale | nom de l entreprise | "
        "nom de la societe | related company"
    ),
    "company.domain": _names(
        "company domain | company domain name | domain | website | website url | web site | "
        "site web | site internet | url | companywebsite | company website"
    ),
    "company.sector": _names(
        "industry | sector | secteur | secteur d activite | company industry | companyindustry"
    ),
    "company.headcount": _names(
        "number of employees | employees | headcount | no of employees | company size | effectif | "
        "effectifs | nombre de salaries | nombre d employes | companynumber of employees"
    ),
    "source": _names(
        "source | lead source | original source | original source type | origin | origine | "
        "source du lead | utm source | provenance | person source | lead origin | canal"
    ),
    "campaign": _names(
        "campaign | campaign name | utm campaign | campagne | most recent campaign | "
        "source campaign | nom de la campagne"
    ),
    "owner": _names(
        "owner | owner email | contact owner | lead owner | record owner | salesperson | "
        "salesperson email | assigned to | person owner | deal owner | proprietaire | responsable | "
        "commercial | vendeur"
    ),
    "consent": _names(
        "consent | opt in | optin | email opt in | marketing consent | "
        "legal basis for processing contact s data | newsletter | marketing status | consentement | "
        "abonnement newsletter | accepte les e mails"
    ),
    "opt_out": _names(
        "opt out | optout | email opt out | has opted out of email | hasoptedoutofemail | "
        "unsubscribed | unsubscribed from all email | do not contact | dnc | blacklist | "
        "desabonne | ne pas contacter"
    ),
    "external_id": _names(
        "record id | record id contact | contact id | lead id | mql id | id | external id | "
        "externalid | person id | identifiant | identifiant externe | reference | hs object id"
    ),
    "stage": _names(
        "lifecycle stage | lifecyclestage | stage | funnel stage | etape | etape du cycle de vie | "
        "phase du cycle de vie"
    ),
    "status": _names("lead status | status | hs lead status | statut | statut du lead"),
    "created_at": _names(
        "create date | created date | created at | created on | created | date created | "
        "date added | person created | lead created | first contact date | first contact | "
        "date identified | date de creation | cree le | date du premier contact | premier contact"
    ),
    "entered.subscriber": _names("became a subscriber date | date entered subscriber"),
    "entered.lead": _names("became a lead date | date entered lead | date lead"),
    "entered.mql": _names("became a marketing qualified lead date | mql date | date mql | became mql"),
    "entered.sql": _names("became a sales qualified lead date | sql date | date sql | became sql"),
    "entered.opportunity": _names("became an opportunity date | opportunity date | date opportunite"),
    "entered.customer": _names(
        "became a customer date | customer date | customer since | client depuis | converted date"
    ),
}

DEAL_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "email": CONTACT_HEADINGS["email"],
    "external_id": _names(
        "contact id | lead id | mql id | person id | associated contact id | "
        "associated contact ids | identifiant du contact"
    ),
    "deal.external_id": _names(
        "record id | deal id | opportunity id | seller id | id | external id | identifiant | "
        "identifiant externe | order id | reference"
    ),
    "deal.name": _names(
        "deal name | opportunity name | deal title | title | opportunity | name | "
        "nom de la transaction | nom de l affaire | affaire | titre | objet | nom"
    ),
    "deal.amount": _names(
        "amount | deal amount | value | deal value | expected revenue | montant | valeur | ca | "
        "revenu attendu | amount in company currency | annual contract value"
    ),
    "deal.currency": _names(
        "currency | deal currency | deal currency of value | opportunity currency | devise"
    ),
    "deal.stage": _names(
        "deal stage | stage | status | deal status | opportunity stage | etape | phase | statut"
    ),
    "deal.opened_at": _names(
        "create date | created date | deal created | created on | created at | opened on | "
        "date de creation | cree le | add time"
    ),
    "deal.won_at": _names(
        "won date | won time | deal won time | date won | date de gain | gagne le | date de signature"
    ),
    "deal.lost_at": _names("lost time | lost date | deal lost time | date de perte | perdu le"),
    "deal.closed_at": _names(
        "close date | closed date | closed on | deal closed on | date de cloture | "
        "date de fermeture | closing date"
    ),
    "deal.expected_close_on": _names(
        "expected close date | expected closing | deal expected close date | "
        "date de cloture prevue | cloture prevue | echeance"
    ),
    "deal.lost_reason": _names(
        "lost reason | closed lost reason | loss reason | deal lost reason | motif de perte | "
        "raison de la perte | raison de perte"
    ),
    "deal.won_reason": _names("closed won reason | won reason | motif de gain"),
    "deal.note": _names("description | note | notes | comment | commentaire | commentaires"),
    "deal.owner": _names(
        "deal owner | opportunity owner | owner | salesperson | owner email | proprietaire | "
        "commercial | vendeur | responsable"
    ),
}

# Headings that only this system writes; two of them in one file tell where it comes from.
SIGNATURES: Final[dict[str, tuple[str, ...]]] = {
    "smarketing": _names("fit | engagement"),
    "hubspot": _names(
        "record id | record id contact | lifecycle stage | contact owner | original source | "
        "original source type | lead status | create date | company domain name | "
        "became a marketing qualified lead date | unsubscribed from all email | deal stage | "
        "deal owner | closed won reason | phone number | associated company"
    ),
    "salesforce": _names(
        "lead source | account name | email opt out | mailing country | mailing city | lead owner | "
        "contact id | lead id | opportunity name | opportunity owner | created date | close date | "
        "has opted out of email | hasoptedoutofemail"
    ),
    "pipedrive": _names(
        "person name | person email | person email work | person phone work | person organization | "
        "person owner | deal title | deal value | deal currency of value | deal won time | "
        "deal lost time | deal created | organization name | person created"
    ),
    "odoo": _names(
        "external id | salesperson | expected revenue | expected closing | job position | "
        "created on | opportunity | contact name | sales team | tags | related company"
    ),
    "mautic": _names(
        "date identified | date added | last active | points | attribution | preferred locale | "
        "companywebsite | companyindustry | firstname | lastname"
    ),
}

OURS_ALREADY: Final = frozenset({"external_id", "created_at", "stage"})


@dataclass(frozen=True, slots=True)
class Recognition:
    """`targets`: heading as written → target. `system`: whose export it is, or empty."""

    targets: dict[str, str] = field(default_factory=dict)
    system: str = ""


def folded(heading: str) -> str:
    """Small letters without accents or signs, words by one blank: "E-mail (work)" → "e mail work"."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", heading) if not unicodedata.combining(letter)
    )
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", plain)
    return " ".join(re.findall(r"[a-z0-9]+", spaced.casefold()))


def fingerprint(headings: Iterable[str]) -> str:
    """The same for files with the same set of headings, in whatever order."""
    return hashlib.sha256("\n".join(sorted(map(folded, headings))).encode()).hexdigest()


def recognised(headings: Iterable[str], *, kind: str = "contacts") -> Recognition:
    """What each heading is for, as far as it is known; a target is given to one column only."""
    wanted = DEAL_HEADINGS if kind == "deals" else CONTACT_HEADINGS
    headings = list(headings)
    by_folded: dict[str, str] = {}
    for heading in headings:
        by_folded.setdefault(folded(heading), heading)
        by_folded.setdefault(folded(heading).replace(" ", ""), heading)
    targets: dict[str, str] = {}
    for target, aliases in wanted.items():
        found = next(
            (by_folded[alias] for alias in aliases if by_folded.get(alias) not in (None, *targets)),
            None,
        )
        if found is not None:
            targets[found] = target
    if (
        "full_name" in targets.values()
        and "last_name" in targets.values()
        and "first_name" in targets.values()
    ):
        targets = {heading: target for heading, target in targets.items() if target != "full_name"}
    system = _system(by_folded)
    if system == "smarketing":
        # Our own export coming back corrected: its ids and dates are ours already, and say nothing new.
        targets = {heading: target for heading, target in targets.items() if target not in OURS_ALREADY}
    return Recognition(targets={h: targets[h] for h in headings if h in targets}, system=system)


def looks_like_deals(headings: Iterable[str]) -> bool:
    """Whether the file speaks of deals: an amount, a won date, a deal's own name."""
    words = {folded(heading) for heading in headings}
    telling = (
        *DEAL_HEADINGS["deal.won_at"],
        *DEAL_HEADINGS["deal.lost_at"],
        *DEAL_HEADINGS["deal.lost_reason"],
        *DEAL_HEADINGS["deal.expected_close_on"],
        *DEAL_HEADINGS["deal.amount"],
        "deal name",
        "deal title",
        "deal stage",
        "opportunity name",
    )
    return any(word in words for word in telling)


def _system(by_folded: dict[str, str]) -> str:
    scores = {name: sum(word in by_folded for word in words) for name, words in SIGNATURES.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 2 else ""
