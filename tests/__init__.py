"""The suite. Read before any test module: tests have servers of their own, never those of `make run`.

Inside the home, so that two checkouts do not meet; `DATABASE_URL` and `REDIS_URL` are obeyed here too.
"""

import os

import django

from smarketing.stack.places import home

INSIDE = "SMARKETING_INSIDE_TESTS"  # set for the processes pytest-xdist starts, and for commands under test

if INSIDE not in os.environ:
    os.environ[INSIDE] = "1"
    os.environ["SMARKETING_HOME"] = str(home() / "test")
    # Safe against killed processes, which tests do, though not against a power cut, which they do not
    os.environ.setdefault("SMARKETING_PG_OPTIONS", "fsync=off full_page_writes=off")
# A cache for each parallel worker: clearing one leaves the others alone.
os.environ["CACHE_DATABASE"] = str(2 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")))
os.environ["DJANGO_SETTINGS_MODULE"] = "smarketing.settings"
django.setup()
# Not for the parallel workers, which would read the settings before their own variables are set above
del os.environ["DJANGO_SETTINGS_MODULE"]
