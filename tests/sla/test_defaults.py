"""The contract a new installation starts with."""

import pytest

from accounts.models import Side
from agreements.content import content_hash
from sla import defaults
from sla.models import Calendar, Clause, ContractVersion
from tests.factories.moments import INSTALLED, NOW

pytestmark = pytest.mark.django_db


def test_a_contract_with_clauses_of_both_sides_is_in_force_from_the_start() -> None:
    contract = ContractVersion.objects.in_force().get()
    assert contract.agreement.in_force_from == INSTALLED
    assert contract.agreement.content_hash == content_hash(contract.content())
    texts = contract.clauses.order_by("side", "position").values_list("side", "position", "text_en")
    assert list(texts) == [
        (Side.MARKETING, 1, "200 MQL a month"),
        (Side.MARKETING, 2, "60% of them accepted"),
        (Side.MARKETING, 3, "A refusal is answered within 5 working days"),
        (Side.SALES, 1, "First contact within 24 working hours, 4 for a request"),
        (Side.SALES, 2, "4 attempts in 15 days before Gone dark"),
        (Side.SALES, 3, "A refusal always has a typed reason"),
    ]


def test_every_clause_is_written_in_both_languages() -> None:
    assert not Clause.objects.filter(text_fr="").exists()


def test_the_office_opens_at_half_past_eight_and_closes_on_french_holidays() -> None:
    calendar = Calendar.objects.get(is_default=True)
    working = calendar.working("fr")
    assert [str(slot) for slot in working.slots_on(NOW.date())] == ["08:30-12:30", "13:30-18:00"]
    armistice = NOW.date().replace(day=11)
    assert working.closed_days[armistice] == "Armistice"
    assert working.slots_on(armistice) == ()


def test_installing_again_changes_nothing() -> None:
    defaults.install(at=NOW)
    assert ContractVersion.objects.count() == 1
