"""Mail in files, where no server for it is named."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """One that an earlier start left open to all."""
    found = tmp_path / "mail"
    found.mkdir(mode=0o755)
    settings.EMAIL_FILE_PATH = str(found)
    return found


def test_nobody_else_on_the_machine_may_read_a_mail(folder: Path) -> None:
    connection = get_connection("lib.mail_files.EmailBackend")
    for number in range(2):
        EmailMessage(f"Link {number}", "https://…", to=["a@example.org"], connection=connection).send()

    kept = list(folder.iterdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert sum(path.read_text().count("Subject: Link") for path in kept) == 2
