"""Columns are known by their headings, and a mapping says everything that is wrong with it."""

import pytest

from leads.imports import mapping as mappings
from leads.imports.headings import fingerprint, looks_like_deals, recognised
from leads.imports.mapping import Column, Mapping, MappingRefused, problems_of


def test_a_hubspot_export_is_recognised() -> None:
    headings = [
        "Record ID - Contact", "First Name", "Last Name", "Email", "Phone Number", "Contact owner",
        "Lifecycle Stage", "Lead Status", "Create Date", "Became a Marketing Qualified Lead Date", "Favourite dish",
    ]  # fmt: skip
    found = recognised(headings)
    assert found.system == "hubspot"
    assert list(found.targets.values()) == [
        "external_id", "first_name", "last_name", "email", "phone", "owner", "stage", "status", "created_at",
        "entered.mql",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("system", "headings", "targets"),
    [
        (
            "salesforce",
            ["Contact ID", "FirstName", "LastName", "Email", "Account Name", "Lead Source", "Email Opt Out"],
            ["external_id", "first_name", "last_name", "email", "company.name", "source", "opt_out"],
        ),
        (
            "pipedrive",
            ["Person - Name", "Person - Email - Work", "Person - Phone - Work", "Person - Organization"],
            ["full_name", "email", "phone", "company.name"],
        ),
        (
            "odoo",
            [
                "External ID",
                "Contact Name",
                "Email",
                "Job Position",
                "Salesperson",
                "Company Name",
                "Country",
            ],
            ["external_id", "full_name", "email", "job_title", "owner", "company.name", "country"],
        ),
        (
            "mautic",
            ["id", "firstname", "lastname", "email", "company", "preferred_locale", "date_identified"],
            ["external_id", "first_name", "last_name", "email", "company.name", "language", "created_at"],
        ),
        (
            "",
            ["Email", "Prénom", "Nom", "Société", "Tél. portable", "Opt-in", "Commentaire stand"],
            ["email", "first_name", "last_name", "company.name", "phone", "consent"],
        ),
        (
            "",
            ["mql_id", "first_contact_date", "landing_page_id", "origin"],
            ["external_id", "created_at", "source"],
        ),
    ],
)
def test_exports_of_other_crms_and_french_headings_are_recognised(
    system: str, headings: list[str], targets: list[str]
) -> None:
    found = recognised(headings)
    assert (found.system, list(found.targets.values())) == (system, targets)


def test_a_file_of_deals_is_told_from_one_of_contacts() -> None:
    headings = ["mql_id", "seller_id", "sdr_id", "sr_id", "won_date", "lead_type"]
    assert looks_like_deals(headings)
    assert recognised(headings, kind="deals").targets == {
        "mql_id": "external_id", "seller_id": "deal.external_id", "won_date": "deal.won_at",
    }  # fmt: skip
    assert not looks_like_deals(["Email", "Nom"])


def test_a_mapping_is_remembered_for_the_same_headings_in_any_order_and_spelling() -> None:
    assert fingerprint(["E-mail", "Nom"]) == fingerprint(["nom", "e mail"])
    assert fingerprint(["E-mail"]) != fingerprint(["E-mail", "Nom"])


def test_headings_of_other_scripts_and_of_signs_are_told_apart() -> None:
    assert fingerprint(["Имя", "Почта"]) == fingerprint(["почта", "ИМЯ"])
    assert fingerprint(["Имя", "Почта"]) != fingerprint(["Город", "Телефон"])
    assert fingerprint(["E-mail", "%"]) != fingerprint(["E-mail", "#"])


def test_a_mapping_survives_json() -> None:
    mapping = Mapping(
        columns={
            "mql_id": Column("external_id"),
            "lp": Column("custom.lp", "text", "Landing page"),
            "x": Column(),
        },
        identify_by="external_id",
        system="olist",
    )
    assert mappings.from_json(mapping.as_json()) == mapping
    assert mappings.from_json({"columns": {"Email": "email", "x": None}}) == Mapping(
        columns={"Email": Column("email"), "x": Column()}
    )


def test_everything_wrong_with_a_mapping_is_said_at_once() -> None:
    mapping = Mapping(
        columns={
            "A": Column("email"), "B": Column("email"), "C": Column("custom.Bad Key"), "D": Column("custom.new"),
            "E": Column("entered.nowhere"), "F": Column("owner_password"), "G": Column("first_name"),
            "H": Column("external_id"),
        },
        date_order="dym",
        time_zone="Mars/Olympus",
    )  # fmt: skip
    codes = [problem.code for problem in problems_of(mapping, headings="ABCDEFH", stages=["mql"])]
    assert codes == [
        "bad_option", "bad_option", "no_system", "target_twice", "bad_field_key", "new_field_without_type",
        "unknown_stage", "unknown_target", "no_such_column",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"columns": []},
        {"columns": {}, "owner": "x"},
        {"columns": {"A": 3}},
        {"columns": {"A": {"to": "x"}}},
        {"columns": {}, "opens_clock": "yes"},
        {"columns": {}, "date_order": 5},
    ],
)
def test_json_that_is_no_mapping_is_refused(data: object) -> None:
    with pytest.raises(MappingRefused):
        mappings.from_json(data)
