"""Playbooks at work: who enters a stage is given its tasks and its limit, and whoever stays beyond it meets what was
agreed; found again from the stage history by whoever looks."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from agreements.models import State
from leads.actions.ledger import locked
from leads.actions.statuses import set_status_of
from leads.errors import StatusNeedsDay, StatusNeedsReason
from leads.models import (
    Contact,
    Fallback,
    Origin,
    PlaybookRun,
    PlaybookTask,
    PlaybookVersion,
    StageInterval,
    Transition,
    TransitionKind,
)
from leads.playbooks.text import limit_of
from lifecycle.models import Unit
from sla.actions.scope import EVERYTHING, Scope
from sla.calendar import HORIZON, CalendarError, WorkingCalendar
from sla.models import Calendar
from sla.notices import tell_limit_passed

logger = logging.getLogger(__name__)

BATCH: Final = 1000
SWEEP_BATCH: Final = 500
"""Stays that are found past their limit in one transaction."""
ONE_DAY: Final = timedelta(days=1)

_RESUME = """
UPDATE leads_playbookrun AS run SET stay_id = later.id
FROM leads_stageinterval AS later
JOIN leads_transition AS back ON back.id = later.transition_id
JOIN leads_transition AS gone ON gone.id = back.undoes_id
JOIN leads_stageinterval AS was ON was.contact_id = later.contact_id AND was.left_at = gone.at
    AND was.stage_id = later.stage_id
WHERE later.id = ANY(%s) AND run.stay_id = was.id
    AND NOT EXISTS (SELECT 1 FROM leads_playbookrun AS own WHERE own.stay_id = later.id)
