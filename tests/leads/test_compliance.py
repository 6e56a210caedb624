"""How well each question of the rulebook is kept, month by month, with the figures and the exceptions it lists."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Role, User
from leads.actions.deals import open_deal
from leads.actions.owners import assign_owner
from leads.actions.stages import change_stage
from leads.actions.touchpoints import record_touchpoint
from leads.models import Contact
from leads.policies import overriding
from leads.views.rulebook import trend_of
from lifecycle.compliance import Kept, Wanted, Which, cases_of, in_all, months_of, records_of
from lifecycle.models import RuleVersion
from sla.actions.clocks import record_breaches
from sla.actions.distribution import claim_handoff, distribute, reassign_handoff
from sla.actions.handing_over import follow_owners
from sla.models import Handoff, Seat
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory, DealFactory, TransitionFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import ClockFactory, HandoffFactory, SeatFactory
from tests.leads.test_policies import WHY, rule_says

pytestmark = pytest.mark.django_db

SINCE, UNTIL = datetime(2026, 8, 1, tzinfo=UTC), later(days=1)
OCTOBER, NOVEMBER = "2026-10", "2026-11"


def told(rule: RuleVersion) -> list[tuple[str, int, int]]:
    """Month, cases and exceptions; as many as the lists of the same month have."""
    months = months_of(rule, since=SINCE, until=UNTIL)
    assert months is not None
    for one in months:
        assert behind(rule, one.month) == (one.cases, one.kept, one.exceptions)
    return [(one.month.strftime("%Y-%m"), one.cases, one.exceptions) for one in months]


def behind(
    rule: RuleVersion, month: datetime, *, since: datetime = SINCE, until: datetime = UNTIL
) -> tuple[int, ...]:
    """How many records of that month there are in all, kept and against the rule."""
    ends = (month + timedelta(days=32)).replace(day=1)
    counts = []
    for which in Which:
        records = records_of(rule, which, Wanted(UserFactory.create(role=Role.ADMIN), since, until))
        assert records is not None
        counts.append(sum(found.within(month, ends).rows.count() for found in records))
    return tuple(counts)


def listed(rule: RuleVersion, reader: User) -> list[tuple[str, str]]:
    cases = cases_of(rule, Wanted(reader, SINCE, UNTIL))
    assert cases is not None
    return [(case.name, str(case.what)) for case in cases]


def test_going_back_counts_moves_back_and_those_against_the_rule(rep: User) -> None:
    """Two moved back in October, one in November against a way that is forbidden and one on a free one."""
    rule = rule_says("regression", "advise", ways_back={"sql": {"mql": "forbidden", "lead": "free"}})
    for _ in range(2):
        TransitionFactory.create(kind="stage", from_value="sql", to_value="mql", at=ago(days=30))
    TransitionFactory.create(kind="stage", from_value="mql", to_value="sql", at=ago(days=30))
    for to in ("mql", "lead"):
        contact = ContactFactory.create(stage_id="sql", stage_since=ago(days=2), owner=rep)
        change_stage(contact, to=to, actor=rep, at=NOW, reason="By mistake")

    assert told(rule) == [(OCTOBER, 2, 0), (NOVEMBER, 2, 1)]


def test_deals_count_where_they_are_opened_and_those_too_early(rep: User) -> None:
    rule = rule_says("deal_creation", "advise", stage="sql")
    DealFactory.create_batch(3, opened_at=ago(days=30))
    for stage in ("mql", "sql", "sql"):
        contact = ContactFactory.create(stage_id=stage, owner=rep)
        open_deal(contact, name="M", amount_cents=1, owner=rep, actor=rep, at=NOW)

    assert told(rule) == [(OCTOBER, 3, 0), (NOVEMBER, 3, 1)]


def test_the_pause_counts_branded_messages_and_those_sent_meanwhile() -> None:
    rule = rule_says("marketing_pause", "block")
    rule_says("message_frequency", "advise", messages=100)
    worked = ContactFactory.create(status_id="in_progress", status_since=ago(days=5))
    free = ContactFactory.create()

    def sent(contact: Contact, key: str, **parts: float) -> None:
        at = ago(**parts)
        record_touchpoint(contact, kind="email_sent", occurred_at=at, at=at, origin="mailer", key=key)

    sent(worked, "1", days=30)  # before sales was in contact
    sent(worked, "2", days=1)
    for number in range(3):
        sent(free, f"free {number}", hours=number + 1)

    assert told(rule) == [(OCTOBER, 1, 0), (NOVEMBER, 4, 1)]


@pytest.mark.parametrize(("key", "lane"), [("request_delay", "request"), ("handoff_delay", "standard")])
def test_a_delay_counts_clocks_and_those_that_passed_their_deadline(
    key: str, lane: str, rep: User, manager: User
) -> None:
    """Of four started in November two are late; one of October was in time; the other lane is not looked at."""
    rule = rule_says(key, "advise")

    def started(at: datetime, name: str = "", **clock: Any) -> None:
        handoff = HandoffFactory.create(rep=rep, lane=lane, contact__first_name="", contact__last_name=name)
        ClockFactory.create(handoff=handoff, started_at=at, **clock)

    started(ago(days=30), stopped_at=ago(days=30), stop_reason="accepted")
    started(ago(days=2), "Late")
    started(ago(days=3), "Later")
    started(ago(hours=1))
    started(ago(hours=2))
    other = {"request": "standard", "standard": "request"}[lane]
    ClockFactory.create(handoff=HandoffFactory.create(rep=rep, lane=other), started_at=ago(days=9))
    record_breaches(at=NOW)

    assert told(rule) == [(OCTOBER, 1, 0), (NOVEMBER, 4, 2)]
    assert listed(rule, manager) == [("Late", ""), ("Later", "")]


def of(name: str, **values: Any) -> Handoff:
    handoff: Handoff = HandoffFactory.create(contact__first_name="", contact__last_name=name, **values)
    return handoff


def test_distribution_counts_first_steps_and_what_was_given_against_it(
    rep: User, other_rep: User, manager: User
) -> None:
    """Dealt; given before it could be dealt; waited, then taken; waited, then taken by somebody full; given on."""
    rule = rule_says("distribution", "warn")
    SeatFactory.create(user=other_rep, daily_cap=0)
    SeatFactory.create(user=rep, daily_cap=1)
    of("Dealt")
    distribute(at=ago(minutes=50))
    Seat.objects.filter(user=rep).update(daily_cap=9)
    reassign_handoff(of("Given at once"), to=rep, actor=manager, at=ago(minutes=45))
    Seat.objects.update(daily_cap=0)
    waited = [of("Waited"), of("Waited, full")]
    distribute(at=ago(minutes=40))
    Seat.objects.filter(user=rep).update(daily_cap=9)
    claim_handoff(waited[0], actor=rep, at=ago(minutes=30))
    with overriding(WHY):
        claim_handoff(waited[1], actor=other_rep, at=ago(minutes=20))
        dealt = Handoff.objects.get(contact__last_name="Dealt")
        reassign_handoff(dealt, to=other_rep, actor=manager, at=ago(minutes=10))

    assert told(rule) == [(NOVEMBER, 5, 3)]
    assert listed(rule, manager) == [
        ("Dealt", WHY),
        ("Waited, full", f"taken by {other_rep}"),
        ("Given at once", f"given to {rep} by {manager}"),
    ]


def test_a_lead_that_follows_its_contact_to_somebody_full_is_one_case(
    rep: User, other_rep: User, manager: User
) -> None:
    rule = rule_says("distribution", "warn")
    SeatFactory.create(user=rep, daily_cap=0)
    handoff = of("Followed")
    with overriding(WHY):
        assign_owner(handoff.contact, to=rep, actor=manager, at=ago(minutes=2))
    follow_owners(at=NOW)

    assert told(rule) == [(NOVEMBER, 1, 1)]
    assert len(listed(rule, manager)) == 1


def test_the_months_as_one_and_a_month_without_a_case() -> None:
    def month(number: int) -> datetime:
        return datetime(2026, number, 1, tzinfo=UTC)

    kept = [Kept(month(9), 4, 1), Kept(month(11), 6, 2)]

    assert in_all(kept) == Kept(month(9), 10, 3)
    assert [one.share for one in (*kept, Kept(month(10), 0, 0))] == [0.75, pytest.approx(2 / 3), None]
    assert in_all([]) is None


def test_the_trend_has_every_month_with_its_share_or_none() -> None:
    """Three of four kept in September, none in October, two of three in November."""
    months = [Kept(datetime(2026, 9, 1, tzinfo=UTC), 4, 1), Kept(datetime(2026, 11, 1, tzinfo=UTC), 3, 1)]

    trend = trend_of(months, NOW)

    assert [(month.name, month.share) for month in trend[-3:]] == [
        ("Sep", 0.75),
        ("Oct", None),
        ("Nov", pytest.approx(2 / 3)),
    ]
    assert len(trend) == 12
    assert {month.share for month in trend[:9]} == {None}
    assert "September 2026" in trend[-3].title


def test_the_page_shows_the_rate_each_month_and_the_exceptions(as_manager: Client, rep: User) -> None:
    at = timezone.now()
    rule_says("deal_creation", "advise", stage="sql")
    with_record = ContactFactory.create(stage_id="mql", owner=rep, last_name="Ferrand")
    for contact in (with_record, *ContactFactory.create_batch(3, stage_id="sql", owner=rep)):
        open_deal(contact, name="M", amount_cents=1, owner=rep, actor=rep, at=at)

    page = as_manager.get("/rules/deal_creation/").text

    row = page.split(f"{date_format(timezone.localtime(at), 'F Y')}</a></th>")[1].split("</tr>")[0]
    assert re.findall(r">(\d+)</a>", row) == ["4", "1"]
    assert "75%" in row
    assert "Ferrand" in page.split('id="h-against"')[1]
