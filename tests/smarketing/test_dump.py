"""A backup put back is the same database, and a broken one changes nothing."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql
from psycopg.errors import DuplicateDatabase

from smarketing.stack.dump import DumpError, Target, backup, drop, restore, set_aside, statement
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source() -> Target:
    """The database of the tests, with a person in it."""
    UserFactory.create(first_name="Zoë", last_name="d’Été")
    return Target.of(connection.settings_dict)


@pytest.fixture
def target(source: Target) -> Iterator[Target]:
    """A database of the same server that does not exist yet."""
    target = Target(f"{source.name}_elsewhere", source.environment)
    yield target
    with source.connect("postgres") as server:
        for name in (target.name, f"{target.name}_before_restore", f"{target.name}_restoring"):
            drop(server, name)


def content(target: Target) -> dict[str, Any]:
    """How many rows each table has, and a checksum of them."""
    with target.connect(target.name) as database:
        tables = database.execute(
            "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        return {
            table: database.execute(
                f"SELECT count(*), md5(string_agg(row::text, '|' ORDER BY row::text)) FROM {table} AS row".encode()
            ).fetchone()
            for (table,) in tables
        }


def test_a_backup_put_back_is_the_same_database(source: Target, target: Target, tmp_path: Path) -> None:
    backup(source, tmp_path / "all.dump")
    restore(target, tmp_path / "all.dump")
    before, after = content(source), content(target)
    assert before["accounts_user"][0] == 1
    assert before["lifecycle_stage"][0] > 0
    assert after == before


def test_what_came_after_the_backup_is_kept_aside(source: Target, target: Target, tmp_path: Path) -> None:
    backup(source, tmp_path / "all.dump")
    restore(target, tmp_path / "all.dump")
    with target.connect(target.name) as database:
        statement(database, "DELETE FROM {}", "accounts_user")
    kept = restore(target, tmp_path / "all.dump")
    assert content(target) == content(source)
    assert content(Target(kept, target.environment))["accounts_user"] == (0, None)


def test_a_broken_backup_changes_nothing(source: Target, target: Target, tmp_path: Path) -> None:
    whole = tmp_path / "all.dump"
    backup(source, whole)
    restore(target, whole)
    before = content(target)
    broken = tmp_path / "half.dump"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(DumpError, match="pg_restore"):
        restore(target, broken)
    assert content(target) == before


@pytest.fixture
def as_a_guest(source: Target) -> Iterator[None]:
    """The settings name somebody who owns nothing and may create no database."""
    guest, password = f"{source.name}_guest", secrets.token_urlsafe(16)
    with source.connect("postgres") as server:
        statement(server, "DROP ROLE IF EXISTS {}", guest)
        server.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(guest), password))
        with pytest.MonkeyPatch.context() as settings:
            settings.setitem(connection.settings_dict, "USER", guest)
            settings.setitem(connection.settings_dict, "PASSWORD", password)
            yield
        statement(server, "DROP ROLE {}", guest)


def test_who_may_not_is_told_so_in_a_sentence(
    source: Target, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    backup(source, tmp_path / "all.dump")
    request.getfixturevalue("as_a_guest")

    with pytest.raises(CommandError, match=r"^There is no backup\. pg_dump: .*permission denied"):
        call_command("backup", tmp_path / "theirs.dump")
    with pytest.raises(CommandError, match=r"^Nothing was changed\. permission denied to create database$"):
        call_command("restore", tmp_path / "all.dump")

    assert [file.name for file in tmp_path.iterdir()] == ["all.dump"]


def test_a_database_that_cannot_be_set_aside_stays_open(target: Target) -> None:
    with target.connect("postgres") as server:
        statement(server, "CREATE DATABASE {} TEMPLATE template0", target.name)
        with pytest.raises(DuplicateDatabase):
            set_aside(server, target.name, "postgres")
    target.connect(target.name).close()
