"""What was signed is read and accepted by everybody whom it concerns; who has not is reminded once a week."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts.models import Notification, OutboxMessage, Role, Team, User
from agreements.actions import accept, set_review
from agreements.actions.reminding import remind
from agreements.adoption import adoption_of, to_read
from agreements.errors import NotConcernedError
from agreements.models import Acknowledgement, Agreement
from agreements.overview import overview_for
from agreements.reading import Reading
from lifecycle.models import TermVersion
from tests.agreements.scenes import proposed, signed
from tests.factories.accounts import UserFactory
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import NOW, later

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 20)


@pytest.fixture
def agreed(marketer: User, rep: User) -> Agreement:
    """A term in force by the signatures of both."""
    return signed(proposed(marketer), marketer, rep)


def test_what_was_signed_is_to_be_read_by_those_who_did_not_sign(
    agreed: Agreement, rep: User, other_rep: User, manager: User
) -> None:
    assert list(to_read(other_rep)) == [agreed]
    assert list(to_read(manager)) == [agreed]
    assert list(to_read(rep)) == []


def test_what_a_new_installation_starts_with_is_asked_of_nobody(other_rep: User) -> None:
    TermVersionFactory.create()

    assert not to_read(other_rep).exists()


def test_accepted_it_is_no_longer_to_be_read(agreed: Agreement, other_rep: User) -> None:
    accept(agreed, actor=other_rep, at=NOW)
    accept(agreed, actor=other_rep, at=later(hours=1))

    assert Acknowledgement.objects.get().accepted_at == NOW
    assert not to_read(other_rep).exists()


def test_the_next_version_is_to_be_read_again(
    agreed: Agreement, marketer: User, rep: User, other_rep: User
) -> None:
    accept(agreed, actor=other_rep, at=NOW)
    version = TermVersion.objects.get(agreement=agreed)
    following = signed(proposed(marketer, version), marketer, rep, at=later(hours=1))

    assert list(to_read(other_rep)) == [following]


def test_only_what_is_in_force_is_accepted(marketer: User, other_rep: User) -> None:
    with pytest.raises(NotConcernedError):
        accept(proposed(marketer), actor=other_rep, at=NOW)


def test_whom_it_concerns_is_told_on_the_page_without_a_mail(
    agreed: Agreement, marketer: User, rep: User, other_rep: User
) -> None:
    version = TermVersion.objects.get(agreement=agreed)
    following = signed(proposed(marketer, version), marketer, rep, at=later(hours=1))

    told = Notification.objects.filter(key=f"to_read:{following.pk}")
    assert [note.user for note in told] == [other_rep]
    assert not OutboxMessage.objects.filter(key__startswith="to_read").exists()


def test_adoption_counts_each_team_apart(agreed: Agreement, rep: User, other_rep: User) -> None:
    adoption = adoption_of([agreed], User.objects.filter(team=rep.team))
    before = adoption.by_team(agreed)
    accept(agreed, actor=other_rep, at=NOW)
    after = adoption_of([agreed], User.objects.filter(team=rep.team)).by_team(agreed)

    assert [(share.team, share.accepted, share.concerned) for share in before] == [(rep.team, 1, 2)]
    assert [(share.accepted, share.rate) for share in after] == [(2, 1.0)]


def test_somebody_who_joined_later_waits_since_then(agreed: Agreement) -> None:
    late = UserFactory.create(joined_at=later(days=10))

    (waiting,) = adoption_of([agreed], User.objects.filter(pk=late.pk)).waiting()
    assert (waiting.since, waiting.count) == (later(days=10), 1)


def test_a_reminder_comes_once_a_week_and_not_for_what_is_fresh(agreed: Agreement, other_rep: User) -> None:
    User.objects.filter(pk=other_rep.pk).update(joined_at=NOW)
    reminders = Notification.objects.filter(user=other_rep, kind="waiting")

    remind(at=later(days=1))
    assert reminders.count() == 0
    for days in (3, 4, 5):  # Monday to Wednesday
        remind(at=later(days=days))
    assert reminders.count() == 1
    remind(at=later(days=10))
    assert reminders.count() == 2


def test_who_has_nothing_to_do_hears_nothing(agreed: Agreement, rep: User) -> None:
    remind(at=later(days=5))

    assert not Notification.objects.filter(user=rep, kind="waiting").exists()


def test_a_signer_is_reminded_of_what_waits_for_their_side(marketer: User, rep: User) -> None:
    signed(proposed(marketer), marketer)
    remind(at=later(days=3))

    note = Notification.objects.get(user=rep, kind="waiting")
    assert (note.params["sign"], note.params["read"]) == (1, 0)


def test_the_owner_hears_once_of_each_review_date(agreed: Agreement, marketer: User) -> None:
    set_review(agreed, review_on=TODAY)
    remind(at=NOW)
    remind(at=later(days=1))
    assert Notification.objects.filter(user=marketer, kind="review").count() == 1

    set_review(agreed, review_on=date(2026, 11, 27))
    remind(at=later(days=7))
    assert Notification.objects.filter(user=marketer, kind="review").count() == 2


def test_a_review_of_what_its_owner_left_behind_falls_to_the_administrators(
    agreed: Agreement, marketer: User, admin: User
) -> None:
    set_review(agreed, review_on=TODAY)
    User.objects.filter(pk=marketer.pk).update(is_active=False)
    remind(at=NOW)

    assert Notification.objects.filter(user=admin, kind="review").count() == 1


def test_managers_see_names_of_their_own_side_only(agreed: Agreement, rep: User, other_rep: User) -> None:
    sales = UserFactory.create(role=Role.MANAGER, team=rep.team)
    marketing = UserFactory.create(role=Role.MANAGER, team=Team.objects.create(name="M", side="marketing"))
    accept(agreed, actor=sales, at=NOW)
    accept(agreed, actor=marketing, at=NOW)

    def named(user: User) -> list[User]:
        return [one.person for one in overview_for(user, at=NOW, today=TODAY).readers]

    assert named(sales) == [other_rep]
    assert named(marketing) == []


def test_a_manager_sees_which_versions_each_person_has_not_read(
    agreed: Agreement, marketer: User, rep: User, other_rep: User
) -> None:
    manager = UserFactory.create(role=Role.MANAGER, team=rep.team)
    for agreement in [agreed, second := signed(proposed(marketer), marketer, rep, at=later(hours=1))]:
        accept(agreement, actor=manager, at=later(hours=2))
    accept(agreed, actor=other_rep, at=later(hours=2))

    (reader,) = overview_for(manager, at=later(hours=3), today=TODAY).readers
    assert (reader.person, [line.agreement for line in reader.lines]) == (other_rep, [second])
    assert Reading(second, manager).still_to_read == [other_rep]
    assert Reading(agreed, manager).still_to_read == []


def test_who_manages_nobody_is_told_no_names(agreed: Agreement, other_rep: User, admin: User) -> None:
    assert Reading(agreed, other_rep).still_to_read == []
    assert Reading(agreed, admin).still_to_read == []


def test_an_administrator_sees_rates_and_no_names(agreed: Agreement, other_rep: User, admin: User) -> None:
    overview = overview_for(admin, at=NOW, today=TODAY)

    assert overview.readers == []
    (row,) = overview.rows
    assert (row.all.accepted, row.all.concerned) == (2, 4)


def test_a_proposal_shows_who_could_sign_it(marketer: User, rep: User, manager: User) -> None:
    signed(proposed(marketer), marketer)

    (waiting,) = overview_for(manager, at=NOW, today=TODAY).unsigned
    assert (waiting.since, waiting.signers) == (NOW, [("sales", [rep])])


def test_each_version_keeps_its_own_rate(
    agreed: Agreement, marketer: User, rep: User, other_rep: User, as_rep: Client
) -> None:
    """Who left since stays counted where they accepted; who came since was never asked."""
    accept(agreed, actor=other_rep, at=NOW)
    version = TermVersion.objects.get(agreement=agreed)
    following = signed(proposed(marketer, version), marketer, rep, at=later(days=10))
    User.objects.filter(pk=other_rep.pk).update(is_active=False)
    UserFactory.create(joined_at=later(days=20))
    reading = Reading(following, rep)

    told = [(each.number, share and (share.accepted, share.concerned)) for each, share in reading.history]
    assert told == [(3, (2, 3)), (2, (3, 3)), (1, None)]
    page = as_rep.get(f"/agreements/{agreed.pk}/").content.decode()
    assert "accepted by 3 of 3, 100%" in page
    assert "accepted by 2 of 3, 67%" in page


def test_a_version_that_nobody_signed_has_no_rate(rep: User) -> None:
    version = TermVersionFactory.create()

    assert [share for _, share in Reading(version.agreement, rep).history] == [None]
