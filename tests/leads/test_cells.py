"""Where a contact stands in the two by two is kept as scores are written, whoever writes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from leads.models import Cell, CellStay, Contact, ContactScore, ScoringModel
from leads.scoring.cells import by_cell, list_of
from leads.scoring.matrix import matrix
from leads.scoring.statement import rescore
from tests.factories.leads import (
    ContactFactory,
    ContactScoreFactory,
    ScoringModelFactory,
    ScoringRuleFactory,
    TouchpointFactory,
)
from tests.factories.moments import NOW, ago, later

pytestmark = pytest.mark.django_db


def stays_of(contact: Contact) -> list[tuple[str, Any, Any]]:
    return list(CellStay.objects.filter(contact=contact).values_list("cell", "entered_at", "left_at"))


@pytest.mark.parametrize(
    ("fit", "engagement", "cell"),
    [
        (60, 50, Cell.TARGET_READY),
        (60, 49, Cell.TARGET_LATER),
        (59, 50, Cell.OTHER_READY),
        (59, 49, Cell.OTHER_LATER),
    ],
)
def test_a_score_puts_its_contact_in_a_cell_by_the_thresholds_of_its_model(
    fit: int, engagement: int, cell: Cell
) -> None:
    score = ContactScoreFactory.create(fit=fit, engagement=engagement)

    assert stays_of(score.contact) == [(cell, NOW, None)]


def test_a_contact_leaves_a_cell_when_its_score_crosses_a_threshold_and_not_before() -> None:
    score = ContactScoreFactory.create(fit=70, engagement=40)
    for hours, engagement in ((1, 49), (2, 50), (3, 60), (4, 10)):
        ContactScore.objects.filter(pk=score.pk).update(engagement=engagement, scored_at=later(hours=hours))

    assert stays_of(score.contact) == [
        (Cell.TARGET_LATER, NOW, later(hours=2)),
        (Cell.TARGET_READY, later(hours=2), later(hours=4)),
        (Cell.TARGET_LATER, later(hours=4), None),
    ]


def test_whom_the_model_excludes_stands_nowhere() -> None:
    score = ContactScoreFactory.create(fit=70, engagement=60, is_excluded=True)
    assert stays_of(score.contact) == []

    ContactScore.objects.filter(pk=score.pk).update(is_excluded=False, scored_at=later(hours=1))
    ContactScore.objects.filter(pk=score.pk).update(is_excluded=True, scored_at=later(hours=2))

    assert stays_of(score.contact) == [(Cell.TARGET_READY, later(hours=1), later(hours=2))]


def test_the_scoring_of_everybody_keeps_the_cells_in_the_same_statement() -> None:
    model = ScoringModelFactory.create(fit_threshold=0, engagement_threshold=10)
    ScoringRuleFactory.create(model=model, axis="engagement", kind="call", points=20, half_life_days=10)
    called, quiet = ContactFactory.create_batch(2)
    TouchpointFactory.create(contact=called, kind="call", occurred_at=ago(hours=1))

    rescore(model=model, at=NOW)
    rescore(model=model, at=NOW + timedelta(days=30))

    assert [cell for cell, _from, _to in stays_of(called)] == [Cell.TARGET_READY, Cell.TARGET_LATER]
    assert [cell for cell, _from, _to in stays_of(quiet)] == [Cell.TARGET_LATER]


def test_another_threshold_moves_contacts_whose_scores_stay_what_they_are() -> None:
    score = ContactScoreFactory.create(fit=70, engagement=60)
    stricter = ScoringModelFactory.create(fit_threshold=80, engagement_threshold=50)
    ContactScore.objects.filter(pk=score.pk).update(model=stricter, scored_at=later(hours=1))

    assert [cell for cell, _from, _to in stays_of(score.contact)] == [Cell.TARGET_READY, Cell.OTHER_READY]


def test_nobody_stands_in_two_cells_at_once() -> None:
    score = ContactScoreFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        CellStay.objects.create(contact=score.contact, cell=Cell.OTHER_READY, entered_at=later(hours=1))


def test_the_cells_count_what_the_matrix_counts_and_their_doors_list_it(as_marketer: Any) -> None:
    model = ScoringModel.objects.in_force().get()
    for fit, engagement in ((60, 50), (99, 99), (60, 49), (59, 50)):
        ContactScoreFactory.create(fit=fit, engagement=engagement)
    counts = by_cell(matrix(Contact.objects.all(), model))

    assert counts == {
        Cell.TARGET_READY: 2,
        Cell.TARGET_LATER: 1,
        Cell.OTHER_READY: 1,
        Cell.OTHER_LATER: 0,
    }
    for cell, count in counts.items():
        listed = as_marketer.get(list_of(cell, model)).content.decode()
        assert listed.count("data-row-link") == count
