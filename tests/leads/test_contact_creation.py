"""Who may bring contacts in: by hand and by a file, by role and team; what is created says who, when and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Team, User
from agreements.models import State
from leads.actions.contacts import create_contact
from leads.actions.quarantine import quarantine, release_from_quarantine
from leads.errors import RuleForbids
from leads.models import Contact, Deal, ImportRefusal, ImportRun, Origin, QuarantinedContact, RuleException
from lifecycle.creation import EVERYBODY, is_named, members, named_in
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW
from tests.leads.test_import_rules import loaded, received
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db

KEY = RuleKey.CONTACT_CREATION
TWO = "email,city\nana@known.test,Lyon\nbob@new.test,Lyon\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def test_groups_and_teams_say_the_same_in_python_and_in_sql() -> None:
    teams = [*Team.objects.all()[:1], Team.objects.create(name="Inside sales", side="sales")]
    people = [
        UserFactory.create(role=role, team=team)
        for role in ("rep", "marketer", "manager", "admin")
        for team in (None, *teams)
    ]
    named = [[], *([key] for key in EVERYBODY), [f"team:{teams[-1].pk}"], ["reps", "managers_sales"]]
    for names in named:
        found = set(User.objects.filter(members(names)).filter(pk__in=[one.pk for one in people]))
        assert found == {one for one in people if is_named(one, names)}, names


def test_a_version_that_says_nothing_of_a_way_names_everybody() -> None:
    assert named_in({}, "creators") == EVERYBODY


def test_the_refusal_says_who_may(rep: User, marketer: User) -> None:
    rule_says(KEY, "block", creators=["marketers", f"team:{marketer.team_id}"])
    with pytest.raises(RuleForbids) as refused:
        create_contact(values={"email": "a@b.test"}, actor=rep, at=NOW)
    assert "Contacts are created by hand by: Marketers, " in str(refused.value)
    assert create_contact(values={"email": "a@b.test"}, actor=marketer, at=NOW).created_by == marketer


def test_who_may_not_create_writes_nobody_down_for_later_either(as_rep: Client, rep: User) -> None:
    rule_says(KEY, "block", creators=["marketers"])
    sent = {"first_name": "Ana", "quarantine": "1"}
    answer = as_rep.post("/contacts/new/", sent)
    assert (answer.status_code, "Contacts are created by hand by" in answer.text) == (422, True)
    assert not QuarantinedContact.objects.exists()
    rule_says(KEY, "warn", creators=["marketers"])
    assert as_rep.post("/contacts/new/", sent).status_code == 303
    assert QuarantinedContact.objects.get().created_by == rep


def test_whom_a_file_brought_is_let_in_by_whoever_looks_after_it(rep: User) -> None:
    """Nobody creates them by hand: where nobody may, they could only be discarded."""
    rule_says(KEY, "block", creators=[])
    held = quarantine(values={"first_name": "Ana"}, actor=None, at=NOW, origin=Origin.IMPORT)
    contact, is_new = release_from_quarantine(held, changes={"email": "ana@new.test"}, actor=rep, at=NOW)
    assert (contact.created_via, is_new) == (Origin.IMPORT, True)


def test_the_pages_say_it_before_anything_is_written(as_rep: Client, as_marketer: Client) -> None:
    rule_says(KEY, "block", creators=["admins"], importers=["admins"])
    for client, url in ((as_rep, "/contacts/new/"), (as_marketer, "/imports/")):
        assert "The rulebook names others for this." in client.get(url).content.decode()
    rule_says(KEY, "block", creators=EVERYBODY, importers=EVERYBODY)
    for client, url in ((as_rep, "/contacts/new/"), (as_marketer, "/imports/")):
        assert "The rulebook names others for this." not in client.get(url).content.decode()


def test_a_file_of_somebody_who_may_not_brings_nobody_new_and_completes_whom_we_know(
    marketer: User,
) -> None:
    rule_says(KEY, "block", importers=["admins"])
    known = ContactFactory.create(email="ana@known.test")
    loaded(received(TWO, by=marketer))
    known.refresh_from_db()
    assert (known.city, Contact.objects.count()) == ("Lyon", 1)
    assert ImportRefusal.objects.get().reason == "rule_forbids"


def test_where_it_warns_a_file_comes_in_for_the_reason_given(marketer: User) -> None:
    rule = rule_says(KEY, "warn", importers=["admins"])
    ContactFactory.create(email="ana@known.test")
    loaded(received(TWO, by=marketer), reason="The fair")
    note = RuleException.objects.get()
    assert (note.version, note.reason, note.contact.email) == (rule, "The fair", "bob@new.test")
    assert note.contact.created_by == marketer


def test_whoever_may_imports_as_before(marketer: User) -> None:
    rule_says(KEY, "block", creators=[], importers=["marketers"])
    run = loaded(received(TWO, by=marketer))
    assert (run.created_count, RuleException.objects.count()) == (2, 0)


def test_a_file_of_deals_brings_no_person_either(marketer: User) -> None:
    rule_says(KEY, "block", importers=["admins"])
    run = received(
        "email,deal.name\nbob@new.test,M\n",
        by=marketer,
        kind="deals",
        deal_stage="qualified",
        on_unknown_contact="create",
    )
    loaded(run)
    assert not Contact.objects.exists()
    assert not Deal.objects.exists()
    assert ImportRefusal.objects.get().params["rule"] == 11


def test_the_contact_page_says_when_by_whom_and_how(as_rep: Client, rep: User) -> None:
    contact = create_contact(values={"email": "a@b.test"}, actor=rep, at=NOW)
    page = as_rep.get(contact.get_absolute_url()).content.decode()
    assert f"{rep}, by hand" in page


def test_it_is_written_signed_and_compared_like_the_others(as_marketer: Client) -> None:
    sent = {
        "question_en": "Who?",
        "question_fr": "",
        "text_en": "Marketing.",
        "text_fr": "",
        "mode": "block",
        "revision": "1",
        "parameter_creators": ["marketers", "managers_marketing"],
        "parameter_importers": [],
    }
    assert as_marketer.post(f"/rules/{KEY}/edit/", sent).status_code == 303
    draft = RuleVersion.objects.get(rule__key=KEY, agreement__state=State.DRAFT)
    assert draft.parameters == {"creators": ["marketers", "managers_marketing"], "importers": []}
    page = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()
    assert "Contacts of three months, brought in by somebody who may not" in page
    assert "Managers of marketing" in page


def test_who_imports_by_command_is_held_to_it_too(marketer: User, tmp_path: Path) -> None:
    rule_says(KEY, "block", importers=["admins"])
    file = tmp_path / "new.csv"
    file.write_text("email,city\nbob@new.test,Lyon\n")
    call_command("import_contacts", str(file), "--as", marketer.email)
    assert (Contact.objects.count(), ImportRun.objects.get().refused_count) == (0, 1)
