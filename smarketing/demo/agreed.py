"""What the demo company's teams agreed on: their own contract since some months, and three personas."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from accounts.models import User
from agreements.content import content_hash
from agreements.defaults import install_in_force
from agreements.models import Agreement, Signature, State
from personas.models import Persona, PersonaVersion
from reporting.periods import midnight, months_before
from sla.calendar import WorkingCalendar
from sla.models import Calendar, Clause, ContractVersion, Metric
from smarketing.demo.people import Staff

MONTHLY_MQLS: Final = Decimal(48)
AMENDED_MONTHS_AGO: Final = 5

TEXTS: Final = {
    Metric.MQL_DELIVERED: ("48 MQL a month", "48 MQL par mois"),
}


def date_back(*, since: datetime) -> None:
    """What was installed a moment ago was in force since before the story began."""
    Agreement.objects.filter(state=State.IN_FORCE).update(
        in_force_from=since, proposed_at=since, drafted_at=since, saved_at=since
    )


def amend_contract(staff: Staff, *, now: datetime, calendar: WorkingCalendar) -> ContractVersion:
    """The second version: fewer MQL than the default promises, signed by both managers."""
    first = ContractVersion.objects.in_force().select_related("agreement").get()
    today: date = now.astimezone(calendar.tz).date()
    starts = midnight(months_before(today, AMENDED_MONTHS_AGO), calendar.tz)
    old = first.agreement
    old.state, old.in_force_until = State.SUPERSEDED, starts
    old.save(update_fields=["state", "in_force_until"])
    agreement = Agreement.objects.create(
        subject="contract",
        number=2,
        state=State.DRAFT,
        note="200 was the template. 48 is what our market gives, and what five reps can call in time.",
        drafted_by=staff.sales_manager,
        drafted_at=starts - timedelta(days=9),
        saved_at=starts - timedelta(days=7),
        proposed_at=starts - timedelta(days=6),
    )
    second = ContractVersion.objects.create(
        agreement=agreement, preamble_en=first.preamble_en, preamble_fr=first.preamble_fr
    )
    _copy_clauses(first, second)
    _sign(agreement, second.content(), (staff.sales_manager, staff.marketing_manager), at=starts)
    return second


def _copy_clauses(first: ContractVersion, second: ContractVersion) -> None:
    for clause in first.clauses.all():
        clause.pk, clause.contract = None, second
        if clause.metric == Metric.MQL_DELIVERED:
            clause.target = MONTHLY_MQLS
            clause.text_en, clause.text_fr = TEXTS[Metric.MQL_DELIVERED]
        Clause.save(clause)
    for calendar in first.calendars.all():
        calendar.pk, calendar.contract = None, second
        Calendar.save(calendar)


def _sign(
    agreement: Agreement, content: dict[str, object], signers: tuple[User, ...], *, at: datetime
) -> None:
    fingerprint = content_hash(content)
    agreement.state, agreement.content_hash = State.PROPOSED, fingerprint
    agreement.save(update_fields=["state", "content_hash"])
    Signature.objects.bulk_create(
        Signature(
            agreement=agreement,
            user=signer,
            side=signer.team.side,
            content_hash=fingerprint,
            signed_at=at - timedelta(days=5 - number, hours=3),
        )
        for number, signer in enumerate(signers)
        if signer.team
    )
    agreement.state, agreement.in_force_from = State.IN_FORCE, at
    agreement.save(update_fields=["state", "in_force_from"])


PERSONAS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name_en": "Plant operations lead",
        "name_fr": "Direction d’exploitation",
        "summary_en": "Runs one or several plants, is asked for numbers each month and reads meters by hand.",
        "summary_fr": "Dirige une ou plusieurs usines, doit des chiffres chaque mois et relève à la main.",
        "match": {"all": [{"fact": "function", "op": "is", "value": "operations"}]},
        "objectives": ["Know each line’s consumption", "Fewer night calls"],
        "obstacles": ["No time for one more tool", "Old meters"],
        "objections": ["We already have a spreadsheet"],
        "triggers": ["An audit is announced", "A bill that nobody can explain"],
        "channels": ["Phone", "Trade show"],
        "quotes": ["“Show me one week of my own plant.”"],
        "how_we_help": "One plan for all plants; meters that are there are read, not replaced.",
    },
    {
        "name_en": "Energy manager",
        "name_fr": "Responsable énergie",
        "summary_en": "Answers for ISO 50001 and the decree, compares sites, and needs proof.",
        "summary_fr": "Répond de l’ISO 50001 et du décret, compare les sites et doit prouver.",
        "match": {"all": [{"fact": "function", "op": "is", "value": "energy"}]},
        "objectives": ["Pass the audit", "Rank the sites"],
        "obstacles": ["Data in four systems"],
        "objections": ["Is the data certified?"],
        "triggers": ["Audit date", "New site"],
        "channels": ["Webinar", "E-mail"],
        "quotes": ["«\u202fJe passe deux jours par mois à recopier.\u202f»"],
        "how_we_help": "Certified readings and one report for every site.",
    },
    {
        "name_en": "Finance and purchasing",
        "name_fr": "Finance et achats",
        "summary_en": "Signs, and wants the payback in one page.",
        "summary_fr": "Signe, et veut le retour sur investissement en une page.",
        "match": {"any": [{"fact": "function", "op": "in", "value": ["finance", "purchasing"]}]},
        "objectives": ["Payback under two years"],
        "obstacles": ["Budget cycle"],
        "objections": ["Why not next year?"],
        "triggers": ["Price rise", "Budget season"],
        "channels": ["Phone", "E-mail"],
        "quotes": ["“One number, one page.”"],
        "how_we_help": "The calculator, with references of the same trade.",
    },
)


def install_personas(*, at: datetime) -> None:
    """Three personas, in force from the beginning of the story."""
    personas = Persona.objects.bulk_create(
        Persona(slug=f"persona-{number}", position=number) for number in range(1, len(PERSONAS) + 1)
    )
    install_in_force(
        (
            (f"persona:{persona.pk}", PersonaVersion(persona=persona, **content))
            for persona, content in zip(personas, PERSONAS, strict=True)
        ),
        at=at,
    )
