"""What is bound to a contact is hidden with it: of each such model a row of another team is kept from a rep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db.models import ForeignKey, Model

from accounts.models import Team, User
from leads.models import (
    Answer,
    AppliedTactic,
    CellStay,
    Contact,
    ContactScore,
    Deal,
    DirtyContact,
    Erasure,
    ErasureRun,
    ExternalId,
    PlaybookRun,
    PlaybookTask,
    QuarantinedContact,
    QuizAnswer,
    QuizCase,
    ReplayedContact,
    ReplayOccasion,
    ReplayStay,
    RetentionHold,
    RuleException,
    SendCheck,
    SendCheckLine,
    StageInterval,
    Touchpoint,
    Transition,
)
from leads.retention import retention_rule
from reporting.models import Milestone
from sla.models import Assignment, Breach, Clock, Handoff
from tests.factories.accounts import UserFactory
from tests.factories.leads import (
    AnswerFactory,
    AppliedTacticFactory,
    ContactFactory,
    ContactScoreFactory,
    DealFactory,
    ExternalIdFactory,
    PlaybookRunFactory,
    PlaybookTaskFactory,
    QuizCaseFactory,
    ReplayFactory,
    TouchpointFactory,
)
from tests.factories.lifecycle import RuleVersionFactory
from tests.factories.moments import NOW, later
from tests.factories.sla import AssignmentFactory, BreachFactory, ClockFactory, HandoffFactory
from tests.test_visibility import MODELS, seen

pytestmark = pytest.mark.django_db

Maker = Callable[[Contact], Model]


def _owner(contact: Contact) -> User:
    assert contact.owner
    return contact.owner


def _erasure(contact: Contact) -> Erasure:
    rule = retention_rule()
    assert rule
    run = ErasureRun.objects.create(version=rule, approved_by=_owner(contact), approved_at=NOW, total=1)
    return Erasure.objects.create(contact=contact, run=run, at=NOW)


def _quarantined(contact: Contact) -> QuarantinedContact:
    return QuarantinedContact.objects.create(
        payload={},
        origin="person",
        fingerprint="f",
        state="released",
        created_at=NOW,
        created_by=contact.owner,
        settled_at=NOW,
        contact=contact,
    )


def _exception(contact: Contact) -> RuleException:
    return RuleException.objects.create(
        version=RuleVersionFactory.create(),
        contact=contact,
        event="owner",
        how="passed",
        origin="person",
        at=NOW,
    )


def _line(contact: Contact) -> SendCheckLine:
    check = SendCheck.objects.create(asked_by=UserFactory.create(), at=NOW)
    return SendCheckLine.objects.create(check_run=check, contact=contact, leave="yes")


def _handoff(contact: Contact) -> Handoff:
    """With its rep. One that waits is in the queue of all, whosever the contact was (decision 104)."""
    handoff: Handoff = HandoffFactory.create(contact=contact, rep=contact.owner)
    return handoff


OF_A_CONTACT: Final[dict[type[Model], Maker]] = {
    Answer: lambda contact: AnswerFactory.create(contact=contact),
    AppliedTactic: lambda contact: AppliedTacticFactory.create(contact=contact),
    Assignment: lambda contact: AssignmentFactory.create(handoff=_handoff(contact)),
    Breach: lambda contact: BreachFactory.create(clock__handoff=_handoff(contact), rep=contact.owner),
    CellStay: lambda contact: ContactScoreFactory.create(contact=contact).contact.cell_stays.get(),
    Clock: lambda contact: ClockFactory.create(handoff=_handoff(contact)),
    Contact: lambda contact: contact,
    ContactScore: lambda contact: ContactScoreFactory.create(contact=contact),
    Deal: lambda contact: DealFactory.create(contact=contact),
    DirtyContact: lambda contact: DirtyContact.objects.get_or_create(
        contact=contact, defaults={"since": NOW}
    )[0],
    Erasure: _erasure,
    ExternalId: lambda contact: ExternalIdFactory.create(contact=contact),
    Handoff: _handoff,
    Milestone: lambda contact: Milestone.objects.get(contact=contact),
    PlaybookRun: lambda contact: PlaybookRunFactory.create(contact=contact),
    PlaybookTask: lambda contact: PlaybookTaskFactory.create(run__contact=contact),
    QuarantinedContact: _quarantined,
    ReplayedContact: lambda contact: ReplayedContact.objects.create(
        replay=ReplayFactory.create(), contact=contact, would_at=NOW, outcome="open"
    ),
    RetentionHold: lambda contact: RetentionHold.objects.create(
        contact=contact, reason="A claim", until=later(days=9).date(), made_by=_owner(contact), made_at=NOW
    ),
    RuleException: _exception,
    SendCheckLine: _line,
    StageInterval: lambda contact: contact.stage_intervals.get(),
    Touchpoint: lambda contact: TouchpointFactory.create(contact=contact),
    Transition: lambda contact: contact.transitions.get(),
}

OPEN_TO_OTHERS: Final[dict[type[Model], str]] = {
    QuizCase: "says nothing by which its contact could be known",
    QuizAnswer: "is one's own, of a case that names nobody",
    ReplayStay: "is a temporary table of one transaction",
    ReplayOccasion: "is a temporary table of one transaction",
}

NEVER_A_REPS: Final = {Erasure, RetentionHold}
"""Kept from every rep, whosever the contact is."""


def bound_to(target: type[Model]) -> set[type[Model]]:
    """The models that lead to it by foreign keys, over others too."""
    found, ahead = {target}, [target]
    while ahead:
        here = ahead.pop()
        ahead += (new := {model for model in MODELS if _points(model, here)} - found)
        found |= new
    return found


def _points(model: type[Model], target: type[Model]) -> bool:
    return any(
        isinstance(field, ForeignKey) and field.related_model is target for field in model._meta.get_fields()
    )


def test_every_model_that_leads_to_a_contact_is_asked_about_or_says_why_not() -> None:
    assert bound_to(Contact) == OF_A_CONTACT.keys() | OPEN_TO_OTHERS.keys()


@pytest.mark.parametrize("model", OF_A_CONTACT, ids=lambda model: model._meta.label)
def test_a_row_of_another_teams_contact_is_kept_from_a_rep(
    model: type[Model], rep: User, manager: User
) -> None:
    stranger = UserFactory.create(team=Team.objects.create(name="North", side="sales"))
    row: Any = OF_A_CONTACT[model](ContactFactory.create(stage_id="sql", stage_since=NOW, owner=stranger))

    assert isinstance(row, model)
    assert row.pk in seen(model, manager)
    assert row.pk not in seen(model, rep)
    assert (row.pk in seen(model, stranger)) is (model not in NEVER_A_REPS)


def test_what_names_nobody_is_open_to_every_rep(rep: User) -> None:
    stranger = UserFactory.create(team=Team.objects.create(name="North", side="sales"))
    case = QuizCaseFactory.create(contact=ContactFactory.create(owner=stranger))

    assert case.pk in seen(QuizCase, rep)
    assert not any(name in str(case.sheet) for name in ("Nadia", "Benali", "client.test"))
