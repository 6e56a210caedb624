"""Criteria over real contacts: the database and the evaluation of one contact always say the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Case, F, IntegerField, Value, When
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from leads.facts import contact_catalogue, count_matching, matching, snapshot, snapshots
from leads.models import Company, Contact, ContactScore, Deal, Touchpoint, Transition
from leads.touch_words import TOUCHES
from lifecycle.criteria.catalogue import Catalogue, FactType
from lifecycle.criteria.evaluate import evaluate
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.models import Field
from tests.factories.leads import (
    AnswerFactory,
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    DealFactory,
    ScoringModelFactory,
    SourceFactory,
    TouchpointFactory,
)
from tests.factories.lifecycle import FieldFactory
from tests.factories.personas import PersonaVersionFactory
from tests.lifecycle.criteria_examples import AT, TRICKY, signed_of_old, trees

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
PEOPLE = 60
CUSTOM = (
    (Field.Type.TEXT, "nickname"),
    (Field.Type.NUMBER, "machines"),
    (Field.Type.MONEY, "spend"),
    (Field.Type.DATE, "renewal"),
    (Field.Type.BOOLEAN, "partner"),
    (Field.Type.CHOICE, "plan"),
)


def people(*tree: dict[str, Any], at: datetime = AT) -> set[str]:
    """The last names of those the tree is true of."""
    catalogue = contact_catalogue()
    node = parse(tree[0], catalogue)
    found = Contact.objects.filter(matching(node, at=at, catalogue=catalogue))
    return set(found.values_list("last_name", flat=True))


# The population


def moment(dice: random.Random) -> datetime:
    """Often a round number of days from AT, and often next to it by a microsecond."""
    days = dice.choice([-30, -7, -2, -1, 0, 1, dice.randint(-50, 20)])
    return AT + days * DAY + dice.choice([0, 0, 1, -1]) * TICK


def word(dice: random.Random) -> str:
    listed = ["", "directeur", "Directeur général", "DIRECTRICE", "a_b", "100%", "straße", "ΟΔΟΣ"]
    return dice.choice([*listed, "".join(dice.choices(TRICKY, k=dice.randint(1, 6)))])


def custom_values(dice: random.Random) -> dict[str, object]:
    """Values of the right type, of the wrong one, and none."""
    found = {
        "nickname": dice.choice([word(dice), 5, None]),
        "machines": dice.choice([0, 0.5, 59.99, 60.000001, -3, "12", True, None]),
        "spend": dice.choice([0, 1, 499, 500, 501, "x"]),
        "renewal": dice.choice(
            [(AT + dice.randint(-40, 40) * DAY).date().isoformat(), "2026-02-30", "soon", "2026-1-1", 7]
        ),
        "partner": dice.choice([True, False, "true", 1]),
        "plan": dice.choice(["basic", "plus", "PLUS", "gone"]),
    }
    return {key: value for key, value in found.items() if dice.random() < 0.7}


@pytest.fixture
def population() -> Catalogue:
    """Sixty contacts that differ in everything, the same on each run."""
    dice = random.Random(20261122)
    for kind, key in CUSTOM:
        choices = ["basic", "plus"] if kind is Field.Type.CHOICE else []
        FieldFactory.create(key=key, type=kind, choices=choices)
        FieldFactory.create(key=key, type=kind, choices=choices, entity=Field.Entity.COMPANY)
    personas = [PersonaVersionFactory.create().persona for _ in range(2)]
    sources = SourceFactory.create_batch(2)
    campaigns = [CampaignFactory.create(name=name) for name in ("Directeur", "100%")]
    companies = Company.objects.bulk_create(
        Company(
            name=word(dice) or "x", headcount=dice.choice([None, 0, 5, 60, 5000]), custom=custom_values(dice)
        )
        for _ in range(8)
    )
    contacts = Contact.objects.bulk_create(
        Contact(
            last_name=f"P{place}",
            email=dice.choice(
                ["", f"p{place}@free.fr", f"p{place}@sub.free.fr", f"ÉLAN{place}@Ω.gr".lower()]
            ),
            job_title=word(dice),
            stage_id=(stage := dice.choice([None, "lead", "mql", "sql"])),
            stage_since=moment(dice) if stage else None,
            status_id=dice.choice(["new", "in_progress"]),
            status_since=moment(dice),
            recontact_on=dice.choice([None, moment(dice).date()]),
            consent=dice.choice(["unknown", "given", "withdrawn"]),
            company=dice.choice([None, *companies]),
            persona=dice.choice([None, *personas]),
            source=dice.choice([None, *sources]),
            created_at=moment(dice),
            custom=custom_values(dice),
        )
        for place in range(PEOPLE)
    )
    model = ScoringModelFactory.create(agreement__number=99)
    ContactScore.objects.bulk_create(
        ContactScore(
            contact=contact,
            fit=dice.randint(0, 100),
            engagement=dice.choice([0, 59, 60, 61]),
            is_excluded=dice.random() < 0.3,
            triggered_at=dice.choice([None, moment(dice)]),
            model=model,
            scored_at=AT,
        )
        for contact in contacts[::2]
    )
    for contact in contacts:
        add_history(contact, dice, ([None, *sources], [None, *campaigns]))
    return contact_catalogue()


def add_history(contact: Contact, dice: random.Random, origins: tuple[list[Any], list[Any]]) -> None:
    attributes: list[dict[str, object]] = [
        {},
        {"depth": 1},
        {"depth": True},
        {"depth": "1"},
        {"depth": 1.0},
        {"score": 9},
        {"minutes": 60, "title": word(dice), "path": word(dice)},
        {"minutes": "60", "title": 5, "message": word(dice)},
        {"minutes": 59.99, "seconds": 5, "score": dice.choice([0, True, "9", 0.5])},
        {"minutes": True, "title": "", "form": word(dice)},
        {"path": 5, "seconds": "30", "url": "/pricing", "minutes": 45.0},
        {"path": "5", "seconds": 30, "url": ["/pricing"], "minutes": "45", "in": True},
    ]
    kinds = [*(kind.key for kind in TOUCHES), "call", "call", "page_view", "unheard_of"]
    Touchpoint.objects.bulk_create(
        Touchpoint(
            contact=contact,
            kind=dice.choice(kinds),
            occurred_at=moment(dice),
            is_human=dice.random() < 0.7,
            outcome=dice.choice(["", "spoke", "no_answer"]),
            source=dice.choice(origins[0]),
            campaign=dice.choice(origins[1]),
            attributes=dice.choice(attributes),
            origin="test",
            key=f"{contact.pk}-{number}",
        )
        for number in range(dice.randint(0, 6))
    )
    if dice.random() < 0.4:
        DealFactory.create(
            contact=contact, opened_at=moment(dice), quote_sent_at=dice.choice([None, moment(dice)])
        )
    if dice.random() < 0.4:
        DealFactory.create(
            contact=contact, won=True, opened_at=AT - 60 * DAY, closed_at=moment(dice), amount_cents=499
        )
    if dice.random() < 0.4:
        AnswerFactory.create(
            contact=contact, question="budget", text=word(dice) or "x", answered_at=moment(dice)
        )


def held_equal(catalogue: Catalogue, examples: int, check: Callable[[Node], None]) -> None:
    """Runs the check over generated trees of this catalogue."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(trees(catalogue) | signed_of_old(catalogue))
    def each(tree: dict[str, Any]) -> None:
        check(parse(tree, catalogue))

    each()


