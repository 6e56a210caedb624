"""The contract's own rows in a draft: copied from the version it is taken from, rewritten from agreed numbers."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models

from accounts.models import User
from agreements.editing import Editing, write_draft
from sla.clause_texts import clause_text
from sla.models import Calendar, Clause, ContractVersion

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Terms:
    """What a drafter may set: targets with their parameters by metric, the default calendar, the preamble."""

    preamble_en: str
    preamble_fr: str
    promises: Mapping[str, tuple[Decimal, Mapping[str, Any]]]
    calendar: Mapping[str, Any]


def copy_clauses_and_calendars(old: ContractVersion, new: ContractVersion) -> None:
    """Give the new version rows of its own that say the same. Four queries."""
    Clause.objects.bulk_create(_copies(old.clauses.all(), new))
    Calendar.objects.bulk_create(_copies(old.calendars.all(), new))


def _copies(rows: models.QuerySet[M], contract: ContractVersion) -> list[M]:
    copies = []
    for row in rows:
        twin: Any = copy(row)
        twin.pk, twin._state.adding, twin.contract = None, True, contract
        copies.append(twin)
    return copies


def write_terms(
    editing: Editing, terms: Terms, *, revision: int, actor: User, at: datetime
) -> ContractVersion:
    """Save the terms as the draft, begun from the version in force when `revision` is that of it.

    The sentence of every clause is written anew from its numbers, in both languages. DraftChangedError when
    somebody else has begun or saved the draft since, WrongStateError when it is no draft any more.
    """
    draft: ContractVersion = write_draft(
        editing,
        values={"preamble_en": terms.preamble_en, "preamble_fr": terms.preamble_fr},
        revision=revision,
        actor=actor,
        at=at,
        rows=lambda version: _write_rows(version, terms),
    )
    return draft


def _write_rows(version: ContractVersion, terms: Terms) -> None:
    clauses = list(version.clauses.filter(metric__in=terms.promises))
    for clause in clauses:
        target, parameters = terms.promises[clause.metric]
        clause.target, clause.parameters = target, {**clause.parameters, **parameters}
        clause.text_en = clause_text(clause.metric, target, clause.parameters, "en")
        clause.text_fr = clause_text(clause.metric, target, clause.parameters, "fr")
    Clause.objects.bulk_update(clauses, ("target", "parameters", "text_en", "text_fr"))
    version.calendars.update_or_create(
        is_default=True, defaults=dict(terms.calendar), create_defaults={"key": "office", **terms.calendar}
    )
