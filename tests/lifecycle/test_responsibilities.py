"""Who answers for what by stage: agreed line by line, shown with the definitions and on each contact."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from accounts.models import User
from agreements.actions import propose, sign
from agreements.models import State
from lifecycle.models import Responsibility
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

SENT = {
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
    duty = page[page.index("Now with") :][:600]

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
