"""What a rep may say first: true, short, in the person's own doings, and in both languages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from leads.models import Answer
from leads.opening import CLAUSES, QUESTIONS, Done, opening
from leads.touchpoint_kinds import TRIGGER_KINDS
from sla.presenting import TELLING

TODAY = date(2026, 11, 19)  # a Thursday
NOTHING: frozenset[str] = frozenset()


def said(*done: Done, known: frozenset[str] = NOTHING, language: str = "en", today: date = TODAY) -> str:
    return opening(done, known=known, today=today, language=language)


def ago(days: int, kind: str, title: str = "") -> Done:
    return Done(kind, TODAY - timedelta(days=days), title)


def test_a_request_comes_first_then_what_was_done_several_times() -> None:
    views = [ago(days, "pricing_view") for days in (1, 2, 3)]
    assert said(*views, ago(1, "demo_request")) == (
        "“You asked for a demo yesterday, and you looked at our prices three times this week. "
        "What would you like to change first?”"
    )
    assert said(*views, ago(1, "demo_request"), language="fr") == (
        "«\u202fVous avez demandé une démo hier, et vous avez regardé nos tarifs trois fois cette semaine. "
        "Que voudriez-vous changer en premier\u202f?\u202f»"
    )


@pytest.mark.parametrize(
    ("days", "english", "french"),
    [
        (0, "today", "aujourd’hui"),
        (1, "yesterday", "hier"),
        (2, "on Tuesday", "mardi"),
        (6, "on Friday", "vendredi"),
        (7, "on 12\u00a0November", "le 12\u00a0novembre"),
        (18, "on 1\u00a0November", "le 1er\u00a0novembre"),
    ],
)
def test_a_day_is_said_as_one_says_it(days: int, english: str, french: str) -> None:
    assert said(ago(days, "contact_request")).startswith(f"“You asked us to get in touch {english}. ")
    assert said(ago(days, "contact_request"), language="fr").startswith(
        f"«\u202fVous nous avez demandé de vous contacter {french}. "
    )


@pytest.mark.parametrize(
    ("days", "english", "french"),
    [
        ((0, 0), "twice today", "deux fois aujourd’hui"),
        ((0, 3), "twice this week", "deux fois cette semaine"),
        ((0, 4), "twice since 15\u00a0November", "deux fois depuis le 15\u00a0novembre"),
        (range(11), "11 times since 9\u00a0November", "11 fois depuis le 9\u00a0novembre"),
    ],
)
def test_several_times_are_counted_since_the_first(days: range, english: str, french: str) -> None:
    views = [ago(day, "pricing_view") for day in days]
    assert said(*views).startswith(f"“You looked at our prices {english}. ")
    assert said(*views, language="fr").startswith(f"«\u202fVous avez regardé nos tarifs {french}. ")


def test_since_yesterday_over_the_turn_of_a_week() -> None:
    monday = date(2026, 11, 16)
    views = [Done("pricing_view", monday), Done("pricing_view", monday - timedelta(days=1))]
    assert said(*views, today=monday).startswith("“You looked at our prices twice since yesterday. ")


def test_two_things_of_one_day_say_the_day_once() -> None:
    assert said(ago(6, "demo_request"), ago(6, "pricing_view")).startswith(
        "“You asked for a demo on Friday, and you looked at our prices. "
    )


def test_what_it_was_about_is_named_by_the_latest_title() -> None:
    done = (ago(3, "download", "ROI calculator"), ago(9, "download", "Meter guide"))
    assert said(*done).startswith("“You downloaded ‘ROI calculator’ on Monday. ")
    assert said(*done, language="fr").startswith("«\u202fVous avez téléchargé “ROI calculator” lundi. ")
    assert said(ago(3, "event_met", "Pollutec")).startswith("“We met at ‘Pollutec’ on Monday. ")


def test_a_visit_is_mentioned_only_where_there_is_nothing_better() -> None:
    assert "visited" not in said(ago(1, "page_view"), ago(2, "webinar_attended", "ISO 50001"))
    assert said(ago(1, "page_view")).startswith("“You visited our site yesterday. ")
    assert "newsletter" not in said(ago(1, "email_click"), ago(1, "newsletter_signup"))


def test_the_first_thing_that_nobody_knows_is_asked() -> None:
    asked = ago(1, "demo_request")
    assert said(asked, known=frozenset({"need"})).endswith(" When should it be in place?”")
    assert said(asked, known=frozenset({"need", "timing", "authority"})).endswith(
        " Is there a budget for it?”"
    )
    assert said(asked, known=frozenset(QUESTIONS)).endswith(" Shall we go on from there?”")


def test_what_is_a_month_old_or_unknown_begins_no_call() -> None:
    assert said(ago(30, "demo_request"), ago(2, "imported"), ago(-1, "demo_request")) == ""
    assert said(ago(29, "demo_request")) != ""


def test_each_kind_that_a_queue_tells_of_and_each_question_has_words() -> None:
    assert set(CLAUSES) == set(TELLING)
    assert set(CLAUSES) >= set(TRIGGER_KINDS)
    assert set(QUESTIONS) == set(Answer.Question.values)
