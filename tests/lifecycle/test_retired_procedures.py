"""The book after a procedure was retired: its name is free, nothing is measured, its history stays, it comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.actions import draft_from, propose, withdraw
from agreements.errors import NameTakenError
from agreements.models import Agreement, State
from leads.usage.words import misuse, places
from lifecycle.defaults import install_procedures
from lifecycle.models import Procedure, ProcedureVersion
from tests.agreements.retiring import REASON, retired
from tests.agreements.scenes import signed
from tests.factories.lifecycle import ProcedureFactory, ProcedureVersionFactory
from tests.factories.moments import NOW, later
from tests.leads.races import at_once
from tests.lifecycle.test_procedure_pages import sent
from tests.pages import Fields

pytestmark = pytest.mark.django_db

BOOK, NEW = "/procedures/", "/procedures/new/"


@pytest.fixture
def version() -> ProcedureVersion:
    return ProcedureVersion.objects.in_force().get(procedure__slug="a-recycled-lead")


@pytest.fixture
def end(version: ProcedureVersion, marketer: User, rep: User) -> Agreement:
    return retired(marketer, rep, version=version)


def another(as_marketer: Client) -> ProcedureVersion:
    """A new procedure under the name of the retired one."""
    answer = as_marketer.post(NEW, sent({"what_en": "Calls again."}, name_en="A recycled lead"))
    assert answer.status_code == 303
    return ProcedureVersion.objects.select_related("agreement", "procedure").get(agreement__state=State.DRAFT)


def test_the_book_lists_it_apart_with_date_reason_and_signatures(
    end: Agreement, as_rep: Client, marketer: User, rep: User
) -> None:
    page = as_rep.get(BOOK).content.decode()

    book, _, apart = page.partition('id="retired"')
    assert "A recycled lead" not in book
    for said in ("A recycled lead", "retired since", REASON, marketer.get_full_name(), rep.get_full_name()):
        assert said in apart


def test_its_page_tells_that_it_is_over_and_measures_nothing(
    end: Agreement, version: ProcedureVersion, as_marketer: Client
) -> None:
    page = as_marketer.get(f"/procedures/retired/{version.procedure_id}/").content.decode()

    assert "Retired since" in page
    assert REASON in page
    assert "It is retired: nothing is measured any more." in page
    assert "Put it back in force" in page
    assert "Draft the next version" not in page
    assert as_marketer.get("/procedures/a-recycled-lead/").status_code == 200  # old links lead there
    assert as_marketer.get(f"/agreements/{version.agreement_id}/").status_code == 200


def test_words_that_are_never_said_are_not_looked_for_in_it(
    version: ProcedureVersion, marketer: User, rep: User
) -> None:
    def found() -> tuple[int, int]:
        listed = [one for one in misuse(["recycled"], reader=rep, at=NOW) if str(one.kind) == "Procedure"]
        return len(listed), {str(kind): n for kind, n in places(["recycled"], at=NOW)}["Procedure"]

    before = found()
    retired(marketer, rep, version=version)
    after = found()

    assert before[0] > after[0]
    assert before[1] == after[1] + 1


def test_its_name_is_free_for_a_new_one_and_both_are_read(
    end: Agreement, version: ProcedureVersion, as_marketer: Client
) -> None:
    fresh = another(as_marketer)

    assert fresh.procedure_id != version.procedure_id
    assert fresh.agreement.number == 1
    assert "Calls again." in as_marketer.get("/procedures/a-recycled-lead/").content.decode()
    assert REASON in as_marketer.get(f"/procedures/retired/{version.procedure_id}/").content.decode()


def test_with_its_name_taken_it_is_not_taken_back(
    end: Agreement, as_marketer: Client, marketer: User
) -> None:
    fresh = another(as_marketer)

    with pytest.raises(NameTakenError):
        draft_from(ProcedureVersion.objects.get(agreement=end), actor=marketer, at=NOW)
    page = as_marketer.post(f"/agreements/{end.pk}/draft/", follow=True).content.decode()
    assert "Its name is another’s by now." in page
    assert not Agreement.objects.of(end.subject).open().exists()

    withdraw(fresh.agreement, actor=marketer, reason="No.", at=NOW)
    assert as_marketer.post(f"/agreements/{end.pk}/draft/").status_code == 303


def test_taken_back_by_a_new_version_it_has_its_name_again(
    end: Agreement, version: ProcedureVersion, as_marketer: Client, marketer: User, rep: User
) -> None:
    as_marketer.post(f"/agreements/{end.pk}/draft/")
    draft = Agreement.objects.open().get()
    taken = as_marketer.post(NEW, sent({"what_en": "Calls."}, name_en="A recycled lead"))
    assert taken.status_code == 422
    assert as_marketer.get(f"/procedures/retired/{version.procedure_id}/").status_code == 303

    signed(propose(draft, actor=marketer, at=later(days=1)), marketer, rep, at=later(days=1))

    version.procedure.refresh_from_db()
    assert version.procedure.freed_at is None
    page = as_marketer.get(BOOK).content.decode()
    assert 'id="retired"' not in page
    assert "A recycled lead" in page


def test_a_draft_to_take_it_back_that_is_withdrawn_leaves_the_name_free(
    end: Agreement, version: ProcedureVersion, as_marketer: Client, marketer: User
) -> None:
    as_marketer.post(f"/agreements/{end.pk}/draft/")
    withdraw(Agreement.objects.open().get(), actor=marketer, reason="No.", at=later(days=1))

    version.procedure.refresh_from_db()
    assert version.procedure.freed_at == NOW


def test_the_database_holds_one_procedure_of_a_name() -> None:
    ProcedureFactory.create(slug="twice")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureFactory.create(slug="twice")


def test_whoever_was_writing_on_it_keeps_the_words_and_may_take_it_back_with_them(
    version: ProcedureVersion, as_marketer: Client, marketer: User, rep: User
) -> None:
    address = "/procedures/a-recycled-lead/edit/"
    read = Fields(as_marketer.get(address).content.decode()).sent
    retired(marketer, rep, version=version)

    answer = as_marketer.post(address, read | {"purpose_en": "Words."})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "It is retired by now." in page
    kept = Fields(page).sent
    assert kept["purpose_en"] == "Words."
    assert as_marketer.post(address, kept).status_code == 303
    assert ProcedureVersion.objects.get(agreement__state=State.DRAFT).purpose_en == "Words."


def test_what_is_retired_is_not_written_on_before_it_is_taken_back(
    end: Agreement, as_marketer: Client
) -> None:
    answer = as_marketer.get("/procedures/a-recycled-lead/edit/")

    assert (answer.status_code, answer["Location"]) == (303, f"/agreements/{end.pk}/")


def test_an_update_of_the_product_does_not_bring_a_retired_default_back(end: Agreement) -> None:
    before = Procedure.objects.count()
    install_procedures(at=later(days=1))

    assert Procedure.objects.count() == before
    assert not ProcedureVersion.objects.in_force().filter(procedure__slug="a-recycled-lead").exists()


def test_the_book_costs_the_same_for_three_and_thirty_that_are_retired(
    as_rep: Client, marketer: User, rep: User
) -> None:
    counts = []
    as_rep.get(BOOK)  # the words of the glossary are in memory from here on
    for number in (3, 27):
        for _ in range(number):
            retired(marketer, rep, version=ProcedureVersionFactory.create(purpose_en="Why."))
        with CaptureQueriesContext(connection) as captured:
            as_rep.get(BOOK)
        counts.append(len(captured))

    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_of_one_who_takes_it_back_and_one_who_takes_its_name_at_once_one_reads_why_not(
    marketer: User, manager: User, rep: User, signed_in: Callable[[User], Client]
) -> None:
    version = ProcedureVersion.objects.in_force().get(procedure__slug="a-recycled-lead")
    end = retired(marketer, rep, version=version)
    one, two = (signed_in(person) for person in (marketer, manager))

    at_once(
        lambda: one.post(f"/agreements/{end.pk}/draft/"),
        lambda: two.post(NEW, sent({"what_en": "Calls."}, name_en="A recycled lead")),
    )

    assert Agreement.objects.open().count() == 1
    assert Procedure.objects.filter(slug="a-recycled-lead", freed_at=None).count() == 1