def test_the_database_and_the_evaluation_agree_on_every_contact(population: Catalogue) -> None:
    """Each run: 400 random trees of criteria, each over 60 contacts or more, 24,000 pairs; at night 12,000 trees."""
    known = snapshots(Contact.objects.all(), at=AT, catalogue=population)
    assert len(known) >= PEOPLE

    def check(node: Node) -> None:
        matched = Contact.objects.filter(matching(node, at=AT, catalogue=population))
        in_database = sorted(matched.values_list("pk", flat=True))
        one_by_one = sorted(
            pk for pk, facts in known.items() if evaluate(node, facts, at=AT, catalogue=population).holds
        )
        assert in_database == one_by_one

    held_equal(population, 4 * settings().max_examples, check)


def test_they_agree_as_of_a_column_too(population: Catalogue) -> None:
    moments = [AT - 7 * DAY, AT - TICK, AT + 3 * DAY]
    contacts = list(Contact.objects.order_by("pk"))
    Transition.objects.bulk_create(
        Transition(contact=contact, kind="stage", to_value=f"s{number}", at=at, origin="import")
        for contact in contacts
        for number, at in enumerate(moments)
    )
    known = {at: snapshots(Contact.objects.all(), at=at, catalogue=population) for at in moments}
    rows = Transition.objects.values_list("pk", "contact_id", "at")

    def check(node: Node) -> None:
        matched = Transition.objects.filter(
            matching(node, at=F("at"), catalogue=population, subject="contact")
        )
        in_database = sorted(matched.values_list("pk", flat=True))
        one_by_one = sorted(
            pk
            for pk, contact, at in rows
            if evaluate(node, known[at][contact], at=at, catalogue=population).holds
        )
        assert in_database == one_by_one

    held_equal(population, settings().max_examples, check)


