"""Criteria tried on the contacts there are: who is in, who nearly, and what would take too long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from leads import criteria_trial
from leads.criteria_trial import check_time, count_bounded, examine
from leads.facts import contact_catalogue
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
    ]


def test_a_rep_is_shown_nobody_whom_they_may_not_see(rep: User) -> None:
    contact("Theirs", 600, owner=UserFactory.create(team=TeamFactory.create(name="South")))
    facts = contact_catalogue()
    found = examine(parse(BIG, facts), reader=rep, at=NOW, catalogue=facts)
    assert (found.count, found.matching, found.nearly) == (0, (), ())


def test_what_takes_too_long_is_refused_at_the_costliest_criterion(monkeypatch: pytest.MonkeyPatch) -> None:
    contact("Nora", 600, calls=30)
    with connection.cursor() as cursor:  # what the planner knows must not hang on who ran before
        cursor.execute("ANALYZE leads_contact, leads_company, leads_touchpoint")
    facts = contact_catalogue()
    node = parse({"all": [BIG, SLOW]}, facts)
    monkeypatch.setattr(criteria_trial, "COSTLY", 0.0)
    with pytest.raises(TakesLongError) as refused:
        check_time(node, at=NOW, catalogue=facts)
    assert refused.value.path == ("all", 1)


def test_a_statement_is_stopped_and_the_connection_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = contact_catalogue()

    def slow(*args: object, **options: object) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
        return []

    before = timeout()
    monkeypatch.setattr(criteria_trial, "PATIENCE_MS", 50)
    monkeypatch.setattr(criteria_trial, "count_matching", slow)
    with pytest.raises(TakesLongError):
        count_bounded([parse(BIG, facts)], at=NOW, catalogue=facts)
    assert timeout() == before
