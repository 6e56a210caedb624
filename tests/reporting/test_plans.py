"""One plan a period, built by both teams: it names the versions that were in force, and says whether they still are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from agreements.actions import draft_from, propose, propose_retirement, save_draft, sign, withdraw
from agreements.adoption import to_read
from agreements.kinds import kind_of
from agreements.models import AgreedVersion, Agreement, State
from lifecycle.models import StageDefinition
from reporting.models import Objective, Plan, PlanVersion
from reporting.plans.forms import periods
from reporting.plans.parts import groups_of
from reporting.plans.words import quarter_of, words_of
from tests.factories.lifecycle import ProcedureVersionFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
QUARTER = periods(TODAY)[0]
NEXT = periods(TODAY)[1]


@pytest.fixture(autouse=True)
def _on_that_day() -> Iterator[None]:
    """The pages offer the quarters from today on: it is the same day whenever the tests run, and its hours go by."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def signers(rep: User, marketer: User) -> list[User]:
    User.objects.filter(pk__in=(rep.pk, marketer.pk)).update(may_sign=True)
    return list(User.objects.filter(pk__in=(rep.pk, marketer.pk)))


def sent(*days: dict[str, str], **more: str) -> dict[str, str]:
    numbered = {
        f"step{place}-{name}": day.get(name, "")
        for place, day in enumerate(days)
        for name in ("on", "what_en", "what_fr")
    }
    return {
        "period": str(QUARTER),
        "aim_en": "Fewer leads, called sooner.",
        "aim_fr": "Moins de leads, appelés plus tôt.",
        "revision": "0",
        "steps": str(len(days)),
        **numbered,
        **more,
    }


def the_plan() -> PlanVersion:
    return PlanVersion.objects.select_related("plan", "agreement").latest("pk")


def signed(version: AgreedVersion, signers: list[User]) -> None:
    agreement = propose(version.agreement, actor=signers[0], at=timezone.now())
    for person in signers:
        sign(agreement, actor=person, read_hash=agreement.content_hash, at=timezone.now())
    version.agreement.refresh_from_db()


def another_mql_definition(signers: list[User]) -> Agreement:
    old = StageDefinition.objects.in_force().select_related("agreement").get(stage_id="mql")
    draft = draft_from(old, actor=signers[0], at=timezone.now())
    draft = save_draft(
        draft,
        values={"prose_en": "Only with a name."},
        revision=draft.agreement.revision,
        actor=signers[0],
        at=timezone.now(),
    )
    signed(draft, signers)
    found: Agreement = draft.agreement
    return found


@pytest.fixture
def plan(as_marketer: Client) -> PlanVersion:
    """A draft of this quarter."""
    Objective.objects.create(month=QUARTER.starts_on, amount_cents=4_000_000, currency="EUR")
    assert as_marketer.post("/plans/new/", sent()).status_code == 303
    return the_plan()


def test_a_plan_names_every_version_in_force_and_the_objectives_of_its_months(plan: PlanVersion) -> None:
    in_force = Agreement.objects.in_force()

    assert {part["agreement"] for part in plan.parts} == set(in_force.values_list("pk", flat=True))
    assert {part["hash"] for part in plan.parts} == set(in_force.values_list("content_hash", flat=True))
    assert plan.objectives == [
        {"month": QUARTER.starts_on.isoformat(), "cents": 4_000_000, "currency": "EUR"}
    ]
    assert (plan.plan.starts_on, plan.plan.ends_on) == (QUARTER.starts_on, QUARTER.ends_on)


def test_signed_by_both_it_is_in_force_and_everybody_reads_it(
    plan: PlanVersion, signers: list[User], other_rep: User, as_rep: Client
) -> None:
    signed(plan, signers)

    assert plan.agreement.state == State.IN_FORCE
    assert [one.subject for one in to_read(other_rep)] == [f"plan:{plan.plan_id}"]
    page = as_rep.get("/plans/").content.decode()
    assert words_of(plan.plan) in page
    assert "Fewer leads, called sooner." in page
    assert f"{len(plan.parts)} versions, all in force as they are named" in page
    for person in signers:
        assert person.get_full_name() in page


