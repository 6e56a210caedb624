"""Whether a process is alive and may be sent work, as a load balancer sees it."""

import pytest
from django.test import Client, override_settings


def test_a_living_process_answers_strangers(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_a_process_with_its_servers_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready")


@pytest.mark.django_db
def test_without_redis_a_process_is_not_ready_and_does_not_say_why(client: Client) -> None:
    with override_settings(CACHE_URL="unix:///nowhere/valkey.sock"):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready")
