"""Tells who may approve an erasure that contacts are due for one: once in a week while there are any."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import Role, User
from accounts.notifications import News, notify_all
from leads.models import ErasureRun
from leads.retention import due, due_at, retention_rule

DUE = gettext_noop("One contact is due to be erased by the retention rule, since %(day)s.")
DUE_MANY = gettext_noop(
    "%(count)s contacts are due to be erased by the retention rule, the first since %(day)s."
)


def remind_of_erasure(*, at: datetime) -> int:
    """Tell every administrator how many are due, since when, and where the list is; answer how many were told.

    On the first day of a week of the calendar on which somebody is due, and once in that week; by mail with what else
    can wait. Nobody is told while an approved run is under way. Four queries and those of telling, at any size.
    """
    rule = retention_rule()
    if rule is None or ErasureRun.objects.unfinished().exists():
        return 0
    since = due_at(rule.parameters, status="status", since="status_since")
    found = due(rule, at=at).aggregate(count=Count("pk"), first=Min(since))
    if not found["count"]:
        return 0
    year, week, _day = at.isocalendar()
    news = News(
        users=User.objects.active().filter(role=Role.ADMIN),
        kind="erasure_due",
        text=DUE if found["count"] == 1 else DUE_MANY,
        url=reverse("leads:retention"),
        key=f"erasure_due:{year}-{week}",
        params={"count": {"number": found["count"]}, "day": {"moment": found["first"].isoformat()}},
        can_wait=True,
    )
    return notify_all([news], at=at)
