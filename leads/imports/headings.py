"""What a column is for, by its heading: those of five CRMs and of people who write English or French."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from leads.imports.systems import NOT_OF_SYSTEM, OF_SYSTEM, SIGNATURES, names
from lib.tidy import bare

# Target → the headings that mean it, folded (see `folded`). The first that matches wins.
CONTACT_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "email": names(
        "email | e mail | email from | mail | email address | e mail address | email work | work email | "
        "person email | person email work | email 1 | primary email | business email | "
        "contact email | courriel | adresse e mail | adresse email | adresse mail | "
        "adresse de courriel | adresse electronique | mel"
    ),
    "first_name": names(
        "first name | firstname | given name | forename | prenom | person first name | prenoms"
    ),
    "last_name": names(
        "last name | lastname | surname | family name | nom | nom de famille | person last name"
    ),
    "full_name": names(
        "full name | contact name | person name | contact person | name | person | contact | "
        "lead name | nom complet | nom du contact | prenom nom | nom prenom | nom et prenom | "
        "prenom et nom"
    ),
    "phone": names(
        "phone | phone number | telephone | tel | business phone | work phone | mobile | "
        "mobile phone | mobile phone number | "
        "cell | person phone work | person phone | person phone mobile | "
        "tel portable | telephone portable | portable | tel fixe | telephone fixe | "
        "numero de telephone | gsm"
    ),
    "job_title": names(
        "job title | position | job position | person job title | role | poste | fonction | "
        "intitule du poste | intitule de poste | title | titre"
    ),
    "function": names("job function | department | departement | service"),
    "seniority": names("seniority | job seniority | niveau hierarchique"),
    "city": names("city | town | mailing city | ville | localite"),
    "country": names(
        "country | country region | mailing country | country code | pays | code pays | country name"
    ),
    "language": names("language | preferred language | locale | preferred locale | langue"),
    "company.name": names(
        "company name | company | company account | account name | account | organization | organisation | "
        "organization name | person organization | person organisation | associated company | "
        "primary company | employer | societe | entreprise | raison sociale | nom de l entreprise | "
        "nom de la societe | related company | partner name"
    ),
    "company.domain": names(
        "company domain | company domain name | domain | website | website url | web site | "
        "site web | site internet | url | companywebsite | company website"
    ),
    "company.sector": names(
        "industry | sector | secteur | secteur d activite | company industry | companyindustry"
    ),
    "company.headcount": names(
        "number of employees | employees | headcount | no of employees | company size | effectif | "
        "effectifs | nombre de salaries | nombre d employes | companynumber of employees"
    ),
    "source": names(
        "source | lead source | original source | original traffic source | original source type | origin | origine | "
        "source du lead | utm source | provenance | person source | lead origin | canal"
    ),
    "campaign": names(
        "campaign | campaign name | utm campaign | campagne | most recent campaign | "
        "source campaign | nom de la campagne"
    ),
    "owner": names(
        "owner | owner email | contact owner | lead owner | record owner | salesperson | "
        "salesperson email | assigned to | person owner | deal owner | proprietaire | responsable | "
        "commercial | vendeur"
    ),
    "consent": names(
        "consent | opt in | optin | email opt in | marketing consent | "
        "newsletter | consentement | "
        "abonnement newsletter | accepte les e mails"
    ),
    "opt_out": names(
        "opt out | optout | email opt out | has opted out of email | hasoptedoutofemail | "
        "unsubscribed | unsubscribed from all email | do not contact | dnc | blacklist | "
        "desabonne | ne pas contacter"
    ),
    "external_id": names(
        "record id | record id contact | contact id | lead id | mql id | id | external id | "
        "externalid | person id | identifiant | identifiant externe | reference | hs object id"
    ),
    "stage": names(
        "lifecycle stage | lifecyclestage | stage | funnel stage | etape | etape du cycle de vie | "
        "phase du cycle de vie"
    ),
    "status": names("lead status | status | hs lead status | statut | statut du lead"),
    "created_at": names(
        "create date | created date | created at | created on | created | date created | "
        "date added | person created | lead created | first contact date | first contact | add time | "
        "date identified | date de creation | cree le | date du premier contact | premier contact"
    ),
    "entered.subscriber": names("became a subscriber date | date entered subscriber"),
    "entered.lead": names("became a lead date | date entered lead | date lead"),
    "entered.mql": names("became a marketing qualified lead date | mql date | date mql | became mql"),
    "entered.sql": names("became a sales qualified lead date | sql date | date sql | became sql"),
    "entered.opportunity": names("became an opportunity date | opportunity date | date opportunite"),
    "entered.customer": names("became a customer date | customer date | customer since | client depuis"),
}

DEAL_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "email": CONTACT_HEADINGS["email"],
    "external_id": names(
        "contact id | lead id | mql id | person id | deal person id | associated contact ids | "
        "associated contact id | identifiant du contact"
    ),
    "deal.external_id": names(
        "record id | deal id | opportunity id | seller id | id | external id | identifiant | "
        "identifiant externe | order id | reference"
    ),
    "deal.name": names(
        "deal name | opportunity name | deal title | title | deal | opportunity | name | "
        "nom de la transaction | nom de l affaire | affaire | titre | objet | nom"
    ),
    "deal.amount": names(
        "amount | deal amount | value | deal value | expected revenue | planned revenue | montant | valeur | ca | "
        "revenu attendu | revenu espere | amount in company currency | annual contract value"
    ),
    "deal.currency": names(
        "currency | deal currency | deal currency of value | opportunity currency | amount currency | "
        "currency iso code | devise"
    ),
    "deal.stage": names(
        "deal stage | opportunity stage | stage | stage name | etape de la transaction | etape | phase | "
        "deal status | status | statut"
    ),
    "deal.opened_at": names(
        "create date | created date | deal created | created on | created at | opened on | "
        "date de creation | cree le | add time | deal add time"
    ),
    "deal.won_at": names(
        "won date | won time | deal won time | date won | date de gain | gagne le | date de signature"
    ),
    "deal.lost_at": names("lost time | lost date | deal lost time | date de perte | perdu le"),
    "deal.closed_at": names(
        "close date | closed date | closed on | deal closed on | deal close date | date closed | date de cloture | "
        "date de fermeture | closing date"
    ),
    "deal.expected_close_on": names(
        "expected close date | expected closing | deal expected close date | date deadline | "
        "date de cloture prevue | cloture prevue | echeance"
    ),
    "deal.lost_reason": names(
        "lost reason | closed lost reason | loss reason | deal lost reason | motif de perte | "
        "raison de la perte | raison de perte"
    ),
    "deal.won_reason": names("closed won reason | won reason | motif de gain"),
    "deal.note": names(
        "description | deal description | note | notes | comment | commentaire | commentaires"
    ),
    "deal.owner": names(
        "deal owner | opportunity owner | owner | opportunity owner email | salesperson | owner email | proprietaire | "
        "commercial | vendeur | responsable"
    ),
}

OURS: Final = "smarketing"
OURS_ALREADY: Final = frozenset({"external_id", "created_at", "stage"})


@dataclass(frozen=True, slots=True)
class Recognition:
    """`targets`: heading as written → target. `system`: whose export it is, or empty."""

    targets: dict[str, str] = field(default_factory=dict)
    system: str = ""


def folded(heading: str) -> str:
    """Small letters of any script without accents or signs, words by one blank: "E-mail (work)" → "e mail work"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", bare(heading))
    return " ".join(re.findall(r"[^\W_]+", spaced.casefold()))


