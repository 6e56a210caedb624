"""Exports of five CRMs as they are written: what each heading becomes, and a small file of each comes in."""

import csv
import json
import re
import time
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from leads.imports import deal_cells, headings
from leads.imports.contact_cells import ContactConverter
from leads.imports.converting import Known
from leads.imports.deal_cells import DealConverter
from leads.imports.headings import looks_like_deals, meaning, recognised, zone_told
from leads.imports.mapping import Column, Mapping
from leads.imports.records import Row
from leads.imports.staging import CONTACT_STAGE, DEAL_STAGE
from leads.imports.values import ValueRefused
from leads.imports.vocabulary import language_words
from leads.models import Contact, Deal

# (system, kind) → heading → target; an empty one is left to whoever imports.
EXPORTS: dict[tuple[str, str], dict[str, str]] = {
    ("hubspot", "contacts"): {
        "Record ID": "external_id", "First Name": "first_name", "Last Name": "last_name", "Email": "email",
        "Phone Number": "phone", "Job Title": "job_title", "Company Name": "company.name",
        "Country/Region": "country", "Contact owner": "owner", "Lifecycle Stage": "stage", "Lead Status": "status",
        "Create Date (GMT+1)": "created_at", "Became a Customer Date (GMT+1)": "entered.customer",
        "Original Traffic Source": "source", "Unsubscribed from all email": "opt_out",
        "Marketing contact status": "", "Last Activity Date (GMT+1)": "",
    },
    ("hubspot", "deals"): {
        "Record ID": "deal.external_id", "Deal Name": "deal.name", "Deal Stage": "deal.stage", "Pipeline": "",
        "Amount": "deal.amount", "Currency": "deal.currency", "Create Date (GMT+1)": "deal.opened_at",
        "Close Date (GMT+1)": "deal.closed_at", "Deal owner": "deal.owner", "Closed Lost Reason": "deal.lost_reason",
        "Associated Contact IDs": "external_id", "Associated Contact": "", "Associated Company": "",
    },
    ("salesforce", "contacts"): {
        "Lead ID": "external_id", "First Name": "first_name", "Last Name": "last_name", "Title": "job_title",
        "Company / Account": "company.name", "Email": "email", "Phone": "phone", "Mobile": "",
        "Lead Source": "source", "Lead Status": "status", "Lead Owner": "owner", "Industry": "company.sector",
        "Country": "country", "Created Date": "created_at", "Converted Date": "", "Email Opt Out": "opt_out",
    },
    ("salesforce", "deals"): {
        "Opportunity ID": "deal.external_id", "Opportunity Name": "deal.name", "Account Name": "",
        "Amount": "deal.amount", "Amount Currency": "deal.currency", "Close Date": "deal.closed_at",
        "Stage": "deal.stage", "Opportunity Owner": "deal.owner", "Lead Source": "", "Created Date": "deal.opened_at",
        "Contact ID": "external_id", "Email": "email",
    },
    ("pipedrive", "contacts"): {
        "Person - ID": "external_id", "Person - Name": "full_name", "Person - Email - Work": "email",
        "Person - Phone - Work": "phone", "Person - Job title": "job_title", "Person - Organization": "",
        "Person - Owner": "owner", "Person - Person created": "created_at", "Person - Label": "",
        "Organization - Name": "company.name",
    },
    ("pipedrive", "deals"): {
        "Deal - ID": "deal.external_id", "Deal - Title": "deal.name", "Deal - Value": "deal.amount",
        "Deal - Currency of Value": "deal.currency", "Deal - Stage": "deal.stage", "Deal - Status": "",
        "Deal - Deal created": "deal.opened_at", "Deal - Won time": "deal.won_at", "Deal - Lost time": "deal.lost_at",
        "Deal - Lost reason": "deal.lost_reason", "Deal - Expected close date": "deal.expected_close_on",
        "Deal - Owner": "deal.owner", "Deal - Contact person": "", "Deal - Organization": "",
        "Person - ID": "external_id", "Person - Email - Work": "email",
    },
    ("odoo", "contacts"): {
        "External ID": "external_id", "Opportunity": "", "Contact Name": "full_name", "Email": "email",
        "Phone": "phone", "Job Position": "job_title", "Company Name": "company.name", "Website": "company.domain",
        "City": "city", "Country": "country", "Salesperson": "owner", "Sales Team": "", "Source": "source",
        "Campaign": "campaign", "Stage": "", "Tags": "", "Created on": "created_at", "Expected Revenue": "",
    },
    ("odoo", "deals"): {
        "External ID": "deal.external_id", "Opportunity": "deal.name", "Contact Name": "", "Email": "email",
        "Salesperson": "deal.owner", "Expected Revenue": "deal.amount", "Expected Closing": "deal.expected_close_on",
        "Stage": "deal.stage", "Created on": "deal.opened_at", "Closed Date": "deal.closed_at",
        "Lost Reason": "deal.lost_reason", "Currency": "deal.currency",
    },
    ("mautic", "contacts"): {
        "id": "external_id", "title": "", "firstname": "first_name", "lastname": "last_name",
        "companyname": "company.name", "position": "job_title", "email": "email", "phone": "phone", "mobile": "",
        "points": "", "city": "city", "country": "country", "preferred_locale": "language", "date_identified": "",
        "date_added": "created_at", "last_active": "",
    },
}  # fmt: skip
# As the systems' interfaces and data loaders name them.
TECHNICAL: dict[tuple[str, str], dict[str, str]] = {
    ("hubspot", "contacts"): {
        "hs_object_id": "external_id", "firstname": "first_name", "lastname": "last_name", "email": "email",
        "phone": "phone", "mobilephone": "", "jobtitle": "job_title", "company": "company.name",
        "numemployees": "company.headcount", "country": "country", "hubspot_owner_id": "",
        "lifecyclestage": "stage", "hs_lead_status": "status", "createdate": "created_at",
        "hs_analytics_source": "source", "hs_email_optout": "opt_out",
        "hs_lifecyclestage_marketingqualifiedlead_date": "entered.mql",
    },
    ("hubspot", "deals"): {
        "hs_object_id": "deal.external_id", "dealname": "deal.name", "dealstage": "deal.stage", "pipeline": "",
        "amount": "deal.amount", "deal_currency_code": "deal.currency", "createdate": "deal.opened_at",
        "closedate": "deal.closed_at", "hubspot_owner_id": "", "closed_lost_reason": "deal.lost_reason",
    },
    ("salesforce", "contacts"): {
        "Id": "external_id", "FirstName": "first_name", "LastName": "last_name", "Name": "", "Title": "job_title",
        "Company": "company.name", "Email": "email", "Phone": "phone", "MobilePhone": "", "LeadSource": "source",
        "Status": "status", "OwnerId": "", "NumberOfEmployees": "company.headcount", "CreatedDate": "created_at",
        "ConvertedDate": "", "HasOptedOutOfEmail": "opt_out",
    },
    ("salesforce", "deals"): {
        "Id": "deal.external_id", "Name": "deal.name", "AccountId": "", "ContactId": "external_id",
        "StageName": "deal.stage", "Amount": "deal.amount", "CurrencyIsoCode": "deal.currency",
        "CloseDate": "deal.closed_at", "CreatedDate": "deal.opened_at", "LeadSource": "", "OwnerId": "",
    },
    ("odoo", "contacts"): {
        "id": "external_id", "name": "", "contact_name": "full_name", "email_from": "email", "phone": "phone",
        "function": "job_title", "partner_name": "company.name", "user_id": "owner", "source_id": "source",
        "campaign_id": "campaign", "stage_id": "", "country_id": "country", "create_date": "created_at",
        "expected_revenue": "",
    },
    ("odoo", "deals"): {
        "id": "deal.external_id", "name": "deal.name", "email_from": "email", "user_id": "deal.owner",
        "expected_revenue": "deal.amount", "date_deadline": "deal.expected_close_on", "stage_id": "deal.stage",
        "create_date": "deal.opened_at", "date_closed": "deal.closed_at", "lost_reason_id": "deal.lost_reason",
    },
    ("mautic", "contacts"): {
        "id": "external_id", "title": "", "firstname": "first_name", "lastname": "last_name", "position": "job_title",
        "company": "company.name", "email": "email", "mobile": "phone", "date_identified": "created_at",
        "preferred_locale": "language",
    },
}  # fmt: skip
# As they name them to somebody who works in French; a mailing tool that has no French names is not here.
FRENCH: dict[tuple[str, str], dict[str, str]] = {
    ("hubspot", "contacts"): {
        "ID de fiche d’information": "external_id", "Prénom": "first_name", "Nom": "last_name", "E-mail": "email",
        "Numéro de téléphone": "phone", "Nom de l’entreprise": "company.name", "Pays/Région": "country",
        "Propriétaire du contact": "owner", "Phase du cycle de vie": "stage", "Statut du lead": "status",
        "Date de création (GMT+1)": "created_at", "Source d’origine": "source",
    },
    ("hubspot", "deals"): {
        "ID de fiche d’information": "deal.external_id", "Nom de la transaction": "deal.name",
        "Phase de la transaction": "deal.stage", "Montant": "deal.amount", "Date de création": "deal.opened_at",
        "Date de fermeture": "deal.closed_at", "Propriétaire de la transaction": "deal.owner", "E-mail": "email",
    },
    ("salesforce", "contacts"): {
        "ID de la piste": "external_id", "Prénom": "first_name", "Nom": "last_name", "Titre": "job_title",
        "Société": "company.name", "E-mail": "email", "Téléphone": "phone", "Origine de la piste": "source",
        "Statut de la piste": "status", "Propriétaire de la piste": "owner", "Date de création": "created_at",
    },
    ("salesforce", "deals"): {
        "ID de l’opportunité": "deal.external_id", "Nom de l'opportunité": "deal.name", "Nom du compte": "",
        "Étape": "deal.stage", "Montant": "deal.amount", "Date de clôture": "deal.closed_at",
        "Date de création": "deal.opened_at", "Propriétaire de l'opportunité": "deal.owner", "E-mail": "email",
    },
    ("pipedrive", "contacts"): {
        "Personne - ID": "external_id", "Personne - Nom": "full_name", "Personne - E-mail - Travail": "email",
        "Personne - Téléphone - Travail": "phone", "Personne - Organisation": "company.name",
        "Personne - Propriétaire": "owner",
    },
    ("pipedrive", "deals"): {
        "Affaire - ID": "deal.external_id", "Affaire - Titre": "deal.name", "Affaire - Valeur": "deal.amount",
        "Affaire - Étape": "", "Affaire - Statut": "deal.stage", "Affaire - Propriétaire": "deal.owner",
        "Personne - ID": "external_id", "Personne - E-mail - Travail": "email",
    },
    ("odoo", "contacts"): {
        "ID externe": "external_id", "Opportunité": "", "Nom du contact": "full_name", "Courriel": "email",
        "Téléphone": "phone", "Nom de la société": "company.name", "Ville": "city", "Pays": "country",
        "Vendeur": "owner", "Étape": "", "Créé le": "created_at", "Revenu espéré": "",
    },
    ("odoo", "deals"): {
        "ID externe": "deal.external_id", "Opportunité": "deal.name", "Courriel": "email", "Vendeur": "deal.owner",
        "Revenu espéré": "deal.amount", "Date de fermeture prévue": "deal.expected_close_on",
        "Étape": "deal.stage", "Créé le": "deal.opened_at", "Devise": "deal.currency",
    },
}  # fmt: skip


