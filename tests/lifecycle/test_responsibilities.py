"""Who answers for what by stage: agreed line by line, shown with the definitions and on each contact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from accounts.models import User
from agreements.actions import propose, sign
from agreements.errors import ObstacleError
from agreements.kinds import kind_of
from agreements.models import State
from lifecycle.models import Responsibility
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import ResponsibilityFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

SENT: dict[str, Any] = {
    "side": "sales",
    "accountable": "owner",
    "person": "",
    "owes_en": "owes a call",
    "owes_fr": "doit un appel",
    "by": "days",
    "days": "2",
    "revision": "1",
}


def agree(marketer: User, rep: User, stage: str = "sql") -> Responsibility:
    """The draft of that stage comes into force."""
    draft = Responsibility.objects.get(stage_id=stage, agreement__state=State.DRAFT)
    agreement = propose(draft.agreement, actor=marketer, at=NOW)
    for person in (marketer, rep):
        sign(agreement, actor=person, read_hash=agreement.content_hash, at=NOW)
    return Responsibility.objects.in_force().get(stage_id=stage)


def test_the_definitions_say_who_answers_for_each_stage(as_rep: Client) -> None:
    page = as_rep.get("/definitions/").content.decode()

    assert "Who answers for what" in page
    assert "owes first contact" in page
    assert "/definitions/mql/who/edit/" not in page
    duties = page.split('id="h-who"')[1]
    assert (
        '<th scope="row"><a class="sm-explained" href="/terms/opportunity/" data-define>Opportunity</a></th>'
        in duties
    )
    assert "owes first contact" in as_rep.get("/definitions/mql/").content.decode()


def test_a_line_is_drafted_compared_signed_and_then_holds(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    assert as_marketer.post("/definitions/sql/who/edit/", SENT).status_code == 303
    assert Responsibility.objects.in_force().get(stage_id="sql").owes_en == "owes a deal or a reason"

    version = agree(marketer, rep)

    assert (version.owes_en, version.days, version.agreement.number) == ("owes a call", 2, 2)
    with pytest.raises(DatabaseError), transaction.atomic():
        Responsibility.objects.filter(pk=version.pk).update(owes_en="owes nothing")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"accountable": "person"}, "Choose who it is."),
        ({"days": ""}, "Say how many days."),
        ({"owes_en": ""}, ""),
    ],
)
def test_what_lacks_a_name_or_a_day_is_refused(
    as_marketer: Client, wrong: dict[str, str], words: str
) -> None:
    answer = as_marketer.post("/definitions/sql/who/edit/", SENT | wrong)

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_the_database_keeps_names_and_days_where_they_belong(rep: User) -> None:
    version = Responsibility.objects.in_force().get(stage_id="mql")
    for wrong in ({"accountable": "person"}, {"person": rep}, {"by": "days"}, {"days": 3}, {"side": "both"}):
        values = {
            "stage_id": "mql",
            "side": "sales",
            "accountable": "owner",
            "by": "open",
            "owes_en": "x",
        } | wrong
        with pytest.raises(IntegrityError), transaction.atomic():
            Responsibility.objects.create(agreement=version.agreement, **values)


def test_a_contact_says_who_answers_now_and_by_when(
    as_marketer: Client, as_rep: Client, marketer: User, rep: User
) -> None:
    as_marketer.post("/definitions/sql/who/edit/", SENT)
    agree(marketer, rep)
    contact = ContactFactory.create(stage_id="sql", stage_since=NOW - timedelta(days=30), owner=rep)

    page = " ".join(as_rep.get(f"/contacts/{contact.pk}/").content.decode().split())
    duty = page[page.index("Now with") :][:1200]

    assert "Claire Vasseur" in duty
    assert "owes a call" in duty
    assert "was due" in duty


def test_nobody_by_name_is_said_and_not_hidden(as_rep: Client) -> None:
    contact = ContactFactory.create(stage_id="mql", owner=None)

    assert "nobody by name yet" in as_rep.get(f"/contacts/{contact.pk}/").content.decode()


def test_a_person_by_name_answers(as_marketer: Client, as_rep: Client, marketer: User, rep: User) -> None:
    as_marketer.post(
        "/definitions/sql/who/edit/", SENT | {"accountable": "person", "person": str(marketer.pk)}
    )
    agree(marketer, rep)
    contact = ContactFactory.create(stage_id="sql", owner=rep)

    page = as_rep.get(f"/contacts/{contact.pk}/").content.decode()
    assert "Carvalho" in page[page.index("Now with") :][:600]
    assert "Carvalho" in as_rep.get("/definitions/").content.decode()


INVOLVED: dict[str, Any] = {"consulted": ["marketing_owner"], "informed": ["sales_manager", "marketing"]}


def test_who_is_consulted_and_informed_is_signed_and_shown_with_the_contact(
    as_marketer: Client, as_rep: Client, marketer: User, rep: User
) -> None:
    sent = SENT | INVOLVED | {"informed_person": str(marketer.pk)}
    assert as_marketer.post("/definitions/sql/who/edit/", sent).status_code == 303
    draft = Responsibility.objects.get(stage_id="sql", agreement__state=State.DRAFT)
    compared = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()
    assert "Consulted" in compared
    assert "everybody in" in compared

    version = agree(marketer, rep)

    assert version.agreement.content_hash == version.fingerprint
    assert (version.consulted, version.informed) == (["marketing_owner"], ["sales_manager", "marketing"])
    page = as_rep.get("/definitions/sql/").content.decode()
    assert f"the manager of sales, everybody in marketing, {marketer}" in page
    contact = ContactFactory.create(stage_id="sql", owner=rep, marketing_owner=marketer)
    page = " ".join(as_rep.get(f"/contacts/{contact.pk}/").content.decode().split())
    line = page[page.index("Now with") :][:1200]
    assert f"Consulted</span> {marketer}<" in line
    assert "Informed</span> the manager of sales, everybody in marketing<" in line  # who is asked knows


def test_of_two_people_of_one_name_both_have_their_part(
    as_marketer: Client, as_rep: Client, marketer: User, rep: User
) -> None:
    namesake = UserFactory.create(first_name=marketer.first_name, last_name=marketer.last_name)
    sent = SENT | {"consulted": ["marketing_owner"], "informed_person": str(namesake.pk)}
    assert as_marketer.post("/definitions/sql/who/edit/", sent).status_code == 303
    agree(marketer, rep)
    contact = ContactFactory.create(stage_id="sql", owner=rep, marketing_owner=marketer)

    page = " ".join(as_rep.get(f"/contacts/{contact.pk}/").content.decode().split())

    line = page[page.index("Now with") :][:1200]
    assert f"Consulted</span> {marketer}<" in line
    assert f"Informed</span> {marketer}<" in line


def test_a_signer_sees_that_somebody_of_the_same_name_takes_a_part(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    """A name is a person only where it says which one: the parts are kept, and signed, by person."""
    one, other = (
        UserFactory.create(first_name="Ana", last_name="Roy", email=f"{name}@x.test") for name in ("a", "b")
    )
    first = SENT | {"accountable": "person", "person": str(rep.pk), "informed_person": str(one.pk)}
    assert as_marketer.post("/definitions/sql/who/edit/", first).status_code == 303
    read = str(agree(marketer, rep).agreement.revision)
    second = first | {"consulted_person": str(one.pk), "informed_person": str(other.pk), "revision": read}
    assert as_marketer.post("/definitions/sql/who/edit/", second).status_code == 303

    draft = Responsibility.objects.get(stage_id="sql", agreement__state=State.DRAFT)
    told = {
        part.label: " ".join(piece.kind + " " + piece.text.strip() for piece in part.pieces)
        for part in as_marketer.get(f"/agreements/{draft.agreement_id}/").context["reading"].differences
    }

    assert told["Consulted"] == "new Ana Roy (a@x.test)"
    assert told["Informed"] == "same Ana Roy ( gone a new b same @x.test)"


def test_an_owner_whom_the_contact_lacks_is_named_by_the_part(as_rep: Client) -> None:
    contact = ContactFactory.create(stage_id="mql", owner=None, marketing_owner=None)

    page = as_rep.get(f"/contacts/{contact.pk}/").content.decode()
    assert "Consulted</span> the contact’s owner in marketing<" in page


def test_what_was_signed_before_there_were_four_parts_keeps_its_hash() -> None:
    version = ResponsibilityFactory.create()
    named = ("stage_id", "side", "accountable", "person_id", "owes_en", "owes_fr", "by", "days")

    assert set(version.content()) == set(named)
    version.informed = ["sales"]
    assert set(version.content()) == {*named, "informed"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"consulted": ["marketing"], "informed": ["marketing"]}, "choose each once"),
        ({"consulted": ["owner"]}, "leave them out here"),
        ({"accountable": "manager", "informed": ["sales_manager"]}, "leave them out here"),
        ({"informed": ["everybody"]}, "everybody"),
    ],
)
def test_nobody_has_two_parts(as_marketer: Client, wrong: dict[str, Any], words: str) -> None:
    answer = as_marketer.post("/definitions/sql/who/edit/", SENT | wrong)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Responsibility.objects.filter(agreement__state=State.DRAFT).exists()


def test_the_database_keeps_the_parts_apart(rep: User) -> None:
    version = ResponsibilityFactory.create(agreement__in_force=False)
    named = {"accountable": "person", "person": rep}
    for wrong in (
        {"consulted": ["everybody"]},
        {"consulted": ["sales"], "informed": ["sales"]},
        {"consulted_person": rep, "informed_person": rep},
        {"informed": ["owner"]},
        {"accountable": "marketing_owner", "consulted": ["marketing_owner"]},
        {"accountable": "manager", "informed": ["sales_manager"]},
        {**named, "consulted_person": rep},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Responsibility.objects.filter(pk=version.pk).update(**wrong)


def test_whoever_left_is_not_signed_for_but_holds_nothing_up_later(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    gone = UserFactory.create()
    as_marketer.post("/definitions/sql/who/edit/", SENT | {"informed_person": str(gone.pk)})
    User.objects.filter(pk=gone.pk).update(is_active=False)
    draft = Responsibility.objects.get(stage_id="sql", agreement__state=State.DRAFT)

    with pytest.raises(ObstacleError):
        propose(draft.agreement, actor=marketer, at=NOW)
    kind = kind_of(draft.agreement.subject)
    assert kind.obstacles_on_its_day(kind.version_of(draft.agreement)) == []


def test_two_writers_compare_the_parts_by_their_names(as_marketer: Client, as_manager: Client) -> None:
    as_marketer.post("/definitions/sql/who/edit/", SENT | INVOLVED)
    answer = as_manager.post("/definitions/sql/who/edit/", SENT | {"informed": ["marketing_manager"]})

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "the manager of sales\neverybody in marketing" in page
    assert "the manager of marketing" in page
