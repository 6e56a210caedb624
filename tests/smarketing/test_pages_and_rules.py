"""The pages themselves against every mode of a rule: of one that the company wrote, and of a question of the product.

`test_doors_and_rules` calls the doors; here a browser's form goes through address, access, form, door and middleware.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leads.actions.sending import check_sending
from leads.models import (
    Contact,
    Deal,
    ImportRefusal,
    ImportRun,
    Origin,
    QuarantinedContact,
    RuleException,
    SendCheck,
    SendCheckLine,
)
from lifecycle.models import RuleVersion
from sla.models import Handoff
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory, DealFactory
from tests.factories.sla import ClockFactory, HandoffFactory, SeatFactory
from tests.fingerprint import changed_since, fingerprint
from tests.leads.test_import_rules import received
from tests.leads.test_policies import WHY, own_rule, rule_says
from tests.pages import Fields
from tests.smarketing.test_doors_and_rules import kept_apart

pytestmark = pytest.mark.django_db

MODES: Final = ("advise", "warn", "block")
Sent = tuple[str, dict[str, Any], Callable[[], bool]]
"""Where the form goes, what it sends, and what shows that it was taken."""


@dataclass(frozen=True)
class Page:
    """Who sends the form, the rule that speaks against it, and the scene.

    `own`: event and target of a rule of the company's own, which wants the job title known; else `key` of a question.
    """

    scene: Callable[[Client, User], Sent]
    own: tuple[str, str] | None = None
    key: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    is_sent_by_the_manager: bool = False


def somebody(rep: User, **values: Any) -> Contact:
    """The rep's, of whom no job title is known."""
    contact: Contact = ContactFactory.create(**{"owner": rep, "stage_id": "lead", "job_title": ""} | values)
    return contact


def somebody_due(rep: User, **values: Any) -> Contact:
    long_ago = timezone.now() - timedelta(days=400)
    return somebody(rep, **{"status_id": "unqualified", "status_since": long_ago} | values)


def is_so(contact: Contact, **values: object) -> Callable[[], bool]:
    return lambda: Contact.objects.filter(pk=contact.pk, **values).exists()


def a_new_contact(_: Client, rep: User) -> Sent:
    sent = {"email": "ana@new.test"}
    return "/contacts/new/", sent, Contact.objects.filter(**sent).exists


# The page of a contact


def an_edit(client: Client, rep: User) -> Sent:
    """What was known of the job is taken away."""
    contact = somebody(rep, job_title="Buyer")
    address = f"/contacts/{contact.pk}/edit/"
    return address, Fields(client.get(address).text).sent | {"job_title": ""}, is_so(contact, job_title="")


def an_edit_of_the_last_address(client: Client, rep: User) -> Sent:
    contact = somebody(rep, email="ana@client.test", phone="")
    address = f"/contacts/{contact.pk}/edit/"
    return address, Fields(client.get(address).text).sent | {"email": ""}, is_so(contact, email="")


def a_stage(_: Client, rep: User) -> Sent:
    contact = somebody(rep)
    return f"/contacts/{contact.pk}/stage/", {"to": "sql"}, is_so(contact, stage="sql")


def a_stage_back(_: Client, rep: User) -> Sent:
    contact = somebody(rep, stage_id="customer")
    sent = {"to": "sql", "reason": "By mistake"}
    return f"/contacts/{contact.pk}/stage/", sent, is_so(contact, stage="sql")


def a_status(_: Client, rep: User) -> Sent:
    contact = somebody(rep)
    return f"/contacts/{contact.pk}/status/", {"to": "in_progress"}, is_so(contact, status="in_progress")


def a_status_of_somebody_due(_: Client, rep: User) -> Sent:
    contact = somebody_due(rep)
    return f"/contacts/{contact.pk}/status/", {"to": "in_progress"}, is_so(contact, status="in_progress")