@pytest.mark.parametrize(("told", "headings"), [*EXPORTS.items(), *TECHNICAL.items(), *FRENCH.items()])
def test_every_heading_of_an_export_becomes_what_it_means(
    told: tuple[str, str], headings: dict[str, str]
) -> None:
    system, kind = told
    assert looks_like_deals(headings) is (kind == "deals")
    found = recognised(headings, kind=kind)
    assert found.system == system
    assert {heading: found.targets.get(heading, "") for heading in headings} == headings


def test_words_that_many_write_tell_of_no_system() -> None:
    assert recognised(["firstname", "lastname", "email", "title"]).system == ""
    assert recognised(["id", "firstname", "lastname", "email", "points"]).system == "mautic"


def test_what_stands_behind_a_heading_and_what_is_said_twice_is_no_part_of_its_meaning() -> None:
    assert meaning("Create Date (GMT+1)") == meaning("Create Date (Europe/Paris)") == "create date"
    assert meaning("Deal - Deal created") == "deal created"
    assert meaning("E-mail (work)") == "e mail work"
    assert zone_told(["Create Date (GMT+1)", "Close Date (GMT+1)", "Email"]) == "Etc/GMT-1"
    assert zone_told(["Create Date (GMT-5)"]) == "Etc/GMT+5"
    assert zone_told(["Create Date (GMT+1)", "Close Date (GMT+2)"]) == zone_told(["Email"]) == ""


