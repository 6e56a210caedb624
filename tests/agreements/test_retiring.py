"""Both sides sign that a thing holds no longer; from then on nobody is asked about it, until it is taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Notification, User
from agreements.actions import (
    accept,
    decline,
    draft_from,
    propose,
    propose_retirement,
    put_in_force_due,
    save_draft,
    sign,
    withdraw,
)
from agreements.actions.reminding import remind
from agreements.adoption import to_read
from agreements.errors import (
    AlreadyDraftedError,
    ContentChangedError,
    NotConcernedError,
    ReasonMissingError,
    StartsTooSoonError,
    WrongStateError,
)
from agreements.lists import lists_for
from agreements.models import Agreement, Signature, State
from agreements.overview import overview_for
from lifecycle.models import ProcedureVersion, RuleVersion
from tests.agreements.retiring import REASON, retired, retirement
from tests.agreements.scenes import signed
from tests.factories.lifecycle import ProcedureVersionFactory
from tests.factories.moments import NOW, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(marketer: User, rep: User) -> ProcedureVersion:
    """Signed by both sides, so that everybody is asked to read it."""
    first = ProcedureVersionFactory.create()
    draft = draft_from(first, actor=marketer, at=NOW)
    values = {"purpose_en": "So that nobody waits."}
    draft = save_draft(draft, values=values, revision=draft.agreement.revision, actor=marketer, at=NOW)
    review_on = (NOW + timedelta(days=10)).date()
    agreement = propose(draft.agreement, actor=marketer, at=NOW, review_on=review_on)
    signed(agreement, marketer, rep)
    return ProcedureVersion.objects.select_related("agreement", "procedure").get(pk=draft.pk)


def test_signed_by_both_it_is_retired_with_its_reason_and_ends_what_was_in_force(
    version: ProcedureVersion, marketer: User, rep: User
) -> None:
    agreement = retired(marketer, rep, version=version, at=later(hours=1))

    version.agreement.refresh_from_db()
    assert (agreement.state, agreement.note, agreement.in_force_from) == (
        State.RETIRED,
        REASON,
        later(hours=1),
    )
    assert (version.agreement.state, version.agreement.in_force_until) == (State.SUPERSEDED, later(hours=1))
    assert ProcedureVersion.objects.get(agreement=agreement).purpose_en == "So that nobody waits."


def test_until_both_have_signed_it_stays_in_force(version: ProcedureVersion, marketer: User) -> None:
    retired(marketer, version=version)

    version.agreement.refresh_from_db()
    assert version.agreement.state == State.IN_FORCE


def test_nobody_is_asked_to_read_accept_or_review_it_any_more(
    version: ProcedureVersion, marketer: User, rep: User, other_rep: User, manager: User
) -> None:
    assert version.agreement in to_read(other_rep)
    agreement = retired(marketer, rep, version=version)
    late = NOW + timedelta(days=30)
    told = Notification.objects.count()

    assert not to_read(other_rep).filter(subject=agreement.subject).exists()
    for one in (version.agreement, agreement):
        with pytest.raises(NotConcernedError):
            accept(Agreement.objects.get(pk=one.pk), actor=other_rep, at=late)
    assert not Agreement.objects.overdue_for_review(on=late.date()).of(agreement.subject).exists()
    lists = lists_for(manager, at=late, today=late.date())
    assert agreement.subject not in [line.agreement.subject for line in (*lists.overdue, *lists.to_read)]
    overview = overview_for(manager, at=late, today=late.date())
    assert agreement.subject not in [row.line.agreement.subject for row in overview.rows]
    assert not overview.overdue
    assert remind(at=late) == 0
    assert Notification.objects.count() == told


def test_signers_are_asked_with_the_reason_and_everybody_learns_of_the_end(
    version: ProcedureVersion, marketer: User, rep: User, other_rep: User
) -> None:
    agreement = retired(marketer, rep, version=version)

    asked = Notification.objects.get(user=rep, key=f"to_sign:{agreement.pk}")
    assert asked.params["reason"] == REASON
    assert "is retired" in asked.text
    assert Notification.objects.filter(user=other_rep, key=f"retired:{agreement.pk}").exists()
    assert not Notification.objects.filter(key=f"to_read:{agreement.pk}").exists()


def test_the_signature_covers_that_it_is_retired_and_why(version: ProcedureVersion, marketer: User) -> None:
    agreement = retirement(marketer, version)
    assert agreement.content_hash != version.agreement.content_hash

    with pytest.raises(ContentChangedError):
        sign(agreement, actor=marketer, read_hash=version.agreement.content_hash, at=NOW)
    for change in ({"note": "Another reason."}, {"retires": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Agreement.objects.filter(pk=agreement.pk).update(**change)


def test_it_ends_on_the_agreed_day_however_late_the_sweep(
    version: ProcedureVersion, marketer: User, rep: User
) -> None:
    monday = later(days=3)
    agreement = retired(marketer, rep, version=version, starts_at=monday)
    assert agreement.state == State.PROPOSED
    assert put_in_force_due(at=later(days=2)) == 0
    assert put_in_force_due(at=later(days=5)) == 1

    agreement.refresh_from_db()
    version.agreement.refresh_from_db()
    assert (agreement.state, agreement.in_force_from) == (State.RETIRED, monday)
    assert version.agreement.in_force_until == monday


def test_declined_or_withdrawn_nothing_ends(version: ProcedureVersion, marketer: User, rep: User) -> None:
    decline(retirement(marketer, version), actor=rep, reason="We need it.", at=NOW)
    withdraw(retirement(marketer, version), actor=marketer, reason="Right.", at=NOW)

    version.agreement.refresh_from_db()
    assert version.agreement.state == State.IN_FORCE


def test_what_can_be_retired_is_in_force_and_nobody_is_writing_on_it(
    version: ProcedureVersion, marketer: User, rep: User
) -> None:
    with pytest.raises(ReasonMissingError):
        retirement(marketer, version, reason=" ")
    with pytest.raises(StartsTooSoonError):
        retirement(marketer, version, starts_at=NOW)
    draft = draft_from(version, actor=rep, at=NOW)
    with pytest.raises(AlreadyDraftedError):
        retirement(marketer, version)
    withdraw(draft.agreement, actor=rep, reason="No.", at=NOW)
    retired(marketer, rep, version=version)
    with pytest.raises(WrongStateError):
        retirement(marketer, version)


def test_what_the_product_cannot_do_without_is_not_retired(marketer: User) -> None:
    rule = RuleVersion.objects.in_force().select_related("agreement").earliest("pk")

    with pytest.raises(WrongStateError):
        propose_retirement(rule.agreement, actor=marketer, reason=REASON, at=NOW)


def test_a_later_version_takes_it_back_as_it_was(
    version: ProcedureVersion, marketer: User, rep: User, other_rep: User
) -> None:
    end = retired(marketer, rep, version=version)
    back = draft_from(ProcedureVersion.objects.get(agreement=end), actor=rep, at=later(days=1))
    assert not back.agreement.retires

    agreement = signed(propose(back.agreement, actor=rep, at=later(days=1)), marketer, rep, at=later(days=1))

    end.refresh_from_db()
    assert (end.state, end.in_force_until) == (State.SUPERSEDED, later(days=1))
    assert agreement.state == State.IN_FORCE
    assert (
        ProcedureVersion.objects.in_force().get(procedure=version.procedure).purpose_en == version.purpose_en
    )
    assert agreement in to_read(other_rep)


def test_what_was_retired_is_neither_changed_nor_deleted(
    version: ProcedureVersion, marketer: User, rep: User
) -> None:
    agreement = retired(marketer, rep, version=version)

    for change in ({"state": State.IN_FORCE}, {"state": State.WITHDRAWN}, {"in_force_from": later(days=1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Agreement.objects.filter(pk=agreement.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersion.objects.filter(agreement=agreement).update(purpose_en="Else.")


def test_the_database_knows_no_retirement_in_force_and_none_without_a_reason(marketer: User) -> None:
    common: dict[str, Any] = {
        "subject": "test:1",
        "content_hash": "0" * 64,
        "in_force_from": NOW,
        "drafted_by": marketer,
    }
    wrongs: list[dict[str, Any]] = [
        {"state": State.IN_FORCE, "retires": True, "note": REASON},
        {"state": State.RETIRED, "retires": True, "note": ""},
        {"state": State.RETIRED, "retires": False, "note": REASON},
        {"state": State.DRAFT, "retires": True, "note": REASON, "in_force_from": None},
    ]
    for number, wrong in enumerate(wrongs, start=1):
        with pytest.raises(IntegrityError), transaction.atomic():
            Agreement.objects.create(**common | wrong, number=number)


# The page


def test_the_page_asks_for_a_reason_and_leads_to_the_proposal(
    version: ProcedureVersion, as_marketer: Client, as_rep: Client
) -> None:
    address = f"/agreements/{version.agreement_id}/"
    assert "Propose to retire it" in as_marketer.get(address).content.decode()
    assert "Propose to retire it" not in as_rep.get(address).content.decode()

    without = as_marketer.post(f"{address}retire/", {"reason": " "})
    assert without.status_code == 422
    assert "Say why: both teams sign the reason as well." in without.content.decode()

    asked = as_marketer.post(f"{address}retire/", {"reason": REASON})
    proposal = Agreement.objects.get(state=State.PROPOSED)
    assert (asked.status_code, asked["Location"]) == (303, f"/agreements/{proposal.pk}/")
    page = as_rep.get(f"/agreements/{proposal.pk}/").content.decode()
    assert "Proposed to be retired." in page
    assert REASON in page
    assert "How far it is followed is no longer measured" in page
    assert "people no longer have to work by it" in page
    assert "have to read and accept it" not in page
    assert "To be retired:" in as_rep.get("/agreements/").content.decode()


def test_both_sign_on_the_page_and_it_can_be_taken_back_there(
    version: ProcedureVersion, as_marketer: Client, as_rep: Client
) -> None:
    as_marketer.post(f"/agreements/{version.agreement_id}/retire/", {"reason": REASON})
    proposal = Agreement.objects.get(state=State.PROPOSED)
    for person in (as_marketer, as_rep):
        person.post(f"/agreements/{proposal.pk}/sign/", {"hash": proposal.content_hash})

    assert Signature.objects.filter(agreement=proposal).count() == 2
    page = as_marketer.get(f"/agreements/{proposal.pk}/").content.decode()
    assert "Retired since" in page
    assert "Put it back in force" in page

    answer = as_marketer.post(f"/agreements/{proposal.pk}/draft/")
    draft = Agreement.objects.get(state=State.DRAFT)
    assert (answer.status_code, draft.number) == (303, proposal.number + 1)
    page = as_marketer.get(f"/agreements/{draft.pk}/").content.decode()
    assert "Nothing differs from the version in force yet." not in page
    assert as_marketer.post(f"/agreements/{draft.pk}/propose/", {"note": "We do."}).status_code == 303
    draft.refresh_from_db()
    assert draft.state == State.PROPOSED


def test_a_retirement_that_was_declined_has_no_text_to_take_up(
    version: ProcedureVersion, as_marketer: Client, marketer: User, rep: User
) -> None:
    end = decline(retirement(marketer, version), actor=rep, reason="We need it.", at=NOW)

    page = as_marketer.get(f"/agreements/{end.pk}/").content.decode()
    assert "It was proposed to be retired, and was not." in page
    assert "Take it up again" not in page
