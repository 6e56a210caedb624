"""The worker and beat can start: every task is importable, and beat only names tasks that exist."""

import os
import subprocess
import sys

from smarketing.celery import app
from smarketing.stack import programs
from smarketing.stack.places import CHECKOUT

LOADED_BY = """
import sys
{load}
print(*sorted({{"celery", "django", "prompt_toolkit", "psycopg", "redis", "leads"}} & set(sys.modules)))
"""


def loaded_by(load: str, environment: dict[str, str]) -> set[str]:
    """Which of the large packages such a process holds."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED_BY.format(load=load)],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(done.stdout.split())


def test_beat_names_only_tasks_that_the_worker_knows() -> None:
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert wanted - set(app.tasks) == set()


def test_the_supervisor_loads_nothing_of_the_product() -> None:
    assert loaded_by("from smarketing.stack import supervisor", dict(os.environ)) == set()


def test_beat_loads_no_app_and_knows_its_calendar() -> None:
    load = """
import smarketing.beat
from smarketing.celery import app
app.loader.import_default_modules()
app.finalize()
assert len(app.conf.beat_schedule) > 10
"""
    held = loaded_by(load, programs.environment("beat"))
    assert {"celery", "redis"} <= held
    assert held.isdisjoint({"leads", "prompt_toolkit"})
