"""Gives many contacts an owner or a status: a few at once, more by a worker in steps that can be lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_noop

from accounts.middleware import zone_of
from accounts.models import User
from accounts.notifications import notify
from leads.actions.ledger import By
from leads.actions.owners import assign_owner_of, check_owner, given_to
from leads.actions.statuses import check_status, set_status_of
from leads.changes import Change
from leads.errors import Refused, RuleAsks
from leads.models import BulkChange, Contact, Origin, Transition
from leads.policies import inquire, overriding
from lib.bell import ring_on_commit
from lifecycle.models import RuleEvent, Status

AT_ONCE: Final = 500
"""Contacts that are changed while the person waits; more are a worker's."""

STEP: Final = 2_000
"""Contacts of one transaction."""

TASK: Final = "leads.change_many"

FINISHED: Final = gettext_noop("%(changed)s of %(chosen)s contacts were changed.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to give: a status, or with none an owner, who may be nobody."""

    owner: User | None = None
    status: Status | None = None
    reason: str = ""
    recontact_on: date | None = None


def change_now(contact_ids: Sequence[int], wanted: Wanted, *, actor: User, at: datetime) -> int:
    """Answer how many were not so already. Raise as `assign_owner_of` and `set_status_of` do, for all of them."""
    return len(_changed(contact_ids, wanted, actor=actor, at=at))


@transaction.atomic
def begin_change(
    contact_ids: Sequence[int], wanted: Wanted, *, actor: User, at: datetime, rule_reason: str = ""
) -> BulkChange:
    """Hand it to a worker, once everything that speaks against it now was asked. Raise as `change_now` does."""
    changing = Contact.objects.filter(pk__in=contact_ids)
    if wanted.status is None:
        check_owner(wanted.owner)
        change, changing = given_to(wanted.owner), changing.exclude(owner=wanted.owner)
    else:
        check_status(wanted.status, reason=wanted.reason, recontact_on=wanted.recontact_on, at=at)
        change, changing = Change(RuleEvent.STATUS, wanted.status.key), changing.exclude(status=wanted.status)
    inquire(change, changing.values_list("pk", flat=True), by=By(Origin.PERSON, actor), at=at)
    run = BulkChange.objects.create(
        change=BulkChange.Kind.STATUS if wanted.status else BulkChange.Kind.OWNER,
        owner=wanted.owner,
        status=wanted.status,
        reason=wanted.reason,
        recontact_on=wanted.recontact_on,
        rule_reason=rule_reason,
        contact_ids=list(contact_ids),
        contact_count=len(contact_ids),
        asked_by=actor,
        asked_at=at,
    )
    ring_on_commit(TASK, run.pk)
    return run


@transaction.atomic
def change_step(run_id: int, *, at: datetime) -> bool:
    """Change the next STEP contacts; answer whether any are left. Twice at once, the second finds the rest.

    What speaks against it meanwhile ends it there: what was done stays, and the run says why. Today is that of whoever
    asked.
    """
    rows = BulkChange.objects.select_related("asked_by", "owner", "status")
    run = rows.select_for_update(of=("self",)).get(pk=run_id)
    if run.finished_at:
        return False
    ids = [] if run.stop_asked else run.contact_ids[run.place : run.place + STEP]
    wanted = Wanted(run.owner, run.status, run.reason, run.recontact_on)
    try:
        with transaction.atomic(), overriding(run.rule_reason):
            here = at.astimezone(zone_of(run.asked_by))
            run.changed_count += len(_changed(ids, wanted, actor=run.asked_by, at=here))
    except (Refused, RuleAsks) as refusal:
        with translation.override(run.asked_by.language):
            run.halted = str(refusal)
    else:
        run.place += len(ids)
    if run.halted or run.stop_asked or run.place == run.contact_count:
        run.finished_at, run.contact_ids = at, []
        run.save(update_fields=("place", "changed_count", "halted", "finished_at", "contact_ids"))
        _tell(run, at=at)
        return False
    run.save(update_fields=("place", "changed_count"))
    return True


def ask_to_stop(run: BulkChange) -> None:
    """The worker ends it after the step it is at; harmless when it has ended meanwhile."""
    BulkChange.objects.unfinished().filter(pk=run.pk).update(stop_asked=True)


def _changed(ids: Sequence[int], wanted: Wanted, *, actor: User, at: datetime) -> list[Transition]:
    if not ids:
        return []
    if wanted.status is None:
        return assign_owner_of(ids, to=wanted.owner, actor=actor, at=at, reason=wanted.reason)
    return set_status_of(
        ids,
        to=wanted.status.key,
        actor=actor,
        at=at,
        reason=wanted.reason,
        recontact_on=wanted.recontact_on,
    )


def _tell(run: BulkChange, *, at: datetime) -> None:
    notify(
        users=[run.asked_by],
        kind="bulk_change",
        text=FINISHED,
        params={"changed": {"number": run.changed_count}, "chosen": {"number": run.contact_count}},
        url=run.get_absolute_url(),
        key=f"bulk_change:{run.pk}",
        at=at,
        email=False,
    )
