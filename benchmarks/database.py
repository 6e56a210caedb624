"""A database of its own for the benchmark: made once for each size, copied fresh for each run."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from accounts.models import Role, Side, Team, User
from benchmarks.sizes import Size
from leads.scoring.statement import rescore
from sla.models import Seat
from smarketing.defaults import install_defaults

VOLUMES = Path(__file__).with_name("volumes.sql")
SEED = "smarketing_bench"
RUN = os.environ.setdefault("SMARKETING_BENCH_RUN", f"{SEED}_run_{os.getpid()}")
"""One a run, so that two runs on one server do not meet; the processes of a run are told its name."""
TABLES = (
    "leads_contact",
    "leads_touchpoint",
    "leads_transition",
    "leads_stageinterval",
    "sla_handoff",
    "sla_assignment",
    "sla_clock",
    "reporting_milestone",
)
FEW = 10_000
OLDEST = timedelta(days=2)
QUICKLY = ("work_mem = '256MB'", "maintenance_work_mem = '1GB'", "synchronous_commit = off")


def use(name: str) -> None:
    """Send every query of this process to that database."""
    connection.close()
    connection.settings_dict["NAME"] = name


def leave() -> None:
    """Let go of the database: others can only copy or drop it when nobody is in it."""
    connection.close()


@contextmanager
def maintenance() -> Iterator[Any]:
    """A cursor beside all databases, outside of a transaction."""
    before = connection.settings_dict["NAME"]
    use("postgres")
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        use(before)


def prepare(size: Size) -> float:
    """A fresh copy of the size's data under the name of the run; seconds spent on making the data, 0 if kept."""
    seed = f"{SEED}_{size.name.lower()}_{_fingerprint(size)}"
    spent = 0.0
    if not _exists(seed) or _is_old(seed):
        started = time.perf_counter()
        _make(seed, size)
        spent = time.perf_counter() - started
    drop(RUN)
    with maintenance() as cursor:
        # By files: written through the log, a copy of ten million touchpoints takes minutes. A small one takes half as
        # long through the log, which needs no checkpoint.
        strategy = "file_copy" if size.contacts > FEW else "wal_log"
        cursor.execute(f'CREATE DATABASE "{RUN}" TEMPLATE "{seed}" STRATEGY {strategy}')
    use(RUN)
    return spent


def drop(name: str) -> None:
    with maintenance() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def base() -> datetime:
    """The midnight before which everything happened."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT at FROM bench_base")
        at: datetime = cursor.fetchone()[0]
    return at


def _fingerprint(size: Size) -> str:
    """Of the data and of the tables: another migration makes other data."""
    leaves = sorted(MigrationLoader(None).graph.leaf_nodes())
    made_by = VOLUMES.read_text() + Path(__file__).read_text()
    made_of = (size.contacts, size.touchpoints, size.companies, size.overdue)
    return hashlib.sha256(f"{made_by}{made_of}{leaves}".encode()).hexdigest()[:10]


def _drop_older(size: Size) -> None:
    """One seed a size is kept: those of other migrations, and what was left unfinished, would fill the disk."""
    with maintenance() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{SEED}_{size.name.lower()}_"]
        )
        older = [name for (name,) in cursor.fetchall()]
    for name in older:
        drop(name)


def drop_left_behind() -> None:
    """Copies of runs that were killed: at size L each is as large as the data."""
    if not settings.EMBEDDED_POSTGRES:
        return  # on a server of others the numbers of processes may be those of another machine
    with maintenance() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{SEED}_run_[0-9]+$"])
        found = [name for (name,) in cursor.fetchall()]
    for name in found:
        if name != RUN and not Path(f"/proc/{name.rpartition('_')[2]}").exists():
            drop(name)


def _exists(name: str) -> bool:
    with maintenance() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _is_old(seed: str) -> bool:
    use(seed)
    try:
        return timezone.now() - base() > OLDEST
    finally:
        connection.close()


def _make(name: str, size: Size) -> None:
    _drop_older(size)
    unfinished = f"{name}_unfinished"
    with maintenance() as cursor:
        cursor.execute(f'CREATE DATABASE "{unfinished}"')
    use(unfinished)
    call_command("migrate", verbosity=0, stdout=io.StringIO())
    at = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    install_defaults(at=at - timedelta(days=600))
    _people()
    _fill(size, at)
    connection.close()
    with maintenance() as cursor:
        cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')


def _people() -> None:
    """Five reps, each with a seat in the distribution, a marketer and a manager."""
    sales = Team.objects.create(name="Sales", side=Side.SALES)
    marketing = Team.objects.create(name="Marketing", side=Side.MARKETING)
    reps = User.objects.bulk_create(
        User(
            email=f"rep{place}@bench.example",
            first_name="Rep",
            last_name=str(place),
            role=Role.REP,
            team=sales,
        )
        for place in range(5)
    )
    Seat.objects.bulk_create(Seat(user=rep) for rep in reps)
    User.objects.bulk_create(
        (
            User(
                email="m@bench.example", first_name="Mara", last_name="K", role=Role.MARKETER, team=marketing
            ),
            User(email="boss@bench.example", first_name="Bo", last_name="Ss", role=Role.MANAGER),
        )
    )


def _fill(size: Size, at: datetime) -> None:
    """All rows in the server, without its checks of foreign keys and with the indexes built at the end."""
    values: dict[str, Any] = {
        "contacts": size.contacts,
        "touchpoints": size.touchpoints,
        "companies": size.companies,
        "overdue": size.overdue,
        "base": at,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for setting in QUICKLY:
            cursor.execute(f"SET {setting}")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
            [list(TABLES)],
        )
        indexes = [row for row in cursor.fetchall() if "UNIQUE" not in row[1]]
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for statement in filter(str.strip, VOLUMES.read_text().split(";\n")):
            with _told(_first_words(statement)):
                cursor.execute(statement, values)
        for name, definition in indexes:
            with _told(f"index {name}"):
                cursor.execute(definition)
        cursor.execute("SET session_replication_role = origin")
        with _told("milestones"):
            cursor.execute("SELECT reporting_rebuild_milestones()")
        with _told("first look at the rows"):
            cursor.execute("VACUUM (ANALYZE)")
    with _told("scores of everybody"):
        rescore(at=at)
    with connection.cursor() as cursor, _told("last look at the rows"):
        cursor.execute("TRUNCATE leads_dirtycontact")
        cursor.execute("VACUUM (ANALYZE) leads_contactscore")


@contextmanager
def _told(step: str) -> Iterator[None]:
    """Say on stderr what took a second or more, so that a large size can be watched while it is made."""
    started = time.perf_counter()
    yield
    if (spent := time.perf_counter() - started) >= 1:
        print(f"  {step}: {spent:.0f} s", file=sys.stderr, flush=True)


def _first_words(statement: str) -> str:
    """Of its first line that is no comment."""
    lines = [line for line in statement.strip().splitlines() if not line.startswith("--")]
    return " ".join(" ".join(lines).split()[:3])
