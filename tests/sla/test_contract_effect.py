"""What a draft means for the contract: MQL a month, how many sales accepts, and what its seats take."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.consequences import Meaning
from agreements.models import Agreement, State
from agreements.reading import Reading
from leads.models import Contact, Erasure, ErasureRun, Replay, ReplayedContact
from leads.retention import retention_rule
from lifecycle.models import StageDefinition
from sla.models import Handoff
from tests.factories.leads import ContactFactory, ReplayFactory, ScoringModelFactory
from tests.factories.lifecycle import StageDefinitionFactory
from tests.factories.moments import NOW, ago
from tests.factories.personas import PersonaVersionFactory
from tests.factories.sla import HandoffFactory, SeatFactory

pytestmark = pytest.mark.django_db

HEAD = {"fact": "job_title", "op": "contains", "value": "head"}


@pytest.fixture
def draft() -> StageDefinition:
    found: StageDefinition = StageDefinitionFactory.create(criteria=HEAD)
    return found


def tried(draft: StageDefinition, *, days: int = 180) -> Replay:
    found: Replay = ReplayFactory.create(definition=draft, starts_at=ago(days=days))
    return found


def entered(
    replay: Replay, number: int, *, would: datetime | None, did: datetime | None, by: str = "rule"
) -> list[Contact]:
    people = [ContactFactory.create() for _ in range(number)]
    ReplayedContact.objects.bulk_create(
        ReplayedContact(
            replay=replay,
            contact=contact,
            would_at=would,
            did_at=did,
            did_by=by if did else "",
            outcome="open",
        )
        for contact in people
    )
    return people


def decided(people: list[Contact], state: Handoff.State, at: datetime) -> None:
    reason = Handoff.RejectReason.FIT if state == Handoff.State.REJECTED else ""
    for contact in people:
        HandoffFactory.create(
            contact=contact, state=state, decided_at=at, entered_at=at, reject_reason=reason
        )


def effect_of(draft: Any, reader: User) -> dict[str, Meaning]:
    found = Reading(draft.agreement, reader).consequences(at=NOW)
    return {meaning.text: meaning for meaning in found.effect.meanings} if found and found.effect else {}


def test_the_pace_of_the_trial_stands_beside_what_the_contract_says(
    draft: StageDefinition, marketer: User, rep: User
) -> None:
    SeatFactory.create(user=rep, daily_cap=1)
    replay = tried(draft)
    lately, long_ago = ago(days=20), ago(days=120)
    both = entered(replay, 30, would=lately, did=lately)
    drops = entered(replay, 15, would=None, did=lately)
    entered(replay, 3, would=None, did=lately, by="person")  # a person would move them all the same
    entered(replay, 5, would=lately, did=None)
    entered(replay, 10, would=long_ago, did=long_ago)
    entered(replay, 4, would=replay.starts_at, did=None)  # let in at the very beginning: no entry of a day
    decided(both[:25], Handoff.State.ACCEPTED, ago(days=5))
    decided(both[25:], Handoff.State.REJECTED, ago(days=5))
    decided(drops, Handoff.State.REJECTED, ago(days=5))
    decided(entered(replay, 1, would=long_ago, did=long_ago), Handoff.State.REJECTED, ago(days=100))

    found = effect_of(draft, marketer)

    month = found["13 MQL a month instead of 16"]
    assert (month.state, month.note) == (
        "risk",
        "At the pace of 90 days, n = 38 instead of 48. M1 says 200 a month."
        " Amend the clause, or widen the definition.",
    )
    assert month.url == "/definitions/mql/replay/"
    share = found["83% accepted by sales instead of 56%"]
    assert (share.state, share.note) == (
        "ok",
        "Of what sales decided of whom it lets in: 66–93%, n = 30. M2 says 60%.",
    )
    work = found["0.6 first contacts a working day instead of 0.8"]
    assert (work.state, work.note) == ("ok", "The seats of sales take 1 a day.")


def test_whoever_entered_before_the_trial_or_enters_again_is_no_new_mql(
    draft: StageDefinition, marketer: User
) -> None:
    replay = tried(draft)
    entered(replay, 30, would=ago(days=20), did=ago(days=20))
    again = entered(replay, 6, would=ago(days=120), did=ago(days=120))
    ReplayedContact.objects.bulk_create(
        ReplayedContact(
            replay=replay,
            contact=one,
            would_at=ago(days=10),
            did_at=ago(days=10),
            did_by="rule",
            outcome="open",
        )
        for one in again
    )
    known = entered(replay, 6, would=ago(days=9), did=ago(days=9))
    for contact in known:
        contact.transitions.create(kind="stage", to_value="mql", at=ago(days=300), origin="rule")
    assert "10 MQL a month instead of 10" in effect_of(draft, marketer)


def test_where_more_come_than_the_seats_take_that_is_said(
    draft: StageDefinition, marketer: User, rep: User
) -> None:
    SeatFactory.create(user=rep, daily_cap=1)
    for _ in range(5):
        ContactFactory.create(job_title="Head of sales")
    replay = tried(draft)
    entered(replay, 90, would=ago(days=20), did=None)
    found = effect_of(draft, marketer)
    work = found["1.4 first contacts a working day instead of 0.0"]
    assert (work.state, work.note) == ("breach", "The seats of sales take 1 a day.")
    wave = found["Up to 5 contacts come to sales at once"]
    assert (wave.state, wave.note) == (
        "risk",
        "5 working days of all that the seats take. The seats of sales take 1 a day.",
    )


def test_without_a_trial_it_says_what_to_do(draft: StageDefinition, marketer: User) -> None:
    found = effect_of(draft, marketer)
    said = found["How many MQL a month it makes is not known yet"]
    assert said.url == "/definitions/mql/replay/"


@pytest.mark.parametrize(("number", "days"), [(19, 180), (60, 20)])
def test_too_few_entries_and_too_short_a_trial_make_no_pace(
    draft: StageDefinition, marketer: User, number: int, days: int
) -> None:
    replay = tried(draft, days=days)
    entered(replay, number, would=ago(days=10), did=None)
    said = effect_of(draft, marketer)["Not enough data for a pace by the month"]
    looked = min(days, 90)
    assert said.note == f"{number} entries in {looked} days; 20 in 30 days are needed."


def test_whom_nobody_knows_any_more_is_on_neither_side_and_said_to_be_left_out(
    draft: StageDefinition, marketer: User
) -> None:
    both = entered(tried(draft), 30, would=ago(days=20), did=ago(days=20))
    decided(both[:24], Handoff.State.ACCEPTED, ago(days=5))
    decided(both[24:], Handoff.State.REJECTED, ago(days=5))
    gone = [ContactFactory.create() for _ in range(30)]
    for contact in gone:
        contact.transitions.create(kind="stage", to_value="mql", at=ago(days=20), origin="rule")
    decided(gone, Handoff.State.REJECTED, ago(days=5))
    long_ago = ContactFactory.create()
    long_ago.transitions.create(kind="stage", to_value="mql", at=ago(days=300), origin="rule")
    erase([*gone, long_ago], actor=marketer)

    found = effect_of(draft, marketer)

    assert found["10 MQL a month instead of 10"].note == (
        "At the pace of 90 days, n = 30 instead of 30. 30 more entered and are left out: erased since."
        " M1 says 200 a month. Amend the clause, or widen the definition."
    )
    assert "80% accepted by sales instead of 80%" in found


def erase(people: list[Contact], *, actor: User) -> None:
    rule = retention_rule()
    assert rule is not None
    run = ErasureRun.objects.create(version=rule, approved_by=actor, approved_at=NOW, total=len(people))
    Erasure.objects.bulk_create(Erasure(contact=contact, run=run, at=NOW) for contact in people)


def test_few_decided_make_no_share(draft: StageDefinition, marketer: User) -> None:
    people = entered(tried(draft), 30, would=ago(days=20), did=ago(days=20))
    decided(people[:7], Handoff.State.ACCEPTED, ago(days=5))
    said = effect_of(draft, marketer)["Not enough data for how many sales would accept"]
    assert said.note == "7 decided of whom it lets in, 20 needed. M2 says 60%."


def test_the_definition_of_another_stage_does_not_touch_the_contract(marketer: User) -> None:
    other = StageDefinitionFactory.create(stage_id="sql", criteria=HEAD)
    assert effect_of(other, marketer) == {}


def test_a_scoring_model_says_that_the_month_is_not_known_and_a_persona_where_mql_asks_for_it(
    marketer: User,
) -> None:
    model = ScoringModelFactory.create(fit_threshold=0, engagement_threshold=0)
    for stage in (None, "lead", "mql"):
        ContactFactory.create(stage_id=stage, stage_since=NOW if stage else None)
    found = effect_of(model, marketer)
    assert "How many MQL a month it makes is not known in advance" in found
    assert "Up to 2 contacts come to sales at once" in found  # the third is there already
    persona = PersonaVersionFactory.create(agreement__in_force=False)
    assert effect_of(persona, marketer) == {}


def test_a_persona_that_mql_asks_for_says_how_many_would_come_at_once(marketer: User) -> None:
    other = PersonaVersionFactory.create(match={"fact": "job_title", "op": "contains", "value": "buyer"})
    new = PersonaVersionFactory.create(match=HEAD, agreement__in_force=False)
    Agreement.objects.filter(subject="stage:mql").update(state=State.SUPERSEDED, in_force_until=NOW)
    known = {"fact": "persona", "op": "known"}
    StageDefinitionFactory.create(
        criteria={"all": [known, {"not": {"fact": "city", "op": "is", "value": "Lyon"}}]},
        agreement__in_force=True,
        agreement__number=2,
        agreement__in_force_from=NOW,
    )
    for stage in (None, "lead", "mql"):  # the third is there already
        ContactFactory.create(job_title="Head of sales", stage_id=stage, stage_since=NOW if stage else None)
    ContactFactory.create(job_title="Head of sales", city="Lyon")  # MQL does not take it with any persona
    ContactFactory.create(
        job_title="Head of sales", persona=other.persona
    )  # and takes this one with the other
    ContactFactory.create(job_title="Clerk")

    found = effect_of(new, marketer)

    assert "The definition of MQL asks for the persona" in found
    assert "Up to 2 contacts come to sales at once" in found


def test_it_stands_on_the_page_and_in_french_at_a_constant_cost(
    draft: StageDefinition, as_marketer: Client, marketer: User
) -> None:
    replay, counts = tried(draft), []
    for number in (30, 60):
        people = entered(replay, number, would=ago(days=20), did=ago(days=20))
        decided(people, Handoff.State.ACCEPTED, ago(days=5))
        as_marketer.get(f"/agreements/{draft.agreement_id}/")
        with CaptureQueriesContext(connection) as captured:
            page = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert "What it means for the contract, v1" in page
    assert "30 MQL a month instead of 30" in page
    marketer.language = "fr"
    marketer.save(update_fields=["language"])
    page = as_marketer.get(f"/agreements/{draft.agreement_id}/").content.decode()
    assert "Ce que cela signifie pour le contrat, v1" in page
    assert "30 MQL par mois au lieu de 30" in page
