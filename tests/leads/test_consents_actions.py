"""The door of consent: what it records, and what lifts a withdrawal."""

from __future__ import annotations

import pytest

from accounts.models import User
from leads.actions.consents import set_consent, set_consent_of
from leads.actions.ledger import Move
from leads.errors import ConsentWithdrawn
from leads.models import Origin
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW
from tests.leads.doors import refused

pytestmark = pytest.mark.django_db


def test_a_withdrawal_is_always_taken() -> None:
    contact = ContactFactory.create(consent="given")

    entry = set_consent(
        contact, to="withdrawn", actor=None, at=NOW, origin=Origin.API, facts={"link": "mail 12"}
    )

    assert entry is not None
    assert (entry.from_value, entry.to_value, entry.facts) == ("given", "withdrawn", {"link": "mail 12"})
    assert contact.consent == "withdrawn"


def test_only_a_person_with_a_reason_lifts_a_withdrawal(rep: User) -> None:
    contact = ContactFactory.create(consent="withdrawn")

    refused(
        ConsentWithdrawn, lambda: set_consent(contact, to="given", actor=None, at=NOW, origin=Origin.IMPORT)
    )
    refused(ConsentWithdrawn, lambda: set_consent(contact, to="given", actor=rep, at=NOW))
    set_consent(contact, to="given", actor=rep, at=NOW, reason="asked on the phone")

    assert contact.consent == "given"


def test_consents_of_many_never_lift_a_withdrawal() -> None:
    unknown, withdrawn = ContactFactory.create(), ContactFactory.create(consent="withdrawn")
    moves = [Move(contact.pk, "given", NOW) for contact in (unknown, withdrawn)]

    entries = set_consent_of(moves, actor=None, origin=Origin.IMPORT)

    assert [entry.contact_id for entry in entries] == [unknown.pk]
