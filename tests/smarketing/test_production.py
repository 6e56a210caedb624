"""Production as the container runs it: what it refuses, and a first page with hashed files and strict headers."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from smarketing.stack.places import CHECKOUT
from tests.processes import started

FIRST_PAGE = """
import django
django.setup()
from django.test import Client
answer = Client(HTTP_HOST="crm.example.org").get("/accounts/login/", secure=True)
print(answer.status_code)
for name, value in answer.headers.items():
    print(f"{name}: {value}")
print(answer.content.decode())
plain = Client(HTTP_HOST="crm.example.org").get("/accounts/login/")
print("ready:", Client(HTTP_HOST="crm.example.org").get("/readyz", secure=True).status_code)
print("plain:", plain.status_code, plain.headers["Location"])
"""


def test_the_compose_file_passes_every_setting_that_the_documents_name() -> None:
    """But for those of `make run`, and those that it says itself."""
    readme = (CHECKOUT / "README.md").read_text()
    settings_read = set(
        re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (CHECKOUT / "smarketing/settings.py").read_text())
    )
    named = set(re.findall(r"`([A-Z_]{4,})", readme)) & settings_read
    block = (
        (CHECKOUT / "docker-compose.yml").read_text().partition("&environment")[2].partition("volumes:")[0]
    )
    passed = set(re.findall(r"^ +([A-Z_]+):", block, re.MULTILINE))

    assert {"REPORTING_CURRENCY", "TRUSTED_PROXIES", "ALLOWED_HOSTS"} <= named
    assert named - passed - {"PORT", "SMARKETING_HOME", "SMARKETING_PRODUCTION"} == set()
    assert passed - settings_read - {"WEB_PROCESSES", "WEB_THREADS", "WORKER_PROCESSES", "DEMO"} == set()


def test_an_empty_setting_of_the_compose_file_means_its_default(production: dict[str, str]) -> None:
    block = (
        (CHECKOUT / "docker-compose.yml").read_text().partition("&environment")[2].partition("volumes:")[0]
    )
    given = dict(re.findall(r"^ +([A-Z_]+): \$\{[A-Z_]+:-(.*)\}$", block, re.MULTILINE))
    asked = "from django.conf import settings as s; print(s.SITE_URL, s.MAIL_DOMAIN, s.SECRET_KEY_FALLBACKS)"

    answer = python({**production, **given}, "-c", asked)

    assert answer.stdout.split() == ["https://crm.example.org", "crm.example.org", "[]"], answer.stderr


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """The environment of a container, with the servers of the tests."""
    server = connection.settings_dict
    password = f":{quote(server['PASSWORD'], safe='')}" if server["PASSWORD"] else ""
    host, folder = ("", f"?host={server['HOST']}") if server["HOST"].startswith("/") else (server["HOST"], "")
    port = f":{server['PORT']}" if server["PORT"] else ""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "smarketing.settings",
        "SMARKETING_PRODUCTION": "1",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "crm.example.org",
        "DATABASE_URL": f"postgres://{server['USER']}{password}@{host}{port}/{server['NAME']}{folder}",
        "REDIS_URL": settings.REDIS_URL,
        "CACHE_URL": settings.CACHE_URL,
        "STATIC_ROOT": str(tmp_path / "static"),
    }


def python(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=180
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be"),
        ({"DEBUG": "1"}, "DEBUG shows secrets"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name"),
        ({"REDIS_URL": ""}, "must name the servers"),
    ],
)
@pytest.mark.django_db
def test_production_refuses_to_start_unsafely(
    production: dict[str, str], change: dict[str, str], reason: str
) -> None:
    refused = python(production | change, "-c", "import smarketing.settings")
    assert refused.returncode == 1
    assert reason in refused.stderr


@pytest.mark.django_db(transaction=True)
def test_the_first_page_has_hashed_files_and_strict_headers(production: dict[str, str]) -> None:
    collected = python(production, "manage.py", "collectstatic", "--noinput")
    assert collected.returncode == 0, collected.stderr
    main = next(Path(production["STATIC_ROOT"], "js").glob("main.*.js")).read_text()
    assert re.findall(r'from "\./[a-z-]+\.js"', main) == []
    assert re.search(r'from "\./[a-z-]+\.[0-9a-f]{12}\.js"', main)
    shown = python(production, "-c", FIRST_PAGE)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("200\n")
    assert re.search(r'href="/static/[\w/.-]+\.[0-9a-f]{12}\.css"', shown.stdout)
    assert "Strict-Transport-Security: max-age=31536000" in shown.stdout
    policy = re.findall(r"Content-Security-Policy: (.*)", shown.stdout)[0]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "ready: 200" in shown.stdout
    assert "plain: 301 https://crm.example.org/accounts/login/" in shown.stdout


@pytest.mark.django_db(transaction=True)
def test_the_command_of_the_image_is_healthy_while_it_runs(production: dict[str, str]) -> None:
    """Its CMD and its HEALTHCHECK, as in the compose file; a proxy that stands on the way out is not asked."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = production | {
        "ALLOWED_HOSTS": "crm.example.org,localhost",
        "PORT": str(port),
        "WEB_PROCESSES": "1",
        "http_proxy": "http://127.0.0.1:9",
        "no_proxy": "",
        "NO_PROXY": "",
    }
    health = ("-m", "smarketing.stack", "health")

    before = python(environment, *health)
    assert before.returncode == 1
    assert before.stderr.startswith(f"The web process does not answer at port {port}: ")

    with started(
        [sys.executable, "-m", "smarketing.stack", "web"], seconds=180, environment=environment
    ) as web:
        until = time.monotonic() + 120
        while (asked := python(environment, *health)).returncode and time.monotonic() < until:
            assert web.poll() is None
            time.sleep(0.5)
        assert (asked.returncode, asked.stderr) == (0, "")
        web.terminate()
        assert web.wait(timeout=60) == 0
