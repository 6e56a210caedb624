"""`python -m benchmarks S`: every work in a process of its own, beside its yardstick; a table, and build/bench.json.

What is measured is written down work by work, so that a run that broke off can go on: `--resume`.
"""

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
WORK_SECONDS = 4 * 3600
MEMORY = "idle memory"
HEADINGS = (
    "work",
    "ours p50 / p95",
    "by hand p50 / p95",
    "ratio",
    "ours CPU",
    "least–most",
    "rows/s",
    "SQL",
    "kB",
    "MiB more / peak",
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
        return everything(asked)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("size", choices=("tiny", "S", "L"), nargs="?", default="S")
    parser.add_argument("--only", nargs="*", default=[], help="works whose name contains one of these")
    parser.add_argument("--without", nargs="*", default=[], help="but none of these")
    parser.add_argument(
        "--resume", action="store_true", help="keep what the file holds of this size, measure the rest"
    )
    parser.add_argument("--out", default=str(CHECKOUT / "build" / "bench.json"))
    parser.add_argument("--work", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def everything(asked: argparse.Namespace) -> int:
    from benchmarks import database, memory, serving
    from benchmarks.sizes import SIZES
    from benchmarks.works import READERS, WORKS

    name, out, size = asked.size, Path(asked.out), SIZES[asked.size]
    print(
        f"size {name}: {size.contacts:,} contacts with a clock each, {size.touchpoints:,} touchpoints",
        flush=True,
    )
    print(" | ".join(HEADINGS))
    database.drop_left_behind()
    report = kept(out, name) if asked.resume else {}
    report = {"about": about(name), "works": {}} | report
    found: dict[str, Any] = report["works"]
    try:
        is_touched = True
        for work in (work for work in WORKS if is_asked(work, asked) and work not in found):
            # Each work starts from the same data: a fresh copy, unless those before it left it as it was.
            began = time.perf_counter()
            if is_touched:
                serving.stop_kept()
            spent = database.prepare(size) if is_touched else 0.0
            is_touched = work not in READERS
            database.leave()
            if spent:
                print(f"(made the data in {spent:.0f} s)", flush=True)
            under = {"at": now(), "load": os.getloadavg()[0]}
            found[work] = under | (together(size, work) if name == "tiny" else apart(name, work))
            write(out, report)
            print(line(work, found[work]), flush=True)
            print(f"  {work}: {time.perf_counter() - began:.0f} s with its copy", file=sys.stderr, flush=True)
    finally:
        serving.stop_kept()
        database.use("postgres")
        database.drop(database.RUN)
    if name != "tiny" and is_asked(MEMORY, asked) and MEMORY not in report:
        report[MEMORY] = memory.idle()
        print(f"{MEMORY}, MiB of PSS: {report[MEMORY]['mib']}; at most {report[MEMORY]['targets']}")
    write(out, report)
    print(f"written to {out}")
    late, code = judged(name, found)
    print("\n".join(late), end="\n" if late else "", flush=True)
    return code


def kept(out: Path, size: str) -> dict[str, Any]:
    """What a run of this size has measured before it broke off; what failed is tried again."""
    report: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    if report.get("about", {}).get("size") != size:
        return {}
    works = {work: result for work, result in report["works"].items() if "error" not in result}
    for work, result in works.items():
        print(line(work, result))
    return report | {"works": works}


def write(out: Path, report: dict[str, Any]) -> None:
    """Whole or not at all: the file may be read while the run goes on."""
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(report, indent=2) + "\n")
    unfinished.replace(out)


def is_asked(work: str, asked: argparse.Namespace) -> bool:
    from benchmarks.works import LONG

    if any(part in work for part in asked.without):
        return False
    if work in LONG and asked.size not in LONG[work]:
        return work in asked.only
    return not asked.only or any(part in work for part in asked.only)


def apart(size: str, work: str) -> dict[str, Any]:
    """The work in a process of its own, so that its memory is its own."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", size, "--work", work],
            cwd=CHECKOUT,
            env=os.environ | {"LOG_LEVEL": "WARNING"},
            capture_output=True,
            text=True,
            check=False,
            timeout=WORK_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"not done in {WORK_SECONDS} s"}
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
            f"{ours['median_ms']:,.1f} / {ours['p95_ms']:,.1f} ms",
            f"{hand['median_ms']:,.1f} / {hand['p95_ms']:,.1f} ms",
            f"{ours['median_ms'] / hand['median_ms']:.2f}",
            f"{ours['cpu_ms']:,.1f} ms" if ours["cpu_ms"] else "–",
            f"{ours['least_ms']:,.1f}–{ours['most_ms']:,.1f}",
            f"{ours['rate']:,.0f} / {hand['rate']:,.0f}" if ours["rows"] > 1 else "–",
            f"{ours['statements'] or '–'} / {hand['statements'] or '–'}",
            f"{ours['size_bytes'] / 1000:.0f} / {hand['size_bytes'] / 1000:.0f}"
            if ours["size_bytes"]
            else "–",
            f"{ours['rise_mib']:.0f} / {ours['peak_mib']:.0f}",
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
        "at": now(),
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


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    sys.exit(main())
