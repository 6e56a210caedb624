"""What every test may lean on: real servers, an installation with its defaults, one person of each role."""

from __future__ import annotations

import faulthandler
import gc
import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import Role, User
from smarketing.celery import app as celery_app
from smarketing.defaults import install_defaults
from smarketing.stack.servers import Servers
from tests import emptying
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.moments import INSTALLED
from tests.worker import BROKERS

# Servers

PATIENCE = "-c idle_in_transaction_session_timeout=60s -c lock_timeout=90s -c statement_timeout=180s"
"""A command has no limits; a test that waits for a lock or a forgotten transaction fails instead of hanging."""
LEAVE_SECONDS = 180


def pytest_configure(config: pytest.Config) -> None:
    """Before any database: the servers run until the last of the parallel workers has finished."""
    os.environ["no_proxy"] = "*"  # what tests ask is on this machine, which no proxy knows
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose
    settings.DATABASES["default"]["OPTIONS"]["options"] = PATIENCE
    settings.WHITENOISE_AUTOREFRESH = (
        True  # looked up when asked for: every client would list all files first
    )
    settings.WHITENOISE_MAX_AGE = 3600  # a browser that lives as long as the run asks for each file once
    celery_app.conf.task_always_eager = True
    celery_app.conf.task_eager_propagates = True
    servers = Servers()
    servers.__enter__()

    def leave() -> None:
        faulthandler.dump_traceback_later(LEAVE_SECONDS, exit=True)
        servers.__exit__(None, None, None)
        faulthandler.cancel_dump_traceback_later()

    config.add_cleanup(leave)


def pytest_xdist_auto_num_workers() -> int:
    """Two more than cores: tests of faults, workers and browsers wait for a beat or a page more than they compute.

    Two workers with one broker database would take each other's tasks.
    """
    return min(len(os.sched_getaffinity(0)) + 2, BROKERS)


LONG = (
    "tests/faults/test_servers_away",
    "tests/browser/test_every_page",
    "tests/browser/test_walks",
    "tests/faults/",
    "tests/smarketing/test_stack_run",
    "tests/browser/",
    "tests/smarketing/test_benchmarks",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take minutes come first, so that the parallel workers end together; what waits for a beat beside
    what keeps a core busy."""
    items.sort(
        key=lambda item: next((place for place, name in enumerate(LONG) if name in item.nodeid), len(LONG))
    )


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """No sign-in limit, cached page or language that a stranger asked for reaches the next test."""
    yield
    cache.clear()
    translation.activate(settings.LANGUAGE_CODE)


# An example may take as long as a busy machine needs: how fast things are is measured by the benchmark
hypothesis_settings.register_profile("every", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("every")
# `make test-nightly` looks thirty times harder than every run does (tests/effort.py)
hypothesis_settings.register_profile(
    "nightly",
    max_examples=3000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)


# The defaults are there for every test


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, with the defaults of a new installation, and every task known to who asks for it."""
    celery_app.loader.import_default_modules()
    with django_db_blocker.unblock():
        install_defaults(at=INSTALLED)
        emptying.keep()
    gc.collect()
    gc.freeze()  # Django, the models and the plugins stay: looking through them again and again costs 3 %
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # Threads of live servers leave connections behind, which would hold the database back until they have ended.
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _put_back(_self: TransactionTestCase) -> None:
    """After a test of real transactions, instead of emptying every table and installing the defaults again."""
    emptying.put_back()


TransactionTestCase._fixture_teardown = _put_back  # type: ignore[attr-defined]


# One person of each role, and their browsers


@pytest.fixture
def rep(db: None) -> User:
    return UserFactory.create(email="claire@smarketing.test", last_name="Vasseur", may_sign=True)


@pytest.fixture
def other_rep(db: None) -> User:
    """A colleague of the same team."""
    return UserFactory.create(email="hugo@smarketing.test", first_name="Hugo", last_name="Mercier")


@pytest.fixture
def marketer(db: None) -> User:
    return MarketerFactory.create(email="ines@smarketing.test", last_name="Carvalho", may_sign=True)


@pytest.fixture
def manager(db: None) -> User:
    """A manager without a team, who manages both sides."""
    return UserFactory.create(
        email="paul@smarketing.test", first_name="Paul", last_name="Rivière", role=Role.MANAGER, team=None
    )


@pytest.fixture
def admin(db: None) -> User:
    return UserFactory.create(
        email="root@smarketing.test", first_name="Ada", last_name="Admin", role=Role.ADMIN, team=None
    )


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """`signed_in(user)` is that person's browser."""

    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return browser


@pytest.fixture
def as_rep(rep: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(rep)


@pytest.fixture
def as_marketer(marketer: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(marketer)


@pytest.fixture
def as_manager(manager: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(manager)


@pytest.fixture
def as_admin(admin: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(admin)