def an_owner_who_is_full(_: Client, rep: User) -> Sent:
    SeatFactory.create(user=rep, daily_cap=0)
    contact = HandoffFactory.create(contact__owner=None).contact
    return f"/contacts/{contact.pk}/owner/", {"to": rep.pk}, is_so(contact, owner=rep)


def an_owner_of_somebody_due(_: Client, rep: User) -> Sent:
    contact = somebody_due(rep, owner=None)
    return f"/contacts/{contact.pk}/owner/", {"to": rep.pk}, is_so(contact, owner=rep)


def an_owner(_: Client, rep: User) -> Sent:
    contact = somebody(rep, owner=None)
    return f"/contacts/{contact.pk}/owner/", {"to": rep.pk}, is_so(contact, owner=rep)


# Many at once


def many_given(_: Client, rep: User) -> Sent:
    contact = somebody(rep, owner=None)
    sent = {"change": "owner", "owner": rep.pk, "contact": [contact.pk]}
    return "/contacts/bulk/", sent, is_so(contact, owner=rep)


def many_statuses(_: Client, rep: User) -> Sent:
    contact = somebody(rep)
    sent = {"change": "status", "status": "in_progress", "contact": [contact.pk]}
    return "/contacts/bulk/", sent, is_so(contact, status="in_progress")


def many_owners(_: Client, rep: User) -> Sent:
    SeatFactory.create(user=rep, daily_cap=0)
    contact = HandoffFactory.create(contact__owner=None).contact
    sent = {"change": "owner", "owner": rep.pk, "contact": [contact.pk]}
    return "/contacts/bulk/", sent, is_so(contact, owner=rep)


# Deals


def a_deal(_: Client, rep: User) -> Sent:
    contact = somebody(rep, stage_id="sql")
    return f"/contacts/{contact.pk}/deals/new/", {"name": "Seats", "amount": "12"}, Deal.objects.exists


def a_deal_too_early(_: Client, rep: User) -> Sent:
    contact = somebody(rep, stage_id="mql")
    return f"/contacts/{contact.pk}/deals/new/", {"name": "Seats", "amount": "12"}, Deal.objects.exists


def a_deal_that_lacks_its_close(_: Client, rep: User) -> Sent:
    deal = DealFactory.create(contact=somebody(rep, stage_id="sql"), owner=rep, expected_close_on=None)
    quoted = Deal.objects.filter(pk=deal.pk, stage="quote")
    return f"/deals/{deal.pk}/move/", {"to": "quote"}, quoted.exists


def a_deal_moved(to: str, **sent: str) -> Callable[[Client, User], Sent]:
    """Of a contact whose job nobody knows; everything is known of the deal."""

    def scene(_: Client, rep: User) -> Sent:
        deal = DealFactory.create(
            contact=somebody(rep, stage_id="sql"),
            owner=rep,
            expected_close_on=timezone.localdate(),
            note="Three plants",
        )
        moved = Deal.objects.filter(pk=deal.pk, stage=to)
        return f"/deals/{deal.pk}/move/", {"to": to, **sent}, moved.exists

    return scene


# Messages


def a_list_all_the_same(client: Client, rep: User) -> Sent:
    """Checked before there was a rule."""
    contact = somebody(rep)
    check = check_sending([contact.email], actor=UserFactory.create(role="marketer"), at=timezone.now())
    decided = SendCheckLine.objects.filter(contact=contact, leave="despite")
    return f"/contacts/send-checks/{check.pk}/all-the-same/", {}, decided.exists


# Handoffs


def accepting(_: Client, rep: User) -> Sent:
    handoff = HandoffFactory.create(rep=rep, contact=somebody(rep, stage_id="mql"))
    accepted = Handoff.objects.filter(pk=handoff.pk, state="accepted")
    return f"/handoffs/{handoff.pk}/accept/", {}, accepted.exists


