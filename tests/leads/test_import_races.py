"""Two windows on one file: what one of them did is never half undone by the other, and nobody meets a failure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from leads.imports import files, mapping, running, runs
from leads.imports.runs import DROPPED, ImportNotReadyError
from leads.models import ImportRun
from tests.factories.moments import NOW
from tests.leads.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

FILE = b"Email,First name\nana@client.test,Ana\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def run(marketer: User) -> ImportRun:
    received = runs.receive([FILE], file_name="contacts.csv", actor=marketer, at=NOW)
    runs.map_columns(received, mapping=mapping.from_json(received.mapping), actor=marketer, at=NOW)
    return received


def as_another_window_has_it(run: ImportRun) -> ImportRun:
    return ImportRun.objects.get(pk=run.pk)


def test_what_was_started_meanwhile_is_not_dropped_and_keeps_its_file(run: ImportRun) -> None:
    before = as_another_window_has_it(run)
    runs.start(run, at=NOW)

    with pytest.raises(ImportNotReadyError) as refusal:
        runs.drop(before)

    assert refusal.value.state == "running"
    assert files.path_of(run).exists()
    assert not running.run_batches(run.pk, clock=lambda: NOW)
    run.refresh_from_db()
    assert (run.state, run.created_count) == ("done", 1)


def test_what_was_dropped_meanwhile_is_neither_started_nor_mapped_nor_checked(
    run: ImportRun, marketer: User
) -> None:
    before = as_another_window_has_it(run)
    forecast = running.rehearse(before_started(before))
    runs.drop(run)
    assert not files.path_of(before).exists()

    kept = mapping.from_json(before.mapping)
    acts: list[Callable[[], None]] = [
        lambda: runs.start(before, at=NOW),
        lambda: runs.map_columns(before, mapping=kept, actor=marketer, at=NOW),
        lambda: runs.keep_forecast(before, forecast),
        lambda: runs.drop(before),
    ]
    for act in acts:
        with pytest.raises(ImportNotReadyError) as refusal:
            act()
        assert refusal.value.state == DROPPED
    assert not ImportRun.objects.exists()


def test_what_a_check_of_other_columns_said_is_not_kept(run: ImportRun, marketer: User) -> None:
    before = as_another_window_has_it(run)
    forecast = running.rehearse(before_started(before))
    anew = replace(mapping.from_json(run.mapping), on_conflict="overwrite")
    runs.map_columns(run, mapping=anew, actor=marketer, at=NOW)

    with pytest.raises(ImportNotReadyError):
        runs.keep_forecast(before, forecast)

    run.refresh_from_db()
    assert run.forecast == {}


def before_started(run: ImportRun) -> ImportRun:
    """As a rehearsal wants it."""
    run.started_at = NOW
    return run


@pytest.mark.parametrize("turn", range(4))
def test_of_a_start_and_a_drop_at_once_one_counts(
    turn: int, run: ImportRun, marketer: User, signed_in: Callable[[User], Client]
) -> None:
    def sent(step: str) -> Callable[[], int]:
        browser = signed_in(marketer)
        return lambda: browser.post(f"/imports/{run.pk}/{step}/", {"kind": "contacts"}).status_code

    answers = at_once(*map(sent, ("drop", "start", "columns", "check", "start", "drop")))

    assert set(answers) <= {303, 404, 422}
    left = ImportRun.objects.filter(pk=run.pk).first()
    assert files.path_of(run).exists() == (left is not None)
    assert left is None or left.state in ("running", "done")
