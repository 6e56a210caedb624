"""What both sides have signed for a later day waits while something that came in the way keeps it from starting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Notification, User
from agreements.actions import draft_from, propose, put_in_force_due, save_draft, withdraw
from agreements.errors import ObstacleError
from agreements.models import AgreedVersion, Agreement, State
from leads.models import PlaybookVersion
from lifecycle.funnel import out_of_use
from lifecycle.models import FunnelVersion, Responsibility, Stage, StageDefinition, Status, StatusDefinition
from tests.agreements.scenes import proposed
from tests.agreements.scenes import signed as signed_by
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.agreements import AgreementFactory, SignatureFactory
from tests.factories.lifecycle import StageDefinitionFactory, StatusDefinitionFactory
from tests.factories.moments import NOW
from tests.lifecycle.test_funnel import asking, drafted, signed

pytestmark = pytest.mark.django_db

DAY = NOW + timedelta(days=7)
MINUTE = timedelta(minutes=1)


def acting_alone() -> StatusDefinition:
    """“Gone dark” is taken by itself from now on: it could not ask for a reason."""
    version: StatusDefinition = StatusDefinitionFactory.create(
        is_automatic=True, from_statuses=["new"], criteria={"fact": "phone", "op": "known"}
    )
    return version


def waiting() -> Agreement:
    """A funnel version in which “Gone dark” asks for a reason, signed for a day a week from now."""
    return signed(drafted(asking("gone_dark", needs_reason=True)), starts_at=DAY)


def test_what_came_in_the_way_after_the_signatures_keeps_it_waiting() -> None:
    agreement = waiting()
    before = FunnelVersion.objects.in_force().get().agreement
    acting_alone()

    assert put_in_force_due(at=DAY + MINUTE) == 0

    agreement.refresh_from_db()
    before.refresh_from_db()
    assert (agreement.state, agreement.held_since) == (State.PROPOSED, DAY + MINUTE)
    assert (before.state, before.in_force_until) == (State.IN_FORCE, None)
    assert not Status.objects.get(key="gone_dark").needs_reason


def test_whoever_signed_or_wrote_it_is_told_once_and_why() -> None:
    agreement = waiting()
    acting_alone()
    for minutes in range(3):
        put_in_force_due(at=DAY + minutes * MINUTE)

    told = Notification.objects.filter(kind="held")
    concerned = {signature.user for signature in agreement.signatures.all()} | {agreement.drafted_by}
    assert sorted(one.user_id for one in told) == sorted(user.pk for user in concerned if user)
    why = told[0].params["why"]
    assert "take “Gone dark” by themselves" in why["en"]
    assert "« Sans réponse »" in why["fr"].replace("\u202f", " ")


def test_the_pages_say_what_is_in_the_way(as_marketer: Client) -> None:
    agreement = waiting()
    address = f"/agreements/{agreement.pk}/"
    assert "It comes into force by itself" in as_marketer.get(address).content.decode()
    acting_alone()
    assert "could not come into force as things stand" in as_marketer.get(address).content.decode()

    put_in_force_due(at=DAY + MINUTE)

    page = as_marketer.get(address).content.decode()
    assert "Signed by both sides, and kept from coming into force since" in page
    assert "take “Gone dark” by themselves" in page
    assert "kept from coming into force since" in as_marketer.get("/agreements/").content.decode()


def test_it_comes_into_force_once_nothing_is_in_the_way_and_counts_from_then(marketer: User) -> None:
    agreement = waiting()
    before = FunnelVersion.objects.in_force().get().agreement
    in_the_way = acting_alone()
    put_in_force_due(at=DAY)
    withdraw(in_the_way.agreement, actor=marketer, reason="We call them.", at=DAY + MINUTE)

    assert put_in_force_due(at=DAY + 5 * MINUTE) == 1

    agreement.refresh_from_db()
    before.refresh_from_db()
    assert (agreement.state, agreement.in_force_from) == (State.IN_FORCE, DAY + 5 * MINUTE)
    assert before.in_force_until == DAY + 5 * MINUTE
    assert Status.objects.get(key="gone_dark").needs_reason


def test_what_waits_may_be_withdrawn(marketer: User) -> None:
    agreement = waiting()
    acting_alone()
    put_in_force_due(at=DAY)

    withdraw(agreement, actor=marketer, reason="It takes itself.", at=DAY + MINUTE)

    assert put_in_force_due(at=DAY + 2 * MINUTE) == 0


def test_neither_what_waits_nor_what_fails_holds_up_another(marketer: User, rep: User) -> None:
    waiting()
    acting_alone()
    broken = AgreementFactory.create(
        subject="unheard:of", state=State.PROPOSED, content_hash="0" * 64, starts_at=DAY - MINUTE
    )
    for side in ("sales", "marketing"):
        SignatureFactory.create(agreement=broken, side=side)
    other = signed_by(proposed(marketer, starts_at=DAY), marketer, rep)

    assert put_in_force_due(at=DAY + MINUTE) == 1

    assert Agreement.objects.get(pk=other.pk).state == State.IN_FORCE


# What keeps each kind from coming into force


def retire(key: str) -> None:
    Stage.objects.filter(key=key).update(is_active=False)


def changed(version: AgreedVersion, **values: object) -> Agreement:
    """The next version of what is in force, which says something else."""
    author = MarketerFactory.create()
    draft = draft_from(version, actor=author, at=NOW)
    return save_draft(draft, values=values, revision=draft.agreement.revision, actor=author, at=NOW).agreement


def playbook(**values: object) -> Agreement:
    of_sql = PlaybookVersion.objects.in_force().select_related("agreement")
    return changed(of_sql.get(stage="sql"), **(values or {"promote_days": 31}))


def ends_with(status: str, **more: object) -> dict[str, object]:
    return {"fallback": "status", "fallback_status_id": status, "promote_days": 30, **more}


def of_stage() -> Agreement:
    version: StageDefinition = StageDefinitionFactory.create(criteria={"fact": "phone", "op": "known"})
    return version.agreement


def responsibility(**values: object) -> Agreement:
    of_mql = Responsibility.objects.in_force().select_related("agreement")
    return changed(of_mql.get(stage="mql"), **(values or {"owes_en": "A call."}))


def of_somebody_who_left() -> Agreement:
    return responsibility(
        accountable="person", person=UserFactory.create(first_name="Lea", last_name="Roy", is_active=False)
    )


@pytest.mark.parametrize(
    ("draft", "change", "said"),
    [
        (playbook, lambda: retire("sql"), "“SQL” is retired"),
        (
            lambda: playbook(**ends_with("lost")),
            lambda: Status.objects.filter(key="lost").update(needs_date=True),
            "“Lost” asks for a day",
        ),
        (
            lambda: playbook(**ends_with("lost")),
            lambda: Status.objects.filter(key="lost").update(is_open=True),
            "Work goes on in “Lost”",
        ),
        (of_stage, lambda: retire("mql"), "“MQL” is retired"),
        (responsibility, lambda: retire("mql"), "“MQL” is retired"),
        (of_somebody_who_left, lambda: None, "has left."),
    ],
    ids=["stage of a playbook", "day", "open", "stage", "responsibility", "person"],
)
def test_what_names_something_gone_is_neither_proposed_nor_started(
    draft: Callable[[], Agreement], change: Callable[[], object], said: str
) -> None:
    agreement = draft()
    change()

    with pytest.raises(ObstacleError) as refusal:
        propose(agreement, actor=MarketerFactory.create(), at=NOW)

    assert said in " ".join(refusal.value.obstacles)
    assert Agreement.objects.get(pk=agreement.pk).state == State.DRAFT


def test_a_playbook_whose_stage_went_before_its_day_waits(rep: User, marketer: User) -> None:
    proposal = propose(playbook(), actor=marketer, at=NOW, starts_at=DAY)
    agreement = signed_by(proposal, marketer, rep)
    retire("sql")

    assert put_in_force_due(at=DAY) == 0

    assert Agreement.objects.get(pk=agreement.pk).held_since == DAY
    assert out_of_use(Stage.objects.get(key="mql")) == []
