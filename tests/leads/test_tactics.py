"""Tactics of a cell: what is signed is what may be applied, and what was applied is never changed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import User
from agreements.actions import draft_from, propose, propose_retirement, save_draft, sign
from agreements.adoption import to_read
from agreements.kinds import kind_of
from agreements.models import Agreement, State
from leads.actions.erasure import approve_erasure, erase_batch
from leads.actions.tactics import apply_tactic, take_back_tactic
from leads.default_tactics import TACTICS
from leads.defaults import install_tactics
from leads.errors import CannotUndo, KeyReused, TacticNotAgreed, TacticOfAnotherCell
from leads.models import AppliedTactic, Cell, Contact, ContactScore, TacticContent, TacticsVersion
from leads.tactics.text import lines_of, untranslated
from tests.factories.leads import AppliedTacticFactory, ContactFactory, ContactScoreFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.test_erasure import retention_version

pytestmark = pytest.mark.django_db


def in_force(cell: Cell = Cell.TARGET_READY) -> TacticsVersion:
    return TacticsVersion.objects.in_force().select_related("agreement").get(cell=cell)


@pytest.fixture
def ready() -> Contact:
    """Target and ready."""
    contact: Contact = ContactScoreFactory.create(fit=80, engagement=80).contact
    return contact


@pytest.fixture
def signers(rep: User, marketer: User) -> tuple[User, User]:
    User.objects.filter(pk__in=(rep.pk, marketer.pk)).update(may_sign=True)
    return User.objects.get(pk=rep.pk), User.objects.get(pk=marketer.pk)


def signed_without(key: str, signers: tuple[User, User]) -> TacticsVersion:
    """The next version for those to call, which has that tactic no more."""
    first, author = in_force(), signers[1]
    draft = draft_from(first, actor=author, at=NOW)
    kept = [one for one in first.tactics if one["key"] != key]
    draft = save_draft(
        draft, values={"tactics": kept}, revision=draft.agreement.revision, actor=author, at=NOW
    )
    agreement = propose(draft.agreement, actor=author, at=NOW)
    for person in signers:
        sign(agreement, actor=person, read_hash=agreement.content_hash, at=NOW)
    return in_force()


# What is agreed


def test_a_new_installation_has_tactics_for_every_cell_in_both_languages_signed_by_nobody() -> None:
    versions = list(TacticsVersion.objects.in_force().select_related("agreement"))

    assert {version.cell for version in versions} == set(Cell.values)
    assert [untranslated(version) for version in versions] == [[], [], [], []]
    assert not Agreement.objects.agreed_on().filter(subject__startswith="tactics:").exists()


def test_installing_the_defaults_again_writes_nothing_and_leaves_what_is_retired(
    signers: tuple[User, User],
) -> None:
    last = propose_retirement(in_force().agreement, actor=signers[1], reason="We only call.", at=NOW)
    for person in signers:
        sign(last, actor=person, read_hash=last.content_hash, at=NOW)
    install_tactics(at=NOW)

    assert TacticsVersion.objects.count() == len(TACTICS) + 1
    assert not TacticsVersion.objects.in_force().filter(cell=Cell.TARGET_READY).exists()


def test_a_version_that_both_sides_signed_is_in_force_and_everybody_reads_it(
    signers: tuple[User, User], other_rep: User
) -> None:
    version = signed_without("pause", signers)

    assert [one["key"] for one in version.tactics] == ["call", "answer"]
    assert [one.subject for one in to_read(other_rep)] == ["tactics:target_ready"]


def test_what_is_signed_never_changes(signers: tuple[User, User]) -> None:
    version = signed_without("pause", signers)
    with pytest.raises(DatabaseError), transaction.atomic():
        TacticsVersion.objects.filter(pk=version.pk).update(tactics=[])


@pytest.mark.parametrize("values", [{"cell": "nowhere"}, {"tactics": []}])
def test_the_database_refuses_tactics_of_no_cell_and_cells_without_tactics(values: dict[str, object]) -> None:
    draft = Agreement.objects.create(subject="tactics:other", number=1, drafted_at=NOW)
    content = {"cell": Cell.OTHER_READY, "tactics": [{"key": "call"}], "goal_en": "x"} | values
    with pytest.raises(IntegrityError), transaction.atomic():
        TacticsVersion.objects.create(agreement=draft, **content)


def test_the_signer_reads_whose_tactics_change_for_how_many_and_which_are_gone(
    signers: tuple[User, User], ready: Contact
) -> None:
    AppliedTacticFactory.create(contact=ready, tactic="answer", at=ago(days=3))
    old, author = in_force(), signers[1]
    draft = draft_from(old, actor=author, at=NOW)
    draft.tactics = [draft.tactics[0], draft.tactics[2] | {"what_en": "Pause all mail."}]

    told = kind_of("tactics:target_ready").consequences(draft, old, NOW)

    assert told is not None
    assert [(one.label, one.before, one.after, one.note) for one in told.changes] == [
        ("Tactics that marketing applies", "1", "1", "1 new or changed"),
        ("Tactics that sales applies", "2", "1", ""),
    ]
    assert [(one.state, one.text, one.note) for one in told.meanings] == [
        ("ok", "1 contact stands there today", "Its page would propose these tactics."),
        (
            "risk",
            "No longer agreed: Send one page that answers the question asked, with two dates to talk.",
            "Applied 1 time in the last 13 weeks.",
        ),
    ]


def test_a_line_says_team_deed_kind_and_with_what_and_takes_from_the_other_language_what_is_missing() -> None:
    first: TacticContent = in_force().tactics[0]

    assert lines_of([first], "en") == [
        "Sales: Call within the delay of the contract, knowing what was read and asked. (Call, the contact’s page)"
    ]
    without: TacticContent = {**first, "what_fr": ""}
    assert "Call within the delay" in lines_of([without], "fr")[0]


# What is applied


def test_applying_logs_who_when_which_version_and_which_tactic(ready: Contact, rep: User) -> None:
    applied = apply_tactic(
        ready, version=in_force(), tactic="call", actor=rep, at=NOW, note=" Back on Monday. "
    )

    assert (applied.contact, applied.version, applied.tactic) == (ready, in_force(), "call")
    assert (applied.actor, applied.at, applied.note) == (rep, NOW, "Back on Monday.")


def test_the_same_form_sent_again_finds_what_it_logged(ready: Contact, rep: User) -> None:
    key, version = uuid4(), in_force()
    first = apply_tactic(ready, version=version, tactic="call", actor=rep, at=NOW, key=key)

    assert apply_tactic(ready, version=version, tactic="call", actor=rep, at=later(hours=1), key=key) == first
    with pytest.raises(KeyReused):
        apply_tactic(ready, version=version, tactic="answer", actor=rep, at=NOW, key=key)
    assert AppliedTactic.objects.count() == 1


def test_a_tactic_is_refused_to_a_contact_that_stands_elsewhere_by_now(ready: Contact, rep: User) -> None:
    version = in_force()
    ContactScore.objects.filter(contact=ready).update(engagement=3, scored_at=later(hours=1))

    with pytest.raises(TacticOfAnotherCell) as refused:
        apply_tactic(ready, version=version, tactic="call", actor=rep, at=later(hours=2))
    assert "“Target, ready to buy”" in str(refused.value)
    with pytest.raises(TacticOfAnotherCell):
        apply_tactic(ContactFactory.create(), version=version, tactic="call", actor=rep, at=NOW)
    assert not AppliedTactic.objects.exists()


def test_a_tactic_is_refused_whose_version_is_replaced_or_that_it_never_had(
    ready: Contact, rep: User, signers: tuple[User, User]
) -> None:
    old = in_force()
    signed_without("pause", signers)

    for version, tactic in ((old, "call"), (in_force(), "pause"), (in_force(), "nothing")):
        with pytest.raises(TacticNotAgreed):
            apply_tactic(ready, version=version, tactic=tactic, actor=rep, at=later(hours=1))
    assert not AppliedTactic.objects.exists()


def test_an_entry_is_taken_back_within_thirty_seconds_by_a_row_that_compensates_it(
    ready: Contact, rep: User
) -> None:
    applied = apply_tactic(ready, version=in_force(), tactic="call", actor=rep, at=NOW)
    back = take_back_tactic(applied, actor=rep, at=NOW + timedelta(seconds=30))

    assert back.undoes == applied
    assert AppliedTactic.objects.count() == 2
    assert not AppliedTactic.objects.counted().exists()
    with pytest.raises(CannotUndo):
        take_back_tactic(applied, actor=rep, at=NOW + timedelta(seconds=30))
    with pytest.raises(CannotUndo):
        take_back_tactic(back, actor=rep, at=NOW + timedelta(seconds=30))


def test_an_entry_stays_when_it_is_older_or_somebody_elses(
    ready: Contact, rep: User, other_rep: User
) -> None:
    applied = apply_tactic(ready, version=in_force(), tactic="call", actor=rep, at=NOW)

    with pytest.raises(CannotUndo):
        take_back_tactic(applied, actor=rep, at=NOW + timedelta(seconds=31))
    with pytest.raises(CannotUndo):
        take_back_tactic(applied, actor=other_rep, at=NOW + timedelta(seconds=5))
    assert AppliedTactic.objects.counted().count() == 1


@pytest.mark.parametrize(
    "change", ["UPDATE leads_appliedtactic SET note = 'x'", "DELETE FROM leads_appliedtactic"]
)
def test_the_log_is_never_changed(change: str) -> None:
    AppliedTacticFactory.create()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_the_database_refuses_what_was_not_agreed_then(signers: tuple[User, User]) -> None:
    old = in_force()
    new = signed_without("pause", signers)
    draft = draft_from(new, actor=signers[1], at=later(hours=1))
    AppliedTacticFactory.create(version=old, tactic="pause", at=ago(days=1))

    wrong = (
        {"version": new, "tactic": "pause", "at": later(days=1)},
        {"version": old, "tactic": "call", "at": later(days=1)},
        {"version": new, "tactic": "call", "at": ago(days=1)},
        {"version": draft, "tactic": "call", "at": later(days=1)},
    )
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            AppliedTacticFactory.create(**values)


def test_the_database_refuses_to_take_back_what_another_did() -> None:
    first = AppliedTacticFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        AppliedTacticFactory.create(contact=first.contact, undoes=first)


def test_nothing_is_applied_by_a_version_that_retires_them(
    ready: Contact, rep: User, signers: tuple[User, User]
) -> None:
    old = in_force()
    last = propose_retirement(old.agreement, actor=signers[1], reason="We only call.", at=NOW)
    for person in signers:
        sign(last, actor=person, read_hash=last.content_hash, at=NOW)
    retired = TacticsVersion.objects.get(agreement__state=State.RETIRED)

    for version in (old, retired):
        with pytest.raises(TacticNotAgreed):
            apply_tactic(ready, version=version, tactic="call", actor=rep, at=later(hours=1))
        with pytest.raises(IntegrityError), transaction.atomic():
            AppliedTacticFactory.create(contact=ready, version=version, at=later(hours=1))


def test_erasing_somebody_empties_the_notes_and_keeps_the_counts(admin: User) -> None:
    gone = ContactFactory.create(status_id="unqualified", status_since=ago(days=2000))
    AppliedTacticFactory.create(contact=gone, note="Amélie is on leave until May.")
    run = approve_erasure(actor=admin, at=NOW, read=1, version=retention_version())
    erase_batch(run.pk, at=NOW)

    assert [(one.tactic, one.note) for one in AppliedTactic.objects.all()] == [("call", "")]
