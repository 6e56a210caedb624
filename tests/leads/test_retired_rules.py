"""A rule of the company's own that both teams retire; the questions that the product acts by cannot be."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from agreements.actions import draft_from, propose
from agreements.errors import WrongStateError
from agreements.models import State
from leads.actions.stages import change_stage
from leads.errors import RuleForbids
from leads.models import RuleException
from lifecycle.keys import RuleKey
from lifecycle.models import RuleMode, RuleVersion
from tests.agreements.retiring import REASON, retired, retirement
from tests.agreements.scenes import signed
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import RuleFactory, RuleVersionFactory
from tests.factories.moments import NOW, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> RuleVersion:
    return RuleVersionFactory.create(
        rule=RuleFactory.create(number=40),
        question_en="Who may become a lead?",
        mode=RuleMode.BLOCK,
        event="stage",
        target="lead",
        criteria={"all": [{"fact": "job_title", "op": "known"}]},
    )


def becomes_a_lead(rep: User) -> object:
    contact = ContactFactory.create(stage_id="subscriber", job_title="", owner=rep)
    return change_stage(contact=contact, to="lead", actor=rep, reason="Asked for it", at=later(hours=2))


def test_retired_it_holds_up_nobody_and_what_was_noted_stays(
    version: RuleVersion, rep: User, marketer: User
) -> None:
    with pytest.raises(RuleForbids):
        becomes_a_lead(rep)
    noted = RuleException.objects.create(
        version=version,
        contact=ContactFactory.create(),
        event="stage",
        target="lead",
        how=RuleException.How.PASSED,
        at=NOW,
    )

    retired(marketer, rep, version=version, at=later(hours=1))

    assert becomes_a_lead(rep)
    assert list(RuleException.objects.all()) == [noted]


def test_the_rulebook_lists_it_apart_and_its_page_says_that_it_is_over(
    version: RuleVersion, rep: User, marketer: User, as_rep: Client
) -> None:
    retired(marketer, rep, version=version)

    book, _, apart = as_rep.get("/rules/").content.decode().partition('id="retired"')
    page = as_rep.get(f"/rules/{version.rule.key}/").content.decode()

    assert "Who may become a lead?" not in book
    assert "Who may become a lead?" in apart
    assert REASON in apart
    assert "Retired since" in page
    assert REASON in page


def test_a_later_version_takes_it_back(version: RuleVersion, rep: User, marketer: User) -> None:
    last = retired(marketer, rep, version=version)
    said = RuleVersion.objects.get(agreement=last)

    draft = draft_from(said, actor=marketer, at=later(hours=1))
    signed(propose(draft.agreement, actor=marketer, at=later(hours=1)), marketer, rep, at=later(hours=1))

    with pytest.raises(RuleForbids):
        becomes_a_lead(rep)


@pytest.mark.parametrize("key", [RuleKey.REGRESSION, RuleKey.DEAL_INFORMATION, RuleKey.MESSAGE_FREQUENCY])
def test_a_question_of_the_product_stays_and_nobody_is_offered_to_retire_it(
    key: str, marketer: User, as_marketer: Client
) -> None:
    question = RuleVersion.objects.in_force().select_related("agreement").get(rule__key=key)

    with pytest.raises(WrongStateError):
        retirement(marketer, question)

    page = as_marketer.get(f"/agreements/{question.agreement_id}/").content.decode()
    question.agreement.refresh_from_db()
    assert f"/agreements/{question.agreement_id}/retire/" not in page
    assert question.agreement.state == State.IN_FORCE


def test_a_rule_of_ones_own_is_offered_to_be_retired(version: RuleVersion, as_marketer: Client) -> None:
    page = as_marketer.get(f"/agreements/{version.agreement_id}/").content.decode()

    assert f"/agreements/{version.agreement_id}/retire/" in page
