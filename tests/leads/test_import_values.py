"""Cells as values: what is understood, and what is refused rather than bent."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leads.imports import values
from leads.imports.values import ValueRefused

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (" Sofia.Almeida@PortoLabs.PT ", "sofia.almeida@portolabs.pt"),
        ("zoe@fac\u0327ade.fr", "zoe@façade.fr"),
        ("ana@xn--faade-zra.fr", "ana@façade.fr"),
        ("<o'grady+news@thornbury.co.uk>", "o'grady+news@thornbury.co.uk"),
        ("dup@example.test", "dup@example.test"),
    ],
)
def test_one_person_has_one_spelling_of_the_address(written: str, address: str) -> None:
    assert values.email(written) == address


@pytest.mark.parametrize(
    "written",
    ["jean.dupont@", "@b.fr", "a b@c.fr", "a@b", "a..b@c.fr", "a@b@c.fr", "x" * 65 + "@b.fr", "a@[1.2.3.4]"],
)
def test_what_is_no_address_is_refused_with_what_stood_there(written: str) -> None:
    with pytest.raises(ValueRefused) as refusal:
        values.email(written)
    assert (refusal.value.code, refusal.value.params) == ("bad_email", {"value": written})


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("06 12 48 77 03", "+33612487703"),
        ("+351 912 004 118", "+351912004118"),
        ("0033 6.12.48.77.03", "+33612487703"),
        ("+34(612)000-000", "+34612000000"),
    ],
)
def test_a_number_without_a_country_is_of_the_region(written: str, number: str) -> None:
    assert values.phone(written, region="FR") == number


@pytest.mark.parametrize("written", ["call me", "12", "+", "+33 6 12", "1" * 40])
def test_what_cannot_be_dialled_is_refused(written: str) -> None:
    with pytest.raises(ValueRefused):
        values.phone(written, region="FR")


@pytest.mark.parametrize(
    ("written", "order", "moment"),
    [
        ("26-02-2018 19:58", "dmy", datetime(2018, 2, 26, 18, 58, tzinfo=UTC)),
        ("01-02-2018", "dmy", datetime(2018, 1, 31, 23, 0, tzinfo=UTC)),
        ("03/04/2026", "mdy", datetime(2026, 3, 3, 23, 0, tzinfo=UTC)),
        ("3/4/26 9:05 PM", "mdy", datetime(2026, 3, 4, 20, 5, tzinfo=UTC)),
        ("31/12/2026 12:00:30", "dmy", datetime(2026, 12, 31, 11, 0, 30, tzinfo=UTC)),
        ("2026-07-01T10:00:00Z", "dmy", datetime(2026, 7, 1, 10, 0, tzinfo=UTC)),
        ("2026-07-01 10:00:00", "mdy", datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
        ("2026/07/01", "dmy", datetime(2026, 6, 30, 22, 0, tzinfo=UTC)),
        ("18 nov. 2026", "dmy", datetime(2026, 11, 17, 23, 0, tzinfo=UTC)),
        ("Nov 18, 2026", "mdy", datetime(2026, 11, 17, 23, 0, tzinfo=UTC)),
        ("1er août 2026", "dmy", datetime(2026, 7, 31, 22, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_the_stated_order_and_zone(written: str, order: str, moment: datetime) -> None:
    assert values.moment(written, order=order, zone=PARIS) == moment


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("31/02/2026", "no_such_day"),
        ("2026-02-31", "no_such_day"),
        ("soon", "bad_date"),
        ("12/2026", "bad_date"),
        ("01/01/1066", "bad_date"),
        ("10:30", "bad_date"),
        ("45/45/4545", "no_such_day"),
    ],
)
def test_a_day_that_is_none_is_refused(written: str, code: str) -> None:
    with pytest.raises(ValueRefused) as refusal:
        values.moment(written, order="dmy", zone=PARIS)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("written", "decimal", "number"),
    [
        ("1 200 000,50", ",", "1200000.50"),
        ("1.200.000,50 €", ",", "1200000.50"),
        ("$1,234.5", ".", "1234.5"),
        ("1'000", ".", "1000"),
        ("-5", ",", "-5"),
        ("\u221212,5", ",", "-12.5"),
        ("1,234", ".", "1234"),
        ("1,234", ",", "1.234"),
    ],
)
def test_the_decimal_sign_is_what_the_file_says(written: str, decimal: str, number: str) -> None:
    assert values.number(written, decimal=decimal) == Decimal(number)


@pytest.mark.parametrize(
    "written", ["12.34", "1.2.3,4", "abc", "NaN", "Infinity", "1e400", "", "9" * 5000, "1,2,3"]
)
def test_what_is_no_number_under_that_sign_is_refused(written: str) -> None:
    with pytest.raises(ValueRefused):
        values.number(written, decimal=",")


def test_money_becomes_hundredths() -> None:
    assert values.cents("1 200,505 €", decimal=",") == 120050
    assert values.cents("0", decimal=".") == 0


def test_yes_and_no_are_said_in_two_languages() -> None:
    assert [values.yes_or_no(word) for word in ("Oui", "x", "TRUE", "1")] == [True] * 4
    assert [values.yes_or_no(word) for word in ("non", "FAUX", "0")] == [False] * 3
    with pytest.raises(ValueRefused):
        values.yes_or_no("perhaps")


def test_a_no_to_opting_out_is_not_yet_a_consent() -> None:
    assert [values.consent(word) for word in ("oui", "non", "unsubscribed")] == [
        "given",
        "withdrawn",
        "withdrawn",
    ]
    assert values.consent("true", asks_opt_out=True) == "withdrawn"
    assert values.consent("false", asks_opt_out=True) == ""


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Yann Le Goff", ("Yann", "Le Goff")),
        ("Le Goff, Yann", ("Yann", "Le Goff")),
        ("DUPONT Jean", ("Jean", "DUPONT")),
        ("Sofia Almeida", ("Sofia", "Almeida")),
        ("Mme Ana de la Cruz", ("Ana", "de la Cruz")),
        ("Cher", ("Cher", "")),
    ],
)
def test_a_full_name_is_two_names(written: str, names: tuple[str, str]) -> None:
    assert values.names(written) == names


def test_the_order_of_dates_and_the_decimal_sign_are_told_by_the_values_that_can_tell() -> None:
    assert values.guess_date_order(["01/02/2026", "13/02/2026"]) == "dmy"
    assert values.guess_date_order(["01/02/2026", "02/13/2026"]) == "mdy"
    assert values.guess_date_order(["2026/01/02"]) == "ymd"
    assert values.guess_date_order(["01/02/2026", "x"]) is None
    assert values.guess_decimal(["1 200", "1 200,50"]) == ","
    assert values.guess_decimal(["1,200", "12"]) is None
    assert values.guess_decimal(["1,200.5"]) == "."


@pytest.mark.parametrize(
    ("texts", "type_"),
    [
        (["3", "1", "12"], "number"),
        (["0", "1"], "number"),
        (["oui", "non"], "boolean"),
        (["€3", "12 €"], "money"),
        (["01/02/2026", ""], "date"),
        (["00123", "04000"], "text"),
        (["a", "1"], "text"),
        ([], "text"),
        (["88740e65d5d6b056e0cda098e1ea6313"], "text"),
    ],
)
def test_the_type_of_a_new_field_is_one_that_holds_every_value(texts: list[str], type_: str) -> None:
    assert values.guess_type(texts) == type_


def test_a_day_forgets_the_time_beside_it() -> None:
    assert values.day("26-02-2018 19:58", order="dmy") == date(2018, 2, 26)