def test_a_condition_may_give_points_in_a_case() -> None:
    ContactFactory.create(last_name="CFO", job_title="Chief financial officer")
    ContactFactory.create(last_name="Intern")
    catalogue = contact_catalogue()
    node = parse({"fact": "job_title", "op": "starts_with", "value": "chief"}, catalogue)
    points = Case(
        When(matching(node, at=AT, catalogue=catalogue), then=Value(20)),
        default=0,
        output_field=IntegerField(),
    )
    scored = Contact.objects.annotate(points=points).order_by("last_name").values_list("last_name", "points")
    assert list(scored) == [("CFO", 20), ("Intern", 0)]


# What single facts mean


def test_deals_are_counted_as_they_stood_at_the_moment() -> None:
    contact = ContactFactory.create(last_name="Buyer")
    DealFactory.create(
        contact=contact, opened_at=AT - 20 * DAY, won=True, closed_at=AT - 10 * DAY, amount_cents=500_000
    )
    DealFactory.create(contact=contact, opened_at=AT - 5 * DAY, quote_sent_at=AT - 3 * DAY)
    won = {"fact": "deals.won_count", "op": "gte", "value": 1}
    opened = {"fact": "deals.open_count", "op": "is", "value": 1}
    quoted = {"fact": "deals.quote_sent", "op": "is", "value": True}
    revenue = {"fact": "deals.won_amount", "op": "gte", "value": 5000}
    assert people(won) == people(opened) == people(quoted) == people(revenue) == {"Buyer"}
    assert people(won, at=AT - 11 * DAY) == people(revenue, at=AT - 11 * DAY) == set()
    assert people(opened, at=AT - 11 * DAY) == {"Buyer"}
    assert people(opened, at=AT - 6 * DAY) == people(quoted, at=AT - 4 * DAY) == set()


def test_a_contact_without_deals_has_none_and_has_won_nothing() -> None:
    ContactFactory.create(last_name="Nobody")
    assert people({"fact": "deals.won_count", "op": "is", "value": 0}) == {"Nobody"}
    assert people({"fact": "deals.won_amount", "op": "lt", "value": 1}) == {"Nobody"}
    assert people({"fact": "deals.quote_sent", "op": "is", "value": False}) == {"Nobody"}


def test_the_latest_answer_up_to_the_moment_counts() -> None:
    contact = ContactFactory.create(last_name="Buyer")
    AnswerFactory.create(contact=contact, question="budget", text="None yet", answered_at=AT - 9 * DAY)
    AnswerFactory.create(contact=contact, question="budget", text="40,000", answered_at=AT - DAY)
    AnswerFactory.create(contact=contact, question="need", text="Spare parts", answered_at=AT - DAY)
    assert people({"fact": "answer.budget", "op": "is", "value": "40,000"}) == {"Buyer"}
    assert people({"fact": "answer.budget", "op": "is", "value": "none yet"}, at=AT - 2 * DAY) == {"Buyer"}
    assert people({"fact": "answer.timing", "op": "unknown"}) == {"Buyer"}
    assert people({"fact": "answers.known_count", "op": "is", "value": 2}) == {"Buyer"}


def test_the_last_nps_answer_counts() -> None:
    contact = ContactFactory.create(last_name="Fan")
    TouchpointFactory.create(contact=contact, kind="nps", attributes={"score": 3}, occurred_at=AT - 9 * DAY)
    TouchpointFactory.create(contact=contact, kind="nps", attributes={"score": 9}, occurred_at=AT - DAY)
    assert people({"fact": "nps", "op": "gte", "value": 9}) == {"Fan"}
    assert people({"fact": "nps", "op": "lt", "value": 9}) == set()


def test_a_touch_has_a_source_and_a_campaign_of_its_own() -> None:
    fair = SourceFactory.create(key="fair")
    spring = CampaignFactory.create(name="Spring fair", source=fair)
    contact = ContactFactory.create(last_name="Met")
    TouchpointFactory.create(contact=contact, kind="event_met", source=fair, campaign=spring)
    TouchpointFactory.create(contact=ContactFactory.create(last_name="Came"), kind="event_met")
    met = {"touch": "event_met", "op": "at_least", "count": 1}
    assert people(met | {"where": {"source": "fair"}}) == {"Met"}
    assert people(met | {"where": {"source": {"op": "is_not", "value": "fair"}}}) == {"Came"}
    assert people(met | {"where": {"campaign": {"op": "contains", "value": "spring"}}}) == {"Met"}
    assert people(met | {"where": {"campaign": {"op": "unknown"}}}) == {"Came"}