def accepting_somebody_due(_: Client, rep: User) -> Sent:
    handoff = HandoffFactory.create(rep=rep, contact=somebody_due(rep, stage_id="mql"))
    accepted = Handoff.objects.filter(pk=handoff.pk, state="accepted")
    return f"/handoffs/{handoff.pk}/accept/", {}, accepted.exists


def claiming(_: Client, rep: User) -> Sent:
    """Out of the queue of all, by deciding on it."""
    SeatFactory.create(user=rep, daily_cap=0)
    handoff = HandoffFactory.create(contact__owner=None)
    return f"/handoffs/{handoff.pk}/accept/", {}, Handoff.objects.filter(pk=handoff.pk, rep=rep).exists


def handing_over(_: Client, rep: User) -> Sent:
    SeatFactory.create(user=rep, daily_cap=0)
    handoff = HandoffFactory.create()
    given = Handoff.objects.filter(pk=handoff.pk, rep=rep)
    return f"/handoffs/{handoff.pk}/assign/", {"rep": rep.pk}, given.exists


def claiming_one_of_the_rule(_: Client, rep: User) -> Sent:
    handoff = HandoffFactory.create(contact__owner=None, contact__job_title="")
    return f"/handoffs/{handoff.pk}/accept/", {}, Handoff.objects.filter(pk=handoff.pk, rep=rep).exists


def handing_over_one_of_the_rule(_: Client, rep: User) -> Sent:
    handoff = HandoffFactory.create(contact__job_title="")
    given = Handoff.objects.filter(pk=handoff.pk, rep=rep)
    return f"/handoffs/{handoff.pk}/assign/", {"rep": rep.pk}, given.exists


def handing_over_a_contact_of_the_rule(_: Client, rep: User) -> Sent:
    """By its page: whoever decides on a waiting lead takes it, and its status."""
    handoff = HandoffFactory.create(contact__owner=None, contact__job_title="")
    return f"/contacts/{handoff.contact_id}/accept/", {}, Handoff.objects.filter(state="accepted").exists


# Quarantine


def settling(_: Client, rep: User) -> Sent:
    held = kept_apart()
    sent = {"email": "ana@new.test"}
    return f"/contacts/quarantine/{held.pk}/release/", sent, Contact.objects.filter(**sent).exists


def settling_one_written_down(_: Client, rep: User) -> Sent:
    """By hand: whom a file brought nobody creates by letting them out."""
    held = kept_apart()
    QuarantinedContact.objects.filter(pk=held.pk).update(origin=Origin.PERSON)
    sent = {"email": "ana@new.test"}
    return f"/contacts/quarantine/{held.pk}/release/", sent, Contact.objects.filter(**sent).exists


def settling_with_an_owner(_: Client, rep: User) -> Sent:
    """Whom the file gave to the rep."""
    held = kept_apart(owner=rep.pk)
    known = {"email": "ana@new.test"}
    given = Contact.objects.filter(**known, owner=rep)
    return f"/contacts/quarantine/{held.pk}/release/", known, given.exists


def settling_as_somebody_due(_: Client, rep: User) -> Sent:
    """What was kept apart names an owner of somebody whom we know and nobody has."""
    contact = somebody_due(rep, email="ana@new.test", owner=None)
    held = kept_apart(owner=rep.pk)
    address = f"/contacts/quarantine/{held.pk}/release/"
    return address, {"email": "ana@new.test"}, is_so(contact, owner=rep)


