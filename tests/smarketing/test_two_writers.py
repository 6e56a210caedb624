"""Two people change the same thing at once: the second sees both texts, and nobody's words are lost.

The pages of the contract and of scoring are tested where they are.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from agreements.models import Agreement
from lifecycle.models import Rule
from tests.factories.lifecycle import TermVersionFactory
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


@pytest.mark.parametrize(
    ("page", "field"),
    [
        (a_term, "sentence_en"),
        (a_persona, "summary_en"),
        (a_rule, "text_en"),
        (lambda: "/definitions/mql/edit/", "prose_en"),
    ],
    ids=["term", "persona", "rule", "definition"],
)
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
