"""What the playbooks leave to be done: a rep’s own, of a manager the team’s, most urgent first; ticked here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Refused as Forbidden
from accounts.access import SignedIn, require_role
from leads.access import may_edit
from leads.actions.playbooks import reopen_task, settle_task
from leads.errors import Refused
from leads.models import PlaybookTask
from leads.playbooks.reading import NEAR
from leads.playbooks.text import Task, tasks_of
from lifecycle.term_text import reader_language
from sla.todo import tasks_for
from sla.views.queue import SALES, queue_options

SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One task to do; `is_near` where the time limit of the stay is near or has passed."""

    row: PlaybookTask
    task: Task
    is_late: bool
    is_near: bool


@require_safe
@require_role(*SALES)
def task_list(request: SignedIn) -> HttpResponse:
    """The tasks that wait; whoever has more works from the top."""
    at = timezone.now()
    rows = tasks_for(request.user)
    shown = rows.select_related(
        "run__contact__company", "run__contact__owner", "run__version__stage", "run__version__agreement"
    )
    options = queue_options(request.user, shown="tasks", at=at)
    context = {
        "due": options[-1]["count"],
        "lines": [_line(row, at) for row in shown.order_by("due_at", "pk")[:SHOWN]],
        "count": rows.count(),
        "most": SHOWN,
        "options": options,
        "is_rep": request.user.has_role("rep"),
    }
    return render(request, "sla/tasks.html", context)


def _line(row: PlaybookTask, at: datetime) -> Line:
    named = {task.key: task for task in tasks_of(row.run.version.tasks, reader_language())}
    by = row.run.promote_by
    return Line(row, named[row.task], row.due_at < at, by is not None and by <= at + NEAR)


@require_POST
@require_role(*SALES)
def task_settle(request: SignedIn, task_id: int) -> HttpResponse:
    """Done, or left out; what is refused says why."""
    task = _task(request, task_id)
    how = request.POST.get("how", "")
    if how not in PlaybookTask.How.values:
        return HttpResponseBadRequest()
    try:
        settle_task(task, how=how, actor=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        is_done = how == PlaybookTask.How.DONE
        said = _("Done for %(name)s.") if is_done else _("Left out for %(name)s.")
        undo = reverse("sla:task-undo", args=(task.pk,))
        messages.success(request, said % {"name": task.run.contact.name}, extra_tags=f"undo:{undo}")
    return HttpResponseRedirect(reverse("sla:tasks"), status=303)


@require_POST
@require_role(*SALES)
def task_undo(request: SignedIn, task_id: int) -> HttpResponse:
    """Take back what one settled oneself, within thirty seconds."""
    try:
        reopen_task(_task(request, task_id), actor=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back."))
    return HttpResponseRedirect(reverse("sla:tasks"), status=303)


def _task(request: SignedIn, task_id: int) -> PlaybookTask:
    """Of a contact the reader sees and may work; 404 and 403 else."""
    seen = PlaybookTask.objects.visible_to(request.user).select_related("run__contact__owner")
    task = get_object_or_404(seen, pk=task_id)
    if not may_edit(request.user, task.run.contact):
        raise Forbidden(_("This contact is somebody else’s to work."), who=str(task.run.contact.owner or ""))
    return task
