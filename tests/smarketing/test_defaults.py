"""What a new installation starts with: complete, in both languages, in force, and harmless to install again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command

from agreements.content import content_hash
from agreements.models import AgreedVersion, Agreement, State
from leads.facts import contact_catalogue
from leads.models import ScoringModel, ScoringRule, Source
from lifecycle.criteria.parse import parse
from lifecycle.criteria.sentences import sentence
from lifecycle.default_rules import RULES
from lifecycle.default_terms import TERMS
from lifecycle.keys import FigureKey, RuleKey, StageKey, StatusKey
from lifecycle.models import (
    Rule,
    RuleVersion,
    Stage,
    StageDefinition,
    Status,
    StatusDefinition,
    Term,
    TermVersion,
)
from smarketing.defaults import install_defaults
from tests.factories.agreements import unguarded
from tests.factories.moments import INSTALLED, NOW
from tests.leads.tables import snapshot

pytestmark = pytest.mark.django_db


def test_installing_again_changes_nothing() -> None:
    before = snapshot()

    install_defaults(at=NOW)
    call_command("install_defaults", verbosity=0)

    assert snapshot() == before


def test_what_the_company_changed_stays() -> None:
    Stage.objects.filter(pk="promoter").update(name_en="Advocate")
    Source.objects.filter(key="webinar").delete()

    install_defaults(at=NOW)

    assert Stage.objects.get(pk="promoter").name_en == "Advocate"
    assert Source.objects.filter(key="webinar").exists()


def test_every_stage_and_status_of_the_product_is_there_in_its_order() -> None:
    assert tuple(Stage.objects.values_list("key", flat=True)) == StageKey.ALL
    assert tuple(Status.objects.values_list("key", flat=True)) == StatusKey.ALL


def test_every_stage_has_a_definition_in_force_and_only_a_person_makes_an_sql() -> None:
    found = dict(StageDefinition.objects.in_force().values_list("stage", "is_automatic"))

    assert found == {stage: stage != StageKey.SALES_QUALIFIED for stage in StageKey.ALL}


def test_every_status_has_a_definition_in_both_languages_and_none_acts_by_itself() -> None:
    found = list(StatusDefinition.objects.in_force().select_related("agreement"))

    assert {one.status_id for one in found} == set(StatusKey.ALL)
    assert all(one.prose_en and one.prose_fr and not one.is_automatic for one in found)


@pytest.mark.parametrize("model", [StageDefinition, StatusDefinition, TermVersion, RuleVersion, ScoringModel])
def test_each_version_is_in_force_under_the_hash_of_what_it_says(model: type[AgreedVersion]) -> None:
    versions = list(model._default_manager.select_related("agreement"))

    assert versions
    for version in versions:
        agreement = version.agreement
        assert (agreement.state, agreement.number) == (State.IN_FORCE, 1)
        assert agreement.in_force_from == INSTALLED
        assert agreement.content_hash == content_hash(version.content())


def test_the_glossary_explains_every_stage_status_and_figure_in_both_languages() -> None:
    covered = set(Term.objects.values_list("covers", flat=True))

    assert {f"stage:{key}" for key in StageKey.ALL} <= covered
    assert {f"status:{key}" for key in StatusKey.ALL} <= covered
    assert {f"kpi:{key}" for key in FigureKey.ALL} <= covered
    for term in TERMS:
        assert term.name_en
        assert term.name_fr
        assert term.sentence_en.endswith(".")
        assert term.sentence_fr.endswith(".")
        assert bool(term.formula) == bool(term.formula_fr) == term.covers.startswith("kpi:")


def test_the_rulebook_answers_its_questions_in_both_languages() -> None:
    rules = list(RuleVersion.objects.in_force())

    assert len(rules) == len(RULES)
    assert all(rule.question_en.endswith("?") and rule.question_fr.endswith("\u202f?") for rule in rules)
    assert all(rule.text_en and rule.text_fr for rule in rules)


def test_openings_of_e_mails_score_nothing_and_a_demo_request_qualifies() -> None:
    model = ScoringModel.objects.in_force().get()

    assert not model.rules.filter(kind="email_open").exists()
    triggers = model.rules.filter(effect=ScoringRule.Effect.TRIGGERS)
    assert set(triggers.values_list("kind", flat=True)) == {"demo_request", "contact_request"}


def test_installing_costs_few_queries_however_much_there_is(
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    Agreement.objects.exists()

    with django_assert_max_num_queries(49):  # type: ignore[attr-defined]  # pytest-django's context manager
        install_defaults(at=NOW)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_default_criterion_runs_and_can_be_said_in_both_languages(language: str) -> None:
    catalogue = contact_catalogue()
    trees = [*StageDefinition.objects.values_list("criteria", flat=True)]
    trees += StatusDefinition.objects.exclude(criteria=None).values_list("criteria", flat=True)
    trees += ScoringRule.objects.exclude(criteria=None).values_list("criteria", flat=True)

    for tree in trees:
        assert sentence(parse(tree, catalogue), catalogue, language)


def test_an_installation_from_before_a_question_gets_it_though_a_rule_of_its_own_has_the_number() -> None:
    """As an update leaves it: the question was not there, and the company wrote its own rule in the meantime."""
    number = Rule.objects.get(key=RuleKey.MESSAGE_FREQUENCY).number
    version = RuleVersion.objects.get(rule__key=RuleKey.MESSAGE_FREQUENCY)
    with unguarded(RuleVersion, Agreement):
        version.delete()
        Agreement.objects.filter(pk=version.agreement_id).delete()
        Rule.objects.filter(key=RuleKey.MESSAGE_FREQUENCY).delete()
    Rule.objects.create(key="own_1", number=number)
    last = max(Rule.objects.values_list("number", flat=True))

    install_defaults(at=NOW)
    install_defaults(at=NOW)

    rule = Rule.objects.get(key=RuleKey.MESSAGE_FREQUENCY)
    assert rule.number == max(last, len(RULES)) + 1
    assert rule.versions.get().agreement.in_force_from == NOW
    assert Rule.objects.get(key="own_1").number == number
