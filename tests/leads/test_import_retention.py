"""What is left of an import when its days are over: counts, and neither file nor rows."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from leads.imports import files, retention, runs
from leads.imports.runs import ImportNotReadyError
from leads.models import Contact, ImportedRow, ImportRefusal, ImportRun
from tests.leads.test_import_loading import AT, imported, received

pytestmark = pytest.mark.django_db

FILE = "email,first_name\nana@new.test,Ana\nnobody,Bob\nalso no,Eve\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def cleared(at: Any, capture: Any) -> int:
    with capture(execute=True):
        return retention.clear_old(at=at)


def test_a_file_and_its_rows_go_after_ninety_days_and_the_counts_stay(
    django_capture_on_commit_callbacks: Any,
) -> None:
    run = imported(FILE)
    path = files.path_of(run)

    assert cleared(AT + timedelta(days=90), django_capture_on_commit_callbacks) == 0
    assert path.exists()
    assert cleared(AT + timedelta(days=90, seconds=1), django_capture_on_commit_callbacks) == 1

    run.refresh_from_db()
    assert not path.exists()
    assert not ImportedRow.objects.exists()
    assert not ImportRefusal.objects.exists()
    assert (run.created_count, run.refused_count, run.refused_reasons) == (1, 2, {"bad_email": 2})
    assert "samples" not in run.shape
    assert Contact.objects.get().email == "ana@new.test"
    assert cleared(AT + timedelta(days=91), django_capture_on_commit_callbacks) == 0


def test_a_file_that_nobody_imported_is_forgotten_wholly(django_capture_on_commit_callbacks: Any) -> None:
    path = files.path_of(received(FILE))
    assert cleared(AT + timedelta(days=91), django_capture_on_commit_callbacks) == 1
    assert not ImportRun.objects.exists()
    assert not path.exists()


def test_an_import_that_runs_is_left_alone(django_capture_on_commit_callbacks: Any) -> None:
    run = received(FILE)
    runs.start(run, at=AT)
    assert cleared(AT + timedelta(days=91), django_capture_on_commit_callbacks) == 0


def test_without_its_file_nothing_goes_on(django_capture_on_commit_callbacks: Any) -> None:
    run = imported(FILE)
    ImportRun.objects.update(state="stopped")
    cleared(AT + timedelta(days=91), django_capture_on_commit_callbacks)
    with pytest.raises(ImportNotReadyError):
        runs.start(run, at=AT + timedelta(days=92))


def test_the_page_says_until_when_and_afterwards_what_is_left(
    as_marketer: Client, django_capture_on_commit_callbacks: Any
) -> None:
    run = imported(FILE)
    assert "File and report are kept until" in as_marketer.get(run.get_absolute_url()).text

    cleared(AT + timedelta(days=91), django_capture_on_commit_callbacks)

    page = as_marketer.get(run.get_absolute_url()).text
    assert "The counts stay." in page
    assert "E-mail is not an address" in page
    assert "outcome=created" not in page
    assert as_marketer.get(f"{run.get_absolute_url()}refused/").status_code == 200
