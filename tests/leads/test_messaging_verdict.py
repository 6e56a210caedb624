"""Who may write to a contact at a moment: arithmetic of the two rules and of what the person said."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from leads.messaging.verdict import (
    Cap,
    Cause,
    Due,
    Hindrance,
    Known,
    Leave,
    Pause,
    Reason,
    Sent,
    Spoken,
    Terms,
    free_again_at,
    marketing_may_write,
    sales_may_write,
    was_too_many,
)
from lifecycle.pausing import FIRST_TOUCH, OWNED, OWNED_BY_SALES, Pausing
from tests.factories.moments import NOW, ago, later

PAUSE = Spoken("marketing_pause", 8, 1, stops=False)
CAP = Spoken("message_frequency", 9, 2, stops=True)
TODAY = date(2026, 11, 18)


def known(**values: object) -> Known:
    facts: dict[str, object] = {
        "has_email": True,
        "has_withdrawn": False,
        "has_bounced": False,
        "status": "new",
        "status_since": ago(days=30),
    }
    return Known(**(facts | values))  # type: ignore[arg-type]  # values of the test


def cap(messages: int = 2, days: int = 7, *, personal: bool = False) -> Cap:
    return Cap(CAP, messages, days, personal)


def test_nothing_speaks_against_a_message_to_somebody_who_said_nothing() -> None:
    assert marketing_may_write(known(), Terms(), at=NOW).leave is Leave.YES


def test_what_stops_is_told_before_what_is_advised_against() -> None:
    terms = Terms(Pause(PAUSE, Pausing(("in_progress",))), cap(1))
    facts = known(status="in_progress", sent=[Sent(ago(days=1))])

    verdict = marketing_may_write(facts, terms, at=NOW)

    assert [one.reason for one in verdict.hindrances] == [Reason.CAPPED, Reason.PAUSED]
    assert verdict.leave is Leave.NO


def test_a_warning_is_told_before_what_is_only_advised_against() -> None:
    warning = Cap(Spoken("message_frequency", 9, 2, stops=False, warns=True), 1, 7, personal=True)
    pause = Pause(PAUSE, Pausing(("in_progress",)))
    facts = known(status="in_progress", sent=[Sent(ago(days=1))], is_closed=True)

    branded = marketing_may_write(facts, Terms(pause, warning), at=NOW)
    in_person = sales_may_write(facts, Terms(pause, warning), at=NOW, today=TODAY)

    assert [one.reason for one in branded.hindrances] == [Reason.CAPPED, Reason.PAUSED]
    assert [one.reason for one in in_person.hindrances] == [Reason.CAPPED, Reason.CLOSED]
    assert branded.leave is in_person.leave is Leave.ADVISED_AGAINST


def test_a_rule_that_does_not_block_advises_against() -> None:
    verdict = marketing_may_write(
        known(status="in_progress"), Terms(Pause(PAUSE, Pausing(("in_progress",)))), at=NOW
    )
    assert verdict.hindrances == (Hindrance(Reason.PAUSED, False, PAUSE, cause=Cause.STATUS),)
    assert verdict.leave is Leave.ADVISED_AGAINST


def test_a_status_that_begins_later_pauses_nothing_before() -> None:
    facts = known(status="in_progress", status_since=NOW)
    terms = Terms(Pause(PAUSE, Pausing(("in_progress",))))

    assert marketing_may_write(facts, terms, at=ago(seconds=1)).leave is Leave.YES
    assert marketing_may_write(facts, terms, at=NOW).leave is Leave.ADVISED_AGAINST


def test_withdrawn_consent_stops_marketing_and_not_a_personal_message() -> None:
    facts = known(has_withdrawn=True)

    assert marketing_may_write(facts, Terms(), at=NOW).leave is Leave.NO
    assert sales_may_write(facts, Terms(), at=NOW, today=TODAY).leave is Leave.YES


def test_an_address_that_takes_no_mail_stops_both() -> None:
    facts = known(has_bounced=True)

    assert marketing_may_write(facts, Terms(), at=NOW).leave is Leave.NO
    assert sales_may_write(facts, Terms(), at=NOW, today=TODAY).leave is Leave.NO


def test_sales_comes_back_on_the_day_that_was_asked_for() -> None:
    facts = known(recontact_on=TODAY + timedelta(days=1), is_closed=True)

    (found,) = sales_may_write(facts, Terms(), at=NOW, today=TODAY).hindrances
    assert (found.reason, found.until) == (Reason.LATER, TODAY + timedelta(days=1))
    assert sales_may_write(facts, Terms(), at=NOW, today=TODAY + timedelta(days=1)).first == Hindrance(
        Reason.CLOSED, False
    )


def test_the_next_message_fits_when_the_one_that_filled_the_cap_leaves_the_window() -> None:
    sent = [Sent(ago(days=1)), Sent(ago(days=3)), Sent(ago(days=5))]

    assert free_again_at(sent, cap(2), at=NOW) == later(days=4)
    assert free_again_at(sent, cap(3), at=NOW) == later(days=2)
    assert free_again_at(sent, cap(4), at=NOW) is None


def test_a_message_leaves_the_window_after_exactly_so_many_days() -> None:
    sent = [Sent(ago(days=7))]

    assert free_again_at(sent, cap(1), at=NOW) is None
    assert free_again_at(sent, cap(1), at=ago(seconds=1)) == NOW


def test_personal_messages_count_only_where_the_rule_says_so_and_then_for_both() -> None:
    facts = known(sent=[Sent(ago(days=1), is_personal=True), Sent(ago(days=2))])

    assert marketing_may_write(facts, Terms(cap=cap(2)), at=NOW).leave is Leave.YES
    assert sales_may_write(facts, Terms(cap=cap(1)), at=NOW, today=TODAY).leave is Leave.YES
    both = Terms(cap=cap(2, personal=True))
    assert marketing_may_write(facts, both, at=NOW).leave is Leave.NO
    assert sales_may_write(facts, both, at=NOW, today=TODAY).leave is Leave.NO


def test_a_message_is_too_many_by_those_before_it_not_by_those_after() -> None:
    sent = [Sent(ago(days=3)), Sent(ago(days=2)), Sent(ago(days=1))]

    assert [was_too_many(one, sent, cap(2)) for one in sent] == [False, False, True]
    assert not was_too_many(Sent(ago(days=1), is_personal=True), sent, cap(1))


# The pause: what begins it, what ends it


def pauses(facts: Known, when: Pausing, at: datetime = NOW) -> Hindrance | None:
    return marketing_may_write(facts, Terms(Pause(PAUSE, when)), at=at).first


def test_a_stage_and_an_owner_pause_as_a_status_does() -> None:
    sql = known(stage="sql", stage_since=ago(days=3))
    sold = known(owner_side="sales", owner_since=ago(days=3))
    marketed = known(owner_side="marketing", owner_since=ago(days=3))
    when = Pausing(stages=("sql", "opportunity"), owned=OWNED_BY_SALES)

    assert pauses(sql, when) == Hindrance(Reason.PAUSED, False, PAUSE, cause=Cause.STAGE)
    assert pauses(sold, when) == Hindrance(Reason.PAUSED, False, PAUSE, cause=Cause.OWNER)
    assert pauses(marketed, when) is None
    assert pauses(marketed, Pausing(owned=OWNED)) == Hindrance(Reason.PAUSED, False, PAUSE, cause=Cause.OWNER)
    assert pauses(known(), Pausing(owned=OWNED)) is None


def test_it_may_begin_with_the_first_touch_of_sales_in_that_time() -> None:
    when = Pausing(stages=("sql",), begins=FIRST_TOUCH)
    untouched = known(stage="sql", stage_since=ago(days=3))
    before = known(stage="sql", stage_since=ago(days=3), touched_at=ago(days=4))
    since = known(stage="sql", stage_since=ago(days=3), touched_at=ago(days=3))

    assert pauses(untouched, when) is None
    assert pauses(before, when) is None
    assert pauses(since, when) is not None


def test_it_is_released_so_many_days_after_the_last_touch_of_sales() -> None:
    when = Pausing(("in_progress",), release_days=10)
    facts = known(status="in_progress", status_since=ago(days=30), touched_at=ago(days=4))

    held = pauses(facts, when)
    assert held is not None
    assert held.until == later(days=6)
    assert pauses(facts, when, later(days=6)) is None
    assert pauses(facts, when, later(days=6) - timedelta(seconds=1)) is not None
    assert pauses(known(status="in_progress", status_since=ago(days=30)), when) is None


def test_of_several_grounds_the_last_to_end_says_until_when() -> None:
    when = Pausing(("in_progress",), ("sql",), release_days=10)
    facts = known(status="in_progress", status_since=ago(days=9), stage="sql", stage_since=ago(days=2))
    held = pauses(facts, when)
    assert held is not None
    assert (held.cause, held.until) == (Cause.STATUS, later(days=8))


def test_nobody_writes_to_whom_the_rule_on_retention_wants_erased() -> None:
    rule = Spoken("retention", 2, 3, stops=True)
    terms = Terms(due=Due(rule, {"unqualified": 12}))
    facts = known(status="unqualified", status_since=ago(days=500))
    kept = known(status="unqualified", status_since=ago(days=500), is_kept=True)
    not_yet = known(status="unqualified", status_since=ago(days=300))

    assert marketing_may_write(facts, terms, at=NOW).first == Hindrance(Reason.DUE, True, rule)
    assert sales_may_write(facts, terms, at=NOW, today=TODAY).leave is Leave.NO
    assert marketing_may_write(kept, terms, at=NOW).leave is Leave.YES
    assert marketing_may_write(not_yet, terms, at=NOW).leave is Leave.YES