def test_a_status_says_what_became_of_a_deal_where_no_date_of_it_does() -> None:
    headings = ["Deal - Title", "Deal - Stage", "Deal - Status", "Deal - Value", "Person - Email - Work"]
    found = recognised(headings, kind="deals")
    assert {heading for heading, target in found.targets.items() if target == "deal.stage"} == {
        "Deal - Status"
    }
    french = recognised(["Affaire", "Étape", "Statut", "Montant", "E-mail"], kind="deals")
    assert french.targets["Statut"] == "deal.stage"
    assert "Étape" not in french.targets


STAGES = {
    "qualified": (
        "Appointment Scheduled", "appointmentscheduled", "Qualified To Buy", "Presentation Scheduled", "Prospecting",
        "Qualification", "Needs Analysis", "Value Proposition", "Id. Decision Makers", "Perception Analysis",
        "Qualified", "Contact Made", "Demo Scheduled", "New", "Ouvert", "En cours",
    ),
    "quote": ("Decision Maker Bought-In", "Proposal/Price Quote", "Proposal Made", "Proposition"),
    "negotiation": (
        "Contract Sent", "contractsent", "Contract Sent (Sales Pipeline)", "Negotiation/Review",
        "Negotiations Started",
    ),
    "won": ("Closed Won", "closedwon", "Won", "Closed won (Sales Pipeline)"),
    "lost": ("Closed Lost", "closedlost", "Lost"),
}  # fmt: skip


