"""The benchmark keeps running: every work once, on a handful of rows, in a database of its own."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from benchmarks import works
from benchmarks.limits import judged


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One run of everything but three of the web: making its database takes longer than most works."""
    folder = tmp_path_factory.mktemp("bench")
    out = folder / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "tiny", "--out", str(out), "--without", *LEFT_OUT],
        cwd=settings.BASE_DIR,
        env=os.environ | {"MEDIA_ROOT": str(folder), "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
        timeout=350,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(out.read_text())


LEFT_OUT = ("web, search", "web, contact", "web, cockpit")


def test_every_work_of_the_benchmark_runs(report: Any) -> None:
    assert set(report["works"]) == set(works.WORKS) - set(LEFT_OUT)
    assert report["works"]["rescore, unchanged"]["ours"]["rows"] == 200
    assert report["about"]["size"] == "tiny"


def test_a_page_and_a_form_are_measured_over_a_socket_by_one_client_and_by_eight(report: Any) -> None:
    for work in ("web, create", "web, list"):
        for side in ("ours", "by_hand"):
            found = report["works"][work][side]
            assert len(found["per_second"]) == len(found["alone_per_second"]) == 3
            assert found["runs"] >= 3
    assert report["works"]["web, list"]["ours"]["statements"] > 0
    assert report["works"]["web, list"]["ours"]["size_bytes"] > 10_000


def took(milliseconds: float) -> dict[str, Any]:
    return {"ours": {"median_ms": milliseconds}, "by_hand": {"median_ms": 500.0}}


def test_a_replay_of_more_than_a_minute_at_size_s_is_missed_and_fails() -> None:
    assert judged("S", {"replay": took(73_040), "rescore, first": took(90_000)}) == (
        ["replay | MISSED | 73.0 s at size S, 60 s at most"],
        1,
    )


@pytest.mark.parametrize(("size", "milliseconds"), [("S", 60_000), ("S", 26_000), ("L", 400_000)])
def test_a_replay_within_the_minute_or_of_another_size_is_not(size: str, milliseconds: float) -> None:
    assert judged(size, {"replay": took(milliseconds)}) == ([], 0)


def test_a_work_that_failed_fails_and_is_not_called_missed() -> None:
    assert judged("S", {"replay": {"error": "no such table"}}) == ([], 1)
