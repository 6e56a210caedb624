"""The cache: Redis, and a table of PostgreSQL while Redis is away, so that sign-in limits still hold.

What is kept here may vanish at any moment. The table may miss what Redis knew, and the other way round once it is
back; sessions are therefore not kept here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)

TABLE = "smarketing_cache"
PAUSE_SECONDS = 5.0
"""How long Redis is not asked again after it did not answer: nobody waits for it twice."""

Answer = TypeVar("Answer")


class FallbackCache(BaseCache):
    """Redis at `LOCATION`; every operation that it cannot answer goes to the table."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._redis = RedisCache(location, params)
        self._table = DatabaseCache(TABLE, {key: value for key, value in params.items() if key != "OPTIONS"})
        self._away_until = 0.0

    def _ask(self, operation: Callable[[BaseCache], Answer]) -> Answer:
        if time.monotonic() >= self._away_until:
            try:
                return operation(self._redis)
            except (redis.RedisError, OSError) as error:
                self._away_until = time.monotonic() + PAUSE_SECONDS
                logger.warning("Redis is away, the cache uses PostgreSQL: %s", error)
        return operation(self._table)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(lambda cache: cache.get(key, default, version))

    def set(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._ask(lambda cache: cache.set(key, value, timeout, version))

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return self._ask(lambda cache: cache.add(key, value, timeout, version))

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.touch(key, timeout, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.delete(key, version))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.has_key(key, version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._ask(lambda cache: cache.incr(key, delta, version))

    def clear(self) -> None:
        self._ask(lambda cache: cache.clear())
