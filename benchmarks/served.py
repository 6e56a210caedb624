"""Pages and a form as browsers meet them: the real web server over a socket, beside the least page served alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from benchmarks.measuring import Measured, statements_of
from benchmarks.serving import cookies_of, least_site, measure_served, product, request_for
from benchmarks.sizes import Size
from leads.models import Contact

Pair = tuple[Measured, Measured]


def signed_in() -> Client:
    """The manager of the benchmark, in a session of the database."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email="boss@bench.example"), settings.AUTHENTICATION_BACKENDS[-1])
    return client


def page(
    address: Callable[[Size], str], query: str, **params: Callable[[Size], Any]
) -> Callable[[Size], Pair]:
    """The work of asking for that page, beside the least page of that query."""

    def work(size: Size) -> Pair:
        client, url = signed_in(), address(size)
        cookies = cookies_of(str(client.session.session_key))
        statements = statements_of(lambda: client.get(url))
        leave()
        told = json.dumps({name: given(size) for name, given in params.items()})
        ask = request_for(url, cookies=cookies)
        ask_least = request_for(f"/{query}/?params={quote(told)}", cookies=cookies)
        with product(keeps=size.keeps_servers) as served:
            ours = measure_served(
                served, lambda _: ask, status=200, seconds=size.served_seconds, statements=statements
            )
        with least_site(keeps=size.keeps_servers) as served:
            least = measure_served(served, lambda _: ask_least, status=200, seconds=size.served_seconds)
        return ours, least

    return work


def create(size: Size) -> Pair:
    """A contact by the form: validation, the look for who has the address, rulebook, ledger, the mark for its score."""
    client = signed_in()
    cookies = cookies_of(str(client.session.session_key))
    url, before = reverse("leads:contact-new"), Contact.objects.count()
    statements = statements_of(lambda: client.post(url, filled_in("counted")))
    leave()

    def of(path: str, name: str) -> Callable[[int], bytes]:
        return lambda number: request_for(
            path, cookies=cookies, body=urlencode(filled_in(f"{name}{number}")).encode()
        )

    with product() as served:
        ours = measure_served(
            served, of(url, "ours"), status=303, seconds=size.served_seconds, statements=statements
        )
    made = Contact.objects.filter(email__startswith="ours", email__endswith="@served.example").count()
    if made < ours.runs or Contact.objects.count() != before + made + 1:
        raise AssertionError(f"{made} contacts came in of {ours.runs} and more")
    leave()
    with least_site() as served:
        least = measure_served(served, of("/create/", "least"), status=303, seconds=size.served_seconds)
    return ours, least


def filled_in(name: str) -> dict[str, str]:
    return {
        "first_name": "Camille", "last_name": f"Perrin {name}", "email": f"{name}@served.example",
        "phone": "+33 6 12 34 56 78", "job_title": "Plant manager", "city": "Nantes",
    }  # fmt: skip


def leave() -> None:
    connection.close()


def contact(size: Size) -> int:
    return size.contacts // 2


WORKS: Final = {
    "web, create": create,
    "web, list": page(lambda _: reverse("leads:contact-list"), "list"),
    "web, search": page(
        lambda _: reverse("leads:contact-list") + "?q=novak", "search", q=lambda _: "%novak%"
    ),
    "web, contact": page(
        lambda size: reverse("smarketing:contact-detail", args=[contact(size)]), "timeline", contact=contact
    ),
    "web, cockpit": page(lambda _: reverse("reporting:cockpit"), "cockpit"),
}
