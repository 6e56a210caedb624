"""One spelling of an address, which the database holds to whoever writes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from leads.models import Contact
from lib import emails
from lib.emails_sql import CODED, WORD_AT_WORD, respell
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory

REFUSED = (
    "Ana@client.test",
    " ana@client.test",
    "ana@client.test ",
    "ana @client.test",
    "ana\u00a0b@client.test",
    "ana\u200b@client.test",
    "ana\n@client.test",
    "ana\x7f@client.test",
    "ana@b@client.test",
    "ana.client.test",
    "@client.test",
    "ana@",
    "ane\u0301@client.test",
    "ana@xn--bcher-kva.test",
    "ana@shop.xn--bcher-kva.test",
    "ÉVA@client.test",
)
"""None of them is what `emails.normalised` would make of it."""

TAKEN = (
    "",
    "ana@client.test",
    "né.e+x@bücher.test",
    "a.xn--b@client.test",
    "o'hara@client.test",
    "σίσυφος@client.test",
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ana@Client.TEST ", "ana@client.test"),
        ("mailto:Ana@client.example", "ana@client.example"),
        ("<ana@client.example>", "ana@client.example"),
        ("ane\u0301@client.example", "ané@client.example"),
        ("ana@xn--bcher-kva.example", "ana@bücher.example"),
    ],
)
def test_an_address_has_one_spelling(text: str, address: str) -> None:
    assert emails.normalised(text) == address


@pytest.mark.django_db
@pytest.mark.parametrize("address", REFUSED)
def test_the_database_refuses_another_spelling_whoever_writes_it(address: str) -> None:
    assert refuses(
        "contact_email_spelled_once", lambda: Contact.objects.bulk_create([Contact(email=address)])
    )
    assert refuses("user_email_spelled_once", lambda: User.objects.bulk_create([User(email=address)]))
    contact, person = ContactFactory.create(), UserFactory.create()
    for table, pk, name in (
        ("leads_contact", contact.pk, "contact_email_spelled_once"),
        ("accounts_user", person.pk, "user_email_spelled_once"),
    ):
        assert refuses(name, partial(written, table, pk, address))


@pytest.mark.django_db
@pytest.mark.parametrize("address", TAKEN)
def test_the_database_takes_the_one_spelling(address: str) -> None:
    contact = ContactFactory.create(email=address)
    contact.refresh_from_db()
    assert contact.email == address


@pytest.mark.django_db
def test_a_person_without_an_address_is_refused() -> None:
    assert refuses("user_email_spelled_once", lambda: User.objects.bulk_create([User(email="")]))


part = st.text(min_size=1, max_size=12)
domain = st.one_of(
    st.sampled_from(
        ["client.test", "CLIENT.example", "bücher.example", "xn--bcher-kva.example", "ΣΊΣΥΦΟΣ.example"]
    ),
    st.tuples(part, st.sampled_from(["example", "test", "한국"])).map(".".join),
)
written_addresses = st.tuples(
    st.sampled_from(["", " ", "mailto:", "<", "\u200b", "\u00a0"]),
    st.one_of(part, st.text("aAzZ.éÉe\u0301İıſßẞΣσςǅ\u2126\u212a+'-", min_size=1, max_size=12)),
    domain,
    st.sampled_from(["", " ", ">", "\t"]),
).map(lambda told: f"{told[0]}{told[1]}@{told[2]}{told[3]}")


@pytest.mark.django_db
@given(texts=st.lists(written_addresses, min_size=5, max_size=15))
def test_whatever_the_normaliser_lets_through_the_database_takes(texts: list[str]) -> None:
    let_through = list(filter(None, map(_or_nothing, texts)))
    assert refused_of(let_through) == []
    assert [emails.normalised(address) for address in let_through] == let_through


@pytest.mark.django_db
def test_every_letter_with_a_case_or_an_accent_is_taken() -> None:
    """Python and the database know small letters and accents by tables of their own; of all there are, they agree."""
    letters = filter(_is_changed_by_spelling, map(chr, range(0x80, 0x110000)))
    let_through = list(filter(None, (_or_nothing(f"a{letter}@client.example") for letter in letters)))
    assert len(let_through) > 5_000
    assert refused_of(let_through) == []


def _is_changed_by_spelling(letter: str) -> bool:
    category = unicodedata.category(letter)[0]
    return category == "M" or (
        category in "LN" and bool(letter.swapcase() != letter or unicodedata.decomposition(letter))
    )


def _or_nothing(text: str) -> str:
    try:
        return emails.normalised(text)
    except ValueError:
        return ""


class TestRespelling:
    """What the migration does to a table that another hand has written to."""

    @pytest.fixture(autouse=True)
    def without_the_constraint(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE leads_contact DROP CONSTRAINT contact_email_spelled_once")

    def test_gives_each_address_its_spelling(self) -> None:
        first = ContactFactory.create(email="Ana@Client.test")
        second = ContactFactory.create(email=" eva@xn--bcher-kva.example")
        kept = ContactFactory.create(email="kim@client.test")
        none = ContactFactory.create(email="")
        respell(Contact, "email")
        assert dict(Contact.objects.values_list("pk", "email")) == {
            first.pk: "ana@client.test",
            second.pk: "eva@bücher.example",
            kept.pk: "kim@client.test",
            none.pk: "",
        }

    def test_names_whom_it_cannot_tell_apart_and_changes_nothing(self) -> None:
        kept = ContactFactory.create(email="ana@client.test")
        second = ContactFactory.create(email="Ana@client.test")
        third = ContactFactory.create(email="no address")
        fourth = ContactFactory.create(email="Kim@client.test")
        before = dict(Contact.objects.values_list("pk", "email"))
        said = (
            f"leads_contact: correct these addresses first. {third.pk}: 'no address' is no address; "
            f"{kept.pk}, {second.pk}: all 'ana@client.test'"
        )
        with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
            respell(Contact, "email")
        assert dict(Contact.objects.values_list("pk", "email")) == before
        assert before[fourth.pk] == "Kim@client.test"


def refused_of(addresses: list[str]) -> list[str]:
    """By what the constraints are made of, in one question."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT address FROM unnest(%s::text[]) AS address"
            " WHERE address <> lower(normalize(address, NFC)) OR address !~ %s OR address ~ %s",
            [addresses, WORD_AT_WORD, CODED],
        )
        return [address for (address,) in cursor.fetchall()]


def refuses(constraint: str, write: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        return constraint in str(error)
    return False


def written(table: str, pk: int, address: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET email = %s WHERE id = %s", [address, pk])
