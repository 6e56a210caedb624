"""Where one Smarketing keeps its files and sockets, and which system user its servers run as."""

import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
SERVER_USERS = ("postgres", "nobody")
CHECKOUT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class ServerUser:
    """The system user the embedded servers run as; PostgreSQL refuses to be root."""

    name: str
    uid: int
    gid: int


def home() -> Path:
    """`SMARKETING_HOME`, or `.smarketing` in the checkout; not created by asking."""
    return Path(os.environ.get("SMARKETING_HOME") or CHECKOUT / ".smarketing").resolve()


def server_user() -> ServerUser | None:
    """The user to become before starting a server, or None when the caller is an ordinary user already."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in SERVER_USERS if name in known)
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def give(path: Path, user: ServerUser | None) -> None:
    """Hand a file or folder to the server user."""
    if user is not None:
        os.chown(path, user.uid, user.gid)


def passable(path: Path) -> bool:
    """Whether a user without rights on them may walk through this folder and all above it."""
    existing = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in existing)


@dataclass(frozen=True)
class Places:
    """Folders of the embedded servers of one home."""

    home: Path

    @cached_property
    def _mark(self) -> str:
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    @cached_property
    def servers(self) -> Path:
        """The home itself, or a folder of the system when root's home is closed to the server user."""
        if os.geteuid() != 0 or passable(self.home):
            return self.home
        return Path("/var/lib/smarketing") / self._mark

    @property
    def valkey_data(self) -> Path:
        return self.servers / "valkey"

    @property
    def logs(self) -> Path:
        return self.servers / "log"

    @cached_property
    def sockets(self) -> Path:
        """A folder whose socket paths fit into the 107 bytes the kernel allows."""
        near = self.servers / "run"
        if len(os.fsencode(near / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return near
        return Path(tempfile.gettempdir()) / f"smarketing-{os.geteuid()}-{self._mark}"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def create(self) -> None:
        """Make the folders; PermissionError when a stranger made the socket folder first."""
        user = server_user()
        for folder in {self.home, self.servers.parent, self.servers}:
            folder.mkdir(parents=True, exist_ok=True)
        if self.servers != self.home:
            self.servers.parent.chmod(0o711)
            self.servers.chmod(0o711)
        for folder in (self.sockets, self.logs, self.valkey_data):
            folder.mkdir(mode=0o700, exist_ok=True)
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {
                os.geteuid(),
                user.uid if user else -1,
            }:
                raise PermissionError(f"{folder} belongs to somebody else.")
            give(folder, user)


def places() -> Places:
    return Places(home())
