"""Pages by keyset: every row once, forwards and backwards, ties and unknown values included."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from leads.models import Company
from lib.pagination import Page, counted_page, page_of, position_beside
from tests.factories.leads import CompanyFactory

pytestmark = pytest.mark.django_db

SIZES = [50, 10, None, 50, 10, None, 50]


@pytest.fixture
def companies() -> list[Company]:
    return [CompanyFactory.create(headcount=size) for size in SIZES]


def walk(order: tuple[str, ...], size: int) -> list[Page[Company]]:
    pages = [page_of(Company.objects.all(), order=order, size=size)]
    while pages[-1].older:
        pages.append(page_of(Company.objects.all(), order=order, size=size, position=pages[-1].older))
    return pages


@pytest.mark.parametrize("order", [("-headcount", "pk"), ("headcount", "-pk"), ("pk",), ("-pk",)])
def test_walking_to_the_end_meets_every_row_once_in_the_order(
    companies: list[Company], order: tuple[str, ...]
) -> None:
    met = [row.pk for page in walk(order, 2) for row in page.rows]
    plain = [
        F(name.removeprefix("-")).desc(nulls_last=True) if name[0] == "-" else F(name).asc(nulls_last=True)
        for name in order
    ]
    assert met == list(Company.objects.order_by(*plain).values_list("pk", flat=True))


@pytest.mark.parametrize("order", [("-headcount", "pk"), ("pk",)])
def test_walking_back_shows_the_same_pages(companies: list[Company], order: tuple[str, ...]) -> None:
    pages = walk(order, 2)
    for before, page in pairwise(pages):
        back = page_of(Company.objects.all(), order=order, size=2, position=page.newer)
        assert back.rows == before.rows


def test_the_ends_have_no_way_further(companies: list[Company]) -> None:
    first, *_, last = walk(("pk",), 3)
    assert first.newer == ""
    assert last.older == ""


def test_a_page_costs_one_query(
    companies: list[Company], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        page_of(Company.objects.all(), order=("pk",), size=2)


def test_a_position_of_another_order_or_changed_by_hand_begins_at_the_first_page(
    companies: list[Company],
) -> None:
    other = page_of(Company.objects.all(), order=("pk",), size=2).older
    first = page_of(Company.objects.all(), order=("-pk",), size=2)
    for position in (other, "bm90LW91cnM", "\u00e9", other[:-1]):
        assert page_of(Company.objects.all(), order=("-pk",), size=2, position=position).rows == first.rows


def test_the_count_of_all_comes_with_the_page(
    companies: list[Company], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = Company.objects.all()
    with django_assert_num_queries(1):
        page = counted_page(rows, order=("pk",), size=2)
    assert (page.total, page.is_estimate, len(page)) == (len(companies), False, 2)
    with django_assert_num_queries(1):
        assert counted_page(rows, order=("pk",), size=2, position=page.older).total == len(companies)
    last = page_of(rows, order=("-pk",), size=1).rows[0]
    behind = position_beside(last, order=("pk",))
    assert counted_page(rows, order=("pk",), size=2, position=behind).total == len(companies)
    assert counted_page(rows.none(), order=("pk",)).total == 0
    assert counted_page(rows.none(), order=("pk",), of=rows).total == len(companies)
