"""The sweep: looks for what follows from the rows of the database and does it, however often and late it runs.

It reads the two append-only tables below it, the ledger and the touchpoints, from a mark that stays an hour behind
the newest row: ids are given when a row is written and seen when it is committed, so a small id may appear late.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Max

from leads.models import Touchpoint, Transition
from sla.actions.clocks import SWEEP_BATCH, hasten_requested, record_breaches, stop_touched, warn_clocks
from sla.actions.distribution import distribute, release_leavers
from sla.actions.handing_over import follow_owners, hand_over, settle_departed
from sla.actions.playbooks import SWEEP_BATCH as RUNS_BATCH
from sla.actions.playbooks import open_runs, pass_limits
from sla.actions.scope import Scope
from sla.models import SweepMark

logger = logging.getLogger(__name__)

LEDGER, TOUCHES = "ledger", "touchpoints"

SLOWEST_COMMIT = timedelta(hours=1)
"""No transaction of ours takes longer; a row this old has been seen together with all before it."""


@dataclass
class Swept:
    """What a sweep came to, for the log."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)

    def __str__(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in self.counts.items() if count) or "nothing"


def sweep(*, at: datetime) -> Swept:
    """Hand over, settle, deal, hasten, stop, breach, warn, and work by the playbooks.

    A step that fails does not keep the others from running.

    Idle it costs about a dozen small queries.
    """
    ledger, touches = _unread(LEDGER), _unread(TOUCHES)
    swept = Swept()
    _steps(
        swept,
        handed_over=lambda: hand_over(at=at, scope=ledger),
        settled=lambda: settle_departed(at=at, scope=ledger),
        followed=lambda: follow_owners(at=at, scope=ledger),
        released=lambda: release_leavers(at=at),
        dealt=lambda: deal_all(at=at),
        hastened=lambda: hasten_requested(at=at, scope=touches),
        stopped=lambda: stop_touched(at=at, scope=touches),
        breached=lambda: _until_done(lambda: record_breaches(at=at)),
        warned=lambda: _until_done(lambda: warn_clocks(at=at)),
        played=lambda: open_runs(at=at, scope=ledger),
        passed=lambda: _until_done(lambda: pass_limits(at=at), batch=RUNS_BATCH),
    )
    if not swept.errors:
        _advance(LEDGER, ledger.narrow(Transition.objects.all()), at=at)
        _advance(TOUCHES, touches.narrow(Touchpoint.objects.all()), at=at)
    return swept


def hand_over_now(contact_ids: Iterable[int], *, at: datetime) -> Swept:
    """The same for contacts that just entered MQL, without waiting for the next minute."""
    scope = Scope.of(contact_ids)
    swept = Swept()
    _steps(
        swept,
        handed_over=lambda: hand_over(at=at, scope=scope),
        dealt=lambda: deal_all(at=at),
    )
    return swept


def play_now(contact_ids: Iterable[int], *, at: datetime) -> Swept:
    """Give contacts that just entered a stage the tasks and the limit of its playbook."""
    swept = Swept()
    _steps(swept, played=lambda: open_runs(at=at, scope=Scope.of(contact_ids)))
    return swept


def deal_all(*, at: datetime) -> int:
    """Deal in batches until no seat is free or every waiting lead was looked at once. Answers how many found a rep."""
    total, left = 0, set[int]()
    while not (dealt := distribute(at=at, besides=left)).is_over:
        total += dealt.assigned
        left |= dealt.left
    return total + dealt.assigned


def _steps(swept: Swept, **steps: Callable[[], int]) -> None:
    for name, step in steps.items():
        try:
            swept.counts[name] = step()
        except Exception as error:
            logger.exception("the sweep could not do its step %s", name)
            swept.errors.append(error)


def _until_done(step: Callable[[], int], *, batch: int = SWEEP_BATCH) -> int:
    """Run a step of at most so many rows again while it finds full batches."""
    total = done = step()
    while done == batch:
        done = step()
        total += done
    return total


def _unread(name: str) -> Scope:
    mark = SweepMark.objects.filter(name=name).first()
    return Scope(since_id=mark.position if mark else 0)


def _advance(name: str, unread: models.QuerySet[Any], *, at: datetime) -> None:
    seen = unread.filter(recorded_at__lt=at - SLOWEST_COMMIT).aggregate(last=Max("pk"))["last"]
    if seen:
        SweepMark.objects.update_or_create(name=name, defaults={"position": seen})
