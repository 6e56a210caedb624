"""A program kept alive: it dies with its parent, is started again when it falls, and stops when told."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from smarketing.stack.places import CHECKOUT
from smarketing.stack.postgres import tail, turn_over

STEADY_SECONDS = 60
LONGEST_WAIT_SECONDS = 30
PR_SET_PDEATHSIG = 1


def dying_with(parent: int) -> Callable[[], None] | None:
    """What a child does before it becomes its program: ask the kernel for SIGTERM when the parent dies."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask


@dataclass
class Child:
    """One program in a process group of its own, so that a Ctrl-C of the terminal reaches only its parent."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    falls: int = 0
    started: float = 0.0
    resume_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        turn_over(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=CHECKOUT,
                env=self.environment,
                pass_fds=self.pass_fds,
                start_new_session=True,
                preexec_fn=dying_with(os.getpid()),  # noqa: PLW1509  # the parent has one thread
            )
        self.started = time.monotonic()
        self.resume_at = 0.0

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tend(self) -> str | None:
        """Start it again when its pause is over; a line to print when something happened."""
        now = time.monotonic()
        if self.is_running() or self.process is None:
            return None
        if self.resume_at == 0.0:
            self.falls = 1 if now - self.started > STEADY_SECONDS else self.falls + 1
            pause = min(2 ** (self.falls - 1), LONGEST_WAIT_SECONDS)
            self.resume_at = now + pause
            self._end_group()
            reason = tail(self.log, lines=1) or f"code {self.process.returncode}"
            return f"{self.name} ended ({reason}); again in {pause} s. See {self.log}"
        if now >= self.resume_at:
            self.start()
            return f"{self.name} is back"
        return None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.is_running():
            self.process.terminate()

    def stop(self, until: float) -> None:
        """Wait until that moment of the monotonic clock, then end the whole group."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=max(0.0, until - time.monotonic()))
        self._end_group()
        self.process.wait()

    def _end_group(self) -> None:
        """Also what its program left behind: a killed worker's pool, a killed server's forks."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