def converted(**cells: str) -> dict[str, str]:
    """The deal that a row with these cells is, by the columns it is staged in."""
    targets = {name: f"deal.{name}" for name in cells}
    converter = DealConverter(
        Mapping(columns={name: Column(target) for name, target in targets.items()}, kind="deals"),
        headings=list(cells),
        known=Known(at=datetime(2026, 11, 20, tzinfo=UTC)),
    )
    line = converter.line_of(Row(2, list(cells.values())))
    return dict(zip(DEAL_STAGE, line.removesuffix("\n").split("\t"), strict=True))


@pytest.mark.parametrize(("stage", "words"), STAGES.items())
def test_the_stages_that_crms_come_with_are_understood(stage: str, words: tuple[str, ...]) -> None:
    assert {word: converted(stage=word, closed_at="2026-03-04")["stage"] for word in words} == dict.fromkeys(
        words, stage
    )


def test_a_stage_of_the_companys_own_is_refused_by_its_name() -> None:
    with pytest.raises(ValueRefused) as refusal:
        converted(stage="Waiting for Godot")
    assert refusal.value.code == "unknown_deal_stage"
    assert refusal.value.params["value"] == "Waiting for Godot"


def test_a_close_date_is_a_hope_while_the_deal_is_open() -> None:
    hoped = converted(stage="Needs Analysis", closed_at="2099-12-31")
    assert (hoped["stage"], hoped["closed_at"], hoped["expected_close_on"]) == ("qualified", "", "2099-12-31")
    won = converted(stage="Closed Won", closed_at="2026-03-04")
    assert (won["closed_at"], won["expected_close_on"]) == ("2026-03-04T00:00:00+00:00", "")
    with pytest.raises(ValueRefused) as refusal:
        converted(stage="Closed Won", closed_at="2099-12-31")
    assert (refusal.value.code, refusal.value.params["column"]) == ("future_date", "closed_at")


def test_the_date_of_winning_outweighs_the_stage_in_which_it_was_won() -> None:
    won = converted(stage="Negotiations Started", won_at="2026-03-04 10:00:00", lost_at="")
    assert (won["stage"], won["closed_at"]) == ("won", "2026-03-04T10:00:00+00:00")


# Five rows of each, with the values that such a file has. Mautic knows no deals; Salesforce tells its deals
# from its leads by another id, so that only the e-mail joins them.
FILES = Path(__file__).parent / "exports"
LATE_STAGES = {"odoo": ("quote", "quote")}


def imported(command: str, system: str, kind: str) -> dict[str, Any]:
    """What the command says of the file when nobody has told it anything about the columns."""
    out = StringIO()
    call_command(command, FILES / f"{system}-{kind}.csv", json=True, stdout=out, stderr=StringIO())
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


@pytest.mark.parametrize(("system", "kind"), EXPORTS)
def test_the_files_have_the_headings_that_are_told_here(system: str, kind: str) -> None:
    with (FILES / f"{system}-{kind}.csv").open(newline="") as file:
        assert next(csv.reader(file)) == list(EXPORTS[system, kind])


