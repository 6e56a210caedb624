"""A status is held against its definition in force, on record; an automatic one sets it, and once a stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from agreements.models import Agreement, State
from leads.actions.contacts import update_contact
from leads.actions.refresh import refresh_batch, refresh_contacts, refresh_span
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status, set_status_of
from leads.actions.undoing import undo_transition
from leads.deciding import deciding_verdicts
from leads.facts import contact_catalogue
from leads.models import Contact, DirtyContact, RuleException, Transition
from leads.statuses import evaluate_statuses
from lifecycle.models import StatusDefinition
from tests.factories.agreements import unguarded
from tests.factories.leads import AnswerFactory, ContactFactory, TouchpointFactory, TransitionFactory
from tests.factories.lifecycle import RuleVersionFactory, StatusDefinitionFactory
from tests.factories.moments import NOW, ago, later

pytestmark = pytest.mark.django_db

TRIED = {"touch": ["call", "sales_email"], "op": "at_least", "count": 2, "within_days": 15}
WRITTEN_TO = {"touch": "sales_email", "op": "at_least", "count": 1}


def in_force(status: str = "gone_dark", number: int = 2, **values: Any) -> StatusDefinition:
    """In force in place of the default."""
    Agreement.objects.filter(subject=f"status:{status}", state=State.IN_FORCE).update(
        state=State.SUPERSEDED, in_force_until=ago(days=60)
    )
    definition: StatusDefinition = StatusDefinitionFactory.create(
        status_id=status,
        agreement__number=number,
        agreement__in_force=True,
        agreement__in_force_from=ago(days=60),
        **values,
    )
    return definition


def automatic(status: str = "gone_dark", **values: Any) -> StatusDefinition:
    wanted = {"criteria": TRIED, "from_statuses": ["in_progress"], **values}
    return in_force(status, is_automatic=True, **wanted)


def tried(contact: Contact, *, times: int = 2, at: datetime = NOW) -> None:
    for number in range(times):
        TouchpointFactory.create(
            contact=contact,
            kind="call",
            outcome="no_answer",
            occurred_at=at - timedelta(days=1, hours=number),
        )


def at_work(**values: Any) -> Contact:
    contact: Contact = ContactFactory.create(status_id="in_progress", **values)
    return contact


def status_of(contact: Contact) -> str:
    return Contact.objects.values_list("status", flat=True).get(pk=contact.pk)


# The yardstick


def test_a_change_by_hand_keeps_the_version_and_the_facts_that_decided(rep: User) -> None:
    definition = in_force(criteria=TRIED)
    kept, against = at_work(), at_work()
    tried(kept)

    yes = set_status(kept, to="gone_dark", actor=rep, at=NOW)
    no = set_status(against, to="gone_dark", actor=rep, at=NOW)

    assert yes
    assert no
    assert (yes.status_definition, no.status_definition) == (definition, definition)
    assert (yes.facts["holds"], no.facts["holds"]) == (True, False)
    assert yes.facts["deciding"] == [{"path": "/", "holds": True, "actual": 2}]
    assert no.facts["deciding"] == [{"path": "/", "holds": False, "actual": 0}]
    assert [leaf.actual for leaf in deciding_verdicts(no, contact_catalogue())] == [0]


def test_a_status_of_many_is_held_against_its_definition_of_each(rep: User) -> None:
    definition = in_force(criteria=TRIED)
    kept, against = at_work(), at_work()
    tried(kept)

    entries = set_status_of([kept.pk, against.pk], to="gone_dark", actor=rep, at=NOW)

    assert {entry.status_definition_id for entry in entries} == {definition.pk}
    assert {entry.contact_id: entry.facts["holds"] for entry in entries} == {
        kept.pk: True,
        against.pk: False,
    }


def test_a_definition_of_words_alone_leaves_its_version_and_a_draft_leaves_nothing(rep: User) -> None:
    StatusDefinitionFactory.create(status_id="in_progress", criteria=TRIED)
    contact = ContactFactory.create()

    entry = set_status(contact, to="in_progress", actor=rep, at=NOW)

    assert entry
    assert entry.status_definition
    assert entry.status_definition.agreement.number == 1
    assert "holds" not in entry.facts


def test_taking_a_status_back_is_held_against_nothing(rep: User) -> None:
    contact = at_work()
    entry = set_status(contact, to="gone_dark", actor=rep, at=NOW)
    assert entry

    back = undo_transition(entry, actor=rep, at=later(seconds=5))

    assert (back.to_value, back.status_definition_id, back.facts) == ("in_progress", None, {})


def test_the_ledger_takes_no_definition_of_another_kind(rep: User) -> None:
    definition = StatusDefinition.objects.in_force().get(status="lost")

    with pytest.raises(IntegrityError, match="transition_definition_of_its_kind"), transaction.atomic():
        TransitionFactory.create(kind="stage", status_definition=definition)


def test_criteria_that_cannot_be_read_any_more_hold_up_nobody(rep: User) -> None:
    definition = in_force(criteria={"fact": "custom.gone", "op": "known"})
    entry = set_status(at_work(), to="gone_dark", actor=rep, at=NOW)

    assert entry
    assert entry.status_definition == definition
    assert "holds" not in entry.facts


# By itself


def test_an_automatic_definition_sets_the_status_from_where_it_says(rep: User) -> None:
    definition = automatic()
    met, unmet, elsewhere = at_work(), at_work(), ContactFactory.create(status_id="bad_timing")
    tried(met)
    tried(unmet, times=1)
    tried(elsewhere)

    refresh_contacts([met.pk, unmet.pk, elsewhere.pk], at=NOW)

    assert [status_of(one) for one in (met, unmet, elsewhere)] == ["gone_dark", "in_progress", "bad_timing"]
    entry = met.transitions.get(kind="status")
    assert (entry.origin, entry.actor, entry.status_definition) == ("rule", None, definition)
    assert entry.facts["holds"] is True
    assert entry.facts["deciding"] == [{"path": "/", "holds": True, "actual": 2}]


def test_the_night_finds_whom_only_time_has_changed() -> None:
    automatic()
    contact = at_work()
    tried(contact)

    refresh_span(after=0, at=NOW)

    assert status_of(contact) == "gone_dark"


def test_looked_at_again_nothing_more_is_written() -> None:
    automatic()
    contact = at_work()
    tried(contact)

    refresh_contacts([contact.pk], at=NOW)
    refresh_contacts([contact.pk], at=later(minutes=1))

    assert contact.transitions.filter(kind="status").count() == 1


def test_whom_a_person_took_out_stays_out_until_something_new_is_known(rep: User) -> None:
    automatic()
    contact = at_work()
    tried(contact)
    refresh_contacts([contact.pk], at=NOW)
    contact.refresh_from_db()
    set_status(contact, to="in_progress", actor=rep, at=later(hours=1))

    refresh_contacts([contact.pk], at=later(hours=2))
    assert status_of(contact) == "in_progress"

    TouchpointFactory.create(contact=contact, kind="call", outcome="no_answer", occurred_at=later(hours=3))
    refresh_contacts([contact.pk], at=later(hours=4))
    assert status_of(contact) == "gone_dark"


def test_what_goes_to_many_is_no_news_and_an_answer_or_an_edit_is(rep: User) -> None:
    automatic()
    contacts = [at_work() for _ in range(3)]
    for contact in contacts:
        tried(contact)
        TransitionFactory.create(
            contact=contact, kind="status", from_value="gone_dark", to_value="in_progress", at=ago(hours=2)
        )
    mailed, answered, edited = contacts
    TouchpointFactory.create(contact=mailed, kind="email_sent", occurred_at=ago(hours=1))
    AnswerFactory.create(contact=answered, answered_at=ago(hours=1))
    update_contact(
        edited, changes={"job_title": "Head of energy"}, version=edited.version, actor=rep, at=ago(hours=1)
    )

    evaluate_statuses([one.pk for one in contacts], at=NOW)

    assert [status_of(one) for one in contacts] == ["in_progress", "gone_dark", "gone_dark"]


def test_two_definitions_cannot_throw_a_contact_to_and_fro() -> None:
    automatic()
    automatic("in_progress", criteria=TRIED, from_statuses=["gone_dark"])
    contact = at_work()
    tried(contact)

    for minutes in range(6):
        refresh_contacts([contact.pk], at=later(minutes=minutes))

    assert contact.transitions.filter(kind="status").count() <= 2
    before = status_of(contact)
    refresh_contacts([contact.pk], at=later(hours=1))
    assert status_of(contact) == before


def test_of_two_that_hold_the_later_status_is_taken() -> None:
    automatic("in_progress", criteria=WRITTEN_TO, from_statuses=["new"])
    automatic(criteria=WRITTEN_TO, from_statuses=["new"])
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="sales_email", occurred_at=ago(days=1))

    evaluate_statuses([contact.pk], at=NOW)

    assert status_of(contact) == "gone_dark"


def test_a_status_that_asks_for_words_is_set_by_nobody_but_a_person() -> None:
    automatic("lost", criteria=WRITTEN_TO, from_statuses=["new"])
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="sales_email", occurred_at=ago(days=1))

    assert evaluate_statuses([contact.pk], at=NOW) == []
    assert status_of(contact) == "new"


def test_a_rule_that_blocks_holds_it_back_and_leaves_nothing_on_record() -> None:
    automatic()
    RuleVersionFactory.create(
        event="status", target="gone_dark", mode="block", criteria={"fact": "phone", "op": "known"}
    )
    contact = at_work(phone="")
    tried(contact)

    evaluate_statuses([contact.pk], at=NOW)

    assert status_of(contact) == "in_progress"
    assert not RuleException.objects.exists()
    assert not Transition.objects.exists()


def test_who_has_another_status_by_the_time_it_is_locked_is_left_alone(rep: User) -> None:
    contact = ContactFactory.create(status_id="bad_timing")

    entries = set_status_of(
        [contact.pk], to="gone_dark", actor=None, at=NOW, origin="rule", standing_in=["in_progress"]
    )

    assert entries == []
    assert status_of(contact) == "bad_timing"


def test_who_changed_is_looked_at_once_more_and_the_marks_run_out() -> None:
    automatic()
    contact = at_work()
    tried(contact)
    DirtyContact.objects.create(contact=contact, since=NOW)

    rounds = 0
    while DirtyContact.objects.exists():
        refresh_batch(at=later(minutes=rounds))
        rounds += 1
        assert rounds < 5

    assert status_of(contact) == "gone_dark"


def test_a_stage_of_the_moment_counts_for_the_status(rep: User) -> None:
    automatic(criteria={"fact": "stage", "op": "is", "value": "sql"})
    contact = at_work(stage_id="mql")
    change_stage(contact, to="sql", actor=rep, at=NOW)

    evaluate_statuses([contact.pk], at=later(minutes=1))

    assert status_of(contact) == "gone_dark"


@pytest.mark.parametrize("count", [3, 30])
def test_three_and_thirty_cost_the_same(count: int, django_assert_max_num_queries: Any) -> None:
    automatic()
    contacts = [at_work() for _ in range(count)]
    for contact in contacts:
        tried(contact)

    with django_assert_max_num_queries(19):
        assert len(evaluate_statuses([one.pk for one in contacts], at=NOW)) == count


def test_where_nothing_is_automatic_one_query_is_asked(django_assert_num_queries: Any) -> None:
    contact = at_work()

    with django_assert_num_queries(3):  # two of them the savepoint’s
        assert evaluate_statuses([contact.pk], at=NOW) == []


def test_broken_criteria_do_not_stop_the_others() -> None:
    automatic("in_progress", criteria={"fact": "custom.gone", "op": "known"}, from_statuses=["new"])
    automatic()
    contact = at_work()
    tried(contact)

    evaluate_statuses([contact.pk], at=NOW)

    assert status_of(contact) == "gone_dark"


def test_what_was_signed_cannot_be_rewritten() -> None:
    definition = StatusDefinition.objects.in_force().get(status="lost")

    for change in (definition.delete, lambda: StatusDefinition.objects.update(prose_en="Else.")):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    with unguarded(StatusDefinition):
        assert StatusDefinition.objects.filter(pk=definition.pk).update(prose_en="Else.") == 1
