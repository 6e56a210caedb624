"""What somebody who wants to break the product sends, and how to tell that they did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from urllib.parse import quote

from django.db import transaction
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import resolve
from django.utils.datastructures import MultiValueDict

from tests.fingerprint import changed_since

T = TypeVar("T")

NUMBERS: Final = (
    "0",
    "-1",
    str(2**31),
    str(2**63),
    "9" * 5_000,
    "1e400",
    "NaN",
    "Infinity",
    "-0",
    "٣",
    "1.5",
)
DAYS: Final = ("0001-01-01", "9999-12-31", "2026-02-30", "10000-01-01", "2026-13-01T99:99", "2026-W60")
TEXTS: Final = (
    "\0",
    "a\0b",
    "x" * 10_000,
    "\r\nSet-Cookie: a=b",
    "🧟‍♀️\u202e\u0301",
    "' OR 1=1 --",
    "%",
    "\\",
    "{{ 7 }}{% now %}",
    "",
    " ",
    "[]",
    '{"a": NaN}',
    "[" * 3_000,
    "None",
    "-id",
    "password",
    "owner__password",
)
CURSORS: Final = (
    "!!!!",
    "eyJ9",
    "WzEsMl0",
    "W251bGwsbnVsbF0",
    "WyJcdTAwMDAiLDFd",
    "W1tdLHt9XQ",
    "=" * 2_000,
    "1:2",
)
"""Broken base64, broken JSON, [1,2], [null,null], ["\\u0000",1], [[],{}]."""

HOSTILE: Final = (*TEXTS, *NUMBERS, *DAYS, *CURSORS)

REACHING: Final = (str(2**63), "0", str(2**31))
"""What the route of a number or of a word takes, so that its view has to."""

PATHS: Final = ("9" * 5_000, "x" * 8_000, "a\0b", "a\nb", "🧟", "%", "..%2f", "-1")

HEADERS: Final[tuple[Mapping[str, str], ...]] = (
    {"HX-Request": "true", "HX-Target": "\x01" * 5_000, "HX-Trigger": "nobody"},
    {"HX-Request": "true", "HX-Current-URL": "http://[", "HX-Prompt": "%00%ff"},
    {"HX-Request": "true", "HX-Current-URL": "%FF%00", "HX-Current-URL-URI-AutoEncoded": "true"},
    {"HX-Request": "true", "HX-Trigger": "%FF", "HX-Trigger-URI-AutoEncoded": "true"},
    {
        "HX-Request": "true",
        "Triggering-Event": "{[",
        "HX-History-Restore-Request": "true",
        "HX-Boosted": "true",
    },
    {"Accept-Language": "," * 9_000, "Accept": "*", "Referer": "http://["},
    {"Accept-Language": "fr-" + "x" * 900, "X-Forwarded-For": "not an address, \x01", "Range": "bytes=9-1"},
    {"Host": "evil.test"},
    {"Host": "a b\r\n"},
    {"Host": "[::1"},
    {"Cookie": "smarketing_session=" + "x" * 6_000 + "; messages=WzE=; django_language=../../etc"},
    {"If-Modified-Since": "Thu, 99 Foo 0001", "If-None-Match": '"', "Content-Length": "-5"},
    {"X-CSRFToken": "\x01", "Origin": "null", "Cookie": "csrftoken=%00; messages=[[]]"},
)

METHODS: Final = ("PATCH", "TRACE", "CONNECT", "PROPFIND", "POSTED", "get", "X" * 500)

BODIES: Final = (
    ("application/json", b'{"a": NaN, "a": [[[['),
    ("text/plain", b"\xff\xfe\0"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'),
    (
        "multipart/form-data; boundary=x",
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name=\xff; filename="\0"\r\n\r\na\r\n--x--',
        ),
    ),
    ("application/x-www-form-urlencoded; charset=nonsense", b"a=%ff%00&b=%ED%A0%80&%ED%A0%80=%00"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(3_000))),
    ("x" * 2_000, b"a=1"),
    ("", b""),
)


def some(values: Sequence[T], place: int, how_many: int) -> list[T]:
    """So many of them, others at each place, so that every one has its turn; all where that is more than there are."""
    count = min(how_many, len(values))
    return [values[(place + step) % len(values)] for step in range(count)]


# Which names a page knows


@contextmanager
def names_asked_for() -> Iterator[set[str]]:
    """The names that are looked up in what was sent meanwhile, whether they were sent or not."""
    found: set[str] = set()
    before = {name: getattr(MultiValueDict, name) for name in ("__getitem__", "getlist")}

    def spied(name: str) -> Any:
        def asked(self: QueryDict, key: Any, *default: Any) -> Any:
            if isinstance(key, str):
                found.add(key)
            return before[name](self, key, *default)

        return asked

    for name in before:
        setattr(QueryDict, name, spied(name))
    try:
        yield found
    finally:
        for name in before:
            delattr(QueryDict, name)


# What is wrong with an answer


def wrong_with(answer: HttpResponseBase, before: Mapping[str, Any], *, is_reading: bool) -> str:
    """In a word, or nothing: it failed, shows how it failed, or wrote although it refused or only read."""
    if answer.status_code >= 500:
        return f"{answer.status_code} {_reason(answer)}"
    if b"Traceback (most recent" in getattr(answer, "content", b""):
        return "shows a traceback"
    if is_reading or answer.status_code >= 400:
        changed = changed_since(before)
        if changed:
            return f"{answer.status_code}, and wrote to {changed}"
    return ""


def _reason(answer: Any) -> str:
    told = getattr(answer, "exc_info", None)
    return repr(told[1])[:200] if told else ""


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def places_of(route: str) -> list[str]:
    """The names of what varies in a route."""
    return re.findall(r"<(?:\w+:)?(\w+)>", route)


def with_value(route: str, address: str, name: str, value: str) -> str:
    """The address with another value at that place of its route; it need not be one that the route takes."""
    kwargs = {**resolve(address.partition("?")[0]).kwargs, name: value}
    safe = "%" if value.startswith("..") else ""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: quote(str(kwargs[found[1]]), safe=safe), route)
