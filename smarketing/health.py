"""Is this process alive, and may it be sent work; strangers learn yes or no, never why."""

import logging

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database, its migrations and Redis are there, else 503; the reason goes to the log."""
    try:
        pending = pending_migrations()
        with redis.Redis.from_url(settings.CACHE_URL, **settings.REDIS_OPTIONS) as client:
            client.ping()
    except (DatabaseError, redis.RedisError, OSError) as error:
        logger.warning("Not ready: %s", error)
        return HttpResponse("not ready", status=503, content_type="text/plain")
    if pending:
        logger.warning("Not ready: %s migrations to apply", pending)
        return HttpResponse("not ready", status=503, content_type="text/plain")
    return HttpResponse("ready", content_type="text/plain")


def pending_migrations() -> int:
    """How many migrations the code knows and the database does not; DatabaseError without a database."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