PAGES: Final[dict[str, Page]] = {
    "new, own": Page(a_new_contact, own=("contact", "")),
    "new, contact creation": Page(
        a_new_contact, key="contact_creation", parameters={"creators": ["marketers", "admins"]}
    ),
    "edit, own": Page(an_edit, own=("contact", "")),
    "edit, minimum information": Page(an_edit_of_the_last_address, key="minimum_information"),
    "stage, own": Page(a_stage, own=("stage", "sql")),
    "stage, regression": Page(
        a_stage_back, key="regression", parameters={"ways_back": {"customer": {"sql": "forbidden"}}}
    ),
    "status, own": Page(a_status, own=("status", "in_progress")),
    "status, retention": Page(a_status_of_somebody_due, key="retention"),
    "owner, distribution": Page(an_owner_who_is_full, key="distribution", is_sent_by_the_manager=True),
    "owner, retention": Page(an_owner_of_somebody_due, key="retention", is_sent_by_the_manager=True),
    "owner, own": Page(an_owner, own=("owner", ""), is_sent_by_the_manager=True),
    "bulk owner, own": Page(many_given, own=("owner", ""), is_sent_by_the_manager=True),
    "bulk, own": Page(many_statuses, own=("status", ""), is_sent_by_the_manager=True),
    "bulk, distribution": Page(many_owners, key="distribution", is_sent_by_the_manager=True),
    "deal, own": Page(a_deal, own=("deal", "")),
    "deal, deal creation": Page(a_deal_too_early, key="deal_creation"),
    "deal moved, deal information": Page(a_deal_that_lacks_its_close, key="deal_information"),
    "deal stage opened, own": Page(a_deal, own=("advance", "qualified")),
    "deal moved, own": Page(a_deal_moved("negotiation"), own=("advance", "negotiation")),
    "deal dragged, own": Page(a_deal_moved("quote", back="board"), own=("advance", "quote")),
    "deal won, own": Page(a_deal_moved("won", won_reason="Fast answers"), own=("advance", "won")),
    "deal lost, own": Page(a_deal_moved("lost", lost_reason="price"), own=("advance", "")),
    "accept, own": Page(accepting, own=("status", "in_progress")),
    "accept, retention": Page(accepting_somebody_due, key="retention"),
    "claim, own": Page(handing_over_a_contact_of_the_rule, own=("status", "in_progress")),
    "claim, own owner": Page(claiming_one_of_the_rule, own=("owner", "")),
    "hand over, own": Page(handing_over_one_of_the_rule, own=("owner", ""), is_sent_by_the_manager=True),
    "claim, distribution": Page(claiming, key="distribution"),
    "hand over, distribution": Page(handing_over, key="distribution", is_sent_by_the_manager=True),
    "quarantine, own": Page(settling, own=("contact", ""), is_sent_by_the_manager=True),
    "quarantine owner, own": Page(settling_with_an_owner, own=("owner", ""), is_sent_by_the_manager=True),
    "quarantine, contact creation": Page(
        settling_one_written_down,
        key="contact_creation",
        parameters={"creators": []},
        is_sent_by_the_manager=True,
    ),
    "quarantine, retention": Page(settling_as_somebody_due, key="retention", is_sent_by_the_manager=True),
}


def in_mode(page: Page, mode: str) -> RuleVersion:
    if page.own:
        return own_rule(page.own[0], mode, target=page.own[1])
    return rule_says(page.key, mode, **page.parameters)


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> Page:
    return PAGES[request.param]


@pytest.fixture
def sender(page: Page, rep: User, manager: User, client: Client) -> Client:
    """The rep, or a manager where it is for those who steer."""
    client.force_login(manager if page.is_sent_by_the_manager else rep)
    return client


def test_where_it_blocks_the_page_names_the_rule_and_the_database_is_as_it_was(
    page: Page, sender: Client, rep: User
) -> None:
    address, sent, happened = page.scene(sender, rep)
    rule = in_mode(page, "block")
    before = fingerprint()

    answer = sender.post(address, sent, follow=True)

    assert changed_since(before) == []
    assert f"Rule {rule.rule.number} (v1)" in answer.text
    assert not happened()


