"""Who is shown a row, of models that need no answer of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User

M = TypeVar("M", bound=models.Model)


class OpenQuerySet(models.QuerySet[M]):
    """What everybody who works here may read."""

    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()


class ShutQuerySet(models.QuerySet[M]):
    """What the machinery notes for itself."""

    def visible_to(self, user: User) -> Self:
        """Nobody is shown it."""
        return self.none()