def test_long_webinars_are_told_from_short_ones() -> None:
    for name, attributes in (
        ("Whole", {"title": "Metering 101", "minutes": 45}),
        ("Short", {"title": "Metering 101", "minutes": 12}),
        ("Other", {"title": "Payroll", "minutes": 45}),
    ):
        contact = ContactFactory.create(last_name=name)
        TouchpointFactory.create(contact=contact, kind="webinar_attended", attributes=attributes)
    where = {"title": {"op": "contains", "value": "METERING"}, "minutes": {"op": "gte", "value": 30}}
    assert people({"touch": "webinar_attended", "op": "at_least", "count": 1, "where": where}) == {"Whole"}


def test_fields_of_the_company_and_of_the_contact_are_told_apart() -> None:
    FieldFactory.create(key="size", type=Field.Type.NUMBER)
    FieldFactory.create(key="size", type=Field.Type.NUMBER, entity=Field.Entity.COMPANY)
    company = CompanyFactory.create(custom={"size": 7})
    ContactFactory.create(last_name="Own", custom={"size": 7})
    ContactFactory.create(last_name="Employer", company=company)
    assert people({"fact": "custom.size", "op": "is", "value": 7}) == {"Own"}
    assert people({"fact": "company.custom.size", "op": "is", "value": 7}) == {"Employer"}


# The catalogue and the snapshot


def test_the_catalogue_speaks_of_the_companys_own_words_in_one_query() -> None:
    FieldFactory.create(key="plan", type=Field.Type.CHOICE, label_fr="Formule", choices=["basic", "plus"])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        catalogue = contact_catalogue()
    assert len(queries) == 1
    stage, plan = catalogue.fact("stage"), catalogue.fact("custom.plan")
    assert stage is not None
    assert plan is not None
    assert [choice.key for choice in stage.choices][:4] == ["subscriber", "lead", "mql", "sql"]
    assert (plan.type, plan.label.fr, [choice.key for choice in plan.choices]) == (
        FactType.CHOICE,
        "Formule",
        ["basic", "plus"],
    )


@pytest.mark.parametrize("number", [3, 30])
def test_a_snapshot_costs_two_queries_however_many_contacts(number: int) -> None:
    for contact in ContactFactory.create_batch(number):
        TouchpointFactory.create(contact=contact)
    catalogue = contact_catalogue()
    with CaptureQueriesContext(connection) as queries:
        known = snapshots(Contact.objects.all(), at=AT, catalogue=catalogue)
    assert (len(queries), len(known)) == (2, number)


def test_a_snapshot_for_a_tree_reads_only_what_it_speaks_of() -> None:
    contact = ContactFactory.create(recontact_on=date(2026, 12, 1))
    TouchpointFactory.create(
        contact=contact, kind="call", occurred_at=datetime(2026, 11, 1, tzinfo=UTC), outcome="spoke"
    )
    TouchpointFactory.create(contact=contact, kind="page_view", occurred_at=datetime(2026, 11, 2, tzinfo=UTC))
    catalogue = contact_catalogue()
    tree = {"all": [{"fact": "recontact_on", "op": "known"}, {"touch": "call", "op": "none"}]}
    found = snapshot(contact, at=AT, catalogue=catalogue, node=parse(tree, catalogue))
    assert found.facts == {"recontact_on": date(2026, 12, 1)}
    assert [(touch.kind, touch.attributes["outcome"]) for touch in found.touches] == [("call", "spoke")]


def test_many_trees_are_counted_in_one_query() -> None:
    for title in ("CFO", "CEO", "Intern"):
        ContactFactory.create(job_title=title)
    catalogue = contact_catalogue()
    trees_wanted = [
        {"fact": "job_title", "op": "in", "value": ["cfo", "ceo"]},
        {"touch": "call", "op": "none"},
        {"any": []},
    ]
    nodes = [parse(tree, catalogue) for tree in trees_wanted]
    with CaptureQueriesContext(connection) as queries:
        counted = count_matching(Contact.objects.all(), nodes, at=AT, catalogue=catalogue)
    assert counted == [2, 3, 0]
    assert len(queries) == 1


def test_money_is_compared_in_cents() -> None:
    contact = ContactFactory.create(last_name="Buyer")
    DealFactory.create(
        contact=contact, won=True, opened_at=AT - 9 * DAY, closed_at=AT - DAY, amount_cents=499
    )
    assert Deal.objects.count() == 1
    assert people({"fact": "deals.won_amount", "op": "gte", "value": 4.99}) == {"Buyer"}
    assert people({"fact": "deals.won_amount", "op": "gt", "value": 4.99}) == set()
