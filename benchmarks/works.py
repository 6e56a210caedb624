"""Each piece of work by the product's own ways, and the same work written by hand.

Pages go through the whole Django stack (middleware, session, view, template) by its test client, in one
process: what is left out is the socket and the web server. Their yardstick is the least page Django can make
of one hand-written query with as many rows and columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from benchmarks.database import base
from benchmarks.measuring import Measured, measure
from benchmarks.sizes import Size
from leads.imports import loading, mapping, runs
from leads.models import DirtyContact
from leads.scoring.loading import load_in_force
from leads.scoring.statement import rescore
from sla.actions.clocks import record_breaches
from sla.breaching import breach_overdue

QUERIES = Path(__file__).with_name("by_hand")

Pair = tuple[Measured, Measured]
Work = Callable[[Size], Pair]


class NotBuiltError(Exception):
    """The page this measures does not exist in this installation."""


def by_hand(name: str) -> str:
    """A query written by hand; how it differs from the product's is said in its first line."""
    return (QUERIES / f"{name}.sql").read_text()


def execute(sql: str, **params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


# Import


def import_contacts(size: Size) -> Pair:
    """A CSV with validation, companies, deduplication by e-mail, ledger and the marks for the first score."""
    content = _csv(size.import_rows)
    table = _rows(size.import_rows)
    files = iter(range(100))

    def once() -> None:
        place = next(files)
        data = content.replace(b"@new", f"@new{place}".encode())
        run = runs.receive([data], file_name="new.csv", actor=None, at=timezone.now())
        columns = {heading: heading for heading in run.shape["headings"]}
        read = mapping.from_json({"time_zone": "UTC", "columns": columns, "kind": "contacts"})
        runs.map_columns(run, mapping=read, actor=None, at=timezone.now())
        runs.start(run, at=timezone.now())
        loading.run_batches(run.pk, clock=timezone.now)
        run.refresh_from_db()
        if run.created_count != size.import_rows:
            raise AssertionError(f"{run.created_count} of {size.import_rows} came in: {run.error}")

    def copied() -> None:
        place = next(files)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE bench_in (first_name text, last_name text, email text, job_title text,"
                " function text, city text) ON COMMIT DROP"
            )
            with cursor.copy("COPY bench_in FROM STDIN") as copy:
                for row in table:
                    copy.write_row(row)
            cursor.execute(by_hand("import"), {"place": place})

    return (
        measure(once, times=size.times, rows=size.import_rows),
        measure(copied, times=size.times, rows=size.import_rows),
    )


def _rows(count: int) -> list[tuple[str, ...]]:
    return [
        (f"First{i % 80}", f"Last{i % 900}", f"p{i}@new.example", "Plant manager", "operations", "Nantes")
        for i in range(count)
    ]


def _csv(count: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("first_name", "last_name", "email", "job_title", "function", "city"))
    writer.writerows(_rows(count))
    return out.getvalue().encode()


# Scores


def rescore_first(size: Size) -> Pair:
    """Everybody for the first time: every row is written, and everybody marked for persona and stage."""
    at = base()

    def empty() -> None:
        execute("TRUNCATE leads_contactscore")
        DirtyContact.objects.all().delete()

    ours = measure(lambda: rescore(at=at), times=1, rows=size.contacts, before=empty)
    hand = measure(lambda: _scores_by_hand(at), times=1, rows=size.contacts, before=empty)
    return ours, hand


def rescore_next_day(size: Size) -> Pair:
    """The nightly run: touches fade, only scores that change are written."""
    days = iter(range(1, 1000))
    rescore(at=base())
    ours = measure(
        lambda: rescore(at=base() + timedelta(days=next(days))), times=size.times, rows=size.contacts
    )
    hand = measure(
        lambda: _scores_by_hand(base() + timedelta(days=next(days))), times=size.times, rows=size.contacts
    )
    return ours, hand


def rescore_unchanged(size: Size) -> Pair:
    """The same moment again: no row is written."""
    at = base()
    rescore(at=at)

    def again() -> None:
        if rescore(at=at):
            raise AssertionError("an unchanged run wrote a row")

    ours = measure(again, times=size.times, rows=size.contacts)
    _scores_by_hand(at)
    hand = measure(lambda: _scores_by_hand(at), times=size.times, rows=size.contacts)
    return ours, hand


def _scores_by_hand(at: datetime) -> int:
    """The rules of the default model in one statement over everybody; fit by plain comparisons."""
    with transaction.atomic():
        return execute(by_hand("scores"), at=at, model=_model_id(), first=0, last=2**62)


def _model_id() -> int:
    loaded = load_in_force()
    if loaded is None:
        raise AssertionError("no scoring model is in force")
    return loaded.id


def rescore_one(size: Size) -> Pair:
    """One contact, as after a touchpoint: some hundred contacts, with the write."""
    rescore(at=base())
    steps = iter(range(10**6))

    def moment() -> tuple[int, datetime]:
        step = next(steps)
        return 2 + step * 7 % (size.contacts - 2), base() + timedelta(days=1 + step // 150)

    def ours() -> None:
        contact_id, at = moment()
        rescore(ids=[contact_id], at=at)

    def hand() -> None:
        contact_id, at = moment()
        execute(by_hand("scores"), at=at, model=model, first=contact_id, last=contact_id)

    model = _model_id()
    return measure(ours, times=3 * size.page_times, warm=5), measure(hand, times=3 * size.page_times, warm=5)


def rescore_batch(size: Size) -> Pair:
    """A batch of marked contacts, as a worker drains them."""
    number = min(1000, size.contacts // 2)
    rescore(at=base())
    steps = iter(range(1, 1000))
    model = _model_id()
    ours = measure(
        lambda: rescore(ids=range(1, number + 1), at=base() + timedelta(days=next(steps))),
        times=5,
        rows=number,
    )
    hand = measure(
        lambda: execute(
            by_hand("scores"), at=base() + timedelta(days=next(steps)), model=model, first=1, last=number
        ),
        times=5,
        rows=number,
    )
    return ours, hand


# Clocks


def sweep_idle(size: Size) -> Pair:
    """Nothing is due: what the beat asks every minute."""
    at = base() - timedelta(days=1)
    return (
        measure(lambda: record_breaches(at=at), times=size.page_times, warm=3, rows=size.contacts),
        measure(
            lambda: execute(by_hand("overdue"), at=at), times=size.page_times, warm=3, rows=size.contacts
        ),
    )


def sweep_overdue(size: Size) -> Pair:
    """The overdue clocks are marked, each with its breach and its cause; taken back each time."""
    return _sweep(size, lambda at: len(breach_overdue(at=at, limit=size.overdue)))


def sweep_told(size: Size) -> Pair:
    """The same, and both sides are told of each breach: notices on the page and mails in the outbox."""
    return _sweep(size, lambda at: record_breaches(at=at, limit=size.overdue))


def _sweep(size: Size, sweep: Callable[[datetime], int]) -> Pair:
    at = base()

    def ours() -> None:
        with transaction.atomic():
            found = sweep(at)
            transaction.set_rollback(True)
        if found != size.overdue:
            raise AssertionError(f"{found} breaches instead of {size.overdue}")

    def hand() -> None:
        with transaction.atomic():
            execute(by_hand("breaches"), at=at)
            transaction.set_rollback(True)

    return measure(ours, times=size.times, rows=size.overdue), measure(
        hand, times=size.times, rows=size.overdue
    )


# Pages


def list_first(size: Size) -> Pair:
    """The newest contacts, as a manager sees them."""
    return _page(reverse("leads:contact-list"), size), _least_page("list", size)


def list_hottest(size: Size) -> Pair:
    """By score, which lives in another table."""
    rescore(at=base())
    return _page(reverse("leads:contact-list") + "?order=hottest", size), _least_page("hottest", size)


def list_deep(size: Size) -> Pair:
    """Page after page by its own links: the forty-first."""
    client, url = _client(), reverse("leads:contact-list")
    for _ in range(min(40, size.contacts // 50 - 1)):
        response = client.get(url)
        older = response.context["page"].older if response.context else None
        if not older:
            break
        url = reverse("leads:contact-list") + f"?at={older}"
    return _page(url, size), _least_page("list_deep", size)


def search_common(size: Size) -> Pair:
    """A name that one contact in eighty bears."""
    return _page(reverse("leads:contact-list") + "?q=novak", size), _least_page("search", size, q="%novak%")


def search_rare(size: Size) -> Pair:
    """A part of one e-mail address."""
    rare = f"c{size.contacts // 2}@"
    return _page(reverse("leads:contact-list") + f"?q={rare}", size), _least_page(
        "search", size, q=f"%{rare}%"
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
    try:
        return reverse("smarketing:contact-detail", args=[contact_id])
    except NoReverseMatch:
        raise NotBuiltError("the contact page") from None


def _client() -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email="boss@bench.example"), settings.AUTHENTICATION_BACKENDS[-1])
    return client


def _page(url: str, size: Size) -> Measured:
    client = _client()

    def get() -> HttpResponse:
        response: Any = client.get(url)
        if response.status_code != 200:
            raise AssertionError(f"{url} answered {response.status_code}")
        return response  # type: ignore[no-any-return]  # the client's answer is an HttpResponse

    return measure(get, times=size.page_times, warm=3)


LEAST = """<!doctype html><title>{{ title }}</title><table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>"""


def _least_page(query: str, size: Size, **params: Any) -> Measured:
    """One hand-written query and the plainest template over it, with the session read as ours reads it."""
    client, sql, template = _client(), by_hand(query), engines["django"].from_string(LEAST)

    def get() -> HttpResponse:
        request = HttpRequest()
        request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
        User.objects.get(pk=client.session["_auth_user_id"])
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchall()
        return HttpResponse(template.render({"title": query, "rows": rows}, request))

    return measure(get, times=size.page_times, warm=3)


WORKS: dict[str, Work] = {
    "import": import_contacts,
    "rescore, first": rescore_first,
    "rescore, next day": rescore_next_day,
    "rescore, unchanged": rescore_unchanged,
    "rescore, one contact": rescore_one,
    "rescore, a batch": rescore_batch,
    "breach sweep, idle": sweep_idle,
    "breach sweep, overdue": sweep_overdue,
    "breach sweep, told": sweep_told,
    "list, newest": list_first,
    "list, hottest": list_hottest,
    "list, deep": list_deep,
    "search, common": search_common,
    "search, rare": search_rare,
    "contact page": contact_page,
    "contact page, heavy": contact_page_heavy,
    "cockpit": cockpit,
    "scoring page": scoring_page,
}
