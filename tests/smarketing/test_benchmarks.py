"""The benchmark keeps running: every work once, on a handful of rows, in a database of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings


def report_of(tmp_path: Path, *asked: str) -> Any:
    out = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "tiny", "--out", str(out), *asked],
        cwd=settings.BASE_DIR,
        env=os.environ | {"MEDIA_ROOT": str(tmp_path), "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
        timeout=350,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(out.read_text())


def test_every_work_of_the_benchmark_runs(tmp_path: Path) -> None:
    report = report_of(tmp_path, "--without", "web, ")
    assert report["works"]["rescore, unchanged"]["ours"]["rows"] == 200
    assert report["about"]["size"] == "tiny"


def test_a_page_and_a_form_are_measured_over_a_socket_by_one_client_and_by_eight(tmp_path: Path) -> None:
    works = report_of(tmp_path, "--only", "web, create", "web, list")["works"]
    assert list(works) == ["web, create", "web, list"]
    for found in works.values():
        for side in ("ours", "by_hand"):
            assert len(found[side]["per_second"]) == len(found[side]["alone_per_second"]) == 3
            assert found[side]["runs"] >= 3
    assert works["web, list"]["ours"]["statements"] > 0
    assert works["web, list"]["ours"]["size_bytes"] > 10_000
