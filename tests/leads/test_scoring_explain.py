"""Why a score is what it is: lines whose points add up to the number, and what would change it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leads.models import Contact, ContactScore, ScoringModel
from leads.scoring.explain import Why, all_sql, explain, written
from leads.scoring.loading import load, load_in_force
from leads.scoring.statement import rescore
from tests.factories.agreements import AgreementFactory
from tests.factories.leads import (
    CompanyFactory,
    ContactFactory,
    ScoringGroupFactory,
    ScoringModelFactory,
    ScoringRuleFactory,
    TouchpointFactory,
)

AT = datetime(2026, 11, 19, 9, 42, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return AT - timedelta(days=days)


@pytest.fixture
def model(db: None) -> ScoringModel:
    """The model of the drawn contact page, v7."""
    model = ScoringModelFactory.create(agreement=AgreementFactory.create(number=7))
    company = ScoringGroupFactory.create(model=model, axis="fit", key="company", label_en="company", cap=45)

    def fit(label: str, points: int, criteria: dict[str, Any], **more: Any) -> None:
        ScoringRuleFactory.create(
            model=model, axis="fit", kind="", label_en=label, points=points, criteria=criteria, **more
        )

    def engagement(label: str, points: int, kind: str, **more: Any) -> None:
        ScoringRuleFactory.create(
            model=model, axis="engagement", label_en=label, points=points, kind=kind, **more
        )

    fit("Function is operations", 25, {"fact": "function", "op": "is", "value": "operations"})
    fit("Head or director", 12, {"fact": "seniority", "op": "in", "value": ["head", "director"]})
    fit("500 employees or more", 20, {"fact": "company.headcount", "op": "gte", "value": 500}, group=company)
    fit("Sector: industry", 20, {"fact": "company.sector", "op": "is", "value": "industry"}, group=company)
    fit("In France", 10, {"fact": "company.country", "op": "is", "value": "FR"}, group=company)
    fit("Student", 0, {"fact": "job_title", "op": "contains", "value": "student"}, effect="excludes")
    engagement("Demo request", 40, "demo_request", effect="triggers", half_life_days=30, cap=40)
    engagement("Pricing page", 8, "pricing_view", cap=16, half_life_days=14)
    engagement("Webinar", 20, "webinar_attended", half_life_days=14)
    return model


@pytest.fixture
def contact(model: ScoringModel) -> Contact:
    company = CompanyFactory.create(headcount=900, sector="industry", country="FR")
    contact = ContactFactory.create(function="operations", seniority="head", company=company)
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=days_ago(1))
    for age in (1, 2, 2):
        TouchpointFactory.create(contact=contact, kind="pricing_view", occurred_at=days_ago(age))
    TouchpointFactory.create(contact=contact, kind="webinar_attended", occurred_at=days_ago(14))
    for age in range(6):
        TouchpointFactory.create(contact=contact, kind="email_open", occurred_at=days_ago(age))
    TouchpointFactory.create(contact=contact, kind="email_click", occurred_at=days_ago(2), is_human=False)
    return contact


def why(contact: Contact, model: ScoringModel, at: datetime = AT) -> Why:
    found = explain(contact, model=model, at=at)
    assert found
    return found


def lines(contact: Contact, model: ScoringModel, axis: str) -> list[tuple[str, str, int]]:
    found = getattr(why(contact, model), axis)
    return [(line.kind, line.words.en if line.words else "", line.points) for line in found.lines]


def test_fit_is_told_rule_by_rule_with_the_cut_of_its_group(contact: Contact, model: ScoringModel) -> None:
    assert lines(contact, model, "fit") == [
        ("rule", "Function is operations", 25),
        ("rule", "Head or director", 12),
        ("rule", "500 employees or more", 20),
        ("rule", "Sector: industry", 20),
        ("rule", "In France", 10),
        ("group_cap", "company", -5),
    ]
    assert (why(contact, model).fit.points, why(contact, model).number) == (82, 7)


def test_engagement_is_told_with_count_cap_and_age(contact: Contact, model: ScoringModel) -> None:
    assert lines(contact, model, "engagement") == [
        ("rule", "Demo request", 39),
        ("rule", "Pricing page", 22),
        ("rule_cap", "Pricing page", -6),
        ("rule", "Webinar", 10),
    ]
    pricing = why(contact, model).engagement.lines[1]
    assert (pricing.count, pricing.before, pricing.latest, pricing.half_life_days) == (3, 24, days_ago(1), 14)


def test_the_parts_add_up_to_the_number_that_is_stored(contact: Contact, model: ScoringModel) -> None:
    for hours in range(0, 24 * 40, 31):
        at = AT + timedelta(hours=hours)
        rescore(ids=[contact.pk], model=model, at=at)
        stored = ContactScore.objects.get(contact=contact)
        told = why(contact, model, at)

        assert sum(line.points for line in told.fit.lines) == told.fit.points == stored.fit
        assert sum(line.points for line in told.engagement.lines) == told.engagement.points
        assert told.engagement.points == stored.engagement
        assert told.triggered_at == stored.triggered_at


def test_what_is_not_counted_is_told_with_its_reason(contact: Contact, model: ScoringModel) -> None:
    uncounted = why(contact, model).uncounted

    assert [(each.words.en, each.count, each.why) for each in uncounted] == [
        ("E-mail openings", 6, "opens"),
        ("Click in an e-mail", 1, "robots"),
    ]


def test_the_day_on_which_engagement_falls_under_the_threshold(contact: Contact, model: ScoringModel) -> None:
    falls_at = why(contact, model).falls_at

    assert falls_at == AT + timedelta(days=11)
    assert why(contact, model, AT + timedelta(days=10)).engagement.points >= 50
    assert why(contact, model, AT + timedelta(days=11)).engagement.points < 50


def test_a_contact_under_the_threshold_does_not_fall_under_it(model: ScoringModel) -> None:
    stranger = ContactFactory.create()

    told = why(stranger, model)
    assert (told.fit.points, told.engagement.points, told.falls_at, told.fit.lines) == (0, 0, None, ())


def test_an_exclusion_and_a_trigger_are_named(contact: Contact, model: ScoringModel) -> None:
    Contact.objects.update(job_title="Student")
    told = why(contact, model)

    assert [words.en for words in told.exclusions] == ["Student"]
    assert [(words.en, at) for words, at in told.triggers] == [("Demo request", days_ago(1))]
    assert told.is_excluded


def test_one_explanation_costs_the_same_for_few_and_many_touches(
    contact: Contact, model: ScoringModel, django_assert_max_num_queries: Any
) -> None:
    for place in range(40):
        TouchpointFactory.create(contact=contact, kind="pricing_view", occurred_at=days_ago(place))

    with django_assert_max_num_queries(6):
        why(contact, model)


def test_what_is_put_together_once_a_model_says_what_would_be_written_each_time(
    contact: Contact, model: ScoringModel
) -> None:
    delivered = load_in_force()
    assert delivered is not None
    for loaded in (load(model), delivered):
        assert loaded.is_timeless
        for pk, at in ((contact.pk, AT), (contact.pk + 1, days_ago(3)), (contact.pk, days_ago(-400))):
            assert all_sql(loaded, pk, at=at) == written(loaded, pk, at=at)


def test_a_model_that_speaks_of_an_age_is_put_together_each_time(
    contact: Contact, model: ScoringModel
) -> None:
    new = {"fact": "created_at", "op": "within_last_days", "value": 5}
    ScoringRuleFactory.create(model=model, axis="fit", kind="", label_en="New", points=3, criteria=new)
    Contact.objects.filter(pk=contact.pk).update(created_at=days_ago(3))
    assert not load(model).is_timeless
    assert "New" in [line.words.en for line in why(contact, model).fit.lines if line.words]
    assert "New" not in [line.words.en for line in why(contact, model, days_ago(-4)).fit.lines if line.words]
