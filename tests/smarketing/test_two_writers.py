"""Two people change the same thing at once: the second sees both texts, and nobody's words are lost.

The pages of the contract and of scoring are tested where they are.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from agreements.actions import propose, sign
from agreements.models import Agreement, State
from lifecycle.models import Rule
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import NOW
from tests.factories.personas import PersonaVersionFactory
from tests.pages import Fields

pytestmark = pytest.mark.django_db

THEIRS, MINE = "What the first one wrote.", "What the second one wrote."


def a_term() -> str:
    return f"/terms/{TermVersionFactory.create().term.slug}/edit/"


def a_persona() -> str:
    return f"/personas/{PersonaVersionFactory.create().persona.slug}/edit/"


def a_rule() -> str:
    return f"/rules/{Rule.objects.earliest('number').key}/edit/"


each_page = pytest.mark.parametrize(
    ("page", "field"),
    [
        (a_term, "sentence_en"),
        (a_persona, "summary_en"),
        (a_rule, "text_en"),
        (lambda: "/definitions/mql/edit/", "prose_en"),
    ],
    ids=["term", "persona", "rule", "definition"],
)


@each_page
def test_the_second_writer_sees_both_texts_and_loses_none(
    page: Callable[[], str], field: str, as_marketer: Client
) -> None:
    address = page()
    as_read_by_both = Fields(as_marketer.get(address).content.decode()).sent

    first = as_marketer.post(address, as_read_by_both | {field: THEIRS})
    second = as_marketer.post(address, as_read_by_both | {field: MINE})

    assert (first.status_code, second.status_code) == (303, 409)
    shown = second.content.decode()
    assert "This draft changed while you were writing." in shown
    assert THEIRS in shown
    kept = Fields(shown).sent
    assert kept[field] == MINE
    version = Agreement.objects.latest("pk")
    written = version.revision
    assert (version.state, kept["revision"]) == ("draft", str(written))

    third = as_marketer.post(address, kept)
    version.refresh_from_db()
    assert (third.status_code, version.revision) == (303, written + 1)


def signed_by_both(*people: User) -> Agreement:
    """What is drafted, in force."""
    agreement = propose(Agreement.objects.open().get(), actor=people[0], at=NOW)
    for person in people:
        agreement = sign(agreement, actor=person, read_hash=agreement.content_hash, at=NOW)
    return agreement


@each_page
def test_whoever_wrote_on_a_text_that_is_no_longer_in_force_sees_the_newer_one(
    page: Callable[[], str], field: str, as_marketer: Client, marketer: User, rep: User
) -> None:
    address = page()
    stale = Fields(as_marketer.get(address).content.decode()).sent
    as_marketer.post(address, stale | {field: THEIRS})
    newer = signed_by_both(marketer, rep)

    answer = as_marketer.post(address, stale | {field: MINE})

    assert answer.status_code == 409
    assert not Agreement.objects.open().exists()
    shown = answer.content.decode()
    assert "A newer version came into force while you were writing." in shown
    assert f'href="/agreements/{newer.pk}/"' in shown
    assert THEIRS in shown
    kept = Fields(shown).sent
    assert kept[field] == MINE

    assert as_marketer.post(address, kept).status_code == 303
    draft = Agreement.objects.open().get()
    assert (draft.state, draft.number) == (State.DRAFT, newer.number + 1)


def test_whoever_still_wrote_on_the_draft_learns_that_it_is_in_force(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    address = a_term()
    as_marketer.post(
        address, Fields(as_marketer.get(address).content.decode()).sent | {"sentence_en": THEIRS}
    )
    stale = Fields(as_marketer.get(address).content.decode()).sent
    signed_by_both(marketer, rep)

    answer = as_marketer.post(address, stale | {"sentence_en": MINE})

    assert answer.status_code == 409
    assert "A newer version came into force while you were writing." in answer.content.decode()
    assert not Agreement.objects.open().exists()


@pytest.mark.parametrize("revision", ["0", "", "nonsense"])
def test_a_form_that_names_no_revision_begins_nothing_over_what_is_in_force(
    revision: str, as_marketer: Client
) -> None:
    address = a_term()
    sent = Fields(as_marketer.get(address).content.decode()).sent | {"revision": revision}

    assert as_marketer.post(address, sent).status_code == 409
    assert not Agreement.objects.open().exists()
