"""Every automatic stage replayed is the history that is stored: contacts known before, and rules that keep out."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import settings

from accounts.models import Role, User
from agreements.models import Agreement, State
from leads.actions.companies import update_company
from leads.actions.contacts import answer_question, create_contact, update_contact
from leads.actions.deals import lose_deal, open_deal, reopen_deal, send_quote, win_deal
from leads.actions.publishing import publish_step
from leads.actions.refresh import refresh_batch, refresh_span
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.actions.touchpoints import record_touchpoint
from leads.errors import Refused
from leads.models import Company, Contact, Origin, Replay, ReplayedContact, Source, Transition
from leads.policies import overriding
from leads.scoring.everybody import rescore_everybody
from lifecycle.models import RuleMode, RuleVersion, StageDefinition
from tests.factories.accounts import UserFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import CompanyFactory
from tests.factories.lifecycle import RuleFactory, RuleVersionFactory, StageDefinitionFactory
from tests.factories.moments import NOW
from tests.leads.test_replay_history import entries, replayed

pytestmark = pytest.mark.django_db

Tree = dict[str, Any]

DAYS: Final = 24
START: Final = (NOW - timedelta(days=DAYS)).replace(hour=2, minute=20, second=0, microsecond=0)
AGREED: Final = 7
"""The day on which each stage gets its second definition, which asks for less."""
CLOSED: Final = 10
REOPENED: Final = 17
"""Between them a rule keeps out of every stage whose job title nobody knows."""
PEOPLE: Final = 10
STAGES: Final = ("subscriber", "lead", "mql", "opportunity", "customer", "promoter")
KINDS: Final = ("page_view", "pricing_view", "download", "demo_request", "form_submit", "email_click", "call")
TITLED: Final[Tree] = {"fact": "job_title", "op": "known"}
LOCATED: Final[Tree] = {"fact": "city", "op": "known"}
BUSY: Final[Tree] = {
    "any": [
        {"touch": "any", "op": "at_least", "count": 1, "within_days": 6},
        {"fact": "company.headcount", "op": "gte", "value": 100},
        {"not": {"fact": "score.engagement", "op": "gte", "value": 10}},
    ]
}


class Growth:
    """Weeks of a small company from first addresses to promoters, through its own doors and its own refresh."""

    def __init__(self, seed: int, *, reach: str) -> None:
        self.dice, self.reach = random.Random(seed), reach
        self.actor: User = UserFactory.create(role=Role.MANAGER)
        self.companies = [CompanyFactory.create(headcount=10) for _ in range(3)]
        self.source = Source.objects.order_by("pk")[0]
        self.people: list[int] = []

    def live(self) -> None:
        agree("everybody", with_city=True, number=2, at=START - timedelta(days=1))
        for day in range(DAYS):
            begin = START + timedelta(days=day)
            self.sign(day, begin)
            self.spend_night(begin)
            for minute in sorted(self.dice.sample(range(1, 1400), k=self.dice.randint(4, 6))):
                at = begin + timedelta(minutes=minute)
                if day == REOPENED and minute > 500:
                    end("busy", at=begin + timedelta(minutes=500))
                with suppress(Refused), overriding("as we agreed"):
                    self.happen(at)
                drain(at)

    def sign(self, day: int, at: datetime) -> None:
        if day == AGREED:
            agree(self.reach, with_city=False, number=3, at=at)
            while publish_step(at=at):
                pass
        elif day == CLOSED:
            close("", TITLED, key="titled", at=at)
            close("mql", BUSY, key="busy", at=at)
        elif day == REOPENED:
            end("titled", at=at)

    def spend_night(self, at: datetime) -> None:
        rescore_everybody(at=at)
        drain(at)
        refresh_span(after=0, at=at)

    def happen(self, at: datetime) -> None:
        dice = self.dice
        if len(self.people) < PEOPLE and (not self.people or dice.random() < 0.3):
            self.arrive(at)
            return
        contact = Contact.objects.get(pk=dice.choice(self.people))
        kinds = ("touch", "nps", "edit", "company", "move", "status", "answer", "deal")
        match dice.choices(kinds, (6, 5, 6, 2, 2, 1, 1, 8))[0]:
            case "touch":
                self.touch(contact, dice.choice(KINDS), at)
            case "nps":
                self.touch(contact, "nps", at, score=dice.choice([6, 9, 10, 10]))
            case "edit":
                update_contact(contact, changes=self.edit(), version=contact.version, at=at, actor=self.actor)
            case "company":
                company = Company.objects.get(pk=dice.choice(self.companies).pk)
                changes = {"headcount": dice.choice([10, 60, 500])}
                update_company(company, changes=changes, version=company.version, at=at)
            case "move":
                to = dice.choice(["subscriber", "lead", "mql", "sql", "opportunity"])
                change_stage(contact, to=to, actor=self.actor, at=at, reason="as we agreed")
            case "status":
                set_status(contact, to=dice.choice(["new", "in_progress"]), actor=self.actor, at=at)
            case "answer":
                answer_question(contact, question="need", text=str(at), actor=self.actor, at=at)
            case "deal":
                self.trade(contact, at)

    def arrive(self, at: datetime) -> None:
        values = {
            "email": self.dice.choice([f"p{len(self.people)}@client.example", ""]),
            "phone": f"+3361234567{len(self.people) % 10}",
            "first_name": self.dice.choice(["Nadia", ""]),
            "last_name": "Rousseau",
            "job_title": self.dice.choice(["Head of sales", "Buyer", ""]),
            "company": self.dice.choice([*self.companies, None]),
            "source": self.source,
        }
        contact = create_contact(values=values, actor=None, at=at, origin=Origin.API)
        self.people.append(contact.pk)

    def edit(self) -> dict[str, Any]:
        dice = self.dice
        return dice.choice(
            [
                {"email": f"q{dice.randint(0, 99)}@client.example"},
                {"first_name": "Nadia", "city": "Lyon"},
                {"job_title": dice.choice(["Head of buying", "Director", ""])},
                {"city": dice.choice(["Lyon", "Lyon", ""])},
                {"company": dice.choice([*self.companies, None]), "first_name": "Ines"},
            ]
        )

    def touch(self, contact: Contact, kind: str, at: datetime, **attributes: Any) -> None:
        late = timedelta(days=self.dice.choice([0, 0, 0, 2]), seconds=1)
        record_touchpoint(
            contact,
            kind=kind,
            occurred_at=at - late,
            at=at,
            origin="test",
            key=str(at),
            attributes=attributes,
        )

    def trade(self, contact: Contact, at: datetime) -> None:
        deal = contact.deals.order_by("-pk").first()
        if deal is None or (deal.closed_at and self.dice.random() < 0.5):
            open_deal(contact, name="Rollout", amount_cents=90_000, owner=self.actor, at=at)
        elif deal.closed_at:
            reopen_deal(deal, at=at)
        elif deal.quote_sent_at is None:
            send_quote(deal, actor=self.actor, at=at)
        elif self.dice.random() < 0.7:
            win_deal(deal, at=at, reason="price", actor=self.actor)
        else:
            lose_deal(deal, reason="price", at=at)


def drain(at: datetime) -> None:
    while refresh_batch(at=at).settled:
        pass


def agree(reach: str, *, with_city: bool, number: int, at: datetime) -> None:
    """Every automatic stage gets another definition: the default one, with the city or without it."""
    defaults = StageDefinition.objects.filter(agreement__number=1, is_automatic=True)
    for default in defaults.select_related("agreement"):
        with unguarded(Agreement):
            Agreement.objects.filter(subject=f"stage:{default.stage_id}", state=State.IN_FORCE).update(
                state=State.SUPERSEDED, in_force_until=at
            )
        StageDefinitionFactory.create(
            stage_id=default.stage_id,
            criteria={"all": [default.criteria, LOCATED]} if with_city else default.criteria,
            reach=reach,
            agreement__in_force=True,
            agreement__number=number,
            agreement__in_force_from=at,
        )


def close(stage: str, criteria: Tree, *, key: str, at: datetime) -> RuleVersion:
    version: RuleVersion = RuleVersionFactory.create(
        rule=RuleFactory.create(key=key),
        mode=RuleMode.BLOCK,
        event="stage",
        target=stage,
        criteria=criteria,
        agreement__in_force_from=at,
    )
    return version


def end(key: str, *, at: datetime) -> None:
    with unguarded(Agreement):
        Agreement.objects.filter(subject=f"rule:{key}", state=State.IN_FORCE).update(
            state=State.SUPERSEDED, in_force_until=at
        )


SEEDS = (1, 2, 3, 4) if settings().max_examples > 1000 else (1,)
"""More stories at night; each takes some seconds."""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("reach", StageDefinition.Reach.values)
def test_every_automatic_stage_gives_the_stored_history(reach: str, seed: int) -> None:
    Growth(seed, reach=reach).live()
    stop = START + timedelta(days=DAYS)
    seen = Counter[str]()
    for stage in STAGES:
        definition = StageDefinition.objects.in_force().select_related("agreement").get(stage=stage)
        stored = Transition.objects.of_stage().filter(to_value=stage, origin=Origin.RULE)
        for day in (AGREED, AGREED + 9):
            start = START + timedelta(days=day)
            replay = replayed(definition, start=start, stop=stop)
            found = ReplayedContact.objects.filter(replay=replay, would_at__isnull=False)
            did = entries(stored.filter(at__gte=start).values_list("contact", "at"))
            assert entries(found.values_list("contact", "would_at")) == did, stage
            seen[stage] += len(did)
            Replay.objects.all().delete()
    assert set(seen) == set(STAGES)