def test_what_was_signed_and_is_no_more_in_force_is_marked_with_the_way_to_the_difference(
    plan: PlanVersion, signers: list[User], as_rep: Client
) -> None:
    signed(plan, signers)
    later = another_mql_definition(signers)
    procedure = ProcedureVersionFactory.create(name_en="A trade show")
    page = as_rep.get("/plans/").content.decode()

    changed = [row for group in groups_of(plan) for row in group.changed]
    assert [(row.title, row.signed.number, row.now) for row in changed] == [("MQL", 1, later)]
    assert f"1 of {len(plan.parts)} parts is not in force any more as the plan names it." in page
    assert re.search(rf'href="/agreements/{later.pk}/">.*?v2 since .*?: see the difference', page, re.S)
    assert "1 thing came into force since and is no part of it:" in page
    assert f'href="/agreements/{procedure.agreement_id}/">A trade show</a>' in page


def test_the_signer_reads_that_a_part_changed_since_it_was_written(
    plan: PlanVersion, signers: list[User]
) -> None:
    another_mql_definition(signers)
    told = kind_of("plan:1").consequences(plan, None, timezone.now())

    assert told is not None
    assert [(one.before, one.after) for one in told.changes] == [("0", str(len(plan.parts)))]
    assert [(one.state, one.text, one.note) for one in told.meanings] == [
        ("risk", "1 part is not in force any more as the plan names it", "MQL")
    ]


def test_a_draft_that_is_saved_again_rests_on_what_is_in_force_by_then(
    plan: PlanVersion, signers: list[User], as_marketer: Client
) -> None:
    later = another_mql_definition(signers)
    answer = as_marketer.post(f"/plans/{plan.plan_id}/edit/", sent(revision=str(plan.agreement.revision)))

    assert answer.status_code == 303
    assert later.pk in {part["agreement"] for part in the_plan().parts}
    assert not [row for group in groups_of(the_plan()) for row in group.changed]


def test_a_part_that_both_sides_ended_is_over(plan: PlanVersion, signers: list[User], as_rep: Client) -> None:
    signed(plan, signers)
    gone = next(row for group in groups_of(plan) if group.kind.prefix == "procedure" for row in group.rows)
    last = propose_retirement(gone.signed, actor=signers[0], reason="Nobody follows it.", at=timezone.now())
    for person in signers:
        sign(last, actor=person, read_hash=last.content_hash, at=timezone.now())

    assert "retired meanwhile" in as_rep.get(f"/plans/{plan.plan_id}/").content.decode()


def test_days_are_of_the_period_and_stand_in_their_order_among_the_reviews(
    as_marketer: Client, signers: list[User]
) -> None:
    first, last = QUARTER.starts_on.isoformat(), QUARTER.ends_on.isoformat()
    review = Agreement.objects.in_force().get(subject="contract")
    Agreement.objects.filter(pk=review.pk).update(review_on=QUARTER.starts_on + timedelta(days=40))
    outside = (QUARTER.ends_on + timedelta(days=1)).isoformat()

    wrong = as_marketer.post("/plans/new/", sent({"on": outside, "what_en": "Fair"}))
    assert wrong.status_code == 422
    assert "This day is not of the plan’s period." in wrong.content.decode()
    nameless = as_marketer.post("/plans/new/", sent({"what_en": "Fair"}))
    assert "Say on which day." in nameless.content.decode()

    as_marketer.post(
        "/plans/new/", sent({"on": last, "what_en": "Look back"}, {"on": first, "what_en": "Begin"})
    )
    page = as_marketer.get("/plans/").content.decode()
    begin, middle, end = page.index("Begin"), page.index("Review: "), page.index("Look back")
    assert begin < middle < end


def test_days_move_without_scripts_and_nothing_is_saved_meanwhile(as_marketer: Client) -> None:
    days = ({"what_en": "One"}, {"what_en": "Two"})
    answer = as_marketer.post("/plans/new/", sent(*days, **{"steps-do": "up:1"}))

    found = re.findall(r'name="step\d-what_en" value="([^"]*)"', answer.content.decode())
    assert (answer.status_code, found) == (200, ["Two", "One"])
    assert not Plan.objects.exists()


@pytest.mark.parametrize("period", ["", "2020-01-01/2020-03-31", "now"])
def test_a_period_that_is_not_offered_is_refused(as_marketer: Client, period: str) -> None:
    assert as_marketer.post("/plans/new/", sent(period=period)).status_code == 422
    assert not Plan.objects.exists()


