"""Whatever anybody has written anywhere: on no page does it become markup, script or an address that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import CharField, F, TextField, Value
from django.db.models.functions import Cast, Concat
from django.test import Client

from accounts.models import User
from leads.scoring import loading
from lifecycle.wordbook import wordbook
from tests.access_table import ADMIN, INACTIVE, MANAGER, MARKETER, REP, ROWS
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.nightly]

OURS = ("accounts", "agreements", "lifecycle", "personas", "leads", "sla", "reporting")
EVIL = (
    '</script><script>alert(1)</script>"onmouseover="alert(2)" <img src=x onerror=alert(3)> '
    "[x](javascript:alert(4)) {{ 7 }} "
)
SHORT = '"><img src=x onerror=a()>'
FORMAL = {
    *("key", "slug", "covers", "password", "content_hash", "subject", "domain", "phone", "color", "icon"),
    *(
        "username",
        "email",
        "address",
        "time_zone",
        "language",
        "file",
        "path",
        "token",
        "secret",
        "utm_campaign",
    ),
    *("needs", "fingerprint", "country", "currency", "version_hash", "origin", "kind", "name_key", "search"),
}


class Running(HTMLParser):
    """What of a page a browser would run of what was typed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.is_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_script = tag == "script"
        for name, value in attrs:
            address = (value or "").strip().lower()
            is_ours = "alert(" in address or "a()" in address
            if (name.startswith("on") and is_ours) or address.startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value}>")
        if tag == "img" and ("src", "x") in attrs:
            self.found.append(str(attrs))

    def handle_data(self, data: str) -> None:
        if self.is_script and data.strip().startswith("alert("):
            self.found.append(data[:80])

    def handle_endtag(self, tag: str) -> None:
        self.is_script = False


def test_what_would_run_is_seen() -> None:
    """The control: each of the ways out, unescaped."""
    assert (
        len(Running(f"<p title=\"{EVIL}\">{EVIL}</p><a href='javascript:alert(4)'>x</a>{SHORT}").found) >= 5
    )


def texts_of(model: type[models.Model]) -> dict[str, str]:
    """What a person may have typed: columns of free text with the payload that fits them."""
    found = {}
    for field in model._meta.concrete_fields:
        is_text = type(field) in {CharField, TextField} and not field.choices and not field.primary_key
        if not is_text or field.name in FORMAL or field.generated or (field.unique and field.name != "name"):
            continue
        room = field.max_length or 10_000
        if room > len(SHORT) + 12:
            found[field.name] = EVIL if room > len(EVIL) + 12 else SHORT
    return found


def poison() -> list[str]:
    """Write it into every row past the doors; the columns that took it."""
    taken = []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET session_replication_role = replica")  # what is signed is frozen by triggers
        for model in apps.get_models():
            if model._meta.app_label in OURS and not model._meta.proxy and model._meta.managed:
                for name, text in texts_of(model).items():
                    mark = Concat(Value(text), Cast(F("pk"), TextField()))
                    if model._base_manager.exclude(**{name: ""}).update(**{name: mark}):
                        taken.append(f"{model._meta.label}.{name}")
        cursor.execute("SET session_replication_role = origin")
    return taken


PAGES = [row for row in ROWS if row.get and ADMIN in row.get and not row.borrowed]


@pytest.fixture
def people(rep: User, marketer: User, manager: User, admin: User) -> dict[str, User]:
    return {REP: rep, MARKETER: marketer, MANAGER: manager, ADMIN: admin, INACTIVE: UserFactory.create()}


@pytest.fixture(autouse=True)
def _files_of_imports(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What is signed never changes, so processes remember it; here it changed."""
    yield
    loading._remembered.cache_clear()
    wordbook.cache_clear()


def test_nothing_that_was_typed_runs_on_any_page(
    signed_in: Callable[[User], Client], people: dict[str, User]
) -> None:
    addresses: dict[str, str] = {}
    for row in PAGES:
        try:
            with transaction.atomic():
                addresses[str(row)] = row.addresses(people)[ADMIN]
        except (
            IntegrityError
        ):  # what another page asks for may stand only once: that page is looked at with its own
            continue
    taken = poison()
    assert len(taken) > 45
    browser = signed_in(people[ADMIN])
    browser.raise_request_exception = False

    found: dict[str, Any] = {}
    shown = 0
    for name, address in addresses.items():
        answer: Any = browser.get(address)
        if "html" not in answer.get("Content-Type", ""):
            continue
        page = answer.content.decode()
        shown += "alert(" in page or "onerror" in page
        runs = Running(page).found
        if runs or answer.status_code >= 500:
            found[name] = (answer.status_code, runs)
    assert found == {}
    assert len(addresses) > len(PAGES) - 10
    assert shown > 60
