"""The four cells of the two by two: how many stand in each, and where they are listed."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from leads.models import Cell, ScoringModel
from leads.scoring.matrix import Matrix


def by_cell(matrix: Matrix) -> Mapping[Cell, int]:
    """The counts of the matrix under the names that tactics give its cells."""
    return {
        Cell.TARGET_READY: matrix.both,
        Cell.TARGET_LATER: matrix.fit_only,
        Cell.OTHER_READY: matrix.engagement_only,
        Cell.OTHER_LATER: matrix.neither,
    }


def list_of(cell: Cell, model: ScoringModel) -> str:
    """The address of the contacts that a cell counts."""
    fit = f"fit{'' if cell.is_target else '_under'}={model.fit_threshold}"
    engagement = f"engagement{'' if cell.is_ready else '_under'}={model.engagement_threshold}"
    return f"{reverse('leads:contact-list')}?{fit}&{engagement}"
