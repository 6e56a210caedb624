"""A replay where a stage was retired and where the rule on retention blocked: nobody enters whom these kept out."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from django.test import Client

from accounts.models import Role
from agreements.models import Agreement, State
from leads.actions.contacts import create_contact
from leads.actions.leaving import leave_step
from leads.actions.ledger import Move
from leads.actions.refresh import refresh_batch
from leads.actions.retention import keep_from_erasure, lift_hold
from leads.actions.stages import change_stage_of
from leads.actions.statuses import set_status
from leads.models import Contact, Origin, Replay, ReplayedContact, RetentionHold, Transition
from leads.policies import overriding
from leads.replay.presenting import shown
from lifecycle.actions import apply_funnel
from lifecycle.models import FunnelVersion, RuleMode, RuleVersion, Stage, StageDefinition
from tests.factories.accounts import UserFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory, DealFactory, TouchpointFactory
from tests.factories.lifecycle import FunnelVersionFactory, RuleVersionFactory, StageDefinitionFactory
from tests.factories.moments import NOW, ago
from tests.leads.test_policies import rule_says
from tests.leads.test_replay import HEAD, head, person, tried, visit, would
from tests.leads.test_replay_history import entries, replayed
from tests.leads.test_replay_stages import AGREED, BUSY, DAYS, SEEDS, STAGES, START, Growth

pytestmark = pytest.mark.django_db

TRIAL: Final = {"key": "trial", "name_en": "Trial", "name_fr": "Essai", "side": "marketing"}
HOUR: Final = timedelta(hours=1)


def funnel(*, at: datetime, **trial: Any) -> FunnelVersion:
    """A version in force from then on that has a trial between lead and MQL, in use or retired."""
    last = Agreement.objects.of("funnel").in_force()
    number = last.get().number + 1
    last.update(state=State.SUPERSEDED, in_force_until=at)
    version: FunnelVersion = FunnelVersionFactory.create(
        agreement__number=number, agreement__in_force=True, agreement__in_force_from=at
    )
    others = [stage for stage in version.stages if stage["key"] != "trial"]
    place = [stage["key"] for stage in others].index("lead") + 1
    with unguarded(FunnelVersion):
        version.stages = [*others[:place], TRIAL | trial, *others[place:]]
        version.save()
    apply_funnel(version, at=at)
    return version


# A stage that was retired


def gone_on(contact: Contact, days: int) -> None:
    """From the trial to MQL, as the worker takes whoever is left in a retired stage."""
    funnel(at=ago(days=days + 1))
    change_stage_of([Move(contact.pk, "trial", ago(days=days + 1))], actor=None, origin=Origin.API)
    funnel(at=ago(days=days) - HOUR, retired=True, goes_to="mql")
    leave_step(after=0, at=ago(days=days))


def test_whoever_went_on_from_a_retired_stage_was_let_in_by_no_definition() -> None:
    contact = person()
    gone_on(contact, 30)
    visit(contact, 21, 20)
    found = tried({"touch": "page_view", "op": "at_least", "count": 2, "within_days": 10})

    assert would(found) == []
    assert [(row.did_at, row.did_by) for row in found.entries.all()] == [(ago(days=30), "retired")]
    figures = shown(found)
    assert (figures.did, figures.drops, figures.by_hand) == (0, 0, 1)


def test_whom_it_would_have_let_in_before_the_stage_was_retired_differs_in_the_day_only() -> None:
    contact = person()
    visit(contact, 41, 40)
    gone_on(contact, 30)
    found = tried({"touch": "page_view", "op": "at_least", "count": 2, "within_days": 10})
    assert would(found) == [(contact.pk, 40)]


def test_nobody_enters_a_stage_while_it_is_retired(as_rep: Client) -> None:
    funnel(at=ago(days=50))
    funnel(at=ago(days=40), retired=True, goes_to="")
    funnel(at=ago(days=20))
    early, meanwhile, touched = head(45), head(30), head(29)
    TouchpointFactory.create(contact=touched, kind="page_view", occurred_at=ago(days=20) + HOUR)
    definition: StageDefinition = StageDefinitionFactory.create(
        stage_id="trial", criteria=HEAD, agreement__in_force=True, agreement__in_force_from=ago(days=50)
    )

    found = replayed(definition, start=ago(days=60), stop=NOW)

    assert [(row.contact_id, row.would_at) for row in found.entries.order_by("contact_id")] == [
        (early.pk, ago(days=45)),
        (meanwhile.pk, (NOW - timedelta(days=19)).replace(hour=2, minute=20)),
        (touched.pk, ago(days=20) + HOUR),
    ]
    page = as_rep.get("/definitions/trial/replay/").content.decode()
    assert "The stage was retired in that time" in page


# The rule on retention


def retaining(mode: str, *, since: int, until: int | None = None, **delays: int) -> RuleVersion:
    """The rule on retention in that mode from so many days ago."""
    rule = RuleVersion.objects.in_force().get(rule__key="retention").rule
    Agreement.objects.of("rule:retention").update(state=State.SUPERSEDED, in_force_until=ago(days=since))
    version: RuleVersion = RuleVersionFactory.create(
        rule=rule,
        mode=mode,
        parameters={"how": "anonymous", "delays": delays or {"unqualified": 12}},
        agreement__number=2,
        agreement__state=State.IN_FORCE if until is None else State.SUPERSEDED,
        agreement__in_force_from=ago(days=since),
        agreement__in_force_until=None if until is None else ago(days=until),
    )
    return version


def due(days: int, **values: Any) -> Contact:
    """Unqualified for long; with the title that HEAD asks for since so many days ago."""
    long_ago = {"status_id": "unqualified", "status_since": ago(days=800), "created_at": ago(days=900)}
    contact: Contact = ContactFactory.create(**long_ago, **values)
    TouchpointFactory.create(contact=contact, kind="page_view", occurred_at=ago(days=days))
    return contact


VISITED: Final = {"touch": "page_view", "op": "at_least", "count": 1}


def test_whom_the_rule_on_retention_wanted_erased_stays() -> None:
    customer, waiting, kept, over = due(29), due(28), due(27), due(26)
    manager = UserFactory.create(role=Role.MANAGER)
    with overriding("the default warns"):
        set_status(waiting, to="in_progress", actor=manager, at=ago(days=51))
    retaining("block", since=50)
    held, before = due(30), due(55)
    DealFactory.create(
        contact=customer, won=True, opened_at=ago(days=100), created_at=ago(days=100), closed_at=ago(days=90)
    )
    keep_from_erasure(kept, reason="a trial", until=ago(days=1).date(), actor=manager, at=ago(days=35))
    keep_from_erasure(over, reason="a trial", until=ago(days=40).date(), actor=manager, at=ago(days=45))

    assert would(tried(VISITED)) == [
        (customer.pk, 29),
        (waiting.pk, 28),
        (kept.pk, 27),
        (before.pk, 55),
    ]
    assert held.stage_id is None


def test_whoever_is_kept_from_erasure_is_looked_at_then() -> None:
    retaining("block", since=50)
    contact = due(30)
    manager = UserFactory.create(role=Role.MANAGER)
    keep_from_erasure(contact, reason="a trial", until=NOW.date(), actor=manager, at=ago(days=12))
    assert would(tried(VISITED)) == [(contact.pk, 12)]
    assert refresh_batch(at=NOW).settled == 1


def test_the_night_after_the_rule_ended_lets_in_whom_it_held(as_rep: Client) -> None:
    retaining("block", since=50, until=20)
    contact = due(30)
    replay = tried(VISITED)
    assert [(row.contact_id, row.would_at) for row in replay.entries.all()] == [
        (contact.pk, (NOW - timedelta(days=19)).replace(hour=2, minute=20))
    ]
    page = as_rep.get("/definitions/mql/replay/").content.decode()
    assert "A rule kept contacts out in that time, and does so here:" in page


@pytest.mark.parametrize("mode", ["warn", "advise"])
def test_a_rule_on_retention_that_does_not_block_holds_nobody(mode: str) -> None:
    retaining(mode, since=50)
    contact = due(30)
    assert would(tried(VISITED)) == [(contact.pk, 30)]


# All of it beside everything else that happens

REPLAYED: Final = (*STAGES, "trial") if len(SEEDS) > 1 else ("mql", "trial")
RETIRED: Final = 12
BACK: Final = 20


class Endings(Growth):
    """The weeks of a small company with a stage that is retired for some days, and people who are due by and by."""

    def live(self) -> None:
        funnel(at=START - timedelta(days=2))
        StageDefinitionFactory.create(
            stage_id="trial",
            criteria=BUSY,
            agreement__number=1,
            agreement__in_force=True,
            agreement__in_force_from=START - timedelta(days=2),
        )
        rule_says("retention", RuleMode.BLOCK, delays={"unqualified": 1})
        for number in range(6):
            self.know(number)
        super().live()

    def know(self, number: int) -> None:
        """Somebody of old, unqualified in the weeks before."""
        at = START - timedelta(days=70 - number)
        values = {"email": f"old{number}@client.example", "first_name": "Aïcha", "last_name": "Diallo"}
        contact = create_contact(values=values, actor=None, at=at, origin=Origin.API)
        since = START - timedelta(days=8 * number, hours=-1)
        set_status(contact, to="unqualified", actor=self.actor, at=since, reason="no need")
        self.people.append(contact.pk)

    def sign(self, day: int, at: datetime) -> None:
        super().sign(day, at)
        if day == RETIRED:
            funnel(at=at, retired=True, goes_to="mql")
        elif day == BACK:
            funnel(at=at)

    def spend_night(self, at: datetime) -> None:
        place: int | None = 0
        while place is not None:
            place = leave_step(after=place, at=at)
        super().spend_night(at)

    def happen(self, at: datetime) -> None:
        if self.dice.random() > 0.15:
            super().happen(at)
            return
        contact = Contact.objects.get(pk=self.dice.choice(self.people[:6]))
        hold = RetentionHold.objects.filter(contact=contact, lifted_at=None).first()
        if hold is not None:
            lift_hold(hold, actor=self.actor, at=at)
        else:
            until = at.date() + timedelta(days=self.dice.randint(0, 5))
            keep_from_erasure(contact, reason="a trial", until=until, actor=self.actor, at=at)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_stage_gives_the_stored_history_through_retirement_and_retention(seed: int) -> None:
    story = Endings(seed, reach="everybody")
    story.live()
    seen = Counter[str]()
    assert Transition.objects.filter(from_value="trial", origin=Origin.RULE, definition=None).exists()
    for stage in REPLAYED:
        definition = StageDefinition.objects.in_force().select_related("agreement").get(stage=stage)
        stored = Transition.objects.of_stage().filter(to_value=stage, definition__isnull=False)
        start = START + timedelta(days=AGREED)
        replay = replayed(definition, start=start, stop=START + timedelta(days=DAYS))
        found = ReplayedContact.objects.filter(replay=replay, would_at__isnull=False)
        did = entries(stored.filter(at__gte=start).values_list("contact", "at"))
        assert entries(found.values_list("contact", "would_at")) == did, stage
        seen[stage] += len(did)
        Replay.objects.all().delete()
    assert seen["trial"]
    assert Stage.objects.get(key="trial").is_active
