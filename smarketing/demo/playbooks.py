"""Some of the demo company's accepted leads are SQL by now, and what their playbook asks for is partly done."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final

from leads.actions.playbooks import choose_kind, settle_task
from leads.actions.stages import change_stage
from leads.models import Contact, PlaybookRun
from lifecycle.keys import StageKey, StatusKey
from sla.actions.playbooks import open_runs, pass_limits
from sla.models import Handoff

MOST: Final = 7
TALKED: Final = timedelta(days=1)
"""Between the day a lead came and the talk after which it was one for sales."""


def work_by_the_playbook(*, seed: int, now: datetime) -> None:
    """The oldest accepted leads that are still worked on move on, through the doors that their reps use."""
    chance = Random(seed)  # noqa: S311 - a story, no secret
    accepted = Handoff.objects.filter(state=Handoff.State.ACCEPTED).values("contact")
    moving = Contact.objects.filter(
        stage=StageKey.MARKETING_QUALIFIED,
        status=StatusKey.IN_PROGRESS,
        owner__isnull=False,
        stage_since__lt=now - 2 * TALKED,
        pk__in=accepted,
    )
    for contact in moving.select_related("owner").order_by("stage_since", "pk")[:MOST]:
        if contact.stage_since is not None:
            at = contact.stage_since + TALKED
            change_stage(contact, to=StageKey.SALES_QUALIFIED, actor=contact.owner, at=at)
    open_runs(at=now)
    for run in PlaybookRun.objects.under_way().select_related("contact__owner", "version").order_by("pk"):
        _work(run, chance, now=now)
    pass_limits(at=now)


def _work(run: PlaybookRun, chance: Random, *, now: datetime) -> None:
    """What is long due is done, mostly, and of most the kind is known."""
    owner = run.contact.owner
    if owner is None:
        return
    if run.version.kinds and chance.random() < 0.8:
        choose_kind(run, kind=chance.choice(run.version.kinds)["key"])
    for task in run.tasks.order_by("position"):
        done_at = task.due_at - timedelta(minutes=chance.randint(60, 400))
        if run.began_at < done_at < now and chance.random() < 0.8:
            settle_task(task, how="done", actor=owner, at=done_at)
