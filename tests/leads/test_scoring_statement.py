"""The one statement that scores: equal to the arithmetic, and writing nothing that is not news."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from agreements.models import Agreement, State
from leads.facts import contact_catalogue, snapshots
from leads.models import Contact, ContactScore, DirtyContact, ScoringModel, Touchpoint
from leads.replay.scores import then_sql
from leads.scoring import arithmetic
from leads.scoring.loading import LoadedModel, load
from leads.scoring.sqltext import fill, value
from leads.scoring.statement import Some, Span, rescore, scores_sql
from tests.factories.agreements import AgreementFactory
from tests.factories.leads import (
    AnswerFactory,
    CompanyFactory,
    ContactFactory,
    ScoringGroupFactory,
    ScoringModelFactory,
    ScoringRuleFactory,
    TouchpointFactory,
)

AT = datetime(2026, 11, 19, 9, 42, tzinfo=UTC)
GOLDEN = Path(__file__).with_name("scoring.sql")


def days_ago(days: float) -> datetime:
    return AT - timedelta(days=days)


def fit_rule(model: ScoringModel, points: int, criteria: dict[str, Any], **more: Any) -> None:
    ScoringRuleFactory.create(model=model, axis="fit", points=points, criteria=criteria, kind="", **more)


def engagement_rule(model: ScoringModel, points: int, kind: str, **more: Any) -> None:
    ScoringRuleFactory.create(model=model, axis="engagement", points=points, kind=kind, criteria=None, **more)


@pytest.fixture
def model(db: None) -> ScoringModel:
    """Two groups, a cap, a trigger, an exclusion, an attribute and a half-life: one of everything."""
    model = ScoringModelFactory.create()
    person = ScoringGroupFactory.create(model=model, axis="fit", key="person", cap=30)
    fit_rule(model, 25, {"fact": "function", "op": "is", "value": "operations"}, group=person)
    fit_rule(model, 20, {"fact": "seniority", "op": "in", "value": ["head", "director"]}, group=person)
    fit_rule(model, 20, {"fact": "company.headcount", "op": "gte", "value": 500})
    fit_rule(model, 0, {"fact": "job_title", "op": "contains", "value": "student"}, effect="excludes")
    engagement_rule(model, 40, "demo_request", effect="triggers", cap=40, half_life_days=14)
    engagement_rule(model, 8, "pricing_view", cap=24, half_life_days=14)
    engagement_rule(model, 20, "webinar_attended", where={"complete": True}, half_life_days=14)
    engagement_rule(model, -10, "call", where={"outcome": ["wrong_number"]})
    return model


@pytest.fixture
def contact(model: ScoringModel) -> Contact:
    return ContactFactory.create(
        function="Operations", seniority="director", company=CompanyFactory.create(headcount=900)
    )


def scored(contact: Contact) -> tuple[int, int, bool, datetime | None, datetime | None]:
    row = ContactScore.objects.get(contact=contact)
    return row.fit, row.engagement, row.is_excluded, row.triggered_at, row.last_touch_at


def test_fit_adds_up_the_rules_that_hold_within_the_ceiling_of_their_group(
    contact: Contact, model: ScoringModel
) -> None:
    assert rescore(ids=[contact.pk], model=model, at=AT) == 1
    assert scored(contact) == (50, 0, False, None, None)


def test_engagement_counts_fading_touches_within_their_cap(contact: Contact, model: ScoringModel) -> None:
    for age in (0, 0, 0, 14):
        TouchpointFactory.create(contact=contact, kind="pricing_view", occurred_at=days_ago(age))
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=days_ago(28))
    rescore(ids=[contact.pk], model=model, at=AT)

    assert scored(contact) == (50, 34, False, days_ago(28), AT)


def test_attributes_decide_whether_a_touch_counts(contact: Contact, model: ScoringModel) -> None:
    TouchpointFactory.create(contact=contact, kind="webinar_attended", occurred_at=AT)
    TouchpointFactory.create(
        contact=contact, kind="webinar_attended", occurred_at=AT, attributes={"complete": True}
    )
    TouchpointFactory.create(contact=contact, kind="call", occurred_at=AT, outcome="wrong_number")
    TouchpointFactory.create(contact=contact, kind="call", occurred_at=AT, outcome="spoke")
    rescore(ids=[contact.pk], model=model, at=AT)

    assert scored(contact)[1] == 10


def test_an_exclusion_is_noted_beside_the_points(contact: Contact, model: ScoringModel) -> None:
    Contact.objects.update(job_title="Student in energy")
    rescore(ids=[contact.pk], model=model, at=AT)

    assert scored(contact)[:3] == (50, 0, True)


def test_mail_opens_and_robots_score_nothing(contact: Contact, model: ScoringModel) -> None:
    TouchpointFactory.create(contact=contact, kind="email_open", occurred_at=days_ago(1))
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=days_ago(0.5), is_human=False)
    rescore(ids=[contact.pk], model=model, at=AT)

    assert scored(contact) == (50, 0, False, None, days_ago(1))


def test_an_unchanged_run_writes_no_row(contact: Contact, model: ScoringModel) -> None:
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=days_ago(3))

    assert [
        rescore(model=model, at=AT),
        rescore(model=model, at=AT),
        rescore(ids=[contact.pk], model=model, at=AT),
    ] == [1, 0, 0]


def test_time_alone_changes_a_score_and_only_then_is_a_row_written(
    contact: Contact, model: ScoringModel
) -> None:
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=days_ago(0))
    written = [rescore(model=model, at=AT + timedelta(hours=hours)) for hours in (0, 1, 24)]

    assert written == [1, 0, 1]
    assert scored(contact)[1] == 38


def test_a_later_score_is_never_replaced_by_an_earlier_one(contact: Contact, model: ScoringModel) -> None:
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=days_ago(0))
    rescore(model=model, at=AT + timedelta(days=14))

    assert rescore(model=model, at=AT) == 0
    assert scored(contact)[1] == 20


def test_a_new_model_is_written_even_where_the_points_stay(contact: Contact, model: ScoringModel) -> None:
    rescore(model=model, at=AT)
    other = ScoringModelFactory.create(agreement=AgreementFactory.create())

    assert rescore(model=other, at=AT) == 1
    assert ContactScore.objects.get(contact=contact).model == other


def test_without_a_model_in_force_nothing_is_scored(contact: Contact) -> None:
    Agreement.objects.of("scoring").in_force().update(state=State.SUPERSEDED, in_force_until=AT)

    assert rescore(at=AT) == 0
    assert not ContactScore.objects.exists()


def test_everyone_who_changed_is_marked_for_persona_and_stage(contact: Contact, model: ScoringModel) -> None:
    other = ContactFactory.create()
    rescore(ids=[other.pk], model=model, at=AT)
    rescore(model=model, at=AT)

    assert list(DirtyContact.objects.values_list("contact", flat=True)) == [contact.pk]


def test_an_answer_counts_from_the_moment_it_was_given(contact: Contact, model: ScoringModel) -> None:
    fit_rule(model, 7, {"fact": "answer.budget", "op": "known"})
    AnswerFactory.create(contact=contact, question="budget", answered_at=days_ago(1))
    fits = []
    for days in (2, 0):
        rescore(ids=[contact.pk], model=model, at=days_ago(days))
        fits.append(scored(contact)[0])

    assert fits == [50, 57]


def test_a_rule_on_a_field_that_went_away_holds_of_nobody(contact: Contact, model: ScoringModel) -> None:
    fit_rule(model, 30, {"fact": "custom.plants", "op": "gte", "value": 2})
    rescore(ids=[contact.pk], model=model, at=AT)

    assert scored(contact)[0] == 50


def test_one_contact_is_scored_in_a_fixed_number_of_queries(model: ScoringModel) -> None:
    def queries(number: int) -> int:
        ids = [ContactFactory.create().pk for _ in range(number)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            rescore(ids=ids, model=model, at=AT)
        return len(captured)

    assert queries(3) == queries(30) <= 8


def test_the_statement_is_the_one_that_was_read_and_measured(model: ScoringModel) -> None:
    loaded = load(model)
    places = {str(rule.id): f"r{place}" for place, rule in enumerate(loaded.rules.rules)}
    statement = scores_sql(loaded, scope=Span(1, 20_001), at=AT)
    sql = connection.ops.compose_sql(statement.text, statement.params)  # type: ignore[attr-defined]  # PostgreSQL has it
    text = re.sub(r"(?<=_)(\d+)\b", lambda found: places.get(found[1], found[1]), sql)

    assert f"{text}\n" == GOLDEN.read_text()


def test_the_golden_statement_reads_touchpoints_once() -> None:
    """The other mention is the row fetched for the attributes of one kind."""
    text = GOLDEN.read_text()

    assert text.count("FROM leads_touchpoint AS touch") == 1


# One rule, two forms

KINDS = ("pricing_view", "demo_request", "webinar_attended", "call")
FUNCTIONS = ("operations", "energy", "")
CRITERIA: tuple[dict[str, Any], ...] = (
    {"fact": "function", "op": "is", "value": "operations"},
    {"not": {"fact": "function", "op": "known"}},
    {"fact": "company.headcount", "op": "gte", "value": 500},
    {"fact": "answer.budget", "op": "contains", "value": "voted"},
    {"any": [{"fact": "country", "op": "is", "value": "FR"}, {"fact": "city", "op": "known"}]},
)

ages = st.one_of(
    st.integers(-2, 100).map(float),
    st.floats(-1, 400, allow_nan=False),
    st.sampled_from([7.0, 14.0, 30.0, 90.0]),
)
touches = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from((*KINDS, "email_open")),
            "age": ages,
            "is_human": st.booleans() | st.just(True),
            "attributes": st.sampled_from(({}, {"complete": True}, {"complete": 1}, {"complete": "yes"})),
            "outcome": st.sampled_from(("", "spoke")),
        }
    ),
    max_size=12,
)
people = st.lists(
    st.fixed_dictionaries(
        {
            "function": st.sampled_from(FUNCTIONS),
            "country": st.sampled_from(("FR", "")),
            "headcount": st.sampled_from((None, 20, 500)),
            "answered": st.none() | ages,
            "touches": touches,
        }
    ),
    min_size=1,
    max_size=4,
)
caps = st.none() | st.integers(0, 100)
groups = st.sampled_from((None, "a", "b"))
points = st.integers(-100, 100)
fit_rules = st.lists(
    st.tuples(st.sampled_from(CRITERIA), points, caps, groups, st.sampled_from(("points", "excludes"))),
    max_size=5,
)
engagement_rules = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        points,
        caps,
        groups,
        st.sampled_from(("points", "points", "excludes", "triggers")),
        st.sampled_from(({}, {}, {"complete": True}, {"complete": [1, "yes"]}, {"outcome": "spoke"})),
        st.none() | st.integers(1, 60),
    ),
    max_size=6,
)


class TheTwoForms(TestCase):
    """Generated models over generated contacts: SQL and Python give the same five values."""

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
    @given(
        people=people,
        fit=fit_rules,
        engagement=engagement_rules,
        ceilings=st.tuples(st.integers(0, 100), st.integers(0, 100)),
        window=st.sampled_from((1, 30, 90, 1095)),
    )
    def test_the_statement_and_the_arithmetic_agree(
        self, people: Any, fit: Any, engagement: Any, ceilings: tuple[int, int], window: int
    ) -> None:
        contacts = [given_person(person) for person in people]
        loaded = load(given_model(fit, engagement, ceilings, window))

        assert by_statement(loaded, contacts) == by_arithmetic(loaded)
        half = [contact.pk for contact in contacts[::2]]
        assert by_statement(loaded, contacts[::2]) == {
            id: found for id, found in by_arithmetic(loaded).items() if id in half
        }
        for days in (0, 7, 400):
            assert by_moment(loaded, contacts, at=days_ago(days)) == {
                id: replace(found, last_touch_at=None)
                for id, found in by_statement(loaded, contacts, at=days_ago(days)).items()
            }


def given_person(person: dict[str, Any]) -> Contact:
    company = None if person["headcount"] is None else CompanyFactory.create(headcount=person["headcount"])
    contact = ContactFactory.create(function=person["function"], country=person["country"], company=company)
    if person["answered"] is not None:
        AnswerFactory.create(
            contact=contact,
            question="budget",
            text="Voted for 2027",
            answered_at=days_ago(person["answered"]),
        )
    for touch in person["touches"]:
        TouchpointFactory.create(
            contact=contact,
            occurred_at=days_ago(touch["age"]),
            **{name: touch[name] for name in ("kind", "is_human", "attributes", "outcome")},
        )
    return contact


def given_model(fit: Any, engagement: Any, ceilings: tuple[int, int], window: int) -> ScoringModel:
    model = ScoringModelFactory.create(agreement=AgreementFactory.create(), window_days=window)
    by_key = {
        (axis, key): ScoringGroupFactory.create(model=model, axis=axis, key=key, cap=ceiling)
        for axis in ("fit", "engagement")
        for key, ceiling in zip(("a", "b"), ceilings, strict=True)
    }
    for criteria, points, cap, key, effect in fit:
        fit_rule(model, points, criteria, cap=cap, group=by_key.get(("fit", key)), effect=effect)
    for kind, points, cap, key, effect, where, half_life in engagement:
        engagement_rule(
            model,
            points,
            kind,
            cap=cap,
            group=by_key.get(("engagement", key)),
            effect=effect,
            where=where,
            half_life_days=half_life,
        )
    return model


def by_moment(loaded: LoadedModel, contacts: list[Contact], *, at: datetime) -> dict[int, arithmetic.Scores]:
    """The same sums on rows of contact and moment, as a replay asks for them."""
    ids = [contact.pk for contact in contacts]
    moments = fill(
        "SELECT id, id AS contact_id, {at} AS at FROM unnest({ids}) AS given (id)",
        at=value(at, "timestamptz"),
        ids=value(ids, "bigint[]"),
    )
    statement = then_sql(loaded, moments)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return {
            id: replace(arithmetic.Scores(*stored), last_touch_at=None) for id, *stored in cursor.fetchall()
        }


def by_statement(
    loaded: LoadedModel, contacts: list[Contact], *, at: datetime = AT
) -> dict[int, arithmetic.Scores]:
    scope = Some([contact.pk for contact in contacts])
    statement = scores_sql(loaded, scope=scope, at=at)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return {id: arithmetic.Scores(*stored) for id, *stored in cursor.fetchall()}


def by_arithmetic(loaded: LoadedModel) -> dict[int, arithmetic.Scores]:
    known = snapshots(Contact.objects.all(), at=AT, catalogue=contact_catalogue())
    return {
        id: arithmetic.score(
            loaded.rules,
            met=loaded.met(snapshot, at=AT),
            touches=[
                arithmetic.Touch(
                    row.kind, row.occurred_at, row.attributes | {"outcome": row.outcome}, row.is_human
                )
                for row in Touchpoint.objects.filter(contact=id)
            ],
            at=AT,
        )
        for id, snapshot in known.items()
    }
