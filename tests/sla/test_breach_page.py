"""The page of a breach: the cause that was found on facts, and beside it what its people say."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from sla.models import Breach
from tests.factories.sla import BreachFactory
from tests.fingerprint import fingerprint

pytestmark = pytest.mark.django_db


def a_breach(rep: User, **facts: object) -> Breach:
    return BreachFactory.create(clock__handoff__rep=rep, rep=rep, cause="over_capacity", facts=facts)


def test_the_cause_is_shown_with_the_facts_it_rests_on(as_rep: Client, rep: User) -> None:
    breach = a_breach(rep, open_leads=12, cap=10, rep_away=False)

    page = as_rep.get(f"/breaches/{breach.pk}/").content.decode()

    assert "Cause found: Over capacity" in page
    assert '12 open leads of the last day, 10 a day at most</span> <b class="sm-push">yes</b>' in page
    assert 'The rep was away in the last fifth of the time</span> <b class="sm-push">no</b>' in page


def test_the_rule_that_kept_a_lead_is_named_and_an_older_breach_is_not_asked_about_it(
    as_rep: Client, rep: User
) -> None:
    kept, free, older = (
        a_breach(rep, waited=True, kept_by={"rule": 40, "version": 2}),
        a_breach(rep, kept_by=None),
        a_breach(rep, waited=True),
    )
    pages = [as_rep.get(f"/breaches/{one.pk}/").content.decode() for one in (kept, free, older)]

    assert 'Rule 40 (v2) kept it from being given</span> <b class="sm-push">yes</b>' in pages[0]
    assert 'A rule kept it from being given</span> <b class="sm-push">no</b>' in pages[1]
    assert "kept it from being given" not in pages[2]


def test_its_rep_says_what_happened_and_the_cause_that_counts_stays(as_rep: Client, rep: User) -> None:
    breach = a_breach(rep)
    for note in ("Trade fair", "Trade fair, two days"):
        page: Any = as_rep.get(f"/breaches/{breach.pk}/")
        sent = {"cause": "absent", "note": note, "seen": page.context["form"]["seen"].value()}
        answer = as_rep.post(f"/breaches/{breach.pk}/", sent)
        assert (answer.status_code, answer["Location"]) == (303, f"/breaches/{breach.pk}/")

    breach.refresh_from_db()
    assert (breach.cause, breach.told_cause, breach.told_note) == (
        "over_capacity",
        "absent",
        "Trade fair, two days",
    )
    assert breach.told_by == rep
    assert "Owner absent" in as_rep.get(f"/breaches/{breach.pk}/").content.decode()


def test_a_cause_of_another_list_is_refused(as_rep: Client, rep: User) -> None:
    breach = a_breach(rep)
    before = fingerprint()

    assert as_rep.post(f"/breaches/{breach.pk}/", {"cause": "weather"}).status_code == 422
    assert fingerprint() == before


def test_marketing_reads_it_and_another_rep_does_not(
    as_marketer: Client, as_rep: Client, rep: User, other_rep: User
) -> None:
    breach = a_breach(other_rep)
    before = fingerprint()

    assert as_marketer.get(f"/breaches/{breach.pk}/").status_code == 200
    assert as_marketer.post(f"/breaches/{breach.pk}/", {"cause": "late"}).status_code == 403
    assert as_rep.get(f"/breaches/{breach.pk}/").status_code == 404
    assert fingerprint() == before


def test_the_rep_of_then_still_says_why_when_the_lead_has_moved_on(
    as_rep: Client, rep: User, other_rep: User
) -> None:
    breach = BreachFactory.create(clock__handoff__rep=other_rep, rep=rep)

    assert as_rep.post(f"/breaches/{breach.pk}/", {"cause": "absent"}).status_code == 303
