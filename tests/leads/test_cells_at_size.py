"""Noting in which cell everybody stands takes as long as there are contacts, not as long as their square."""

from __future__ import annotations

from time import perf_counter

import pytest
from django.db import connection

from leads.models import CellStay, Contact, ScoringModel
from tests.factories.leads import ContactFactory

BATCH = 6_000

SCORED = """
INSERT INTO leads_contactscore (contact_id, fit, engagement, is_excluded, scored_at, model_id)
SELECT id, 50, %(engagement)s, false, now(), %(model)s FROM (
    SELECT id FROM leads_contact ORDER BY id OFFSET %(first)s LIMIT %(batch)s
) AS contact
ON CONFLICT (contact_id) DO UPDATE SET engagement = excluded.engagement
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_vacuumed", [False, True], ids=["never counted", "counted when empty"])
def test_a_later_batch_takes_no_longer_than_the_first(is_vacuumed: bool) -> None:
    contacts(3 * BATCH)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) leads_contact")
        if is_vacuumed:
            cursor.execute("VACUUM (ANALYZE) leads_cellstay")

    entering = [scored(first, engagement=90) for first in (0, BATCH, 2 * BATCH)]
    crossing = [scored(first, engagement=0) for first in (0, BATCH, 2 * BATCH)]

    assert CellStay.objects.filter(left_at=None).count() == 3 * BATCH
    assert CellStay.objects.exclude(left_at=None).count() == 3 * BATCH
    # Compared with everybody, each of them took twenty times as long as the first.
    assert min(entering[1:]) < 6 * entering[0]
    assert min(crossing) < 6 * entering[0]


def contacts(count: int) -> None:
    """That many, alike but for their addresses."""
    like = ContactFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_contactscore")
        columns = ", ".join(
            str(field.column)
            for field in Contact._meta.concrete_fields
            if not field.generated and field.column not in ("id", "email")
        )
        cursor.execute(
            f"INSERT INTO leads_contact (email, {columns}) SELECT n || '@large.test', {columns}"
            " FROM leads_contact, generate_series(2, %s) AS n WHERE id = %s",
            [count, like.pk],
        )


def scored(first: int, *, engagement: int) -> float:
    """Seconds that it took to write the scores of the batch from that contact on."""
    model = ScoringModel.objects.in_force().get()
    began = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(SCORED, {"engagement": engagement, "model": model.pk, "first": first, "batch": BATCH})
    return perf_counter() - began