def test_where_it_warns_the_page_asks_first_and_the_same_form_goes_on_with_a_reason(
    page: Page, sender: Client, rep: User
) -> None:
    address, sent, happened = page.scene(sender, rep)
    rule = in_mode(page, "warn")
    before = fingerprint()

    asked = sender.post(address, sent)

    assert (asked.status_code, changed_since(before)) == (422, [])
    assert "The rulebook asks first" in asked.text
    assert f"Rule {rule.rule.number}, v1" in asked.text
    assert not happened()
    assert sender.post(address, {**sent, "rule_reason": WHY}).status_code == 303
    assert happened()
    noted = RuleException.objects.get()
    assert (noted.version, noted.how, noted.reason) == (rule, "overridden", WHY)


def test_where_it_advises_the_page_goes_on_and_it_is_noted(page: Page, sender: Client, rep: User) -> None:
    address, sent, happened = page.scene(sender, rep)
    rule = in_mode(page, "advise")

    assert sender.post(address, sent).status_code == 303

    assert happened()
    noted = RuleException.objects.get()
    assert (noted.version, noted.how, noted.reason) == (rule, "passed", "")


@pytest.mark.parametrize("mode", MODES)
def test_a_list_is_written_to_all_the_same_as_the_mode_allows(
    mode: str, as_manager: Client, rep: User
) -> None:
    """What is decided goes on record with the messages, see `test_own_rules_of_messages`."""
    address, _sent, decided = a_list_all_the_same(as_manager, rep)
    rule = own_rule("message", mode)
    before = fingerprint()

    answer = as_manager.post(address, follow=True)

    if mode == "advise":
        assert (decided(), "1 is written to all the same." in answer.text) == (True, True)
        return
    assert (changed_since(before), decided()) == ([], False)
    if mode == "block":
        assert f"Rule {rule.rule.number} (v1)" in answer.text
        return
    assert (answer.status_code, f"Rule {rule.rule.number}, v1" in answer.text) == (422, True)
    assert as_manager.post(address, {"rule_reason": WHY}).status_code == 303
    assert (decided(), SendCheck.objects.latest("pk").reason) == (True, WHY)


@pytest.mark.parametrize("mode", MODES)
def test_what_a_rep_wrote_is_asked_about_where_the_rule_warns_and_kept_in_every_mode(
    mode: str, as_rep: Client, rep: User
) -> None:
    contact = somebody(rep)
    rule = own_rule("message", mode, target="personal")
    address, sent = f"/contacts/{contact.pk}/log/", {"done": "sales_email:sent"}
    before = fingerprint()

    answer = as_rep.post(address, sent)
    if mode == "warn":
        assert (answer.status_code, changed_since(before)) == (422, [])
        assert f"Rule {rule.rule.number}, v1" in answer.text
        answer = as_rep.post(address, {**sent, "rule_reason": WHY})

    assert answer.status_code == 303
    noted = RuleException.objects.get()
    assert (noted.version, noted.actor, noted.reason) == (rule, rep, WHY if mode == "warn" else "")


def test_of_two_rules_that_warn_both_are_named_and_one_reason_answers_both(
    as_manager: Client, rep: User
) -> None:
    SeatFactory.create(user=rep, daily_cap=0)
    handoff = HandoffFactory.create(contact=somebody_due(rep, owner=None, stage_id="mql"))
    rules = {rule_says("distribution", "warn"), rule_says("retention", "warn")}
    address = f"/handoffs/{handoff.pk}/assign/"

    asked = as_manager.post(address, {"rep": rep.pk})

    assert (asked.status_code, RuleException.objects.exists()) == (422, False)
    assert "Rule 2, v1" in asked.text
    assert "Rule 7, v1" in asked.text
    assert as_manager.post(address, {"rep": rep.pk, "rule_reason": WHY}).status_code == 303
    assert {(note.version, note.reason) for note in RuleException.objects.all()} == {(r, WHY) for r in rules}


# An answer that comes late is evidence: refused by no mode


