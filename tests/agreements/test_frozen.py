"""What is signed can never change: the database refuses, of every kind that is agreed on, whoever asks and however."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from psycopg.errors import IntegrityConstraintViolation

from accounts.models import Side
from agreements import kinds
from agreements.models import Agreement, Signature, State
from leads.models import PlaybookVersion, ScoringModel, TacticsVersion
from lifecycle.models import FunnelVersion, Responsibility, StageDefinition, StatusDefinition
from sla.models import ContractVersion
from tests.factories.agreements import SignatureFactory, unguarded
from tests.factories.lifecycle import ProcedureVersionFactory, RuleVersionFactory, TermVersionFactory
from tests.factories.moments import INSTALLED, NOW
from tests.factories.personas import PersonaVersionFactory
from tests.factories.reporting import PlanVersionFactory

pytestmark = pytest.mark.django_db


IN_FORCE: dict[str, Callable[[], models.Model]] = {
    "contract": lambda: ContractVersion.objects.in_force().get(),
    "funnel": lambda: FunnelVersion.objects.in_force().get(),
    "persona": PersonaVersionFactory.create,
    "plan": PlanVersionFactory.create,
    "playbook": lambda: PlaybookVersion.objects.in_force().get(stage="sql"),
    "procedure": ProcedureVersionFactory.create,
    "responsibility": lambda: Responsibility.objects.in_force().get(stage="mql"),
    "rule": RuleVersionFactory.create,
    "scoring": lambda: ScoringModel.objects.in_force().get(),
    "stage": lambda: StageDefinition.objects.in_force().get(stage="mql"),
    "status": lambda: StatusDefinition.objects.in_force().get(status="lost"),
    "tactics": lambda: TacticsVersion.objects.in_force().get(cell="target_ready"),
    "term": TermVersionFactory.create,
}
"""One of each kind, in force."""

BOUND = (State.PROPOSED, State.IN_FORCE, State.SUPERSEDED, State.RETIRED)
"""The states in which somebody has signed, or is about to sign what they read."""


def test_every_kind_that_is_registered_is_tried() -> None:
    assert set(IN_FORCE) == set(kinds._kinds)  # nothing but this test must know them all


def a_version(prefix: str, state: str) -> Any:
    version: Any = IN_FORCE[prefix]()
    with unguarded(Agreement, Signature):
        for side in Side.values:
            SignatureFactory.create(agreement=version.agreement, side=side)
        Agreement.objects.filter(pk=version.agreement_id).update(
            state=state,
            in_force_from=None if state == State.PROPOSED else INSTALLED,
            in_force_until=NOW if state == State.SUPERSEDED else None,
            content_hash="1" * 64,
            retires=state == State.RETIRED,
            note="It says what we do.",
        )
    return version


def own_rows(version: models.Model) -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    """The tables whose rows are a part of the version: they go with it."""
    for relation in version._meta.related_objects:
        if relation.on_delete is models.CASCADE:
            yield relation.related_model, relation.field


def columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not isinstance(field, models.GeneratedField)]


ANOTHER = {
    "varchar[]": """'{{"another"}}'""",
    "varchar": "left('x' || {name}, {length})",
    "text": "'x' || {name}",
    "boolean": "NOT {name}",
    "jsonb": """'{{"another": 1}}'""",
    "date": "{name} + 1",
    "timestamp with time zone": "coalesce({name}, now()) + interval '1 day'",
}


SHORTEST = 9
"""Of a column that leads to another table by a key, where the field says no length."""


def another(field: models.Field[Any, Any]) -> str:
    """An expression that gives the column another value, whatever it has."""
    kind = re.sub(r"\(\d+\)", "", field.db_type(connection) or "")
    expression = ANOTHER.get(kind, "coalesce({name}, 1) + 1")
    length = getattr(field, "max_length", None) or SHORTEST
    return expression.format(name=f'"{field.column}"', length=length)


def refuses(statement: str) -> bool:
    """By the trigger that freezes, not by a constraint that the other value happens to break."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError as error:
        return isinstance(error.__cause__, IntegrityConstraintViolation)
    return False


@pytest.mark.parametrize("state", BOUND)
@pytest.mark.parametrize("prefix", IN_FORCE)
def test_no_column_of_the_content_changes_and_no_row_of_it_goes(prefix: str, state: str) -> None:
    version = a_version(prefix, state)
    table = version._meta.db_table

    changed = [
        field.column
        for field in columns(type(version))
        if not refuses(f'UPDATE {table} SET "{field.column}" = {another(field)} WHERE id = {version.pk}')
    ]

    assert changed == []
    assert refuses(f"DELETE FROM {table} WHERE id = {version.pk}")


FROZEN = ("subject", "number", "content_hash", "retires", "starts_at")


@pytest.mark.parametrize("state", BOUND)
def test_nor_does_what_the_agreement_itself_says(state: str) -> None:
    agreement = a_version("term", state).agreement_id
    fields = {field.column: field for field in columns(Agreement)}
    table = Agreement._meta.db_table
    for name in FROZEN if state != State.PROPOSED else ("content_hash", "retires", "starts_at"):
        statement = f"UPDATE {table} SET {name} = {another(fields[name])} WHERE id = {agreement}"
        assert refuses(statement), statement
    for signed in (table, Signature._meta.db_table):
        key = "id" if signed == table else "agreement_id"
        assert state == State.PROPOSED or refuses(f"DELETE FROM {signed} WHERE {key} = {agreement}")
    assert refuses(
        f"UPDATE {Signature._meta.db_table} SET signed_at = now() WHERE agreement_id = {agreement}"
    )


@pytest.mark.parametrize("state", BOUND)
@pytest.mark.parametrize("prefix", ["contract", "scoring"])
def test_nor_do_the_rows_that_are_a_part_of_it(prefix: str, state: str) -> None:
    version = a_version(prefix, state)
    tried = 0
    for model, link in own_rows(version):
        table, where = model._meta.db_table, f'"{link.column}" = {version.pk}'
        assert model._default_manager.filter(**{link.name: version}).exists(), table
        for field in columns(model):
            statement = f'UPDATE {table} SET "{field.column}" = {another(field)} WHERE {where}'
            assert refuses(statement), statement
            tried += 1
        assert refuses(f"DELETE FROM {table} WHERE {where}")
        names = ", ".join(f'"{field.column}"' for field in columns(model) if not field.primary_key)
        assert refuses(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE {where} LIMIT 1")
    assert tried > 0


@pytest.mark.parametrize("prefix", IN_FORCE)
def test_every_kind_with_rows_of_its_own_is_among_them(prefix: str) -> None:
    assert bool(list(own_rows(IN_FORCE[prefix]()))) is (prefix in ("contract", "scoring"))
