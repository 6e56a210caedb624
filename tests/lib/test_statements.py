"""A statement gives what its queryset would give, is planned by the server once, and is counted as a query."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from leads.models import Contact, Transition
from lib.statements import Statement, stand_in
from tests.factories.leads import CompanyFactory, ContactFactory, TransitionFactory

pytestmark = pytest.mark.django_db


def test_a_statement_gives_the_rows_of_its_queryset_with_what_is_joined() -> None:
    contacts = Statement(
        lambda: (
            Contact.objects.filter(pk=stand_in(0))
            .select_related("company", "stage")
            .annotate(both=Concat("first_name", Value(" 100 % "), "last_name"))
        )
    )
    first = ContactFactory.create(
        first_name="Amélie", last_name="O’Brien", stage_id=None, company=CompanyFactory.create()
    )
    second = ContactFactory.create(company=None, stage_id="mql", custom={"plants": 3})
    for contact, company, stage in (
        (first, first.company, None),
        (second, None, "MQL"),
        (first, first.company, None),
    ):
        found = contacts.rows(contact.pk)
        assert found == [contact]
        with CaptureQueriesContext(connection) as further:
            assert found[0].company == company
            assert (found[0].stage and found[0].stage.name) == stage
        assert not further.captured_queries
        assert found[0].both == f"{contact.first_name} 100 % {contact.last_name}"  # type: ignore[attr-defined]
        assert (found[0].custom, found[0].created_at) == (contact.custom, contact.created_at)


def test_a_number_that_no_row_can_have_finds_none() -> None:
    contacts = Statement(lambda: Contact.objects.filter(pk=stand_in(0)))
    for number in (2**63 - 1, 2**63, 10**25, -(2**63) - 1):
        assert contacts.rows(number) == []


def test_values_are_given_in_the_order_of_their_numbers_however_often_they_are_used() -> None:
    moves = Statement(
        lambda: (
            Transition.objects.filter(contact=stand_in(1), kind="status")
            .exclude(pk=stand_in(0))
            .order_by("pk")
            .annotate(same=F("contact") - Value(stand_in(1)))
            .values_list("pk", "same")
        ),
        is_planned_once=False,
    )
    contact = ContactFactory.create()
    kept, left_out = TransitionFactory.create_batch(2, contact=contact, kind="status")

    assert moves.rows(left_out.pk, contact.pk) == [(kept.pk, 0)]
    assert moves.rows(0, contact.pk) == [(kept.pk, 0), (left_out.pk, 0)]
    assert moves.rows(0, 0) == []


def test_the_server_plans_it_once_and_each_asking_is_one_query() -> None:
    contacts = Statement(lambda: Contact.objects.filter(pk=stand_in(0)).annotate(seen=Value("only here")))
    contact = ContactFactory.create()
    with CaptureQueriesContext(connection) as asked:
        for _again in range(3):
            contacts.rows(contact.pk)

    assert len(asked) == 3
    assert all("only here" in query["sql"] for query in asked.captured_queries)
    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
                       ["%only here%"])  # fmt: skip
        assert cursor.fetchall() == [(3,)]


def test_what_nobody_may_see_is_not_asked() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert Statement(Contact.objects.none).rows() == []

    assert not asked.captured_queries
