"""The ledger row of a change stays as it was written."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from leads.actions.stages import change_stage
from leads.models import Transition
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def test_a_ledger_row_cannot_be_changed_or_removed(rep: User) -> None:
    contact = ContactFactory.create()
    change_stage(contact, to="lead", actor=rep, at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        Transition.objects.update(reason="something nicer")
    with pytest.raises(IntegrityError), transaction.atomic():
        Transition.objects.filter(contact=contact)._raw_delete("default")
