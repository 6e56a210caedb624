"""Workers that are killed in the middle of an import: every row comes in once, and the counts say so."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from leads.imports import batches, running, runs
from leads.imports import mapping as mappings
from leads.models import Contact, ImportedRow, ImportRun, StageInterval, Touchpoint, Transition
from tests.factories.moments import NOW

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]

ROWS = 6_000
KILLS = 20
COLUMNS = ("email", "first_name", "company.name", "source", "created_at", "entered.mql")


@pytest.fixture(autouse=True)
def _small_batches_and_no_bell(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 250)
    monkeypatch.setattr("lib.bell.ring", lambda *args: True)
    settings.MEDIA_ROOT = tmp_path


def worker(run: ImportRun) -> int:
    """Fork a process that loads the import on connections of its own; its id."""
    connections.close_all()
    process = os.fork()
    if process == 0:
        try:
            running.run_batches(run.pk, clock=timezone.now)
        finally:
            os._exit(0)  # never back into the test run
    return process


def test_workers_killed_in_mid_import_bring_each_row_in_once() -> None:
    lines = [",".join(COLUMNS)]
    lines += [f"p{n}@x.fr,Ana,Company {n % 50},Fair,01/03/2026,01/04/2026" for n in range(ROWS)]
    run = runs.receive(["\n".join(lines).encode()], file_name="big.csv", actor=None, at=NOW)
    mapping = mappings.from_json({"columns": {name: name for name in COLUMNS}})
    runs.map_columns(run, mapping=mapping, actor=None, at=NOW)
    runs.start(run, at=NOW)
    moments = random.Random(3)
    reached: list[int] = []

    for _ in range(KILLS):
        process = worker(run)
        time.sleep(moments.uniform(0.05, 0.5))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        run.refresh_from_db()
        reached.append(run.position)
    until = time.monotonic() + 60
    while run.state == ImportRun.State.RUNNING and time.monotonic() < until:
        running.run_batches(
            run.pk, clock=timezone.now
        )  # the server may hold the lock of the last one a moment
        run.refresh_from_db()

    assert len(set(reached)) > 2, "the workers were never killed while there was work"
    assert (run.state, run.created_count, run.refused_count) == (ImportRun.State.DONE, ROWS, 0)
    assert Contact.objects.count() == Touchpoint.objects.count() == ImportedRow.objects.count() == ROWS
    assert Transition.objects.of_stage().count() == StageInterval.objects.count() == ROWS
