"""What the company calls its stages wins over what other systems call theirs."""

from __future__ import annotations

import pytest

from leads.imports import cells
from leads.imports.contact_cells import ContactConverter
from leads.imports.deal_cells import DealConverter
from leads.imports.mapping import Column, Mapping, from_json, problems_of
from leads.imports.records import Row
from leads.imports.values import ValueRefused
from leads.imports.vocabulary import known_words, with_own_fields
from lifecycle.models import Stage
from tests.factories.accounts import UserFactory
from tests.factories.lifecycle import FieldFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def test_a_stage_of_ones_own_is_not_what_another_system_means_by_its_name() -> None:
    mapping = from_json({"columns": {"email": "email", "stage": "stage"}})
    words = known_words(mapping, at=NOW).stages
    assert words["evangelist"] == words["evangeliste"] == "promoter"

    Stage.objects.create(key="evangelist", name_en="Evangelist", position=95, side="marketing")

    assert known_words(mapping, at=NOW).stages["evangelist"] == "evangelist"


def test_a_column_goes_to_an_own_field_only_where_its_name_means_that_one() -> None:
    FieldFactory.create(key="budget", label_en="Budget", label_fr="")
    FieldFactory.create(key="plants", label_en="Plants", label_fr="Usines")
    FieldFactory.create(key="sites", label_en="Sites", label_fr="Usines")
    headings = ("BUDGET", "Компания", "#", "plants", "Usines", "Source")
    mapping = Mapping(columns={heading: Column() for heading in headings[:-1]} | {"Source": Column("source")})

    found = with_own_fields(mapping, is_ours=False)

    assert [found.columns[heading].target for heading in headings] == [
        "custom.budget", "", "", "custom.plants", "", "source",
    ]  # fmt: skip


def read(target: str, text: str, *, kind: str = "contacts") -> str:
    """The line of COPY of a row with this one cell, or why the row is refused."""
    mapping = Mapping(columns={"cell": Column(target)}, kind=kind)
    converter = (ContactConverter if kind == "contacts" else DealConverter)(
        mapping, headings=["cell"], known=known_words(mapping, at=NOW)
    )
    try:
        return " ".join(converter.line_of(Row(2, [text])).split())
    except ValueRefused as refusal:
        return refusal.code


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *(("FR", "2 FR"), ("fr", "2 FR"), ("France", "2 FR"), ("Allemagne", "2 DE"), ("Côte d’Ivoire", "2 CI")),
        *(("UK", "2 GB"), ("U.K.", "2 GB"), ("USA", "2 US"), ("ZZ", "unknown_country"), ("Narnia", "unknown_country")),
    ],
)  # fmt: skip
def test_a_country_is_told_by_its_letters_or_name_and_two_letters_that_are_none_are_refused(
    text: str, told: str
) -> None:
    assert read("country", text) == told


def test_signs_are_no_stage_and_nobody() -> None:
    Stage.objects.create(key="pilot", name_en="Pilot", name_fr="", position=95, side="marketing")
    UserFactory.create(first_name="?", last_name="!")
    anna = UserFactory.create(first_name="Анна", last_name="Иванова")
    assert (read("stage", "–"), read("status", "???")) == ("unknown_stage", "unknown_status")
    assert read("owner", "???") == "2"
    assert read("owner", "Пётр Иванов") == "2"
    assert read("owner", "АННА ИВАНОВА") == f"2 {anna.pk}"


def test_a_name_that_two_people_bear_says_nobody_and_the_address_still_does() -> None:
    one, _other = UserFactory.create_batch(2, first_name="Claire", last_name="Morel")
    UserFactory.create(first_name="Claire", last_name="Moreau", is_active=False)
    moreau = UserFactory.create(first_name="Claire", last_name="Moreau")
    assert read("owner", "Claire Morel") == "2"
    assert read("owner", one.email.upper()) == f"2 {one.pk}"
    assert read("owner", "claire moreau") == f"2 {moreau.pk}"


def test_a_currency_is_one_that_there_is() -> None:
    assert [cells.currency(text) for text in ("chf", "€", "USD")] == ["CHF", "EUR", "USD"]
    assert [read("deal.currency", text, kind="deals") for text in ("ABC", "XXX", "E")] == ["bad_currency"] * 3


def test_a_cell_of_a_field_of_choices_is_one_of_them_as_the_field_has_it() -> None:
    labels = {"key": "b", "label_en": "Large", "label_fr": "Grand"}
    FieldFactory.create(key="grid", type="choice", choices=["A+", "A-", labels])
    FieldFactory.create(key="open", type="choice", choices=[])

    told = {text: read("custom.grid", text) for text in ("A+", "a-", "LARGE", "grand", "B", "C")}

    assert told == {
        "A+": '2 {"grid": "A+"}', "a-": '2 {"grid": "A-"}', "LARGE": '2 {"grid": "b"}', "grand": '2 {"grid": "b"}',
        "B": '2 {"grid": "b"}', "C": "unknown_choice",
    }  # fmt: skip
    assert read("custom.open", "C") == '2 {"open": "C"}'


def test_a_new_field_has_no_choices_and_a_currency_of_the_mapping_is_one() -> None:
    mapping = Mapping(
        columns={"E-mail": Column("email"), "Grid": Column("custom.grid", "choice")}, currency="ABC"
    )
    codes = [problem.code for problem in problems_of(mapping, headings=["E-mail", "Grid"], stages=[])]
    assert codes == ["bad_option", "new_field_without_type"]
