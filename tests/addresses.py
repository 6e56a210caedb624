"""Every address the project answers, as the resolver has it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver


def walk(resolver: URLResolver, namespace: str = "", prefix: str = "") -> Iterator[tuple[str, str]]:
    """Pairs of the view's full name ("leads:contact-list"; the route itself without a name) and its route."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from walk(entry, inner, route)
        elif isinstance(entry, URLPattern):
            yield (namespace + entry.name if entry.name else route, route)


@cache
def all_views() -> tuple[tuple[str, str], ...]:
    return tuple(walk(get_resolver()))
