"""Tables that are created at once are those that are created one after the other."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState
from psycopg import sql

from lib.schema import CreateModels
from smarketing.stack.binaries import postgres_bin
from smarketing.stack.dump import Target
from smarketing.stack.places import places
from tests.emptying import KEPT

LABEL = "workshop"
TABLES = ("workshop_bench", "workshop_tool")


def bench() -> CreateModel:
    return CreateModel(
        "Bench",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("best_tool", models.ForeignKey("workshop.Tool", models.CASCADE, null=True, related_name="+")),
        ],
    )


def tool() -> CreateModel:
    """Known by a name within its bench, which the database holds to."""
    return CreateModel(
        "Tool",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("bench", models.ForeignKey("workshop.Bench", models.CASCADE)),
            ("name", models.CharField(max_length=20)),
            ("lent_at", models.DateTimeField(null=True)),
        ],
        options={
            "indexes": [models.Index(fields=["lent_at"], name="tool_lent")],
            "constraints": [
                models.UniqueConstraint(
                    fields=["bench", "name"], condition=models.Q(lent_at=None), name="tool_name_once"
                )
            ],
        },
    )


def test_the_state_is_that_of_one_after_the_other() -> None:
    at_once, in_turn = ProjectState(), ProjectState()
    assert at_once.apps.get_models() == []  # built before, and again afterwards

    CreateModels([bench(), tool()]).state_forwards(LABEL, at_once)
    for model in (bench(), tool()):
        model.state_forwards(LABEL, in_turn)

    assert at_once == in_turn
    assert at_once.apps.get_model(LABEL, "Tool")._meta.get_field("bench").related_model._meta.label == (
        "workshop.Bench"
    )


@pytest.mark.django_db(transaction=True)
def test_keys_and_indexes_are_there_for_the_next_step_and_all_goes_on_the_way_back() -> None:
    before, after = ProjectState(), ProjectState()
    made = CreateModels([bench(), tool()])
    made.state_forwards(LABEL, after)

    with connection.schema_editor() as editor:
        made.database_forwards(LABEL, editor, before, after)
        there = constraints()
    with connection.schema_editor() as editor:
        made.database_backwards(LABEL, editor, after, before)

    assert {"tool_lent", "tool_name_once"} <= there
    assert sum("fk_workshop" in name for name in there) == len(TABLES)
    assert constraints() == set()


def constraints() -> set[str]:
    """Names of keys and indexes of the two tables. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = ANY(%(tables)s) UNION ALL "
            "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text = ANY(%(tables)s)",
            {"tables": list(TABLES)},
        )
        return {name for (name,) in cursor.fetchall()}


# The migrations that a new installation skips

STEP_BY_STEP = "step_by_step"


@contextmanager
def another_database() -> Iterator[str]:
    """In the place of the one of the tests."""
    usual = connection.settings_dict["NAME"]
    name = f"{usual}_{STEP_BY_STEP}"
    connection.close()
    server = Target.of(connection.settings_dict)
    with server.connect("postgres") as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    connection.settings_dict["NAME"] = name
    try:
        yield name
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        with server.connect("postgres") as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_a_new_installation_has_the_tables_of_one_that_came_all_the_way() -> None:
    short = schema(connection.settings_dict["NAME"])

    with another_database() as name:
        executor = MigrationExecutor(connection)
        executor.loader.replace_migrations = False  # type: ignore[attr-defined]  # the stubs forgot it
        executor.loader.build_graph()
        short_cuts = {key: found for key, found in executor.loader.disk_migrations.items() if found.replaces}
        ends = [node for node in executor.loader.graph.leaf_nodes() if node not in short_cuts]
        executor.migrate(ends)
        long = schema(name)

    assert len(short_cuts) > 0
    assert long == short


def schema(database: str) -> list[str]:
    """Every line of the dumped schema, without the order of columns, which nothing reads by place."""
    target = Target.of(settings.DATABASES["default"])
    done = subprocess.run(
        [
            postgres_bin(places()) / "pg_dump",
            "--schema-only",
            f"--exclude-schema={KEPT}",
            "--no-password",
            database,
        ],
        env=os.environ | dict(target.environment),
        capture_output=True,
        text=True,
        check=True,
    )
    ours = (line.rstrip(",") for line in done.stdout.splitlines())
    return sorted(
        line for line in ours if line.strip() and not line.startswith((r"\restrict", r"\unrestrict"))
    )
