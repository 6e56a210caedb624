"""How the tests of the doors look at a contact: its history, and that a refusal left no trace."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leads.errors import Refused
from leads.models import Contact, StageInterval
from tests.leads.tables import snapshot


def history(contact: Contact) -> list[tuple[str, object, object]]:
    intervals = StageInterval.objects.filter(contact=contact).order_by("entered_at")
    return [(interval.stage_id, interval.entered_at, interval.left_at) for interval in intervals]


def refused(error: type[Refused], change: Callable[[], object]) -> Refused:
    before = snapshot()
    with pytest.raises(error) as caught:
        change()
    assert snapshot() == before
    assert "%(" not in str(caught.value)
    return caught.value
