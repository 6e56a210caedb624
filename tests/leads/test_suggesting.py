"""What is sent next is what buyers of the same persona had seen and the contact has not."""

from __future__ import annotations

from typing import Any

import pytest

from leads.models import Contact
from leads.suggesting import Suggestion, send_next
from tests.factories.leads import ContactFactory, DealFactory, TouchpointFactory
from tests.factories.moments import NOW, ago
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db


def reads(contact: Contact, title: str, *, days_ago: float = 30, **fields: Any) -> None:
    values = {"kind": "download", "occurred_at": ago(days=days_ago), **fields}
    TouchpointFactory.create(contact=contact, attributes={"title": title}, **values)


def buyers(number: int, **fields: Any) -> list[Contact]:
    contacts = ContactFactory.create_batch(number, **fields)
    for contact in contacts:
        DealFactory.create(contact=contact, stage="won", opened_at=ago(days=60), closed_at=ago(days=10))
    return contacts


def test_the_title_most_buyers_had_seen_is_suggested() -> None:
    for number, buyer in enumerate(buyers(6)):
        reads(buyer, "Three plants, one plan")
        if number < 2:
            reads(buyer, "Guide to metering")
    contact = ContactFactory.create()

    assert send_next(contact, at=NOW) == Suggestion("Three plants, one plan", "download", 6, 6)

    reads(contact, "Three plants, one plan", days_ago=1)
    assert send_next(contact, at=NOW) == Suggestion("Guide to metering", "download", 2, 6)


def test_what_came_after_the_deal_what_robots_read_and_too_few_buyers_say_nothing() -> None:
    found = buyers(5)
    for buyer in found:
        reads(buyer, "Onboarding", days_ago=5)
        reads(buyer, "Newsletter", is_human=False)
    assert send_next(ContactFactory.create(), at=NOW) is None

    for buyer in found[:4]:
        reads(buyer, "Guide")
    assert send_next(ContactFactory.create(), at=NOW) == Suggestion("Guide", "download", 4, 5)
    assert send_next(found[0], at=NOW) is None


def test_only_buyers_of_the_same_persona_count() -> None:
    persona = PersonaVersionFactory.create().persona
    for buyer in buyers(5, persona=persona):
        reads(buyer, "For plant managers")
    for buyer in buyers(8):
        reads(buyer, "For everybody")

    assert send_next(ContactFactory.create(persona=persona), at=NOW) == Suggestion(
        "For plant managers", "download", 5, 5
    )
