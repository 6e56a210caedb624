"""What changes about a person holds from their next request on, whatever page they have open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from accounts.people import change_person, deactivate
from agreements.actions import propose, sign
from agreements.errors import MayNotSignError
from agreements.models import Signature
from smarketing import health
from tests.access_table import ADMIN, EVERYONE, INACTIVE, MANAGER, MARKETER, REP, ROWS, Row
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import RuleVersionFactory
from tests.factories.moments import NOW
from tests.fingerprint import changed_since, fingerprint, written
from tests.hostile import taken_back
from tests.pages import Fields

pytestmark = pytest.mark.django_db

LOSABLE = [
    row
    for row in ROWS
    if row.post and row.post & EVERYONE and EVERYONE - row.post and not row.borrowed and not row.unchanged
]


@pytest.fixture
def people(rep: User, marketer: User, manager: User, admin: User) -> dict[str, User]:
    inactive = UserFactory.create(is_active=False)
    return {REP: rep, MARKETER: marketer, MANAGER: manager, ADMIN: admin, INACTIVE: inactive}


@pytest.fixture(autouse=True)
def _files_and_moments(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(health, "STARTED", time.monotonic())
    with time_machine.travel(timezone.now(), tick=False):
        yield


def test_a_form_that_was_opened_with_the_right_is_refused_without_it(
    people: dict[str, User], signed_in: Callable[[User], Client]
) -> None:
    """Every form that some role may not send: opened by one who may, whose role and team change, and sent then."""
    before = fingerprint()
    wrong = []
    for row in LOSABLE:
        with taken_back():
            if problem := after_losing_the_right(row, people, signed_in, before):
                wrong.append(f"{row}: {problem}")

    assert wrong == []
    assert len(LOSABLE) > 40


def after_losing_the_right(
    row: Row, people: dict[str, User], signed_in: Callable[[User], Client], before: dict[str, Any]
) -> str:
    """What is wrong, if anything is."""
    assert row.post
    who, lost = min(row.post & EVERYONE), min(EVERYONE - row.post)
    url, data = row.addresses(people)[who], row.sent(people)[who]
    browser = signed_in(people[who])
    if row.opened:
        page: Any = browser.get(url)
        data = {**Fields(page.content.decode()).sent, **data}
    now = people[lost]
    User.objects.filter(pk=people[who].pk).update(role=now.role, team=now.team, may_sign=now.may_sign)
    before = before | written()

    answer = browser.post(url, data)

    if answer.status_code != row.refusal:
        return f"answers {answer.status_code} to {who} who is {lost} now, {row.refusal} was declared"
    return f"wrote to {changed}" if (changed := changed_since(before)) else ""


def a_proposal() -> Any:
    version = RuleVersionFactory.create(agreement__in_force=False)
    return propose(version.agreement, actor=UserFactory.create(), at=NOW)


@pytest.mark.parametrize(
    "lost", [{"may_sign": False}, {"team": None, "may_sign": False}], ids=["right", "team"]
)
def test_who_lost_the_right_to_sign_signs_no_page_that_was_open(
    lost: dict[str, Any], rep: User, admin: User, as_rep: Client
) -> None:
    proposal = a_proposal()
    page = as_rep.get(f"/agreements/{proposal.pk}/").content.decode()
    assert proposal.content_hash in page

    change_person(rep, values=lost, version=rep.version, actor=admin)
    before = fingerprint()
    answer = as_rep.post(f"/agreements/{proposal.pk}/sign/", {"hash": proposal.content_hash})

    assert answer.status_code == 403
    assert changed_since(before) == []
    assert (
        f'action="/agreements/{proposal.pk}/sign/"'
        not in as_rep.get(f"/agreements/{proposal.pk}/").content.decode()
    )


def test_a_right_that_went_while_the_request_was_on_its_way_is_gone(rep: User, admin: User) -> None:
    proposal = a_proposal()
    asking = User.objects.select_related("team").get(pk=rep.pk)
    change_person(rep, values={"may_sign": False}, version=rep.version, actor=admin)

    with pytest.raises(MayNotSignError):
        sign(proposal, actor=asking, read_hash=proposal.content_hash, at=NOW)


def test_who_changed_sides_signs_for_the_new_one(rep: User, admin: User, as_rep: Client) -> None:
    proposal = a_proposal()
    as_rep.get(f"/agreements/{proposal.pk}/")

    change_person(rep, values={"team": MarketerFactory.create().team}, version=rep.version, actor=admin)
    as_rep.post(f"/agreements/{proposal.pk}/sign/", {"hash": proposal.content_hash})

    assert Signature.objects.get(user=rep).side == "marketing"


def test_a_contact_that_went_to_another_team_is_gone_from_the_page_that_shows_it(
    rep: User, as_rep: Client
) -> None:
    contact = ContactFactory.create(owner=rep, status_id="new")
    page: Any = as_rep.get(f"/contacts/{contact.pk}/edit/")
    opened = Fields(page.content.decode()).sent
    type(contact).objects.update(owner=UserFactory.create(team=None))
    before = fingerprint()

    for change, sent in (
        ("edit", {**opened, "city": "Lyon"}),
        ("log", {"done": "call:spoke"}),
        ("status", {"to": "in_progress"}),
        ("stage", {"to": "lead"}),
        ("consent", {"to": "given", "reason": "Said so"}),
        ("answer", {"question": "need", "text": "Less paper"}),
    ):
        assert as_rep.post(f"/contacts/{contact.pk}/{change}/", sent).status_code == 404, change

    assert changed_since(before) == []


@pytest.mark.parametrize("how", ["deactivated", "password"])
def test_who_is_out_is_out_with_the_form_in_hand(how: str, rep: User, admin: User, as_rep: Client) -> None:
    contact = ContactFactory.create(owner=rep, status_id="new")
    page: Any = as_rep.get(f"/contacts/{contact.pk}/edit/")
    opened = Fields(page.content.decode()).sent
    if how == "deactivated":
        deactivate(rep, actor=admin)
    else:  # as `./manage.py changepassword` does, or the person elsewhere
        rep.set_password("another long password")
        rep.save(update_fields=["password"])
    before = fingerprint()

    for htmx in ({}, {"HX-Request": "true"}):
        address = f"/contacts/{contact.pk}/edit/"
        answer = as_rep.post(address, {**opened, "city": "Lyon"}, headers=htmx)
        location = answer.get("Location", "") or answer.get("HX-Redirect", "")
        assert location.startswith("/accounts/login/"), (answer.status_code, location)

    assert changed_since(before) == []
    assert as_rep.get("/settings/").status_code == 302


def test_a_new_role_opens_its_pages_at_once_and_closes_the_old_ones(
    rep: User, admin: User, as_rep: Client
) -> None:
    assert as_rep.get("/settings/operation/").status_code == 403
    promoted = change_person(rep, values={"role": Role.ADMIN}, version=rep.version, actor=admin)
    assert as_rep.get("/settings/operation/").status_code == 200

    change_person(promoted, values={"role": Role.MARKETER}, version=promoted.version, actor=admin)
    assert as_rep.get("/settings/operation/").status_code == 403
    assert as_rep.get("/queue/").status_code == 403
