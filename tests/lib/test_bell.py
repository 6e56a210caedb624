"""Bells ring for the one Celery application, from any thread, and nobody waits for a Redis that is away."""

from threading import Thread

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from lib import bell
from smarketing.celery import app as celery_app


def test_a_thread_of_a_web_process_rings_with_our_settings() -> None:
    found: list[str] = []
    thread = Thread(target=lambda: found.append(current_app.main), daemon=True)
    thread.start()
    thread.join(timeout=60)

    assert found == ["smarketing"]


def test_after_a_ring_that_failed_none_is_tried_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def away(self: object, task: str, **options: object) -> None:
        tries.append(task)
        raise OperationalError("Redis is away")

    monkeypatch.setattr(celery_app.__class__, "signature", away)
    monkeypatch.setattr(bell, "_silent_until", 0.0)

    assert not bell.ring("leads.refresh")
    assert not bell.ring("leads.refresh")

    assert tries == ["leads.refresh"]
