"""The embedded PostgreSQL: made, started, watched and stopped; a socket in a closed folder, no TCP."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from smarketing.stack.binaries import postgres_bin
from smarketing.stack.places import Places, ServerUser, give, server_user

DATABASE = "smarketing"
SUPERUSER = "postgres"
OPTIONS_VARIABLE = "SMARKETING_PG_OPTIONS"
"""Further options of the embedded server: `name=value name=value`."""
CREATE_WHERE_MISSING = r"""
SELECT format('CREATE DATABASE %I TEMPLATE template0', :'name')
WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = :'name') \gexec
"""
START_SECONDS = 60
ORPHAN_PATIENCE_SECONDS = 5
ENOUGH_SHARED_MEMORY = 512 * 2**20
LOG_LIMIT = 5 * 2**20
HAS_PROC = Path("/proc/self/cwd").exists()


class CannotStartError(RuntimeError):
    """The server does not come up; the message names its log."""


def environment() -> dict[str, str]:
    """Nothing of ours that a server might take for its own, and no language but the plain one."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class Becoming(TypedDict, total=False):
    """The arguments of `subprocess` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


def becoming(user: ServerUser | None) -> Becoming:
    return Becoming(user=user.uid, group=user.gid, extra_groups=[]) if user else Becoming()


def run_as_server(command: Sequence[str | Path], said: str = "") -> subprocess.CompletedProcess[str]:
    """Run a server program to its end as the server user, in a folder everybody may enter; `said` is its input."""
    return subprocess.run(
        command,
        check=False,
        input=said,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env=environment(),
        start_new_session=True,
        **becoming(server_user()),
    )


class Postgres:
    """One data folder and the server that may run on it. Starting and stopping: hold the start lock."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.bin = postgres_bin(places)
        told = subprocess.run(
            [self.bin / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        self.major = told.stdout.split()[2].split(".")[0]
        self.data = places.servers / f"pg{self.major}"
        self.log = places.logs / "postgres.log"

    def start(self) -> bool:
        """Make the cluster and the database where they are missing and start; False when it runs already."""
        if self.is_running():
            return False
        self.places.create()
        if not self.data.exists():
            self._create_cluster()
        self._leave_no_orphan()
        self._start()
        self._create_database()
        return True

    def stop(self) -> None:
        """Disconnect everyone and stop; nothing to do when it does not run."""
        if self.is_running():
            run_as_server([self.bin / "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop"])

    def is_running(self) -> bool:
        """Whether the postmaster of exactly this folder is alive; its number may have gone to another."""
        pid = self._recorded_pid()
        if pid is None:
            return False
        return is_at_home(pid, self.data) if HAS_PROC else is_alive(pid)

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _orphans(self) -> set[int]:
        """The processes at home in the data folder; without /proc nobody can tell."""
        numbers = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
        return {pid for pid in numbers if is_at_home(pid, self.data)} if HAS_PROC else set()

    def _create_cluster(self) -> None:
        self._refuse_another_major()
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        give(draft, server_user())
        done = run_as_server(
            [
                *(self.bin / "initdb", "-D", draft, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"),
                *self._locale_options(),
                *(["--no-sync"] if "fsync=off" in os.environ.get(OPTIONS_VARIABLE, "") else []),
            ]
        )
        if done.returncode:
            raise CannotStartError(f"initdb failed:\n{done.stdout}")
        draft.rename(self.data)

    def _locale_options(self) -> tuple[str, ...]:
        """The same order of letters on every machine; the builtin provider came with version 17."""
        if int(self.major) < 17:
            return ("--locale=C.UTF-8",)
        return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")

    def _refuse_another_major(self) -> None:
        others = [folder.name for folder in self.places.servers.glob("pg[0-9][0-9]")]
        if others:
            raise CannotStartError(
                f"{self.places.servers} holds {', '.join(others)} and the programs are version {self.major}: "
                "make a backup with the old programs (SMARKETING_PG_BIN), move the folder away, then restore."
            )

    def _leave_no_orphan(self) -> None:
        """After a killed postmaster its children finish by themselves; those who do not are asked to."""
        started = time.monotonic()
        asked = False
        while orphans := self._orphans():
            waited = time.monotonic() - started
            if waited > START_SECONDS:
                raise CannotStartError(f"Processes {sorted(orphans)} still hold {self.data}.")
            if waited > ORPHAN_PATIENCE_SECONDS and not asked:
                asked = True
                for pid in orphans:
                    os.kill(pid, signal.SIGTERM)
            time.sleep(0.1)
        if HAS_PROC:
            # Nobody is at home here, so the number in the file is stale or some other program's by now.
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _start(self) -> None:
        turn_over(self.log)
        command: list[str | Path] = [
            *(self.bin / "pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", str(START_SECONDS)),
            *("-o", " ".join(f"-c {name}={value}" for name, value in self._options().items())),
            "start",
        ]
        deadline = time.monotonic() + START_SECONDS
        while (done := run_as_server(command)).returncode:
            if time.monotonic() > deadline or "FATAL" in done.stdout:
                raise CannotStartError(
                    f"PostgreSQL does not start, see {self.log}:\n{done.stdout}{tail(self.log)}"
                )
            time.sleep(0.5)

    def _options(self) -> dict[str, str]:
        roomy = Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").total >= ENOUGH_SHARED_MEMORY
        return {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.places.sockets}'",
            "unix_socket_permissions": "0700",
            "dynamic_shared_memory_type": "posix" if roomy else "mmap",  # containers give 64 MB
            "max_connections": "200",
            "shared_buffers": "256MB",
            "effective_cache_size": "1GB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "random_page_cost": "1.1",
            "jit": "off",
            "log_timezone": "UTC",
            "timezone": "UTC",
            "log_line_prefix": "'%m [%p] '",
            **dict(pair.split("=", 1) for pair in os.environ.get(OPTIONS_VARIABLE, "").split()),
        }

    def _create_database(self) -> None:
        """By PostgreSQL's own client, which no process has to keep in its memory afterwards."""
        done = run_as_server(
            [
                *(self.bin / "psql", "-X", "-h", self.places.sockets, "-U", SUPERUSER, "-d", "postgres"),
                *("-v", "ON_ERROR_STOP=1", "-v", f"name={DATABASE}", "-q"),
            ],
            said=CREATE_WHERE_MISSING,
        )
        if done.returncode:
            raise CannotStartError(f"PostgreSQL does not create its database:\n{done.stdout}")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_at_home(pid: int, folder: Path) -> bool:
    """Whether that process runs with this working folder; a zombie has none."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == folder
    except OSError:  # gone meanwhile, or somebody else's
        return False


def turn_over(log: Path) -> None:
    """Keep one older log and never a huge one."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))


def tail(log: Path, lines: int = 10) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
