"""While a stage is retired nobody is asked for what was agreed on it; it is all there again when the stage is."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts.models import Notification, Role, User
from agreements.actions import accept, propose, sign
from agreements.actions.reminding import remind
from agreements.adoption import to_read
from agreements.errors import NotConcernedError
from agreements.lists import lists_for
from agreements.models import Agreement, State
from agreements.overview import overview_for
from agreements.reading import Reading
from leads.usage.words import places
from lifecycle.models import FunnelVersion, Responsibility, StageDefinition
from reporting.plans.parts import in_force as parts_of_a_plan
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.moments import NOW, later
from tests.lifecycle.test_funnel import next_version, retiring, signed, with_trial

pytestmark = pytest.mark.django_db

TODAY = later(days=20).date()
SOON = later(days=10).date()
SUBJECTS = ["responsibility:trial", "stage:trial"]


@pytest.fixture
def agreed() -> list[Agreement]:
    """A stage of the company's own whose definition and responsibility both sides signed, to be reviewed by now."""
    with_trial()
    StageDefinition.objects.filter(stage="trial").update(criteria={"fact": "phone", "op": "known"})
    Responsibility.objects.filter(stage="trial").update(owes_en="a warm welcome")
    drafts = Agreement.objects.filter(subject__in=SUBJECTS)
    return [in_force(draft, review_on=SOON) for draft in drafts.order_by("subject")]


def in_force(draft: Agreement, *, review_on: date | None = None) -> Agreement:
    rep, marketer = UserFactory.create(may_sign=True), MarketerFactory.create(may_sign=True)
    agreement = propose(draft, actor=marketer, at=NOW, review_on=review_on)
    for signer in (rep, marketer):
        agreement = sign(agreement, actor=signer, read_hash=agreement.content_hash, at=NOW)
    return agreement


def retire() -> None:
    signed(next_version(retiring("trial")))


def take_back() -> None:
    def change(version: FunnelVersion) -> None:
        for stage in version.stages:
            stage.pop("retired", None)
            stage.pop("goes_to", None)

    signed(next_version(change))


def asked_of(user: User) -> dict[str, list[str]]:
    """On which lists they stand for that person."""
    lists = lists_for(user, at=later(days=20), today=TODAY)
    overview = overview_for(user, at=later(days=20), today=TODAY)
    found = {
        "to read": list(to_read(user).values_list("subject", flat=True)),
        "read on the page": [line.agreement.subject for line in lists.to_read],
        "overdue on the page": [line.agreement.subject for line in lists.overdue],
        "adoption": [row.line.agreement.subject for row in overview.rows],
        "overdue": [line.agreement.subject for line in overview.overdue],
        "in a plan": [one.subject for one in parts_of_a_plan()],
        "readers": [
            line.agreement.subject for one in overview.readers if one.person == user for line in one.lines
        ],
    }
    return {name: sorted({*subjects} & {*SUBJECTS}) for name, subjects in found.items()}


def test_what_was_agreed_on_a_retired_stage_is_on_no_list_until_the_stage_is_back(
    agreed: list[Agreement], manager: User
) -> None:
    assert set(map(tuple, asked_of(manager).values())) == {tuple(SUBJECTS)}

    retire()
    assert set(map(tuple, asked_of(manager).values())) == {()}

    take_back()
    assert set(map(tuple, asked_of(manager).values())) == {tuple(SUBJECTS)}


def test_its_history_stays_as_it_is(agreed: list[Agreement]) -> None:
    retire()
    for one in agreed:
        before = one.in_force_from
        one.refresh_from_db()
        assert (one.state, one.in_force_from, one.in_force_until) == (State.IN_FORCE, before, None)
        assert one.signatures.count() == 2


def test_nobody_is_reminded_of_it(agreed: list[Agreement], rep: User) -> None:
    retire()
    remind(at=later(days=20))
    reviews = {f"review:{one.pk}:{SOON.isoformat()}" for one in agreed}
    assert not Notification.objects.filter(key__in=reviews).exists()
    take_back()
    remind(at=later(days=21))
    assert {one.key for one in Notification.objects.filter(kind="review")} == reviews


def test_nobody_accepts_or_signs_what_rests(agreed: list[Agreement], rep: User, marketer: User) -> None:
    definition = agreed[1]
    retire()
    with pytest.raises(NotConcernedError):
        accept(definition, actor=rep, at=later(days=1))
    reading = Reading(Agreement.objects.get(pk=definition.pk), rep)
    assert not reading.may_accept

    take_back()
    accept(definition, actor=rep, at=later(days=2))
    assert Reading(Agreement.objects.get(pk=definition.pk), rep).has_accepted


def test_a_proposal_on_a_retired_stage_waits_for_no_signature(rep: User, marketer: User) -> None:
    with_trial()
    StageDefinition.objects.filter(stage="trial").update(criteria={"fact": "phone", "op": "known"})
    proposal = propose(Agreement.objects.get(subject="stage:trial"), actor=marketer, at=NOW)
    assert proposal in Agreement.objects.to_sign_by(rep)

    retire()

    assert proposal not in Agreement.objects.to_sign_by(rep)
    overview = overview_for(UserFactory.create(role=Role.MANAGER, team=None), at=later(days=20), today=TODAY)
    assert proposal not in [one.line.agreement for one in overview.unsigned]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "The stage is retired. Nobody is asked"), ("fr", "L’étape est retirée. Personne n’est invité")],
)
def test_its_page_says_that_it_rests(
    agreed: list[Agreement], as_manager: Client, language: str, said: str
) -> None:
    as_manager.post("/settings/preferences/", {"language": language})
    address = f"/agreements/{agreed[1].pk}/"
    assert said not in as_manager.get(address).content.decode()

    retire()

    page = as_manager.get(address).content.decode()
    assert said in page
    assert 'id="h-adoption"' not in page


def test_its_words_count_for_nobody_while_it_rests(agreed: list[Agreement], manager: User) -> None:
    assert ("Responsibility", 1) in [
        (str(kind), number) for kind, number in places(["warm welcome"], at=later(days=20))
    ]
    retire()
    assert ("Responsibility", 0) in [
        (str(kind), number) for kind, number in places(["warm welcome"], at=later(days=20))
    ]


def test_the_stages_of_the_product_never_rest() -> None:
    assert not Agreement.objects.in_force().exclude(pk__in=Agreement.objects.in_use()).exists()
