"""What `tools/install.sh` calls, stood in for: a true interpreter, pip and uv cost seconds each and want a network."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from smarketing.stack.places import CHECKOUT

SECONDS = 60
PIP = """
import os, pathlib, sys, time
with open(os.environ["TOLD"], "a") as told:
    print("pip", file=told)
until = os.environ.get("PIP_WAITS_FOR")
while until and not os.path.exists(until):
    time.sleep(0.02)
if os.environ.get("OFFLINE"):
    sys.exit("no network")
uv = pathlib.Path(sys.prefix, "bin", "uv")
uv.write_text("#!/bin/sh\\necho uv >>\\"$TOLD\\"\\n")
uv.chmod(0o755)
"""
COPIED = """
import os, shutil, sysconfig
shutil.copytree(os.environ["PIP"], sysconfig.get_path("purelib") + "/pip")
"""
PYTHON = """#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
    shift 2
    echo venv >>"$TOLD"
    {real} -m venv --without-pip "$@" || exit
    site=$(echo "$1"/lib/python*/site-packages)
    cp -r "{pip}" "$site/pip"
else
    exec {real} "$@"
fi
"""


@dataclass(frozen=True)
class Installing:
    """One environment, what is installed into it, and what was called for it."""

    folder: Path
    environment: dict[str, str]

    @property
    def venv(self) -> Path:
        return self.folder / "venv"

    @property
    def command(self) -> list[str]:
        names = ("venv", "python", "lock.txt")
        # A run in the background of a script has Ctrl-C ignored, and a shell cannot take that back.
        return [
            "env",
            "--default-signal=INT",
            "bash",
            "tools/install.sh",
            *(str(self.folder / name) for name in names),
        ]

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command,
            cwd=CHECKOUT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    @property
    def told(self) -> list[str]:
        told = self.folder / "told"
        return told.read_text().split() if told.exists() else []

    def calls(self) -> list[str]:
        """What was called since this was last asked."""
        found = self.told
        (self.folder / "told").unlink(missing_ok=True)
        return found

    def is_ready(self) -> bool:
        """Nothing is left to do for the next who asks."""
        return self.run().returncode == 0 and self.calls() == []


def installing_in(folder: Path) -> Installing:
    """Into an environment that is not there yet."""
    pip = folder / "pip"
    pip.mkdir()
    (pip / "__init__.py").touch()
    (pip / "__main__.py").write_text(PIP)
    python = folder / "python"
    real = Path(sys.base_prefix) / "bin" / "python3"
    python.write_text(PYTHON.format(real=real, pip=pip))
    python.chmod(0o755)
    (folder / "lock.txt").write_text("django==5.2.19\n")
    return Installing(folder, {**os.environ, "TOLD": str(folder / "told"), "PIP": str(pip)})
