"""The import in a real browser: from the file to the report, on a desk and on a phone, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from leads.models import Contact, ImportRun
from leads.tasks import run_import
from tests.browser.conftest import Visits
from tests.browser.judging import assert_accessible, assert_fits
from tests.leads.test_import_pages import FILE


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_file_is_walked_to_its_report(visit: Visits, marketer: User, tmp_path: Path, language: str) -> None:
    file = tmp_path / "pollutec-2026.csv"
    file.write_text(FILE)
    page = visit("/imports/", user=marketer, language=language, theme="dark" if language == "fr" else "light")
    assert_accessible(page)
    page.locator("#id_file").set_input_files(file)
    page.locator(".sm-upload button").click()
    expect(page.locator("#h-map")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.set_viewport_size({"width": 1360, "height": 900})
    page.locator("#id_column-5").select_option("new:money")
    page.locator("form[data-guard] button.is-primary").click()
    expect(page.locator("#h-check")).to_be_visible()
    assert Contact.objects.count() == 0
    assert_accessible(page)
    assert_fits(page)
    page.locator("form[action$='/start/'] button").click()
    expect(page.locator("#progress")).to_be_visible()
    assert_accessible(page)
    run = ImportRun.objects.get()
    run_import(run.pk)
    expect(page.locator("#progress .sm-outlook")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    assert Contact.objects.count() == 2