@pytest.mark.django_db
@pytest.mark.parametrize("system", ["hubspot", "salesforce", "pipedrive", "odoo", "mautic"])
def test_a_file_of_each_system_comes_in_by_its_headings_alone(
    system: str, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    people = imported("import_contacts", system, "contacts")
    assert (people["created"], people["refused"], people["refusals"]) == (5, 0, [])
    ana = Contact.objects.get(email="ana@porto.test")
    assert (ana.first_name, ana.last_name, ana.phone) == ("Ana", "Almeida", "+351912004118")
    assert (ana.job_title, ana.company.name if ana.company else "") == ("CEO", "Porto Labs")
    assert ana.created_at == {
        # The heading says GMT+1: half past midnight there is the day before in UTC.
        "hubspot": datetime(2026, 1, 4, 23, 30, tzinfo=UTC),
        "salesforce": datetime(2026, 1, 15, tzinfo=UTC),
    }.get(system, datetime(2026, 1, 5, 9, tzinfo=UTC))
    bob = Contact.objects.get(email="bob@brandt.test")
    assert bob.consent == ("withdrawn" if system in ("hubspot", "salesforce") else "unknown")
    stages = dict(Contact.objects.values_list("first_name", "stage"))
    assert stages == (
        {"Ana": "customer", "Bob": "mql", "Cleo": "lead", "Dan": "sql", "Eve": None}
        if system == "hubspot"
        else dict.fromkeys(stages)
    )
    statuses = dict(Contact.objects.values_list("first_name", "status"))
    working = {"hubspot": ("Ana", "Bob", "Dan", "Eve"), "salesforce": ("Ana", "Bob", "Dan")}.get(system, ())
    assert statuses == {name: "in_progress" if name in working else "new" for name in statuses}
    if (system, "deals") not in EXPORTS:
        return

    deals = imported("import_deals", system, "deals")
    assert (deals["created"], deals["refused"], deals["refusals"]) == (5, 0, [])
    negotiation, quote = LATE_STAGES.get(system, ("negotiation", "quote"))
    assert list(Deal.objects.order_by("pk").values_list("name", "stage", "contact__first_name", "amount_cents")) == [
        ("Pump", "won", "Ana", 120050),
        ("Valve", "lost", "Bob", 80000),
        ("Hose", negotiation, "Cleo", 30000),
        ("Tank", quote, "Dan", 0),
        ("Gauge", "qualified", "Eve", 0),
    ]  # fmt: skip
    assert str(Deal.objects.get(name="Hose").expected_close_on) == "2099-12-31"
    assert Deal.objects.get(name="Valve").lost_reason == ("not_told" if system == "salesforce" else "price")
    assert dict(Contact.objects.values_list("first_name", "stage"))["Ana"] == "customer"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *(
            ("en", "en"),
            ("EN", "en"),
            ("en_US", "en-us"),
            ("fr-FR", "fr-fr"),
            ("zh-Hans", "zh"),
            ("fil", "fil"),
        ),
        *(("English (US)", "en"), ("anglais", "en"), ("French - Canada", "fr"), ("Français", "fr")),
        *(
            ("Deutsch", "de"),
            ("español", "es"),
            ("日本語", "ja"),
            ("Chinese (Simplified)", "zh"),
            ("English/French", "en"),
        ),
    ],
)
def test_a_language_is_told_by_its_code_or_by_its_name(written: str, code: str) -> None:
    assert language_of(written) == code


@pytest.mark.parametrize("written", ["Klingonese", "x" * 50, "12", "en glish", "-US", "??"])
def test_what_is_no_language_is_refused_by_its_name(written: str) -> None:
    with pytest.raises(ValueRefused) as refusal:
        language_of(written)
    assert (refusal.value.code, refusal.value.params["value"]) == ("unknown_language", written)


def language_of(written: str) -> str:
    converter = ContactConverter(
        Mapping(columns={"Language": Column("language")}, kind="contacts"),
        headings=["Language"],
        known=Known(at=datetime(2026, 11, 20, tzinfo=UTC), languages=language_words()),
    )
    line = converter.line_of(Row(2, [written]))
    return dict(zip(CONTACT_STAGE, line.removesuffix("\n").split("\t"), strict=True))["language"]


@pytest.mark.parametrize("pattern", [deal_cells._BEHIND, headings._TOLD_BEHIND])
def test_what_stands_behind_a_run_of_blanks_is_looked_for_once(pattern: re.Pattern[str]) -> None:
    began = time.process_time()

    assert pattern.sub("", "x" + " " * 50_000 + "y (EUR)") == "x" + " " * 50_000 + "y"
    assert time.process_time() - began < 1
