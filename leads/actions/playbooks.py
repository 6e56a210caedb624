"""What people do with the playbook of a contact's stage: settle its tasks, take that back, say the kind."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from leads.actions.ledger import lock
from leads.actions.undoing import UNDO_WITHIN
from leads.errors import CannotUndo, KindNotAgreed, TaskSettled
from leads.models import PlaybookRun, PlaybookTask


@transaction.atomic
def settle_task(task: PlaybookTask, *, how: str, actor: User, at: datetime) -> PlaybookTask:
    """Note that a task was done, or is left out. Sent again by the same person, nothing changes.

    Raise TaskSettled when somebody settled it otherwise, or nobody works on the contact in that stage any more.
    """
    found = _locked(task)
    if (found.how, found.settled_by_id) == (how, actor.pk):
        return found
    if found.settled_at is not None or not PlaybookRun.objects.under_way().filter(pk=found.run_id).exists():
        raise TaskSettled(task=task.pk)
    found.how, found.settled_by, found.settled_at = how, actor, at
    found.save(update_fields=("how", "settled_by", "settled_at"))
    return found


@transaction.atomic
def reopen_task(task: PlaybookTask, *, actor: User, at: datetime) -> PlaybookTask:
    """Take back what the same person settled within the last thirty seconds. Raise CannotUndo."""
    found = _locked(task)
    if (
        found.settled_at is None
        or found.settled_by_id != actor.pk
        or not timedelta(0) <= at - found.settled_at <= UNDO_WITHIN
    ):
        raise CannotUndo(task=task.pk)
    found.how, found.settled_by, found.settled_at = "", None, None
    found.save(update_fields=("how", "settled_by", "settled_at"))
    return found


@transaction.atomic
def choose_kind(run: PlaybookRun, *, kind: str) -> PlaybookRun:
    """Say of which kind the contact is; empty for none. Raise KindNotAgreed.

    The kinds are those of the version that the run began with; once the contact has left the stage, it stays.
    """
    lock(run.contact_id)
    found = PlaybookRun.objects.select_related("version", "stay").get(pk=run.pk)
    agreed = {one["key"] for one in found.version.kinds}
    if found.stay.left_at is not None or kind not in {"", *agreed}:
        raise KindNotAgreed(kind=kind)
    found.kind = kind
    found.save(update_fields=("kind",))
    return found


def _locked(task: PlaybookTask) -> PlaybookTask:
    """As it is now, behind the lock of its contact: nobody moves it meanwhile."""
    lock(task.run.contact_id)
    return PlaybookTask.objects.select_related("run__stay").get(pk=task.pk)