@pytest.mark.parametrize("mode", MODES)
def test_a_late_answer_is_asked_about_where_the_rule_warns_and_kept_in_every_mode(
    mode: str, as_rep: Client, rep: User
) -> None:
    handoff = HandoffFactory.create(rep=rep, contact=somebody(rep, stage_id="mql"))
    hours = timedelta(hours=1)
    at = timezone.now()
    ClockFactory.create(handoff=handoff, started_at=at - 5 * hours, warn_at=at - 2 * hours, due_at=at - hours)
    rule = rule_says("handoff_delay", mode)
    address, sent = f"/contacts/{handoff.contact_id}/log/", {"done": "call:spoke"}
    before = fingerprint()

    answer = as_rep.post(address, sent)
    if mode == "warn":
        assert (answer.status_code, changed_since(before)) == (422, [])
        answer = as_rep.post(address, {**sent, "rule_reason": WHY})

    assert answer.status_code == 303
    noted = RuleException.objects.get()
    assert (noted.version, noted.reason) == (rule, WHY if mode == "warn" else "")


# An import is started by a page and done by a worker: refused is the row, not the page

OF_A_CONTACT: Final = ("leads_contact", "leads_transition", "leads_stageinterval", "leads_ruleexception")


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def own(mode: str, rep: User) -> tuple[RuleVersion, str]:
    return own_rule("contact", mode), "email,city\nana@new.test,Lyon\n"


def own_of_owners(mode: str, rep: User) -> tuple[RuleVersion, str]:
    return own_rule("owner", mode), f"email,owner\nana@new.test,{rep.email}\n"


def of_distribution(mode: str, rep: User) -> tuple[RuleVersion, str]:
    SeatFactory.create(user=rep, daily_cap=0)
    HandoffFactory.create(contact__email="ana@known.test", contact__owner=None)
    return rule_says("distribution", mode), f"email,owner\nana@known.test,{rep.email}\n"


def of_retention(mode: str, rep: User) -> tuple[RuleVersion, str]:
    somebody_due(rep, email="ana@known.test")
    return rule_says("retention", mode), "email,status\nana@known.test,in_progress\n"


def of_creation(mode: str, rep: User) -> tuple[RuleVersion, str]:
    return rule_says("contact_creation", mode, importers=["admins"]), "email,city\nana@new.test,Lyon\n"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("file", [own, own_of_owners, of_creation, of_distribution, of_retention])
def test_an_import_from_its_page_obeys_every_mode(  # noqa: PLR0917  # fixtures are named, not placed
    media: None,
    file: Callable[[str, User], tuple[RuleVersion, str]],
    mode: str,
    as_marketer: Client,
    marketer: User,
    rep: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    rule, rows = file(mode, rep)
    type(rule.agreement).objects.filter(pk=rule.agreement_id).update(
        in_force_from=timezone.now() - timedelta(days=500)
    )
    run = received(rows, by=marketer, on_conflict="overwrite")
    as_marketer.post(f"/imports/{run.pk}/check/")
    before = {table: found for table, found in fingerprint().items() if table in OF_A_CONTACT}

    def started(**sent: str) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return as_marketer.post(f"/imports/{run.pk}/start/", sent).status_code

    def contacts() -> dict[str, tuple[int, str]]:
        return {table: found for table, found in fingerprint().items() if table in OF_A_CONTACT}

    if mode == "warn":
        assert (started(), contacts() == before) == (422, True)
    assert started(**({"rule_reason": WHY} if mode == "warn" else {})) == 303

    run = ImportRun.objects.get(pk=run.pk)
    assert run.state == ImportRun.State.DONE, run.error
    if mode == "block":
        refusal = ImportRefusal.objects.get()
        assert (refusal.reason, refusal.params) == ("rule_forbids", {"rule": rule.rule.number, "version": 1})
        assert contacts() == before
        assert (
            f"Rule {rule.rule.number} (v1) does not allow it"
            in as_marketer.get(f"/imports/{run.pk}/rows/?outcome=refused").text
        )
        return
    noted = RuleException.objects.get()
    assert (noted.version, noted.reason) == (rule, WHY if mode == "warn" else "")
    assert run.refused_count == 0
