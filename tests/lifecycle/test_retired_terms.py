"""A word that both teams give up; what the product shows on its pages keeps its words."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from agreements.actions import draft_from
from agreements.errors import WrongStateError
from agreements.models import State
from lifecycle.models import TermVersion
from tests.agreements.retiring import REASON, retired, retirement
from tests.factories.lifecycle import TermFactory, TermVersionFactory
from tests.factories.moments import later

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> TermVersion:
    return TermVersionFactory.create(term=TermFactory.create(slug="warm-lead"), name_en="Warm lead")


def test_it_is_listed_apart_and_its_page_says_that_it_is_over(
    version: TermVersion, rep: User, marketer: User, as_rep: Client
) -> None:
    retired(marketer, rep, version=version)

    book, _, apart = as_rep.get("/terms/").content.decode().partition('id="retired"')
    page = as_rep.get("/terms/warm-lead/").content.decode()

    assert "Warm lead" not in book
    assert "Warm lead" in apart
    assert REASON in apart
    assert "Retired since" in page
    assert REASON in page


def test_no_search_finds_it_and_no_text_opens_it(
    version: TermVersion, rep: User, marketer: User, as_rep: Client
) -> None:
    assert "warm-lead" in as_rep.get("/terms/?q=warm").content.decode()
    retired(marketer, rep, version=version)

    assert "warm-lead" not in as_rep.get("/terms/?q=warm").content.decode()
    assert not TermVersion.objects.in_force().filter(term=version.term).exists()


def test_a_draft_takes_it_back_into_the_list(
    version: TermVersion, rep: User, marketer: User, as_rep: Client
) -> None:
    last = retired(marketer, rep, version=version)

    draft_from(TermVersion.objects.get(agreement=last), actor=marketer, at=later(hours=1))

    book, _, apart = as_rep.get("/terms/").content.decode().partition('id="retired"')
    assert "Warm lead" in book
    assert apart == ""


def test_a_word_of_a_page_of_the_product_stays(marketer: User, as_marketer: Client) -> None:
    word = TermVersion.objects.in_force().select_related("agreement", "term").exclude(term__covers="").first()
    assert word is not None

    with pytest.raises(WrongStateError):
        retirement(marketer, word)

    page = as_marketer.get(f"/agreements/{word.agreement_id}/").content.decode()
    word.agreement.refresh_from_db()
    assert f"/agreements/{word.agreement_id}/retire/" not in page
    assert word.agreement.state == State.IN_FORCE


def test_a_word_that_something_is_linked_to_stays(marketer: User) -> None:
    linked = TermVersionFactory.create(links=["stage:mql"])

    with pytest.raises(WrongStateError):
        retirement(marketer, linked)
