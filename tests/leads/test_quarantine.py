"""Whoever is sent in with too little waits apart, with the reason, and is no contact until somebody completes them."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from leads.actions.quarantine import (
    discard_from_quarantine,
    quarantine,
    release_from_quarantine,
    take_in_contact,
)
from leads.actions.refresh import refresh_batch
from leads.errors import AlreadySettled, NothingKnown
from leads.imports import running, undoing
from leads.models import (
    Company,
    Consent,
    Contact,
    DirtyContact,
    ImportRefusal,
    Origin,
    QuarantinedContact,
    Transition,
)
from lifecycle.models import RuleMode, RuleVersion
from tests.factories.accounts import UserFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory, SourceFactory
from tests.factories.moments import NOW
from tests.leads.test_import_loading import AT, LATER, counts, imported, reasons, received

pytestmark = pytest.mark.django_db

FILE = (
    "email,first_name,last_name,phone,company.name,consent,owner,source,created_at,stage\n"
    "ana@new.test,Ana,Alba,,Armor,,,,,\n"
    ",Bob,Bois,,Halle,no,claire@here.test,Fair,01/03/2026,lead\n"
    ",Eve,Erm,06 12 48 77 03,Halle,,,,,\n"
)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def held() -> QuarantinedContact:
    return QuarantinedContact.objects.get()


# Imports


def test_a_row_with_neither_email_nor_phone_waits_and_the_others_come_in() -> None:
    run = imported(FILE)

    assert (counts(run), run.quarantined_count, run.row_count) == ((1, 0, 0, 1), 1, 3)
    assert reasons(run) == {4: "no_email"}
    row = held()
    assert (row.line, row.needs, row.rule_version, row.origin) == (3, "email,phone", 1, Origin.IMPORT)
    assert row.payload["first_name"] == "Bob"
    assert Contact.objects.count() == 1


def test_one_who_waits_is_never_scored_moved_or_handed_over() -> None:
    imported(",first_name\n,Bob\n".replace(",first", "email,first", 1))
    while refresh_batch(at=LATER).settled:
        pass
    assert QuarantinedContact.objects.waiting().count() == 1
    assert not Contact.objects.exists()
    assert not DirtyContact.objects.exists()
    assert not Transition.objects.exists()


def test_a_contact_known_by_another_systems_id_needs_no_more() -> None:
    run = imported("ref,first_name\nx1,Bob\n", columns={"ref": "external_id", "first_name": "first_name"},
                   identify_by="external_id", system="olist")  # fmt: skip
    assert (run.created_count, run.quarantined_count) == (1, 0)


def test_the_same_file_twice_keeps_each_person_once() -> None:
    imported(FILE)
    again = imported(FILE, at=LATER)
    assert (again.quarantined_count, reasons(again)) == (0, {3: "in_quarantine", 4: "no_email"})
    assert QuarantinedContact.objects.count() == 1


def test_a_rehearsal_counts_them_and_leaves_no_trace() -> None:

    run = received(FILE)
    run.started_at = AT
    assert running.rehearse(run)["quarantined"] == 1
    assert not QuarantinedContact.objects.exists()


def test_a_rule_that_only_warns_keeps_nobody_out() -> None:
    with unguarded(RuleVersion):
        RuleVersion.objects.filter(rule__key="minimum_information").update(mode=RuleMode.WARN)
    run = imported(FILE)
    assert run.quarantined_count == 0
    assert reasons(run) == {3: "no_email", 4: "no_email"}


def test_the_rule_in_force_decides_what_is_needed() -> None:
    with unguarded(RuleVersion):
        RuleVersion.objects.filter(rule__key="minimum_information").update(parameters={"any_of": ["company"]})
    run = imported("email,company.name\nana@new.test,\nbob@new.test,Halle\n")
    assert (run.created_count, run.quarantined_count, held().needs) == (1, 1, "company")


def test_taking_the_import_back_takes_those_who_wait() -> None:
    run = imported(FILE)
    assert undoing.forecast(run, rows=10, at=LATER)["quarantined"] == 1
    undoing.start(run, actor=None, at=LATER)
    undoing.run_batches(run.pk, clock=lambda: LATER)
    assert not QuarantinedContact.objects.exists()


# Letting in, discarding


def test_one_who_is_completed_comes_in_with_all_that_the_file_said(rep: User) -> None:
    claire = UserFactory.create(email="claire@here.test")
    imported(FILE)

    contact, is_new = release_from_quarantine(held(), changes={"email": "Bob@New.test"}, actor=rep, at=LATER)

    assert is_new
    assert (contact.email, contact.name, contact.stage_id) == ("bob@new.test", "Bob Bois", "lead")
    assert (contact.owner, contact.consent, contact.created_via) == (claire, Consent.WITHDRAWN, Origin.IMPORT)
    assert contact.company == Company.objects.get(name="Halle")
    assert contact.source is not None
    assert contact.source.name_en == "Fair"
    assert contact.touchpoints.get().kind == "imported"
    row = held()
    assert (row.state, row.payload, row.contact, row.settled_by) == ("released", {}, contact, rep)


def test_one_who_turns_out_to_be_known_completes_the_contact(rep: User) -> None:
    known = ContactFactory.create(email="bob@new.test", first_name="Robert", last_name="")
    imported(FILE)
    contact, is_new = release_from_quarantine(held(), changes={"email": "bob@new.test"}, actor=rep, at=LATER)
    assert (contact, is_new, contact.first_name, contact.last_name) == (known, False, "Robert", "Bois")


def test_one_who_still_lacks_everything_stays(rep: User) -> None:
    imported(FILE)
    with pytest.raises(NothingKnown):
        release_from_quarantine(held(), changes={"email": ""}, actor=rep, at=LATER)
    assert held().state == "waiting"


def test_one_who_is_discarded_is_forgotten_and_settled_once(rep: User) -> None:
    imported(FILE)
    discard_from_quarantine(held(), actor=rep, at=LATER)
    assert (held().state, held().payload) == ("discarded", {})
    with pytest.raises(AlreadySettled):
        discard_from_quarantine(held(), actor=rep, at=LATER)
    assert imported(FILE, at=LATER).quarantined_count == 1


# Other ways in


def test_a_form_or_another_system_is_never_refused_for_too_little(rep: User) -> None:
    source = SourceFactory.create(key="fair", name_en="Fair")
    values = {"first_name": "Bob", "source": source, "custom": {"size": 3}}

    taken = take_in_contact(values=values, company_name="Halle", actor=None, at=NOW, origin=Origin.API)
    again = take_in_contact(values=values, company_name="Halle", actor=None, at=NOW, origin=Origin.API)

    assert taken.contact is None
    assert taken.quarantined == again.quarantined == held()
    assert not Company.objects.exists()
    contact, _new = release_from_quarantine(held(), changes={"phone": "06 12 48 77 03"}, actor=rep, at=LATER)
    assert (contact.phone, contact.source, contact.custom) == ("+33612487703", source, {"size": 3})
    assert contact.company is not None
    assert contact.company.name == "Halle"


def test_with_enough_they_are_contacts_at_once() -> None:
    taken = take_in_contact(values={"email": "ana@new.test"}, actor=None, at=NOW, origin=Origin.API)
    assert taken.contact == Contact.objects.get()
    assert taken.is_new


# Pages


def test_the_list_says_who_waits_and_why_and_takes_what_is_missing(as_marketer: Client) -> None:
    run = imported(FILE)
    report = as_marketer.get(run.get_absolute_url()).text
    assert f"/contacts/quarantine/?import={run.pk}&amp;state=all" in report

    page = as_marketer.get(f"/contacts/quarantine/?import={run.pk}").text
    assert "Bob Bois" in page
    assert "Needed: e-mail or phone" in page

    wrong = as_marketer.post(f"/contacts/quarantine/{held().pk}/release/", {"email": ""})
    assert wrong.status_code == 422
    assert "Rule 1 (v1) does not allow this. What must be known: e-mail or phone." in wrong.text

    answer = as_marketer.post(f"/contacts/quarantine/{held().pk}/release/", {"email": "bob@new.test"})
    assert answer.status_code == 303
    assert Contact.objects.filter(email="bob@new.test").exists()
    assert "Nobody waits" in as_marketer.get("/contacts/quarantine/").text
    assert "Bob Bois" in as_marketer.get("/contacts/quarantine/?state=all").text


def test_the_list_is_filtered_by_what_is_missing(as_marketer: Client) -> None:
    imported(FILE)
    assert "Bob Bois" in as_marketer.get("/contacts/quarantine/?needs=email,phone").text
    assert "Nobody matches" in as_marketer.get("/contacts/quarantine/?state=discarded").text
    assert as_marketer.get("/contacts/quarantine/?needs=nonsense&import=x&at=y").status_code == 200


def test_discarding_asks_first(as_marketer: Client) -> None:
    imported(FILE)
    address = f"/contacts/quarantine/{held().pk}/discard/"
    assert "Discard Bob Bois" in as_marketer.get(address).text
    assert held().state == "waiting"
    assert as_marketer.post(address).status_code == 303
    assert held().state == "discarded"


def test_a_person_may_keep_somebody_apart_by_hand(as_rep: Client, rep: User) -> None:
    told = {"first_name": "Bob", "last_name": "Bois", "company_name": "Halle"}
    page = as_rep.post("/contacts/new/", told)
    assert page.status_code == 422
    assert "Keep in quarantine" in page.text
    assert not QuarantinedContact.objects.exists()

    assert as_rep.post("/contacts/new/", told | {"quarantine": "1"}).status_code == 303
    assert (held().created_by, held().payload["company_name"]) == (rep, "Halle")
    assert "Bob Bois" in as_rep.get("/contacts/quarantine/").text


def test_a_rep_sees_those_the_rep_put_there_only(as_rep: Client) -> None:
    quarantine(values={"first_name": "Zoe"}, actor=UserFactory.create(), at=NOW, origin=Origin.PERSON)
    assert "Zoe" not in as_rep.get("/contacts/quarantine/").text


def test_refusals_of_the_same_person_say_where_they_wait() -> None:
    imported(FILE)
    imported(FILE, at=LATER)
    assert ImportRefusal.objects.filter(reason="in_quarantine").count() == 1
