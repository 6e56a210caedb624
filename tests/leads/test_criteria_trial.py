"""Criteria tried on the contacts there are: who is in, who nearly, and what would take too long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from leads import criteria_trial
from leads.criteria_trial import check_time, count_bounded, examine
from leads.facts import contact_catalogue, matching
from leads.models import Contact, Touchpoint
from lifecycle.criteria.parse import parse
from lifecycle.vocabulary import TakesLongError
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import CompanyFactory, ContactFactory, TouchpointFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

BIG = {"fact": "company.headcount", "op": "gte", "value": 500}
CALLED = {"touch": "call", "op": "at_least", "count": 2, "within_days": 30}
SLOW = {"touch": "page_view", "op": "at_least", "count": 7, "where": {"path": "/x"}}


def contact(name: str, headcount: int | None, calls: int = 0, **values: Any) -> None:
    company = CompanyFactory.create(headcount=headcount)
    found = ContactFactory.create(first_name=name, last_name="", company=company, **values)
    for _ in range(calls):
        TouchpointFactory.create(contact=found, kind="call", occurred_at=NOW - timedelta(days=3))


def timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def analyse() -> None:
    """What the planner thinks does not hang on when the database last looked at its tables by itself."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_contact, leads_company, leads_touchpoint")


def test_five_are_in_and_those_who_miss_by_one_come_nearest_first(marketer: User) -> None:
    contact("Nora", 600, calls=2)
    contact("Yann", 480, calls=2)
    contact("Oliver", 250, calls=2)
    contact("Priya", 700, calls=1)
    contact("Sofia", 10, calls=0)
    facts = contact_catalogue()

    found = examine(parse({"all": [BIG, CALLED]}, facts), reader=marketer, at=NOW, catalogue=facts)

    assert found.count == 1
    assert [(one.name, one.why) for one in found.matching] == [
        ("Nora", "headcount 600 ≥ 500, 2 calls in the last 30\u00a0days, at least 2 needed")
    ]
    assert [(one.name, one.why) for one in found.nearly] == [
        ("Yann", "headcount 480 < 500"),
        ("Priya", "1 call in the last 30\u00a0days, at least 2 needed"),
        ("Oliver", "headcount 250 < 500"),
        ("Sofia", "headcount 10 < 500, no call in the last 30\u00a0days, at least 2 needed"),
    ]


def test_a_rep_is_shown_nobody_whom_they_may_not_see(rep: User) -> None:
    contact("Theirs", 600, owner=UserFactory.create(team=TeamFactory.create(name="South")))
    facts = contact_catalogue()
    found = examine(parse(BIG, facts), reader=rep, at=NOW, catalogue=facts)
    assert (found.count, found.matching, found.nearly) == (0, (), ())


@pytest.mark.parametrize("number", [1, 3, 30])
def test_with_few_contacts_those_who_lack_least_are_shown_and_with_many_only_those_who_miss_by_one(
    marketer: User, number: int
) -> None:
    for place in range(number):
        contact(f"Far {place}", 10)
    if number == 30:
        for place in range(5):
            contact(f"Near {place}", 600, calls=1)
    facts = contact_catalogue()

    found = examine(parse({"all": [BIG, CALLED]}, facts), reader=marketer, at=NOW, catalogue=facts)

    names = {one.name for one in found.nearly}
    assert len(names) == min(number, 5)
    assert all(name.startswith("Near" if number == 30 else "Far") for name in names)
    if number < 30:
        assert all("headcount 10 < 500, " in one.why for one in found.nearly)


def test_nobody_is_nearly_in_where_everybody_is(marketer: User) -> None:
    contact("Nora", 600)
    facts = contact_catalogue()
    found = examine(parse(BIG, facts), reader=marketer, at=NOW, catalogue=facts)
    assert (found.count, found.nearly) == (1, ())


def test_a_bound_between_two_criteria_refuses_the_dear_one_at_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contact("Nora", 600, calls=30)
    analyse()
    facts = contact_catalogue()
    cheap, dear = parse(BIG, facts), parse({"all": [BIG, SLOW]}, facts)
    costs = [
        criteria_trial._cost(Contact.objects.filter(matching(node, at=NOW, catalogue=facts)))
        for node in (cheap, dear)
    ]
    assert costs[0] < costs[1]
    monkeypatch.setattr(criteria_trial, "COSTLY", sum(costs) / 2)

    check_time(cheap, at=NOW, catalogue=facts)
    with pytest.raises(TakesLongError) as refused:
        check_time(dear, at=NOW, catalogue=facts)
    assert refused.value.path == ("all", 1)


def test_a_criterion_that_is_slow_by_itself_is_stopped_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of touches are read one by one, for which a thousandth of a second is never enough."""
    contact("Nora", 600)
    nora = Contact.objects.get()
    TouchpointFactory.create_batch(3)
    Touchpoint.objects.bulk_create(
        Touchpoint(
            contact=nora, kind="page_view", occurred_at=NOW, recorded_at=NOW, origin="site", key=str(number),
            attributes={"path": f"/{number}"},
        )
        for number in range(5_000)
    )  # fmt: skip
    analyse()
    facts = contact_catalogue()
    before = timeout()
    check_time(parse({"all": [BIG, SLOW]}, facts), at=NOW, catalogue=facts)
    monkeypatch.setattr(criteria_trial, "PATIENCE_MS", 1)

    with pytest.raises(TakesLongError) as refused:
        check_time(parse({"all": [BIG, SLOW]}, facts), at=NOW, catalogue=facts)

    assert refused.value.path == ("all", 1)
    assert timeout() == before


def test_a_line_counts_whom_the_total_beside_it_counts(rep: User, marketer: User) -> None:
    """Two of which the rep sees one, and one who was deleted."""
    contact("Ours", 600, owner=rep)
    contact("Theirs", 600, owner=UserFactory.create(team=TeamFactory.create(name="South")))
    ContactFactory.create(deleted_at=NOW, first_name="", last_name="", email="")
    facts = contact_catalogue()
    everybody = parse({"all": [{"fact": "country", "op": "unknown"}]}, facts)

    counted = {
        who.role: (
            count_bounded([everybody], reader=who, at=NOW, catalogue=facts),
            examine(everybody, reader=who, at=NOW, catalogue=facts).count,
        )
        for who in (rep, marketer)
    }

    assert counted == {"rep": ([1], 1), "marketer": ([2], 2)}


def test_a_statement_is_stopped_and_the_connection_goes_on(
    monkeypatch: pytest.MonkeyPatch, marketer: User
) -> None:
    facts = contact_catalogue()

    def slow(*args: object, **options: object) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
        return []

    before = timeout()
    monkeypatch.setattr(criteria_trial, "PATIENCE_MS", 50)
    monkeypatch.setattr(criteria_trial, "count_matching", slow)
    with pytest.raises(TakesLongError):
        count_bounded([parse(BIG, facts)], reader=marketer, at=NOW, catalogue=facts)
    assert timeout() == before
