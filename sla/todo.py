"""Which tasks of the playbooks a person looks after."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Role, Side, User
from leads.models import PlaybookTask, PlaybookTaskQuerySet


def tasks_for(user: User) -> PlaybookTaskQuerySet:
    """Open ones of a rep's own contacts, of those of a sales manager's team and nobody's, of all for others."""
    rows = PlaybookTask.objects.visible_to(user).open()
    if user.role == Role.REP:
        return rows.filter(run__contact__owner=user)
    if user.side == Side.SALES and user.team_id is not None:
        mine = Q(run__contact__owner__team=user.team) | Q(run__contact__owner=None)
        return rows.filter(mine)
    return rows


def due_by_tonight(user: User, *, at: datetime) -> int:
    """How many of them are late or due today; what is due later nags nobody. One query."""
    morning = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return tasks_for(user).filter(due_at__lt=morning + timedelta(days=1)).count()
