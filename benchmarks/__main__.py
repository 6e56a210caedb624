"""`python -m benchmarks S`: every work in a process of its own, beside its yardstick; a table, and build/bench.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from benchmarks.limits import judged
from smarketing.stack.servers import Servers

CHECKOUT = Path(__file__).resolve().parent.parent
WORK_SECONDS = 3600
MEMORY = "idle memory"
HEADINGS = (
    "work",
    "ours",
    "by hand",
    "ratio",
    "ours CPU",
    "spread",
    "rows/s",
    "SQL",
    "kB",
    "peak rise MiB",
    "at 8 /s",
)


def main() -> int:
    asked = arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
    django.setup()
    settings.ALLOWED_HOSTS = ["localhost"]
    if asked.work:
        return one(asked.size, asked.work)
    with Servers():
        return everything(asked.size, asked.only, asked.without, Path(asked.out))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("size", choices=("tiny", "S", "L"), nargs="?", default="S")
    parser.add_argument("--only", nargs="*", default=[], help="works whose name contains one of these")
    parser.add_argument("--without", nargs="*", default=[], help="but none of these")
    parser.add_argument("--out", default=str(CHECKOUT / "build" / "bench.json"))
    parser.add_argument("--work", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def everything(name: str, only: list[str], without: list[str], out: Path) -> int:
    from benchmarks import database, memory
    from benchmarks.sizes import SIZES
    from benchmarks.works import READERS, WORKS

    size = SIZES[name]
    print(
        f"size {name}: {size.contacts:,} contacts with a clock each, {size.touchpoints:,} touchpoints",
        flush=True,
    )
    print(" | ".join(HEADINGS))
    found: dict[str, Any] = {}
    try:
        is_touched = True
        for work in (work for work in WORKS if is_asked(work, only, without)):
            # Each work starts from the same data: a fresh copy, unless those before it left it as it was.
            began = time.perf_counter()
            spent = database.prepare(size) if is_touched else 0.0
            is_touched = work not in READERS
            database.leave()
            if spent:
                print(f"(made the data in {spent:.0f} s)", flush=True)
            found[work] = together(size, work) if name == "tiny" else apart(name, work)
            print(line(work, found[work]), flush=True)
            print(f"  {work}: {time.perf_counter() - began:.0f} s with its copy", file=sys.stderr, flush=True)
    finally:
        database.use("postgres")
        conditions = about(name)
        database.drop(database.RUN)
    report: dict[str, Any] = {"about": conditions, "works": found}
    if name != "tiny" and is_asked(MEMORY, only, without):
        report["memory"] = memory.idle()
        print(f"{MEMORY}, MiB of PSS: {report['memory']['mib']}; at most {report['memory']['targets']}")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=2) + "\n")
    print(f"written to {out}")
    late, code = judged(name, found)
    print("\n".join(late), end="\n" if late else "", flush=True)
    return code


def is_asked(work: str, only: list[str], without: list[str]) -> bool:
    return (not only or any(part in work for part in only)) and not any(part in work for part in without)


def apart(size: str, work: str) -> dict[str, Any]:
    """The work in a process of its own, so that its memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", size, "--work", work],
        cwd=CHECKOUT,
        env=os.environ | {"LOG_LEVEL": "WARNING"},
        capture_output=True,
        text=True,
        check=False,
        timeout=WORK_SECONDS,
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return {"error": done.stderr.strip()[-2000:]}
    return answer


def one(name: str, work: str) -> int:
    from benchmarks.sizes import SIZES

    print(json.dumps(together(SIZES[name], work)))
    return 0


def together(size: Any, work: str) -> dict[str, Any]:
    """The work in this process: its memory is that of all before it."""
    from benchmarks import database
    from benchmarks.works import WORKS

    database.use(database.RUN)
    ours, by_hand = WORKS[work](size)
    return {"ours": ours.as_json(), "by_hand": by_hand.as_json()}


def line(work: str, result: dict[str, Any]) -> str:
    if "error" in result:
        return f"{work} | FAILED | {result['error'].splitlines()[-1] if result['error'] else ''}"
    ours, hand = result["ours"], result["by_hand"]
    return " | ".join(
        (
            f"{work:22}",
            f"{ours['median_ms']:,.1f} ms",
            f"{hand['median_ms']:,.1f} ms",
            f"{ours['median_ms'] / hand['median_ms']:.2f}",
            f"{ours['cpu_ms']:,.1f} ms",
            f"{ours['least_ms']:,.1f}–{ours['p95_ms']:,.1f}",
            f"{ours['rate']:,.0f}" if ours["rows"] > 1 else "–",
            str(ours["statements"] or "–"),
            f"{ours['size_bytes'] / 1000:.0f}" if ours["size_bytes"] else "–",
            f"{ours['rise_mib']:.0f}",
            f"{rate(ours)} / {rate(hand)}" if ours["per_second"] else "–",
        )
    )


def rate(measured: dict[str, Any]) -> str:
    """Answers a second for eight clients at once: the median of the rounds, and their spread."""
    found = measured["per_second"]
    return f"{found[len(found) // 2]:,.0f} ({found[0]:,.0f}–{found[-1]:,.0f})"


def about(size: str) -> dict[str, Any]:
    """What a figure is worth nothing without: the machine and the server it was measured on."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version(), current_setting('shared_buffers'), current_setting('work_mem'),"
            " current_setting('fsync'), current_setting('synchronous_commit')"
        )
        version, buffers, work_mem, fsync, commit = cursor.fetchone()
    return {
        "size": size,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "postgresql": version,
        "shared_buffers": buffers,
        "work_mem": work_mem,
        "fsync": fsync,
        "synchronous_commit": commit,
        "load": os.getloadavg()[0],
        "pages": "Django's test client: middleware, session, view and template, without a socket",
        "web": "the web server of make run over a socket, asked by one client and by eight at once",
    }


if __name__ == "__main__":
    sys.exit(main())
