"""The benchmark keeps running: every work once, on a handful of rows, in a database of its own."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from benchmarks import __main__ as program
from benchmarks import working, works
from benchmarks.limits import judged
from benchmarks.measuring import measured


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One run of everything but what differs from another by its file alone."""
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


LEFT_OUT = (working.MANY_FULL,)


def test_every_work_of_the_benchmark_runs(report: Any) -> None:
    assert set(report["works"]) == set(works.WORKS) - set(LEFT_OUT)
    assert report["works"]["rescore, unchanged"]["ours"]["rows"] == 200
    assert report["about"]["size"] == "tiny"


def test_a_work_tells_its_times_statements_bytes_and_memory(report: Any) -> None:
    page, first = report["works"]["list, page 1000 / 1"]["ours"], report["works"]["list, newest"]["ours"]
    assert 3 < page["statements"] == first["statements"] <= 6
    assert page["p95_ms"] >= page["median_ms"] > 0
    assert page["size_bytes"] > 10_000
    assert page["peak_mib"] > page["rise_mib"] >= 0
    assert (
        report["works"]["import, scored"]["ours"]["statements"]
        > report["works"]["import"]["ours"]["statements"]
    )


def test_many_rows_are_imported_by_a_worker_whose_memory_is_watched(report: Any) -> None:
    found = report["works"][working.MANY]["ours"]
    assert found["rows"] == 120
    assert 10 < found["peak_mib"] < 500
    assert found["rise_mib"] < 50


def test_a_million_rows_are_imported_at_size_s_only_when_they_are_named() -> None:
    def is_asked(size: str, *only: str) -> bool:
        return program.is_asked(working.MANY, argparse.Namespace(size=size, only=only, without=()))

    assert is_asked("L")
    assert is_asked("S", working.MANY)
    assert not is_asked("S")
    assert not is_asked("S", "import")


def test_a_run_goes_on_with_what_another_of_its_size_has_measured(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    times = json.loads(json.dumps(measured([12.0, 10.0, 11.0]).as_json()))
    done = {"ours": times, "by_hand": times}
    program.write(
        out, {"about": {"size": "S"}, "works": {"list, newest": done, "cockpit": {"error": "gone"}}}
    )
    assert program.kept(out, "S") == {"about": {"size": "S"}, "works": {"list, newest": done}}
    assert program.kept(out, "L") == {}


def test_pages_and_a_form_are_measured_over_a_socket_by_one_client_and_by_eight(report: Any) -> None:
    for work in ("web, create", "web, list", "web, search", "web, contact", "web, cockpit"):
        for side in ("ours", "by_hand"):
            found = report["works"][work][side]
            assert len(found["per_second"]) == len(found["alone_per_second"]) == 3
            assert found["runs"] >= 3
    for work in ("web, list", "web, search", "web, contact", "web, cockpit"):
        assert report["works"][work]["ours"]["statements"] > 0
        assert report["works"][work]["ours"]["size_bytes"] > 10_000
    assert report["works"]["web, contact"]["by_hand"]["size_bytes"] > 200


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
