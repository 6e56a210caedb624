"""A database into one file and back, by PostgreSQL's own programs; knows no model."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from smarketing.stack.binaries import postgres_bin
from smarketing.stack.places import places

VARIABLES = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}
TLS_VARIABLES = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}


class DumpError(RuntimeError):
    """pg_dump, pg_restore or the server refused; the message is theirs."""


@dataclass(frozen=True)
class Target:
    """One database of one server, as the settings name it."""

    name: str
    environment: Mapping[str, str]

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Target":
        options = settings.get("OPTIONS", {})
        given = {variable: str(settings[key]) for key, variable in VARIABLES.items() if settings.get(key)}
        secured = {variable: str(options[key]) for key, variable in TLS_VARIABLES.items() if key in options}
        return cls(settings["NAME"], given | secured)

    def connect(self, name: str) -> psycopg.Connection[tuple[Any, ...]]:
        """To any database of the same server, outside a transaction."""
        keys = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
        keys |= {"PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert"}
        known = {keys[variable]: value for variable, value in self.environment.items()}
        return psycopg.connect(dbname=name, autocommit=True, **known)  # type: ignore[arg-type]  # all are text


def run(target: Target, program: str, *arguments: str | Path) -> None:
    """One of PostgreSQL's programs against that server; DumpError with its words."""
    command = [postgres_bin(places()) / program, "--no-password", *arguments]
    done = subprocess.run(
        command, env=os.environ | dict(target.environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DumpError(f"{program}: {done.stderr.strip()}")


def backup(target: Target, file: Path) -> None:
    """Everything in the database at one moment, compressed; the file appears whole or not at all."""
    draft = file.with_name(f"{file.name}.part")
    draft.touch(mode=0o600)
    try:
        run(
            target,
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--file",
            draft,
            target.name,
        )
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def restore(target: Target, file: Path) -> str:
    """Put the content of the file in the place of the database; the name under which the old one is kept.

    The file is read into a database of its own first, so a broken file or a full disk changes nothing.
    Everybody connected is disconnected when the two change places. Needs the right to create databases.
    """
    run(target, "pg_restore", "--list", "--file", os.devnull, file)
    try:
        return _put_in_place(target, file)
    except psycopg.Error as error:
        raise DumpError(str(error)) from error


def _put_in_place(target: Target, file: Path) -> str:
    fresh, kept = f"{target.name}_restoring", f"{target.name}_before_restore"
    with target.connect("postgres") as server:
        drop(server, fresh)
        statement(server, "CREATE DATABASE {} TEMPLATE template0", fresh)
        try:
            run(
                target,
                "pg_restore",
                "--exit-on-error",
                "--no-owner",
                "--no-privileges",
                "--dbname",
                fresh,
                file,
            )
        except DumpError:
            drop(server, fresh)
            raise
        drop(server, kept)
        if exists(server, target.name):
            set_aside(server, target.name, kept)
        statement(server, "ALTER DATABASE {} RENAME TO {}", fresh, target.name)
    return kept


Server = psycopg.Connection[tuple[Any, ...]]


def statement(server: Server, text: str, *names: str) -> None:
    server.execute(sql.SQL(text).format(*map(sql.Identifier, names)))


def drop(server: Server, name: str) -> None:
    statement(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def exists(server: Server, name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def set_aside(server: Server, name: str, kept: str) -> None:
    """Under another name. The door is closed first, so that nobody slips in between, and never left closed."""
    statement(server, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
    now = name
    try:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        statement(server, "ALTER DATABASE {} RENAME TO {}", name, kept)
        now = kept
    finally:
        statement(server, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", now)
