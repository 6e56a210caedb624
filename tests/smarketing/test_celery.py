"""The worker and beat can start: every task is importable, and beat only names tasks that exist."""

from smarketing.celery import app


def test_beat_names_only_tasks_that_the_worker_knows() -> None:
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert wanted - set(app.tasks) == set()
