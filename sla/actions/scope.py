"""Which rows of an append-only table a step looks at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models

Rows = TypeVar("Rows", bound=models.QuerySet[Any])


@dataclass(frozen=True)
class Scope:
    """The rows of some contacts, or those with an id above `since_id`; by itself, all of them."""

    contact_ids: frozenset[int] | None = None
    since_id: int = 0

    @classmethod
    def of(cls, contact_ids: Iterable[int]) -> Scope:
        return cls(frozenset(contact_ids))

    def narrow(self, rows: Rows) -> Rows:
        if self.contact_ids is None:
            return rows.filter(pk__gt=self.since_id)
        return rows.filter(contact__in=self.contact_ids)


EVERYTHING = Scope()
