"""The benchmark keeps running: every work once, on a handful of rows, in a database of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings


def test_every_work_of_the_benchmark_runs(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "tiny", "--out", str(out)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"MEDIA_ROOT": str(tmp_path), "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr

    report = json.loads(out.read_text())
    assert report["works"]["rescore, unchanged"]["ours"]["rows"] == 200
    assert report["about"]["size"] == "tiny"
