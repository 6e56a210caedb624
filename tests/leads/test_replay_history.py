"""Replaying the definition in force gives exactly the history that was stored, whatever happened."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Exists, OuterRef
from hypothesis import settings

from accounts.models import Role, User
from agreements.models import Agreement, State
from leads.actions.companies import update_company
from leads.actions.contacts import answer_question, create_contact, update_contact
from leads.actions.deals import win_deal
from leads.actions.erasure import approve_erasure, erase_batch
from leads.actions.refresh import refresh_contacts
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.actions.touchpoints import record_touchpoint
from leads.errors import Refused
from leads.facts import contact_catalogue
from leads.models import Company, Contact, ContactScore, Deal, Origin, Replay, ReplayedContact, Transition
from leads.policies import overriding
from leads.replay.known import SCORES
from leads.replay.presenting import shown
from leads.replay.requesting import request_replay
from leads.replay.running import run_step
from leads.replay.scores import scores_then
from leads.retention import kept_for_deals, retention_rule
from lifecycle.default_rules import ANONYMISE, DELETE
from lifecycle.keys import RuleKey
from lifecycle.models import StageDefinition
from tests.factories.accounts import UserFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import (
    CompanyFactory,
    DealFactory,
    ScoringGroupFactory,
    ScoringModelFactory,
    ScoringRuleFactory,
)
from tests.factories.lifecycle import FieldFactory, StageDefinitionFactory
from tests.factories.moments import INSTALLED, NOW
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db

START = (NOW - timedelta(days=45)).replace(hour=2, minute=20, second=0, microsecond=0)
DAYS = 45
PEOPLE = 8
KINDS = ("page_view", "pricing_view", "download", "demo_request", "email_click", "call", "webinar_attended")

DEFAULT = {
    "all": [
        {"fact": "score.excluded", "op": "is", "value": False},
        {
            "any": [
                {
                    "all": [
                        {"fact": "score.fit", "op": "gte", "value": 30},
                        {"fact": "score.engagement", "op": "gte", "value": 20},
                    ]
                },
                {"fact": "score.triggered_at", "op": "within_last_days", "value": 20},
            ]
        },
    ]
}
COLD = {
    "all": [
        {"touch": "any", "op": "at_least", "count": 2},
        {"touch": "any", "last": "longer_ago", "days": 6},
        {"fact": "company.headcount", "op": "gte", "value": 100},
    ]
}
QUIET = {
    "all": [
        {"fact": "job_title", "op": "contains", "value": "head"},
        {"not": {"touch": ["page_view", "pricing_view"], "op": "at_least", "count": 1, "within_days": 4}},
        {"fact": "custom.plants", "op": "gte", "value": 3},
    ]
}
WORKED = {
    "any": [
        {
            "all": [
                {"fact": "status", "op": "is", "value": "in_progress"},
                {"fact": "answer.need", "op": "known"},
            ]
        },
        {"fact": "deals.won_count", "op": "gte", "value": 1},
        {"fact": "status_since", "op": "at_least_days_ago", "value": 25},
    ]
}
COOLED = {
    "all": [
        {"fact": "score.engagement", "op": "lt", "value": 12},
        {"fact": "score.excluded", "op": "is", "value": False},
        {"touch": "demo_request", "op": "at_least", "count": 1},
    ]
}


class Story:
    """Weeks of a small company, each event at its own minute, refreshed at once, everybody each night.

    Half way another scoring model comes into force. `scored` is what each contact scored whenever it was looked at.
    On the days of `erasures` somebody is erased: of those who had entered MQL by the definition, where several had.
    """

    days = DAYS
    erasures: Mapping[int, str] = {40: ANONYMISE, 43: DELETE}

    def __init__(self, seed: int, actor: User) -> None:
        self.dice, self.actor = random.Random(seed), actor
        self.companies = [CompanyFactory.create(headcount=10) for _ in range(3)]
        self.people: list[int] = []
        self.scored: dict[tuple[int, datetime], tuple[Any, ...]] = {}

    def live(self) -> None:
        for day in range(self.days):
            begin = START + timedelta(days=day)
            if day == self.days // 2:
                another_model(at=begin)
            if day in self.erasures:
                self.erase(how=self.erasures[day], at=begin)
            self.look(list(Contact.objects.values_list("pk", flat=True)), at=begin)
            for minute in sorted(self.dice.sample(range(1, 1400), k=self.dice.randint(1, 5))):
                at = begin + timedelta(minutes=minute)
                with suppress(Refused):
                    touched = self.happen(at)
                    self.look(touched, at=at)

    def erase(self, *, how: str, at: datetime) -> None:
        """Found to be no target, which the rule on retention waits no month for."""
        rule_says(RuleKey.RETENTION, "advise", how=how, delays={"unqualified": 0})
        entered = Exists(
            Transition.objects.of_stage().filter(contact=OuterRef("pk"), to_value="mql", origin=Origin.RULE)
        )
        there = Contact.objects.filter(pk__in=self.people).exclude(pk__in=kept_for_deals())
        several = there.filter(entered).count() > 1
        contact = there.order_by(entered.desc() if several else entered.asc(), "pk")[0]
        with overriding("as we agreed"):
            set_status(contact, to="unqualified", actor=self.actor, at=at, reason="no target")
        rule = retention_rule()
        assert rule is not None
        run = approve_erasure(actor=self.actor, at=at, read=1, version=rule.pk)
        assert erase_batch(run.pk, at=at) == 1
        self.people.remove(contact.pk)

    def look(self, ids: list[int], *, at: datetime) -> None:
        refresh_contacts(ids, at=at)
        rows = ContactScore.objects.filter(contact__in=ids)
        for contact, *scores in rows.values_list("contact", *SCORES.values()):
            self.scored[contact, at] = tuple(scores)

    def happen(self, at: datetime) -> list[int]:
        dice = self.dice
        if len(self.people) < PEOPLE and (not self.people or dice.random() < 0.3):
            return [self.arrive(at)]
        contact = Contact.objects.get(pk=dice.choice(self.people))
        kind = dice.choices(
            ("touch", "edit", "company", "move", "status", "answer", "deal"), (9, 4, 2, 4, 2, 2, 1)
        )[0]
        match kind:
            case "touch":
                late = timedelta(days=dice.choice([0, 0, 0, 2]), seconds=1)
                record_touchpoint(
                    contact, kind=dice.choice(KINDS), occurred_at=at - late, at=at, origin="test", key=str(at)
                )
            case "edit":
                changes: dict[str, Any] = dice.choice(
                    [
                        {"job_title": dice.choice(["Head of buying", "Student", "Director", ""])},
                        {"company": dice.choice([*self.companies, None])},
                        {"custom": {"plants": dice.randint(0, 6)}},
                    ]
                )
                update_contact(contact, changes=changes, version=contact.version, at=at, actor=self.actor)
            case "company":
                company = Company.objects.get(pk=dice.choice(self.companies).pk)
                changes = {"headcount": dice.choice([10, 60, 500])}
                update_company(company, changes=changes, version=company.version, at=at)
                return list(company.contacts.values_list("pk", flat=True))
            case "move":
                to = dice.choice(["subscriber", "lead", "lead", "mql", "sql"])
                change_stage(contact, to=to, actor=self.actor, at=at, reason="as we agreed")
            case "status":
                set_status(contact, to=dice.choice(["new", "in_progress"]), actor=self.actor, at=at)
            case "answer":
                answer_question(contact, question="need", text=str(at), actor=self.actor, at=at)
            case "deal":
                deal = DealFactory.create(contact=contact, opened_at=at, created_at=at)
                if dice.random() < 0.5:
                    win_deal(deal, at=at + timedelta(seconds=1))
                    at += timedelta(seconds=1)
                refresh_contacts([contact.pk], at=at)
        return [contact.pk]

    def arrive(self, at: datetime) -> int:
        values = {
            "email": f"p{Contact.objects.count()}@client.example",
            "job_title": self.dice.choice(["Head of sales", "Buyer"]),
            "company": self.dice.choice(self.companies),
        }
        contact = create_contact(values=values, actor=None, at=at, origin=Origin.API)
        self.people.append(contact.pk)
        return contact.pk


def another_model(*, at: datetime) -> None:
    """A short window, so that touches leave it within the story; points are taken, and a touch excludes."""
    old = Agreement.objects.of("scoring").in_force()
    model = ScoringModelFactory.create(window_days=9)
    group = ScoringGroupFactory.create(model=model, key="site", cap=25)
    rules: dict[str, dict[str, Any]] = {
        "page_view": {"points": 9, "group": group, "half_life_days": 5},
        "pricing_view": {"points": 17, "group": group, "cap": 20},
        "email_click": {"points": -8, "half_life_days": 4},
        "demo_request": {"points": 30, "effect": "triggers", "half_life_days": 3},
        "call": {"points": 0, "effect": "excludes"},
    }
    for kind, rule in rules.items():
        ScoringRuleFactory.create(model=model, kind=kind, **rule)
    for criteria, points in (
        ({"fact": "job_title", "op": "contains", "value": "head"}, 40),
        ({"fact": "company.headcount", "op": "gte", "value": 60}, 30),
        ({"fact": "answer.need", "op": "known"}, 15),
    ):
        ScoringRuleFactory.create(model=model, axis="fit", kind="", criteria=criteria, points=points)
    old.update(state=State.SUPERSEDED, in_force_until=at)
    agreement = Agreement.objects.filter(pk=model.agreement_id)
    with unguarded(Agreement):
        agreement.update(state=State.IN_FORCE, in_force_from=at, content_hash="1" * 64)


def in_force(criteria: dict[str, Any]) -> StageDefinition:
    """These criteria are what admits to MQL from the first day on."""
    mql = Agreement.objects.filter(subject="stage:mql")
    mql.update(state=State.SUPERSEDED, in_force_until=INSTALLED + timedelta(days=1))
    return StageDefinitionFactory.create(
        criteria=criteria,
        agreement__in_force=True,
        agreement__number=2,
        agreement__in_force_from=INSTALLED + timedelta(days=1),
    )


def replayed(definition: StageDefinition, *, start: datetime, stop: datetime) -> Replay:
    replay = request_replay(definition, starts_at=start, ends_at=stop, actor=None, at=NOW + timedelta(days=1))
    while run_step(replay.pk, at=NOW):
        pass
    replay.refresh_from_db()
    return replay


def scored_then(moments: Iterable[tuple[int, datetime]]) -> dict[tuple[int, datetime], tuple[Any, ...]]:
    """What is found now for each contact at each moment."""
    asked = list(moments)
    found = scores_then(asked, contact_catalogue())
    return {
        moment: tuple(getattr(scores, name) for name in SCORES.values())
        for moment, scores in zip(asked, found, strict=True)
        if scores
    }


def entries(rows: Iterable[tuple[int, datetime | None]]) -> list[tuple[int, str]]:
    """To the second: the ledger dates a second move of the same moment an instant later."""
    return sorted((contact, f"{at:%Y-%m-%d %H:%M:%S}") for contact, at in rows)


SEEDS = (1, 2, 3, 4) if settings().max_examples > 1000 else (1,)
"""More stories at night; each takes some seconds."""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "criteria",
    [DEFAULT, COLD, QUIET, WORKED, COOLED],
    ids=["default", "cold", "quiet", "worked", "cooled"],
)
def test_the_definition_in_force_gives_the_stored_history(criteria: dict[str, Any], seed: int) -> None:
    FieldFactory.create(key="plants", type="number")
    definition = in_force(criteria)
    story = Story(seed, UserFactory.create(role=Role.MANAGER))
    story.live()
    known = {moment: scores for moment, scores in story.scored.items() if moment[0] in story.people}
    assert scored_then(known) == known
    gave = Transition.objects.of_stage().filter(to_value="mql", origin=Origin.RULE)
    stored = gave.filter(contact__erasure=None)
    assert gave.exists()

    for days in (0, 20):
        start = START + timedelta(days=days)
        replay = replayed(definition, start=start, stop=START + timedelta(days=DAYS))

        found = ReplayedContact.objects.filter(replay=replay, would_at__isnull=False)
        assert entries(found.values_list("contact", "would_at")) == entries(
            stored.filter(at__gte=start).values_list("contact", "at")
        )
        assert not replay.entries.exclude(contact__erasure=None).exists()
        assert (shown(replay).drops, replay.left_out_count) == (0, 2)
        Replay.objects.all().delete()
    assert Deal.objects.count() < 40