def known_by(heading: str) -> str:
    """By what a heading is found again: folded, or as it stands where it holds no letter or digit."""
    return folded(heading) or heading


def fingerprint(headings: Iterable[str]) -> str:
    """The same for files with the same set of headings, in whatever order."""
    return hashlib.sha256("\n".join(sorted(map(known_by, headings))).encode()).hexdigest()


# "Create Date (GMT+1)", "Amount (EUR)": what stands behind tells of the values, not of the column.
_TOLD_BEHIND: Final = re.compile(
    r"(?<!\s)\s*\((?:[A-Z]{3,4}|(?:GMT|UTC)\s?[+-]\d{1,2}(?::?\d\d)?|[A-Z][a-z]+/[A-Za-z_]+)\)$"
)
_WHOLE_HOURS: Final = re.compile(r"\((?:GMT|UTC)\s?([+-])(\d{1,2})(?::?00)?\)$")


def meaning(heading: str) -> str:
    """Folded, without its zone or currency, and without what is said twice: "Deal - Deal created"."""
    words = folded(_TOLD_BEHIND.sub("", heading.strip())).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] == words[1] else words)


def zone_told(headings: Iterable[str]) -> str:
    """The zone that the headings of dates name, when all name the same: "(GMT+1)" → "Etc/GMT-1"."""
    told = {found.groups() for heading in headings if (found := _WHOLE_HOURS.search(heading.strip()))}
    if len(told) != 1:
        return ""
    sign, hours = told.pop()
    # POSIX counts westwards.
    return f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}" if 0 < int(hours) <= 12 else ""


