"""Definition rounds: blind for everybody until the reveal, one voice each, one text into the draft."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Notification, OutboxMessage, User
from agreements.models import State
from lifecycle.models import DefinitionRound, RoundEntry, RoundVote, TermVersion
from lifecycle.rounds import (
    NotAskedError,
    NotRevealedError,
    ProposedError,
    RevealedError,
    close_round,
    start_round,
    sweep_rounds,
    vote,
    write_entry,
)
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

DUE = NOW + timedelta(days=4)
SECRET = "whoever picked up the telephone twice"


@pytest.fixture
def term() -> TermVersion:
    return TermVersionFactory.create(
        term__slug="warm-lead", name_en="Warm lead", sentence_en="Someone who replied."
    )


@pytest.fixture
def blind(term: TermVersion, rep: User, marketer: User, manager: User) -> DefinitionRound:
    """Asked: a rep and a marketer; started by a manager who was not asked."""
    return start_round(term.term, people=[rep, marketer], due_at=DUE, actor=manager, at=NOW)


def written(one: DefinitionRound, *authors: tuple[User, str]) -> DefinitionRound:
    for author, text in authors:
        write_entry(one, text=text, language="en", actor=author, at=NOW)
    one.refresh_from_db()
    return one


@pytest.mark.parametrize("role", ["marketer", "manager", "admin"])
def test_nobody_reads_anothers_text_before_the_reveal_whatever_their_role(
    blind: DefinitionRound, rep: User, role: str, request: pytest.FixtureRequest
) -> None:
    written(blind, (rep, SECRET))
    reader: User = request.getfixturevalue(role)
    client: Client = request.getfixturevalue(f"as_{role}")

    assert not RoundEntry.objects.visible_to(reader).filter(text=SECRET).exists()
    for address in (f"/terms/rounds/{blind.pk}/", "/terms/warm-lead/", "/terms/", "/notifications/"):
        assert SECRET not in client.get(address).content.decode()
    assert SECRET not in str(list(Notification.objects.values())) + str(list(OutboxMessage.objects.values()))


def test_a_person_reads_their_own_text_while_it_is_blind(
    blind: DefinitionRound, rep: User, as_rep: Client
) -> None:
    written(blind, (rep, SECRET))

    assert SECRET in as_rep.get(f"/terms/rounds/{blind.pk}/").content.decode()


def test_a_blind_round_tells_how_many_have_written(
    blind: DefinitionRound, rep: User, as_marketer: Client
) -> None:
    written(blind, (rep, SECRET))

    assert "1 of 2 have written" in as_marketer.get(f"/terms/rounds/{blind.pk}/").content.decode()


def test_a_blind_text_cannot_be_voted_for_or_chosen_by_its_number(
    blind: DefinitionRound, rep: User, as_admin: Client, as_marketer: Client, marketer: User
) -> None:
    entry = RoundEntry.objects.get(round=written(blind, (rep, SECRET)), user=rep)

    assert as_marketer.post(f"/terms/rounds/{blind.pk}/vote/", {"entry": entry.pk}).status_code == 404
    assert as_admin.post(f"/terms/rounds/{blind.pk}/close/", {"entry": entry.pk}).status_code == 404
    with pytest.raises(NotRevealedError):
        vote(entry, actor=marketer, at=NOW)


def test_a_text_is_changed_until_the_last_has_written_and_then_all_are_revealed(
    blind: DefinitionRound, rep: User, marketer: User, as_rep: Client
) -> None:
    written(blind, (rep, "First thought."), (rep, "Second thought, a project."))
    assert blind.revealed_at is None

    written(blind, (marketer, "A project with a score."))

    assert blind.revealed_at == NOW
    page = as_rep.get(f"/terms/rounds/{blind.pk}/").content.decode()
    assert "First thought" not in page
    assert '<span class="sm-shared">project</span>' in page
    assert '<span class="sm-divergent">score</span>' in page
    with pytest.raises(RevealedError):
        write_entry(blind, text="Third", language="en", actor=rep, at=NOW)


def test_someone_who_left_is_not_waited_for(blind: DefinitionRound, rep: User, marketer: User) -> None:
    marketer.is_active = False
    marketer.save()

    assert written(blind, (rep, "A project.")).revealed_at == NOW


def test_a_voice_may_move_and_counts_once(blind: DefinitionRound, rep: User, marketer: User) -> None:
    written(blind, (rep, "A project."), (marketer, "A score."))
    of_rep, of_marketer = (RoundEntry.objects.get(round=blind, user=user) for user in (rep, marketer))

    vote(of_rep, actor=rep, at=NOW)
    vote(of_marketer, actor=rep, at=NOW)

    assert list(RoundVote.objects.values_list("user", "entry")) == [(rep.pk, of_marketer.pk)]


def test_only_those_who_were_asked_write_and_vote(
    blind: DefinitionRound, rep: User, marketer: User, admin: User, as_admin: Client
) -> None:
    assert as_admin.post(f"/terms/rounds/{blind.pk}/write/", {"text": "Mine"}).status_code == 403
    written(blind, (rep, "A project."), (marketer, "A score."))
    with pytest.raises(NotAskedError):
        vote(RoundEntry.objects.get(round=blind, user=rep), actor=admin, at=NOW)


def test_the_chosen_text_becomes_the_draft_and_the_other_language_is_to_be_written_anew(
    blind: DefinitionRound, rep: User, marketer: User, manager: User, term: TermVersion
) -> None:
    written(blind, (rep, "A project."), (marketer, "A score."))

    draft = close_round(blind, chosen=RoundEntry.objects.get(round=blind, user=rep), actor=manager, at=NOW)

    assert draft is not None
    assert (draft.sentence_en, draft.sentence_fr, draft.agreement.state) == ("A project.", "", State.DRAFT)
    assert TermVersion.objects.get(pk=term.pk).sentence_en == "Someone who replied."


def test_the_chosen_text_goes_into_the_draft_that_is_open(
    blind: DefinitionRound, rep: User, marketer: User, as_manager: Client, as_rep: Client
) -> None:
    as_rep.post("/terms/warm-lead/edit/", {"name_en": "Warmer lead", "revision": "1"})
    written(blind, (rep, "A project."), (marketer, "A score."))
    entry = RoundEntry.objects.get(round=blind, user=marketer)

    answer = as_manager.post(f"/terms/rounds/{blind.pk}/close/", {"entry": entry.pk})

    draft = TermVersion.objects.get(agreement__state=State.DRAFT)
    assert (answer.status_code, answer["Location"]) == (303, f"/agreements/{draft.agreement_id}/")
    assert (draft.name_en, draft.sentence_en) == ("Warmer lead", "A score.")


def test_a_proposed_version_is_not_written_over(
    blind: DefinitionRound, rep: User, marketer: User, manager: User, as_rep: Client
) -> None:
    as_rep.post("/terms/warm-lead/edit/", {"name_en": "Warmer lead", "revision": "1"})
    version = TermVersion.objects.get(agreement__state=State.DRAFT)
    as_rep.post(f"/agreements/{version.agreement_id}/propose/")
    written(blind, (rep, "A project."), (marketer, "A score."))

    with pytest.raises(ProposedError):
        close_round(blind, chosen=RoundEntry.objects.get(round=blind, user=rep), actor=manager, at=NOW)
    blind.refresh_from_db()
    assert blind.closed_at is None


def test_a_round_is_revealed_at_its_end_and_one_that_nobody_wrote_in_is_over(
    blind: DefinitionRound, rep: User, manager: User, marketer: User
) -> None:
    silent = TermVersionFactory.create()
    other = start_round(silent.term, people=[rep, marketer], due_at=DUE, actor=manager, at=NOW)
    written(blind, (rep, "A project."))

    assert sweep_rounds(at=DUE) == 2
    assert sweep_rounds(at=DUE) == 0

    blind.refresh_from_db()
    other.refresh_from_db()
    assert (blind.revealed_at, blind.closed_at) == (DUE, None)
    assert (other.revealed_at, other.closed_at) == (DUE, DUE)


def test_who_has_not_written_is_reminded_once_a_day_before(
    blind: DefinitionRound, rep: User, marketer: User
) -> None:
    written(blind, (rep, "A project."))
    asked = Notification.objects.count()
    assert asked == 2

    sweep_rounds(at=DUE - timedelta(hours=25))
    assert Notification.objects.count() == asked

    sweep_rounds(at=DUE - timedelta(hours=24))
    sweep_rounds(at=DUE - timedelta(hours=1))

    told = Notification.objects.filter(key=f"round:{blind.pk}:reminded")
    assert [notification.user for notification in told] == [marketer]


def test_a_round_is_started_with_people_of_both_sides_and_a_day_to_come(
    as_rep: Client, term: TermVersion, rep: User, marketer: User
) -> None:
    alone = as_rep.post("/terms/warm-lead/rounds/new/", {"people": [rep.pk], "until": "2099-01-01"})
    assert alone.status_code == 422
    assert "Ask somebody of marketing" in alone.content.decode()

    until = timezone.localdate() + timedelta(days=3)
    sent = {"people": [rep.pk, marketer.pk], "until": until.isoformat()}
    started = as_rep.post("/terms/warm-lead/rounds/new/", sent)

    one = DefinitionRound.objects.get()
    assert (started.status_code, started["Location"]) == (303, f"/terms/rounds/{one.pk}/")
    assert Notification.objects.filter(kind="round").count() == 1
    assert as_rep.get("/terms/warm-lead/rounds/new/")["Location"] == f"/terms/rounds/{one.pk}/"
