"""Marketing stops writing while sales is in contact: by status, stage or owner, from a start to a release."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from agreements.models import State
from leads.actions.sending import check_sending
from leads.actions.touchpoints import Event, record_touchpoints
from leads.models import RuleException
from lifecycle import pausing_words
from lifecycle.funnel import obstacles
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.pausing import FIRST_TOUCH, OWNED_BY_SALES, Pausing, pausing_of
from lifecycle.rule_words import rule_sections
from tests.factories.leads import ContactFactory, DealFactory, TouchpointFactory
from tests.factories.lifecycle import FunnelVersionFactory
from tests.factories.moments import NOW, ago
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db

PAUSE = RuleKey.MARKETING_PAUSE
URL = "/rules/marketing_pause/edit/"


def answers(marketer: User, *contacts: Any) -> list[tuple[str, str, str, int | None]]:
    check = check_sending([str(one.pk) for one in contacts], actor=marketer, at=NOW)
    rows = check.lines.order_by("contact_id").values_list("leave", "reason", "cause", "version")
    return list(rows)


def test_a_send_check_names_the_rule_and_what_the_pause_holds_by(rep: User, marketer: User) -> None:
    rule = rule_says(PAUSE, "block", statuses=["in_progress"], stages=["sql"], owned=OWNED_BY_SALES)
    working = ContactFactory.create(status_id="in_progress")
    sql = ContactFactory.create(stage_id="sql", stage_since=ago(days=1))
    owned = ContactFactory.create(owner=rep)
    free = ContactFactory.create(owner=marketer)

    assert answers(marketer, working, sql, owned, free) == [
        ("no", "paused", "status", rule.pk),
        ("no", "paused", "stage", rule.pk),
        ("no", "paused", "owner", rule.pk),
        ("yes", "", "", None),
    ]


def test_its_page_and_its_file_say_the_cause(as_marketer: Client, rep: User, marketer: User) -> None:
    rule_says(PAUSE, "warn", owned=OWNED_BY_SALES)
    check = check_sending([str(ContactFactory.create(owner=rep).pk)], actor=marketer, at=NOW)
    page = as_marketer.get(f"/contacts/send-checks/{check.pk}/").content.decode()
    file = as_marketer.get(f"/contacts/send-checks/{check.pk}/file/")
    assert "Sales is in contact, by the owner" in page
    assert b"".join(file.streaming_content).decode().splitlines()[1].endswith('"owner",""')  # type: ignore[attr-defined]


def test_the_pause_ends_so_long_after_the_last_touch_of_sales(marketer: User) -> None:
    rule_says(PAUSE, "block", statuses=["in_progress"], release_days=10)
    long_ago = ContactFactory.create(status_id="in_progress", status_since=ago(days=40))
    lately = ContactFactory.create(status_id="in_progress", status_since=ago(days=40))
    TouchpointFactory.create(contact=long_ago, kind="call", occurred_at=ago(days=10))
    TouchpointFactory.create(contact=lately, kind="meeting", occurred_at=ago(days=9))
    assert [leave for leave, *_rest in answers(marketer, long_ago, lately)] == ["yes", "no"]


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_each_message_is_noted_by_what_was_so_at_its_moment(mode: str) -> None:
    rule = rule_says(PAUSE, mode, statuses=[], stages=["sql"], begins=FIRST_TOUCH, release_days=5)
    contact = ContactFactory.create(stage_id="sql", stage_since=ago(days=30))
    TouchpointFactory.create(contact=contact, kind="sales_email", occurred_at=ago(days=20))
    sent = [Event(contact.pk, "email_sent", ago(days=days), "mailer", f"m{days}") for days in (25, 18, 14, 1)]

    record_touchpoints(sent, at=NOW)

    notes = RuleException.objects.filter(version=rule)
    assert [(note.at, note.facts) for note in notes] == [(ago(days=18), {"cause": "stage"})]


@pytest.mark.parametrize(
    ("mode", "leave"), [("block", "no"), ("warn", "advised_against"), ("advise", "advised_against")]
)
def test_a_send_check_answers_by_retention(mode: str, leave: str, marketer: User) -> None:
    rule = rule_says(RuleKey.RETENTION, mode)
    due = ContactFactory.create(status_id="unqualified", status_since=ago(days=500))
    kept = ContactFactory.create(status_id="unqualified", status_since=ago(days=500))
    DealFactory.create(contact=kept)
    recent = ContactFactory.create(status_id="unqualified", status_since=ago(days=50))

    assert answers(marketer, due, kept, recent) == [
        (leave, "due", "", rule.pk),
        ("yes", "", "", None),
        ("yes", "", "", None),
    ]


def test_the_contact_page_says_that_nobody_writes_to_whom_is_to_be_erased(as_admin: Client) -> None:
    rule_says(RuleKey.RETENTION, "block")
    due = ContactFactory.create(status_id="unqualified", status_since=ago(days=2000))
    page = as_admin.get(due.get_absolute_url()).content.decode()
    assert page.count("Due to be erased · ") == 2


# What a version says


def test_a_version_from_before_pauses_by_its_one_status() -> None:
    assert pausing_of({"status": "in_progress"}) == Pausing(("in_progress",))


def test_the_sentence_says_start_and_release_in_both_languages() -> None:
    when = Pausing(("in_progress",), ("sql", "opportunity"), OWNED_BY_SALES, FIRST_TOUCH, 30)
    assert pausing_words.in_words(when, "en") == (
        "Branded messages pause while the status is In progress, or while the stage is SQL or Opportunity, or while the"
        " owner is in sales, from the first touch of sales in that time on. They go on as soon as that is over, at the"
        " latest 30 days after the last touch of sales."
    )
    assert pausing_words.in_words(when, "fr") == (
        "Les messages de marque s’interrompent tant que le statut est En cours, ou tant que l’étape est SQL ou"
        " Opportunité, ou tant que le responsable est aux ventes, à partir de la première interaction des ventes"
        " pendant ce temps. Ils reprennent dès que c’est terminé, au plus tard 30 jours après la dernière interaction"
        " des ventes."
    )


SENT = {
    "question_en": "Does marketing stop?",
    "question_fr": "",
    "text_en": "Yes.",
    "text_fr": "",
    "mode": "block",
    "revision": "1",
    "parameter_statuses": ["in_progress"],
    "parameter_stages": ["sql"],
    "parameter_owned": "sales",
    "parameter_begins": "first_touch",
    "parameter_release_days": "14",
}


def test_it_is_written_on_its_page_and_compared_as_a_sentence(as_marketer: Client) -> None:
    assert as_marketer.get(URL).status_code == 200
    assert as_marketer.post(URL, SENT).status_code == 303
    draft = RuleVersion.objects.get(rule__key=PAUSE, agreement__state=State.DRAFT)
    assert draft.parameters == {
        "statuses": ["in_progress"],
        "stages": ["sql"],
        "owned": "sales",
        "begins": "first_touch",
        "release_days": 14,
    }
    said = {section.label: section.text for section in rule_sections(draft)}
    assert "the stage is SQL" in said["When it pauses, in English"]
    assert "au plus tard 14 jours" in said["When it pauses, in French"]
    page = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()
    assert "Contacts that marketing does not write to" in page


def test_a_pause_without_any_ground_is_refused_in_words(as_marketer: Client) -> None:
    nothing = SENT | {"parameter_statuses": [], "parameter_stages": [], "parameter_owned": "not"}
    answer = as_marketer.post(URL, nothing)
    assert answer.status_code == 422
    assert "otherwise nothing pauses" in answer.content.decode()


def test_a_stage_that_the_pause_names_is_not_retired_beneath_it() -> None:
    rule_says(PAUSE, "block", stages=["sql"])
    version = FunnelVersionFactory.create()
    version.stages = [stage | {"retired": stage["key"] == "sql"} for stage in version.stages]
    assert any("Does marketing stop writing" in said for said in obstacles(version))