"""


def stays_without_run(scope: Scope = EVERYTHING) -> Any:
    """Stays that last, of stages that have or had a playbook, and have no run yet."""
    stages = PlaybookVersion.objects.filter(agreement__in_force_from__isnull=False).values("stage")
    entries = Transition.objects.filter(kind=TransitionKind.STAGE, to_value__in=stages)
    stays = StageInterval.objects.filter(
        left_at=None, playbook_run=None, transition__in=scope.narrow(entries)
    )
    return stays.filter(contact__erasure=None)


@transaction.atomic
def open_runs(*, at: datetime, scope: Scope = EVERYTHING) -> int:
    """Give the stays in scope that have none their run, with its tasks; answer how many were given one.

    By the version in force at the entry; an entry before the first, or by imported history unless asked, gives none.
    Where leaving was taken back, the run of before goes on. Safe to run twice and at once: one run a stay and one task
    of a key a run are constraints. Eight queries, however many there are, and those of its transaction.
    """
    ids = list(stays_without_run(scope).order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    _resume(ids)
    versions = _versions()
    runs = [
        PlaybookRun(
            stay_id=stay.pk,
            contact_id=stay.contact_id,
            version=version,
            began_at=stay.given_at,
            promote_by=limit_of(version, stay.given_at),
        )
        for stay in _to_begin(ids)
        if (version := _in_force_at(versions.get(stay.stage_id, ()), stay.given_at))
    ]
    if not runs:
        return 0
    PlaybookRun.objects.bulk_create(runs, ignore_conflicts=True, batch_size=BATCH)
    made = PlaybookRun.objects.filter(stay__in=[run.stay_id for run in runs], tasks=None)
    tasks = _tasks(list(made.select_related("version")), _calendar())
    PlaybookTask.objects.bulk_create(tasks, ignore_conflicts=True, batch_size=BATCH)
    return len(runs)


def _resume(stay_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RESUME, [list(stay_ids)])


def _to_begin(stay_ids: Sequence[int]) -> Any:
    """Those still without a run that are not imported history, with when they `began_at`, and are `given_at`.

    A stay that takes a leave back began when the one before it did, and came as that one came.
    """
    before = StageInterval.objects.filter(
        contact=OuterRef("contact"), stage=OuterRef("stage"), left_at=OuterRef("transition__undoes__at")
    )
    rows = StageInterval.objects.filter(pk__in=stay_ids, playbook_run=None).annotate(
        began_at=Coalesce(Subquery(before.values("entered_at")[:1]), F("entered_at")),
        came_by=Coalesce(Subquery(before.values("transition__origin")[:1]), F("transition__origin")),
        came_with=Coalesce(Subquery(before.values("transition__facts")[:1]), F("transition__facts")),
    )
    # What an import gives, it gives when it is imported: nobody could have worked on it before.
    imported_at = Coalesce(
        Subquery(before.values("transition__recorded_at")[:1]), F("transition__recorded_at")
    )
    given = rows.annotate(given_at=Case(When(came_by=Origin.IMPORT, then=imported_at), default=F("began_at")))
    return given.filter(~Q(came_by=Origin.IMPORT) | Q(came_with__hand_over=True)).order_by("pk")


def _versions() -> dict[str, list[PlaybookVersion]]:
    """By stage, every version that is or was in force, the latest first."""
    found: dict[str, list[PlaybookVersion]] = defaultdict(list)
    rows = PlaybookVersion.objects.filter(
        agreement__state__in=(State.IN_FORCE, State.SUPERSEDED), agreement__retires=False
    )
    for row in rows.select_related("agreement").order_by("-agreement__in_force_from"):
        found[row.stage_id].append(row)
    return found


def _in_force_at(versions: Iterable[PlaybookVersion], at: datetime) -> PlaybookVersion | None:
    for version in versions:
        begins, ends = version.agreement.in_force_from, version.agreement.in_force_until
        if begins and begins <= at and (ends is None or at < ends):
            return version
    return None


def _calendar() -> WorkingCalendar | None:
    """The usual hours of the contract in force; None without a contract."""
    found = Calendar.objects.filter(contract__agreement__state=State.IN_FORCE, is_default=True).first()
    return found.working() if found else None


def _tasks(runs: Sequence[PlaybookRun], hours: WorkingCalendar | None) -> list[PlaybookTask]:
    known: dict[tuple[datetime, int, str], datetime] = {}
    tasks = []
    for run in runs:
        for position, task in enumerate(run.version.tasks, start=1):
            wanted = (run.began_at, int(task["within"]), str(task["unit"]))
            if wanted not in known:
                known[wanted] = due_at(hours, *wanted)
            tasks.append(PlaybookTask(run=run, task=task["key"], position=position, due_at=known[wanted]))
    return tasks


def due_at(hours: WorkingCalendar | None, began_at: datetime, within: int, unit: str) -> datetime:
    """When a task is due: so many working hours after the entry, or at the close of the working day so many on.

    By the clock alone where there are no hours, or none within the horizon.
    """
    plain = began_at + (timedelta(hours=within) if unit == Unit.HOURS else timedelta(days=within))
    if hours is None:
        return plain
    if unit == Unit.HOURS:
        try:
            return hours.deadline(began_at, timedelta(hours=within))
        except CalendarError:
            logger.exception("no working time for a task within %s hours", within)
            return plain
    day, last = began_at.astimezone(hours.tz).date(), (began_at + HORIZON).date()
    left = within
    while left and day < last:
        day += ONE_DAY
        left -= hours.is_working_day(day)
    slots = hours.slots_on(day)
    if left or not slots:
        return plain
    midnight = datetime.combine(day, time(), hours.tz)
    closes = datetime.combine(day, time(slots[-1].closes // 60 % 24, slots[-1].closes % 60), hours.tz)
    return closes if closes > midnight else datetime.combine(day + ONE_DAY, time(), hours.tz)


@transaction.atomic
def pass_limits(*, at: datetime) -> int:
    """Do what was agreed with the contacts whose limit has passed, once a stay; answer how many there were.

    Under the lock of the contact it is asked again whether it is still there: whoever moved it on, or took a move
    back, was there first. The status is set through its door, for a rule: what the rulebook blocks stays as it is.
    """
    due = PlaybookRun.objects.under_way().filter(passed_at=None, promote_by__lte=at)
    waiting = list(due.order_by("promote_by", "pk").values_list("pk", "contact")[:SWEEP_BATCH])
    if not waiting:
        return 0
    contacts = locked(contact for _pk, contact in waiting)
    related = ("version__stage", "version__fallback_status", "version__agreement")
    runs = list(due.filter(pk__in=[pk for pk, _contact in waiting]).select_related(*related).order_by("pk"))
    by_version: dict[int, list[PlaybookRun]] = defaultdict(list)
    for run in runs:
        run.passed_at, run.outcome = at, PlaybookRun.Outcome.TOLD
        if run.version.fallback == Fallback.STATUS:
            by_version[run.version_id].append(run)
    for group in by_version.values():
        _give_status(group, contacts, at=at)
    PlaybookRun.objects.bulk_update(runs, ("passed_at", "outcome"))
    tell_limit_passed([(run, contacts[run.contact_id]) for run in runs], at=at)
    return len(waiting)


def _give_status(runs: Sequence[PlaybookRun], contacts: Mapping[int, Contact], *, at: datetime) -> None:
    """Of one version; whoever has the status already keeps it."""
    version = runs[0].version
    status = version.fallback_status
    if status is None:
        return
    days, otherwise = version.fallback_days, PlaybookRun.Outcome.HELD
    try:
        with transaction.atomic():
            changed = set_status_of(
                [run.contact_id for run in runs],
                to=status.key,
                actor=None,
                at=at,
                origin=Origin.RULE,
                reason=f"Playbook {version.stage.name}, v{version.agreement.number}",
                recontact_on=timezone.localdate(at) + timedelta(days=days) if days else None,
            )
    except (StatusNeedsReason, StatusNeedsDay):  # it has come to ask for what this version does not know
        changed, otherwise = [], PlaybookRun.Outcome.ASKED
    took = {entry.contact_id for entry in changed}
    for run in runs:
        has_it = run.contact_id in took or contacts[run.contact_id].status_id == status.key
        run.outcome = PlaybookRun.Outcome.STATUS if has_it else otherwise