def test_a_period_with_days_of_another_plan_is_refused_until_that_one_is_ended(
    as_marketer: Client, marketer: User, plan: PlanVersion
) -> None:
    year = f"{TODAY.year}-01-01/{TODAY.year}-12-31"
    for period in (str(QUARTER), year):
        answer = as_marketer.post("/plans/new/", sent(period=period))
        assert answer.status_code == 422
        assert "Another plan in force or being written has days of that period." in answer.content.decode()
    assert as_marketer.post("/plans/new/", sent(period=str(NEXT))).status_code == 303

    PlanVersion.objects.get(pk=plan.pk)
    withdraw(plan.agreement, actor=marketer, reason="For the year instead.", at=timezone.now())
    again = as_marketer.post("/plans/new/", sent(aim_en="Once more."))
    assert again.status_code == 303
    assert the_plan().plan == plan.plan


def test_the_database_lets_no_two_plans_have_the_same_day() -> None:
    first = quarter_of(date(2031, 2, 1))
    Plan.objects.create(starts_on=first[0], ends_on=first[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(starts_on=first[1], ends_on=first[1] + timedelta(days=30))
    Plan.objects.create(starts_on=first[1] + timedelta(days=1), ends_on=first[1] + timedelta(days=30))
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(starts_on=date(2032, 2, 1), ends_on=date(2032, 1, 1))


def test_what_is_signed_never_changes_nor_its_days(plan: PlanVersion, signers: list[User]) -> None:
    signed(plan, signers)
    for change in (
        {"model": PlanVersion, "pk": plan.pk, "values": {"parts": []}},
        {"model": Plan, "pk": plan.plan_id, "values": {"ends_on": date(2040, 1, 1)}},
    ):
        model: Any = change["model"]
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.filter(pk=change["pk"]).update(**change["values"])  # type: ignore[arg-type] # of the table above


def test_an_ended_plan_frees_its_days_and_may_be_put_back_while_they_are_free(
    plan: PlanVersion, signers: list[User], as_marketer: Client
) -> None:
    signed(plan, signers)
    last = propose_retirement(
        plan.agreement, actor=signers[0], reason="The market turned.", at=timezone.now()
    )
    for person in signers:
        sign(last, actor=person, read_hash=last.content_hash, at=timezone.now())
    plan.plan.refresh_from_db()

    assert plan.plan.freed_at is not None
    assert "The market turned." in as_marketer.get(f"/plans/{plan.plan_id}/").content.decode()
    assert as_marketer.post("/plans/new/", sent()).status_code == 303
    assert the_plan().plan != plan.plan
    back = as_marketer.post(f"/agreements/{last.pk}/draft/", follow=True)
    assert "Its name is another’s by now." in back.content.decode()


def test_two_writers_read_both_texts(plan: PlanVersion, as_marketer: Client, as_manager: Client) -> None:
    revision = str(plan.agreement.revision)
    as_marketer.post(f"/plans/{plan.plan_id}/edit/", sent(revision=revision, aim_en="Call sooner."))
    answer = as_manager.post(f"/plans/{plan.plan_id}/edit/", sent(revision=revision, aim_en="Call later."))

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Call sooner." in page
    assert "Call later." in page


def test_without_a_plan_the_page_says_what_one_is(as_rep: Client, as_marketer: Client) -> None:
    assert "There is no plan for today or later" in as_rep.get("/plans/").content.decode()
    assert "/plans/new/" not in as_rep.get("/plans/").content.decode()
    assert "/plans/new/" in as_marketer.get("/plans/").content.decode()


def test_the_page_speaks_french(plan: PlanVersion, as_rep: Client) -> None:
    as_rep.post("/settings/preferences/", {"language": "fr"})
    page = as_rep.get("/plans/").content.decode()

    assert "Moins de leads, appelés plus tôt." in page
    assert "Sur quoi il repose" in page
    assert "Définition d’étape" in page


def test_three_and_thirty_parts_of_a_kind_cost_the_same(as_marketer: Client, as_rep: Client) -> None:
    counts = []
    for number, period in ((3, QUARTER), (27, NEXT)):
        ProcedureVersionFactory.create_batch(number)
        as_marketer.post("/plans/new/", sent(period=str(period)))
        address = f"/plans/{the_plan().plan_id}/"
        as_rep.get(address)
        with CaptureQueriesContext(connection) as queries:
            as_rep.get(address)
        counts.append(len(queries))

    assert counts[0] == counts[1]
