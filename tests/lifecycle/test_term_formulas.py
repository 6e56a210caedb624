"""A figure's formula in both languages; what was signed when it had English alone stays what it was."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from agreements.content import content_hash
from agreements.models import State
from lifecycle.models import TermVersion
from lifecycle.term_text import untranslated
from tests.factories.lifecycle import TermVersionFactory
from tests.lifecycle.test_term_pages import written

pytestmark = pytest.mark.django_db

SIGNED_BEFORE = "4d0f22127b1c2d20735ba02fe1666904ac134a94c71a8090e3ee0155eefc35e1"
"""Of `old` below, by the product of before there was a formula in French."""
POPOVER = {"HX-Request": "true", "HX-Target": "definition"}


@pytest.fixture
def old(db: None) -> TermVersion:
    return TermVersionFactory.create(
        term__slug="reply-rate", name_en="Reply rate", sentence_en="Who replied.", formula="replies ÷ mails"
    )


@pytest.fixture
def in_french(rep: User, as_rep: Client) -> Client:
    rep.language = "fr"
    rep.save(update_fields=["language"])
    return as_rep


def test_the_popover_of_a_figure_shows_the_formula_of_its_readers_language(as_rep: Client, rep: User) -> None:
    address = "/terms/covering/kpi:cac/"
    english = as_rep.get(address, headers=POPOVER).content.decode()
    rep.language = "fr"
    rep.save(update_fields=["language"])
    french = as_rep.get(address, headers=POPOVER).content.decode()

    assert '<p class="sm-sub sm-small" lang="en">cost ÷ deals won</p>' in english
    assert "coût ÷ affaires gagnées" not in english
    assert '<p class="sm-sub sm-small" lang="fr">coût ÷ affaires gagnées</p>' in french
    assert "cost ÷ deals won" not in french


def test_what_was_signed_before_shows_its_english_formula_and_says_that_french_is_missing(
    in_french: Client, old: TermVersion
) -> None:
    popover = in_french.get("/terms/reply-rate/", headers=POPOVER).content.decode()
    page = in_french.get("/terms/reply-rate/").content.decode()

    assert '<p class="sm-sub sm-small" lang="en">replies ÷ mails</p>' in popover
    assert '<dd lang="en">replies ÷ mails</dd>' in page
    said = TermVersion(name_en="R", name_fr="R", sentence_en="W.", sentence_fr="Q.", formula="a ÷ b")
    assert untranslated(said) == ["fr"]
    said.formula_fr = "a ÷ b"
    assert untranslated(said) == []


def test_what_was_signed_before_keeps_its_hash(old: TermVersion) -> None:
    assert content_hash(old.content()) == SIGNED_BEFORE

    old.formula_fr = "réponses ÷ messages"
    assert old.content()["formula_fr"] == "réponses ÷ messages"
    assert content_hash(old.content()) != SIGNED_BEFORE


def test_the_next_version_carries_both_and_is_compared_in_both(as_rep: Client, old: TermVersion) -> None:
    sent = written(
        name_en="Reply rate",
        sentence_en="Who replied.",
        formula="replies ÷ mails",
        formula_fr="réponses ÷ messages",
    )
    as_rep.post("/terms/reply-rate/edit/", sent)

    draft = TermVersion.objects.get(agreement__state=State.DRAFT)
    assert (draft.formula, draft.formula_fr) == ("replies ÷ mails", "réponses ÷ messages")
    shown = as_rep.get(f"/agreements/{draft.agreement_id}/").content.decode()
    assert "Formula in French" in shown
    assert "réponses ÷ messages</ins>" in shown
    assert TermVersion.objects.get(pk=old.pk).formula_fr == ""


def test_the_form_refuses_a_formula_in_french_as_it_does_the_other(as_rep: Client, old: TermVersion) -> None:
    too_long = as_rep.post("/terms/reply-rate/edit/", written(formula_fr="x" * 301))
    with_nul = as_rep.post("/terms/reply-rate/edit/", written(formula_fr="a\x00b"))

    assert "at most 300 characters (it has 301)" in too_long.content.decode()
    assert (too_long.status_code, with_nul.status_code) == (422, 422)
    assert list(TermVersion.objects.filter(term=old.term)) == [old]


def test_a_term_is_found_by_a_word_of_its_formula_in_either_language(as_rep: Client) -> None:
    TermVersionFactory.create(
        name_en="Reply rate", formula="wombats ÷ mails", formula_fr="vombatidés ÷ mails"
    )

    for word in ("wombats", "vombatides"):
        assert "Reply rate" in as_rep.get("/terms/", {"q": word}).content.decode()
