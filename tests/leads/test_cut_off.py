"""What an agreement's page says where trying it takes longer than a page can wait, whatever kind of thing it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from agreements.consequences import Consequences
from agreements.models import Agreement, State
from lifecycle.keys import RuleKey
from lifecycle.procedure_forms import EMPTY
from tests.factories.leads import (
    ContactFactory,
    ReplayFactory,
    ScoringModelFactory,
    StatusReplayFactory,
)
from tests.factories.lifecycle import (
    ProcedureVersionFactory,
    RuleVersionFactory,
    StageDefinitionFactory,
    StatusDefinitionFactory,
)
from tests.factories.moments import NOW
from tests.factories.personas import PersonaVersionFactory
from tests.leads import test_published_moves as published
from tests.leads.test_rule_consequences import a_draft

pytestmark = pytest.mark.django_db

BUYER = {"all": [{"fact": "job_title", "op": "is", "value": "Buyer"}]}
WHY = "Trying it took longer than a page can wait, and was stopped. Open the page again later."
WHOM = "Whom it would change is not known now"


class Slow:
    """A database that answers the first `quick` statements which a page bounds, and sleeps at each further one."""

    def __init__(self, quick: int = 0) -> None:
        self.quick, self.is_bounded = quick, False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SET LOCAL statement_timeout"):
            self.is_bounded = not sql.endswith("DEFAULT")
        elif self.is_bounded and not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            if self.quick == 0:
                self.is_bounded = False  # the limit ends with its savepoint
                execute("SELECT pg_sleep(20)", None, False, context)
            self.quick -= 1
        return execute(sql, params, many, context)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leads.criteria_trial.PATIENCE_MS", 50)


def shown(client: Client, version: Any, *, quick: int = 0) -> Consequences:
    """As the page has it, which says so in so many words."""
    with connection.execute_wrapper(Slow(quick)):
        page = client.get(f"/agreements/{version.agreement_id}/")
    assert page.status_code == 200
    told: Consequences = page.context["consequences"]
    html = page.content.decode()
    assert all(str(meaning.text) in html and meaning.note in html for meaning in told.meanings)
    return told


def unknown(told: Consequences) -> list[str]:
    return [meaning.text for meaning in told.meanings if meaning.note == WHY]


def a_procedure() -> Any:
    return ProcedureVersionFactory.create(
        scope="stage:mql",
        criteria=BUYER,
        steps=[{**EMPTY, "side": "sales", "what_en": "Calls."}],
        agreement__in_force=False,
    )


def a_distribution() -> Any:
    territory = {"name": "South", "criteria": BUYER, "reps": [], "otherwise": "wait"}
    return a_draft(RuleKey.DISTRIBUTION, territories=[territory])[0]


@pytest.mark.parametrize(
    ("drafted", "said"),
    [
        (lambda: StageDefinitionFactory.create(criteria=BUYER), WHOM),
        (lambda: StatusDefinitionFactory.create(criteria=BUYER), WHOM),
        (lambda: PersonaVersionFactory.create(match=BUYER, agreement__in_force=False), WHOM),
        (lambda: ScoringModelFactory.create(fit_threshold=0), WHOM),
        (
            lambda: RuleVersionFactory.create(
                event="stage", target="mql", criteria=BUYER, agreement__in_force=False
            ),
            "What it speaks against is not known now",
        ),
        (
            lambda: a_draft(RuleKey.MINIMUM_INFORMATION, any_of=["email"])[0],
            "What it speaks against is not known now",
        ),
        (a_procedure, "For how many it is followed is not known now"),
        (a_distribution, "Who would be given how many leads is not known now"),
    ],
    ids=["stage", "status", "persona", "scoring", "own rule", "rule", "procedure", "distribution"],
)
def test_a_draft_that_takes_long_to_try_says_so_and_in_time_says_nothing_of_it(
    as_marketer: Client, drafted: Callable[[], Any], said: str
) -> None:
    version = drafted()

    told = shown(as_marketer, version)

    assert unknown(told) == [said]
    assert (told.flow, told.arrivals, told.hidden_from) == (None, 0, None)
    assert "Counted on all contacts" not in told.basis
    assert unknown(shown(as_marketer, version, quick=100)) == []


def test_what_is_known_without_the_trial_stands_beside_it(as_marketer: Client) -> None:
    stage, status = (
        StageDefinitionFactory.create(criteria=BUYER),
        StatusDefinitionFactory.create(criteria=BUYER),
    )
    ReplayFactory.create(definition=stage)
    StatusReplayFactory.create(status_definition=status)
    by_hand = PersonaVersionFactory.create(match=None, agreement__in_force=False)
    warns = RuleVersionFactory.create(
        event="stage", target="mql", criteria=BUYER, mode="warn", agreement__in_force=False
    )

    def known(version: Any) -> tuple[list[str], list[str]]:
        """Figures, and all that is said but what is not known and who reads it."""
        told = shown(as_marketer, version)
        return (
            [change.label for change in told.changes],
            [meaning.text for meaning in told.meanings[:-1] if meaning.note != WHY],
        )

    assert known(stage) == (["Entries on the past"], [])
    assert known(status) == (["Set on the past"], [])
    assert known(by_hand) == ([], ["Nobody is recognised by criteria: a person gives it"])
    assert known(warns) == (
        [],
        ["A change against it asks for a reason, which is kept", "What happened before stays as it is"],
    )
    assert known(a_procedure())[0] == ["Steps that sales takes"]


def test_a_version_in_force_says_whom_it_moved_where_who_stays_is_not_known(as_marketer: Client) -> None:
    published.person("Nora", function="head")
    definition = published.in_force()
    published.publish()
    in_time = shown(as_marketer, definition, quick=100)
    assert unknown(in_time) == []

    told = shown(as_marketer, definition)

    assert unknown(told) == ["Who stays where they are is not known now"]
    assert told.meanings[0] == in_time.meanings[0]
    assert (told.basis, told.hidden_from) == ("", None)


def test_a_persona_says_that_it_is_not_known_how_many_come_to_sales_at_once(as_marketer: Client) -> None:
    Agreement.objects.filter(subject="stage:mql").update(state=State.SUPERSEDED, in_force_until=NOW)
    StageDefinitionFactory.create(
        criteria={"all": [{"fact": "persona", "op": "known"}]},
        agreement__in_force=True,
        agreement__number=2,
        agreement__in_force_from=NOW,
    )
    ContactFactory.create(job_title="Buyer")
    persona = PersonaVersionFactory.create(match=BUYER, agreement__in_force=False)
    assert shown(as_marketer, persona, quick=100).arrivals == 1

    told = shown(as_marketer, persona, quick=1)

    assert told.flow is not None
    assert (told.flow.enter, told.arrivals) == (1, 0)
    assert unknown(told) == ["How many would come to sales at once is not known now"]


def test_it_is_said_in_french(as_marketer: Client, marketer: User) -> None:
    User.objects.filter(pk=marketer.pk).update(language="fr")
    told = shown(as_marketer, StageDefinitionFactory.create(criteria=BUYER))
    assert (told.meanings[0].text, told.meanings[0].note) == (
        "On ne sait pas pour l’instant qui changerait",
        "L’essai a pris plus de temps qu’une page ne peut attendre et a été arrêté. Rouvrez la page plus tard.",
    )
