"""Figures and moments as the design writes them, in both languages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lib import formats
from lib.templatetags.formats import phone

T, N = "\u202f", "\u00a0"
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 19, 9, 42, tzinfo=PARIS)
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("value", "digits", "english", "french"),
    [
        (1842, 0, "1,842", f"1{T}842"),
        (0, 0, "0", "0"),
        (-5, 0, "−5", "−5"),
        (1234567.891, 2, "1,234,567.89", f"1{T}234{T}567,89"),
        (2.5, 0, "3", "3"),
        (-0.4, 0, "0", "0"),
    ],
)
def test_numbers_group_thousands_and_use_the_real_minus(
    value: float, digits: int, english: str, french: str
) -> None:
    assert formats.number(value, "en", digits=digits) == english
    assert formats.number(value, "fr", digits=digits) == french


def test_points_carry_their_sign() -> None:
    assert formats.number(25, "en", signed=True) == "+25"
    assert formats.number(-5, "fr", signed=True) == "−5"
    assert formats.number(0, "en", signed=True) == "0"


def test_a_rate_keeps_its_per_cent_sign_beside_it() -> None:
    assert formats.rate(0.576, "en", digits=1) == "57.6%"
    assert formats.rate(0.576, "fr", digits=1) == f"57,6{T}%"
    assert formats.rate(0.58, "en") == "58%"


def test_an_interval_says_how_sure() -> None:
    assert formats.interval(0.58, 0.49, 0.67, 112, "en") == f"58% (49–67%, n{N}={N}112)"
    assert formats.interval(0.58, 0.49, 0.67, 112, "fr") == f"58{T}% (49–67{T}%, n{N}={N}112)"


@pytest.mark.parametrize(
    ("cents", "currency", "english", "french"),
    [
        (18_430_000, "EUR", "€184,300", f"184{T}300{T}€"),
        (0, "EUR", "€0", f"0{T}€"),
        (-520_000, "EUR", "−€5,200", f"−5{T}200{T}€"),
        (120_049, "USD", "$1,200", f"1{T}200{T}$"),
        (120_000, "CHF", f"CHF{N}1,200", f"1{T}200{T}CHF"),
    ],
)
def test_money_in_whole_units(cents: int, currency: str, english: str, french: str) -> None:
    assert formats.money(cents, "en", currency=currency) == english
    assert formats.money(cents, "fr", currency=currency) == french


@pytest.mark.parametrize(
    ("cents", "english", "french"),
    [
        (2_458_000, "€24.6k", f"24,6{T}k€"),
        (32_000_000, "€320k", f"320{T}k€"),
        (94_000, "€940", f"940{T}€"),
        (200_000, "€2k", f"2{T}k€"),
        (99_999_900, "€1M", f"1{T}M€"),
        (125_000_000, "€1.3M", f"1,3{T}M€"),
        (-630_000, "−€6.3k", f"−6,3{T}k€"),
    ],
)
def test_short_money_has_three_digits_at_most(cents: int, english: str, french: str) -> None:
    assert formats.money_short(cents, "en", currency="EUR") == english
    assert formats.money_short(cents, "fr", currency="EUR") == french


@pytest.mark.parametrize(
    ("length", "english", "french"),
    [
        (timedelta(minutes=24), f"24{N}min", f"24{N}min"),
        (timedelta(hours=3, minutes=10), f"3{N}h{N}10", f"3{N}h{N}10"),
        (timedelta(hours=7), f"7{N}h", f"7{N}h"),
        (timedelta(hours=3, minutes=5), f"3{N}h{N}05", f"3{N}h{N}05"),
        (timedelta(seconds=20), f"under 1{N}min", f"moins de 1{N}min"),
        (timedelta(days=6, hours=4), f"6.2{N}d", f"6,2{N}j"),
        (timedelta(days=31), f"31{N}d", f"31{N}j"),
    ],
)
def test_a_span_never_breaks_from_its_unit(length: timedelta, english: str, french: str) -> None:
    assert formats.span(length, "en") == english
    assert formats.span(length, "fr") == french


def test_working_time_stays_in_hours() -> None:
    assert formats.working_span(timedelta(hours=51, minutes=30), "en") == f"51{N}h{N}30"


def test_time_left_and_time_late() -> None:
    assert formats.time_left(timedelta(minutes=24), "en") == f"24{N}min left"
    assert formats.time_left(timedelta(minutes=24), "fr") == f"encore 24{N}min"
    assert formats.time_left(timedelta(minutes=-40), "en") == f"40{N}min late"
    assert formats.time_left(timedelta(minutes=-40), "fr") == f"40{N}min de retard"


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (datetime(2026, 11, 19, 8, 5, tzinfo=PARIS), "today 08:05", f"aujourd’hui 8{N}h{N}05"),
        (datetime(2026, 11, 18, 15, 36, tzinfo=PARIS), "yesterday 15:36", f"hier 15{N}h{N}36"),
        (
            datetime(2026, 11, 11, 15, 36, tzinfo=PARIS),
            f"Wed 11{N}Nov, 15:36",
            f"mer. 11{N}nov., 15{N}h{N}36",
        ),
        (
            datetime(2025, 12, 1, 9, 0, tzinfo=PARIS),
            f"Mon 1{N}Dec 2025, 09:00",
            f"lun. 1er{N}déc. 2025, 9{N}h{N}00",
        ),
    ],
)
def test_moments_are_relative_up_to_yesterday(value: datetime, english: str, french: str) -> None:
    assert formats.moment(value, "en", now=NOW) == english
    assert formats.moment(value, "fr", now=NOW) == french


def test_a_deadline_is_as_short_as_it_stays_clear() -> None:
    assert formats.deadline(datetime(2026, 11, 19, 10, 6, tzinfo=PARIS), "en", now=NOW) == "10:06"
    assert formats.deadline(datetime(2026, 11, 20, 9, 27, tzinfo=PARIS), "en", now=NOW) == "Fri 09:27"
    assert formats.deadline(datetime(2026, 11, 20, 9, 27, tzinfo=PARIS), "fr", now=NOW) == f"ven. 9{N}h{N}27"
    assert (
        formats.deadline(datetime(2026, 11, 27, 9, 27, tzinfo=PARIS), "en", now=NOW) == f"Fri 27{N}Nov, 09:27"
    )
    assert formats.deadline(datetime(2026, 11, 18, 17, 0, tzinfo=PARIS), "en", now=NOW) == "yesterday 17:00"
    assert formats.deadline(datetime(2026, 11, 17, 17, 0, tzinfo=PARIS), "en", now=NOW) == "Tue 17:00"
    assert (
        formats.deadline(datetime(2026, 11, 12, 17, 0, tzinfo=PARIS), "en", now=NOW) == f"Thu 12{N}Nov, 17:00"
    )


def test_the_year_only_when_it_is_not_this_one() -> None:
    assert formats.day(date(2026, 11, 18), "en", today=TODAY) == f"18{N}Nov"
    assert formats.day(date(2024, 2, 29), "fr", today=TODAY) == f"29{N}févr. 2024"


def test_headings_of_days() -> None:
    assert formats.long_day(date(2026, 11, 19), "en", today=TODAY) == "Today"
    assert formats.long_day(date(2026, 11, 18), "fr", today=TODAY) == "Hier"
    assert formats.long_day(date(2026, 11, 5), "en", today=TODAY) == f"Thursday 5{N}November"
    assert formats.long_day(date(2026, 11, 5), "fr", today=TODAY) == f"Jeudi 5{N}novembre"


def test_the_full_moment_names_its_zone() -> None:
    value = datetime(2026, 11, 18, 15, 36, tzinfo=PARIS)
    assert formats.full_moment(value, "en") == "Wednesday 18 November 2026, 15:36 CET"
    assert formats.full_moment(value, "fr") == f"mercredi 18 novembre 2026, 15{N}h{N}36 CET"
    assert formats.full_moment(value.astimezone(UTC), "en") == "Wednesday 18 November 2026, 14:36 UTC"


def test_a_dated_moment_is_never_relative_and_says_the_year_of_another() -> None:
    value = datetime(2026, 11, 19, 8, 5, tzinfo=PARIS)
    assert formats.dated(value, "en", today=TODAY) == f"Thu 19{N}Nov, 08:05"
    assert formats.dated(value, "fr", today=date(2027, 1, 4)) == f"jeu. 19{N}nov. 2026, 8{N}h{N}05"


def test_a_phone_number_is_read_in_groups() -> None:
    assert phone("+33240550162") == "+33 2 40 55 01 62".replace(" ", N)
    assert phone("ask at the desk") == "ask at the desk"
    assert phone(None) == "–"
