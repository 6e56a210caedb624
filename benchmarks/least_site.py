"""The least site that Django can make: the session is read, one hand-written statement is sent, the plainest template.

It is served by the same web server with the same settings as the product, to be its yardstick over a socket.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import engines
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")

LEAST: Final = """<!doctype html><title>{{ title }}</title><table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>"""

QUERIES = Path(__file__).with_name("by_hand")

MIDDLEWARE: Final = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",  # the length of each answer, so that a connection is kept
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)


def by_hand(name: str) -> str:
    """A query written by hand; how it differs from the product's is said in its first line."""
    return (QUERIES / f"{name}.sql").read_text()


def page(request: HttpRequest, query: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    with connection.cursor() as cursor:
        cursor.execute(by_hand(query), json.loads(request.GET.get("params", "{}")))
        rows = cursor.fetchall()
    template = engines["django"].from_string(LEAST)
    return HttpResponse(template.render({"title": query, "rows": rows}, request))


def create(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    with connection.cursor() as cursor:
        cursor.execute(by_hand("create"), request.POST.dict())
    return HttpResponseRedirect("/", status=303)


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("healthz", healthz), path("create/", create), path("<str:query>/", page)]

if os.environ.get("SMARKETING_BENCH_LEAST"):
    django.setup()
    settings.MIDDLEWARE = list(MIDDLEWARE)
    settings.ROOT_URLCONF = __name__
    application = WSGIHandler()
