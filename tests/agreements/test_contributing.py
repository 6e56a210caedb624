"""Every version says who had a part in it, by team; while it is open, which team has not spoken yet."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Side, User
from agreements.actions import answer, write_comment
from agreements.models import Agreement, Writing
from agreements.reading import Reading
from tests.agreements.scenes import drafted, proposed, signed
from tests.factories.accounts import UserFactory
from tests.factories.moments import NOW, later

pytestmark = pytest.mark.django_db


def told(agreement: Agreement, reader: User) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        side.side: {one.person.first_name: one.deeds for one in side.people}
        for side in Reading(Agreement.objects.get(pk=agreement.pk), reader).contributions
    }


def test_who_wrote_is_remembered_and_each_save_counted(marketer: User, rep: User) -> None:
    draft = drafted(marketer)

    row = Writing.objects.get(agreement=draft)

    assert (row.user, row.saves) == (marketer, 2)  # begun, then saved
    assert told(draft, rep) == {Side.MARKETING: {marketer.first_name: ("wrote",)}, Side.SALES: {}}


def test_each_deed_is_told_beside_its_team(marketer: User, rep: User, manager: User) -> None:
    proposal = proposed(marketer)
    write_comment(proposal, actor=marketer, text="Twice?", at=NOW)
    against = write_comment(proposal, actor=rep, text="Once is enough.", is_disagreement=True, at=NOW)
    answer(against, actor=marketer, text="Once is a robot.", at=NOW)
    answer(against, actor=marketer, text="Two, and never a robot.", at=later(minutes=1), settles=True)
    signed(proposal, marketer, rep)

    found = told(proposal, rep)

    assert found[Side.SALES][rep.first_name] == ("1 disagreement", "signed")
    assert found[Side.MARKETING][marketer.first_name] == (
        "wrote",
        "1 comment",
        "2 answers",
        "settled 1",
        "signed",
    )


def test_somebody_of_no_team_is_told_apart(marketer: User, rep: User) -> None:
    draft = drafted(marketer)
    guest = UserFactory.create(team=None, first_name="Guest")
    write_comment(draft, actor=guest, text="I only read.", at=NOW)

    assert told(draft, rep)[""] == {"Guest": ("1 comment",)}


def test_a_team_that_has_not_spoken_is_named_while_it_may_and_no_longer_after(
    as_rep: Client, marketer: User, rep: User
) -> None:
    draft = drafted(marketer)
    address = f"/agreements/{draft.pk}/"
    assert "Nobody of this team has spoken yet." in as_rep.get(address).text

    write_comment(draft, actor=rep, text="Fine by me.", at=NOW)

    assert "Nobody of this team has spoken yet." not in as_rep.get(address).text


def test_what_an_installation_starts_with_has_no_part_of_anybody(as_rep: Client) -> None:
    default = Agreement.objects.in_force().order_by("pk")[0]
    assert "Who had a part" not in as_rep.get(f"/agreements/{default.pk}/").text


def test_a_draft_of_many_costs_the_same_queries(marketer: User, rep: User) -> None:
    draft, counted = drafted(marketer), []
    for number in (3, 27):
        for person in UserFactory.create_batch(number):
            write_comment(draft, actor=person, text="I agree.", at=NOW)
            Writing.objects.create(agreement=draft, user=person, first_at=NOW, last_at=NOW)
        with CaptureQueriesContext(connection) as queries:
            told(draft, rep)
        counted.append(len(queries))
    assert counted[0] == counted[1]
