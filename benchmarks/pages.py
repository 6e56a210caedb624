"""Pages by the product's own ways, beside the least page Django can make of one hand-written query.

They go through the whole Django stack (middleware, session, view, template) by its test client, in one process: what
is left out is the socket and the web server, which `served` measures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import reverse

from accounts.models import User
from benchmarks.database import base
from benchmarks.least_site import LEAST, by_hand
from benchmarks.measuring import Measured, measure, measure_in_turns
from benchmarks.served import signed_in
from benchmarks.sizes import Size
from leads.contact_filters import ORDERS
from leads.models import Contact
from leads.scoring.statement import rescore
from lib.pagination import SIZE as ROWS
from lib.pagination import position_beside

Pair = tuple[Measured, Measured]
DEEP = 1000


def list_first(size: Size) -> Pair:
    """The newest contacts, as a manager sees them."""
    return _page(reverse("leads:contact-list"), size), _least_page("list", size)


def list_hottest(size: Size) -> Pair:
    """By score, which lives in another table."""
    rescore(at=base())
    return _page(reverse("leads:contact-list") + "?order=hottest", size), _least_page("hottest", size)


def list_thousandth(size: Size) -> Pair:
    """The thousandth page, at the position that the link of the page before it carries."""
    url, beside = _thousandth(size)
    return _page(url, size), _least_page("list_deep", size, **beside)


def list_thousandth_and_first(size: Size) -> Pair:
    """The same beside the product's own first page, by turns."""
    url, _ = _thousandth(size)
    return measure_in_turns(
        _asking(url), _asking(reverse("leads:contact-list")), times=size.page_times, warm=3
    )


def _thousandth(size: Size) -> tuple[str, dict[str, Any]]:
    """Its address, and the place of the last contact before it."""
    order = ORDERS["newest"]
    last = Contact.objects.order_by(*order)[min(DEEP, size.contacts // ROWS) * ROWS - ROWS - 1]
    position = position_beside(last, order=order)
    return reverse("leads:contact-list") + f"?at={quote(position)}", {
        "created_at": last.created_at,
        "id": last.pk,
    }


def search_common(size: Size) -> Pair:
    """A name that one contact in eighty bears."""
    return _page(reverse("leads:contact-list") + "?q=novak", size), _least_page("search", size, q="%novak%")


def search_rare(size: Size) -> Pair:
    """A part of one e-mail address."""
    rare = f"c{size.contacts // 2}@"
    return _page(reverse("leads:contact-list") + f"?q={rare}", size), _least_page(
        "search", size, q=f"%{rare}%"
    )


def search_slip(size: Size) -> Pair:
    """The common name with two letters exchanged: nobody bears it, so what is like it is looked for."""
    return _page(reverse("leads:contact-list") + "?q=novka", size), _least_page(
        "search_like", size, q="novka"
    )


def contact_page(size: Size) -> Pair:
    """A contact with some ten touchpoints: why, timeline, deals, state."""
    rescore(at=base())
    return _page(_contact_url(size.contacts // 2), size), _least_page(
        "timeline", size, contact=size.contacts // 2
    )


def contact_page_heavy(size: Size) -> Pair:
    """The contact with ten thousand touchpoints."""
    rescore(at=base())
    return _page(_contact_url(1), size), _least_page("timeline", size, contact=1)


def cockpit(size: Size) -> Pair:
    """The manager's home."""
    rescore(at=base())
    return _page(reverse("reporting:cockpit"), size), _least_page("cockpit", size)


def scoring_page(size: Size) -> Pair:
    """The model in force with the live counts of the matrix."""
    rescore(at=base())
    return _page(reverse("leads:scoring"), size), _least_page("matrix", size)


def _contact_url(contact_id: int) -> str:
    return reverse("smarketing:contact-detail", args=[contact_id])


def _page(url: str, size: Size) -> Measured:
    return measure(_asking(url), times=size.page_times, warm=3)


def _asking(url: str) -> Callable[[], HttpResponse]:
    client = signed_in()

    def get() -> HttpResponse:
        response: Any = client.get(url)
        if response.status_code != 200:
            raise AssertionError(f"{url} answered {response.status_code}")
        return response  # type: ignore[no-any-return]  # the client's answer is an HttpResponse

    return get


def _least_page(query: str, size: Size, **params: Any) -> Measured:
    """One hand-written query and the plainest template over it, with the session read as ours reads it."""
    client, sql, template = signed_in(), by_hand(query), engines["django"].from_string(LEAST)

    def get() -> HttpResponse:
        request = HttpRequest()
        request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
        User.objects.get(pk=client.session["_auth_user_id"])
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchall()
        return HttpResponse(template.render({"title": query, "rows": rows}, request))

    return measure(get, times=size.page_times, warm=3)


WORKS: dict[str, Callable[[Size], Pair]] = {
    "list, newest": list_first,
    "list, hottest": list_hottest,
    "list, page 1000": list_thousandth,
    "list, page 1000 / 1": list_thousandth_and_first,
    "search, common": search_common,
    "search, rare": search_rare,
    "search, slip": search_slip,
    "contact page": contact_page,
    "contact page, heavy": contact_page_heavy,
    "cockpit": cockpit,
    "scoring page": scoring_page,
}
