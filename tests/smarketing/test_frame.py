"""The frame around every page: what whose rail shows, where a day begins, what badges cost."""

from __future__ import annotations

import re

import pytest
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from lifecycle.wordbook import stamp
from smarketing import navigation
from smarketing.context import COUNTED, Shell, asked
from smarketing.stylesheets import FIRST, FOLDER, LAST, bundle, names
from tests.factories.accounts import NotificationFactory

EVERY_PATH = frozenset(item.path for group in navigation.GROUPS for item in group.items)


@pytest.fixture
def whole_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that answers at every address of the rail."""
    monkeypatch.setattr(navigation, "exists", lambda path: True)


def labels(role: str) -> list[str]:
    return [str(item.label) for _group, items in navigation.groups_for(role) for item in items]


@pytest.mark.usefixtures("whole_product")
def test_what_a_role_never_uses_is_left_out() -> None:
    assert labels("rep")[:3] == ["Cockpit", "My queue", "To sign"]
    assert labels("marketer")[:3] == ["Cockpit", "Marketing desk", "To sign"]
    assert labels("manager")[:4] == ["Cockpit", "Team’s queue", "Marketing desk", "To sign"]
    assert labels("admin")[:2] == ["Cockpit", "To sign"]
    assert "Imports" not in labels("rep")
    assert "Imports" in labels("admin")


@pytest.mark.usefixtures("whole_product")
def test_each_role_begins_its_day_somewhere_else() -> None:
    assert navigation.home_of("rep") == "/queue/"
    assert navigation.home_of("marketer") == "/desk/"
    assert navigation.home_of("manager") == "/cockpit/"
    assert navigation.home_of("admin") == "/cockpit/"


@pytest.mark.usefixtures("whole_product")
def test_the_phone_has_four_tabs_and_more() -> None:
    assert [item.path for item in navigation.tabs_for("rep")] == [
        "/queue/",
        "/cockpit/",
        "/contacts/",
        "/agreements/",
    ]


def test_the_start_page_never_leads_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "exists", lambda path: False)
    assert navigation.home_of("rep") == "/keys/"


def test_all_badges_cost_one_query(rep: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    NotificationFactory.create_batch(3, user=rep)
    NotificationFactory.create()
    request = RequestFactory().get("/contacts/7/")
    request.user = rep
    shell = Shell(request)
    with django_assert_num_queries(1):
        assert shell.unread == 3
        assert shell.counts == {"queue": 0, "desk": 0, "to_sign": 0, "to_read": 0, "unread": 3}


def test_a_badge_follows_the_person_and_the_rows_though_its_statement_is_kept(
    rep: User, manager: User, admin: User
) -> None:
    for user in (rep, manager, admin, rep):
        before = asked(user)[0]["unread"]
        NotificationFactory.create(user=user)
        assert asked(user)[0]["unread"] == before + 1
    rows = {key: rows(manager).count() for key, rows in COUNTED.items()}
    assert asked(manager)[0] == rows


def test_the_frame_brings_the_state_of_the_glossary(rep: User) -> None:
    assert asked(rep)[1] == stamp()


def test_a_page_of_a_contact_marks_contacts_in_the_rail(rep: User) -> None:
    assert navigation.CONTACTS.covers("/contacts/7/")
    assert not navigation.CONTACTS.covers("/companies/")


def test_the_server_sets_the_two_fixed_colours(as_rep: Client, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(theme="dark")
    assert b'data-bs-theme="dark" data-theme="dark"' in as_rep.get("/kit/").content
    User.objects.filter(pk=rep.pk).update(theme="system")
    assert b'data-bs-theme="light" data-theme="system"' in as_rep.get("/kit/").content


def test_an_unknown_address_keeps_the_frame_and_says_what_to_do(as_rep: Client) -> None:
    response = as_rep.get("/nothing-here/")
    assert response.status_code == 404
    assert b"Nothing was changed" in response.content
    assert b'id="rail"' in response.content


def test_the_tokens_come_first_and_print_last() -> None:
    assert names()[: len(FIRST)] == FIRST
    assert names()[-1:] == LAST
    assert bundle().index("--sm-paper:#f6f5f2") < bundle().index(".sm-rail")


def test_only_the_tokens_name_a_colour() -> None:
    allowed = {"tokens", "print"}
    hexadecimal = re.compile(r":[^;{]*#[0-9a-fA-F]{3,8}\b")
    coloured = [
        name
        for name in names()
        if name not in allowed and hexadecimal.search((FOLDER / f"{name}.css").read_text())
    ]
    assert coloured == []


def test_every_class_of_ours_that_a_template_uses_is_drawn_somewhere() -> None:
    """A class without a rule is a typing mistake, or a page that nobody has looked at."""
    drawn = set(re.findall(r"\.(sm-[\w-]+)", bundle()))
    used: set[str] = set()
    for path in (FOLDER.parent.parent / "templates").rglob("*.html"):
        for attribute in re.findall(r'class="([^"]*)"', path.read_text()):
            words = re.sub(r"\{[{%].*?[%}]\}", " ", attribute).split()
            used |= {word for word in words if word.startswith("sm-") and not word.endswith("-")}
    assert sorted(used - drawn) == []


def test_no_rule_hides_the_fields_of_the_filters() -> None:
    """A rule written into the middle of a list of selectors takes all that stands before it."""
    hiding = re.findall(r"([^{}]+)\{[^{}]*display:\s*none", bundle())
    assert hiding
    assert [selectors for selectors in hiding if ".sm-filter-line" in selectors] == []
