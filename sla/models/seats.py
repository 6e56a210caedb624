"""What was changed of a seat in the distribution, by whom and when; appended and never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import Role, User


class SeatChangeQuerySet(models.QuerySet["SeatChange"]):
    def visible_to(self, user: User) -> SeatChangeQuerySet:
        """Those who see the seats: managers and administrators."""
        return self if user.is_active and user.role in (Role.MANAGER, Role.ADMIN) else self.none()


class SeatChange(models.Model):
    """One seat, changed once: what it said before, and since."""

    rep = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    daily_cap_before = models.PositiveSmallIntegerField()
    daily_cap = models.PositiveSmallIntegerField()
    weight_before = models.PositiveSmallIntegerField()
    weight = models.PositiveSmallIntegerField()
    is_active_before = models.BooleanField()
    is_active = models.BooleanField()

    objects = SeatChangeQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(daily_cap_before=F("daily_cap"))
                | ~Q(weight_before=F("weight"))
                | ~Q(is_active_before=F("is_active")),
                name="seat_change_changes_something",
            ),
            models.CheckConstraint(
                condition=Q(weight_before__gte=1, weight__gte=1), name="seat_change_weights_positive"
            ),
        )
        indexes = (models.Index(fields=("-at", "-id"), name="seat_change_newest"),)

    def __str__(self) -> str:
        return f"{self.rep_id} {self.at:%Y-%m-%d %H:%M}"