def recognised(headings: Iterable[str], *, kind: str = "contacts") -> Recognition:
    """What each heading is for, as far as it is known; a target is given to one column only."""
    headings = list(headings)
    system = _system({meaning(heading) for heading in headings})
    by_name: dict[str, str] = {}
    for heading in headings:
        if meaning(heading) not in NOT_OF_SYSTEM.get((system, kind), ()):
            by_name.setdefault(_compact(meaning(heading)), heading)
    targets: dict[str, str] = {}
    for target, aliases in _wanted(system, kind).items():
        found = next(
            (
                by_name[alias]
                for alias in map(_compact, aliases)
                if by_name.get(alias) not in (None, *targets)
            ),
            None,
        )
        if found is not None:
            targets[found] = target
    if {"full_name", "first_name", "last_name"} <= set(targets.values()):
        targets = {heading: target for heading, target in targets.items() if target != "full_name"}
    if system == OURS:
        # Our own export coming back corrected: its ids and dates are ours already, and say nothing new.
        targets = {heading: target for heading, target in targets.items() if target not in OURS_ALREADY}
    if kind == "deals":
        targets = _with_outcome(targets, by_name)
    return Recognition(targets={h: targets[h] for h in headings if h in targets}, system=system)


def looks_like_deals(headings: Iterable[str]) -> bool:
    """Whether the file speaks of deals rather than of people: by the weight of what it tells of each.

    Leads carry an expected revenue too, and deals the name and company of their contact.
    """
    words = {_compact(meaning(heading)) for heading in headings}
    deals = 3 * len(words & _DEALS_FOR_SURE) + len(words & _DEALS_PERHAPS)
    return deals > 0 and deals >= len(words & _CONTACTS_PERHAPS)


def _compact(words: str) -> str:
    return words.replace(" ", "")


def _aliases(table: dict[str, tuple[str, ...]], *targets: str) -> frozenset[str]:
    return frozenset(_compact(alias) for target in targets for alias in table[target])


_DEALS_FOR_SURE: Final = _aliases(DEAL_HEADINGS, "deal.won_at", "deal.lost_at") | frozenset(
    map(_compact, names("deal name | deal title | deal stage | deal id | opportunity name | opportunity id | "
                        "opportunity stage | nom de la transaction | nom de l affaire | phase de la transaction | "
                        "nom de l opportunite | affaire titre | affaire etape"))
)  # fmt: skip
_DEALS_PERHAPS: Final = _aliases(
    DEAL_HEADINGS,
    "deal.amount", "deal.closed_at", "deal.expected_close_on", "deal.lost_reason", "deal.won_reason",
) | frozenset(map(_compact, names("opportunity | opportunite | stage name | stage id")))  # fmt: skip
_CONTACTS_PERHAPS: Final = _aliases(
    CONTACT_HEADINGS,
    "first_name", "last_name", "full_name", "phone", "job_title", "city", "country", "language", "company.name",
    "company.domain", "company.sector", "company.headcount", "source", "campaign", "consent", "opt_out",
) - _aliases(DEAL_HEADINGS, *DEAL_HEADINGS)  # fmt: skip


def _wanted(system: str, kind: str) -> dict[str, tuple[str, ...]]:
    common = DEAL_HEADINGS if kind == "deals" else CONTACT_HEADINGS
    own = OF_SYSTEM.get((system, kind), {})
    return {target: own.get(target, ()) + aliases for target, aliases in common.items()}


_STATUS_OF_A_DEAL: Final = ("dealstatus", "status", "statut", "affairestatut")


def _with_outcome(targets: dict[str, str], by_name: dict[str, str]) -> dict[str, str]:
    """Where stage and status stand side by side, only the status says won or lost, unless its own dates do."""
    status = next((by_name[word] for word in _STATUS_OF_A_DEAL if word in by_name), None)
    if status is None or status in targets or {"deal.won_at", "deal.lost_at"} <= set(targets.values()):
        return targets
    kept = {heading: target for heading, target in targets.items() if target != "deal.stage"}
    return {**kept, status: "deal.stage"}


def _system(words: set[str]) -> str:
    scores = {name: sum(word in words for word in signature) for name, signature in SIGNATURES.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 2 else ""
