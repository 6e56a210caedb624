"""What stands above a signature: the differences one by one, what happens to whom, from when, what is in the way."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.actions import draft_from, propose, save_draft
from agreements.models import Agreement
from agreements.reading import Reading
from agreements.undersigned import Place, Undersigned
from lifecycle.models import StageDefinition
from tests.agreements.scenes import proposed, signed
from tests.factories.accounts import UserFactory
from tests.factories.lifecycle import CommentFactory, TermVersionFactory
from tests.factories.moments import NOW, later

pytestmark = pytest.mark.django_db


def a_definition(actor: User, **values: Any) -> Agreement:
    """A proposal of MQL that asks for more fit, for less time since a trigger, and says something in words."""
    begun = draft_from(StageDefinition.objects.in_force().get(stage="mql"), actor=actor, at=NOW)
    fit = {"fact": "score.fit", "op": "gte", "value": 75}
    country = {"fact": "country", "op": "in", "value": ["FR", "BE"]}
    criteria = {"all": [fit, country]}
    return written(begun, actor, criteria=criteria, prose_en="Somebody who may buy.", **values)


def written(draft: Any, actor: User, starts_at: datetime | None = None, **values: Any) -> Agreement:
    """What the draft says from then on, proposed."""
    saved = save_draft(draft, values=values, revision=draft.agreement.revision, actor=actor, at=NOW)
    return propose(saved.agreement, actor=actor, at=NOW, starts_at=starts_at)


def above_the_signature(page: str) -> str:
    return page[page.index('id="sign"') : page.index('name="hash"')]


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_each_difference_is_named_by_its_kind_and_leads_to_its_place(as_rep: Client, marketer: User) -> None:
    version = TermVersionFactory.create(
        name_en="Warm lead", sentence_en="Replied to 2 mails of ours in 30 days.", formula="a / b"
    )
    draft = draft_from(version, actor=marketer, at=NOW)
    changed: dict[str, Any] = {
        "sentence_en": "Replied to 3 mails of ours in 60 days.",
        "formula": "a / (b + c)",
    }
    agreement = written(draft, marketer, **changed)

    page = as_rep.get(f"/agreements/{agreement.pk}/").content.decode()

    shown = text_of(above_the_signature(page))
    assert "4 · 2 in words · 2 in numbers" in shown
    links = re.findall(r'href="#(change-\d+)"', above_the_signature(page))
    assert links == ["change-1", "change-2", "change-3", "change-4"]
    assert re.findall(r'<(?:del|ins) id="(change-\d+)">', page) == links
    assert re.search(r'<del id="change-2"><span[^>]*>removed: </span>30</del>', page)


def test_differences_of_criteria_are_told_apart_from_those_of_numbers_and_of_words(
    marketer: User, rep: User
) -> None:
    brief = Undersigned(Reading(a_definition(marketer), rep))
    assert brief.in_words >= 1
    assert brief.in_criteria >= 2  # the sentence in both languages
    assert Place(1, "", "", "; and the country is “FR”, “DE” or “GB”", is_criteria=True).new_short == (
        "and the country is “FR”, “D…"
    )
    assert brief.in_words + brief.in_criteria + brief.in_numbers == len(brief.places) == brief.reading.changes


def test_it_says_the_version_its_content_from_when_and_who_is_asked_to_read_it(
    as_rep: Client, marketer: User, rep: User
) -> None:
    agreement = a_definition(marketer)
    shown = text_of(above_the_signature(as_rep.get(f"/agreements/{agreement.pk}/").content.decode()))
    assert f"content {agreement.content_hash[:16]}" in shown
    assert "v2 proposed" in shown
    assert "In force with the signature of the other side, at once" in shown
    assert "2 people, who accept it Marketing 1 · Sales 1" in shown
    assert "Contacts there Looked at as soon as it is in force; they only move forward." in shown
    assert "Not yet" not in shown

    signed(agreement, marketer)
    shown = text_of(above_the_signature(as_rep.get(f"/agreements/{agreement.pk}/").content.decode()))
    assert "In force with your signature, at once: the other side has signed" in shown


def test_the_choice_that_everybody_stays_and_the_agreed_day_stand_there(
    as_rep: Client, marketer: User
) -> None:
    agreement = a_definition(marketer, reach=StageDefinition.Reach.NEWS, starts_at=later(days=400))
    shown = text_of(above_the_signature(as_rep.get(f"/agreements/{agreement.pk}/").content.decode()))
    assert "Contacts there They stay until something new is known of them." in shown
    assert "In force from 25 Dec 2027" in shown


def test_a_disagreement_that_is_open_keeps_the_signature_back_and_is_named_above_it(
    as_rep: Client, marketer: User, other_rep: User
) -> None:
    agreement = proposed(marketer)
    comment = CommentFactory.create(agreement=agreement, author=other_rep, is_disagreement=True)
    page = as_rep.get(f"/agreements/{agreement.pk}/").content.decode()
    assert f'href="#comment-{comment.pk}"' in above_the_signature(page)
    assert f"Not yet {other_rep} disagrees" in text_of(above_the_signature(page))
    button = page[page.index('name="hash"') :]
    assert 'aria-disabled="true"' in button[: button.index("</button>")]


def test_of_many_differences_eight_stand_open_and_the_others_are_unfolded(
    as_rep: Client, marketer: User
) -> None:
    words = [f"{place} is a word" for place in range(12)]
    version = TermVersionFactory.create(name_en="Warm lead", sentence_en="Once.", synonyms=words)
    draft = draft_from(version, actor=marketer, at=NOW)
    others = [f"{place + 100} is a word" for place in range(12)]
    agreement = written(draft, marketer, synonyms=others)
    page = above_the_signature(as_rep.get(f"/agreements/{agreement.pk}/").content.decode())
    assert "12 in numbers" in page
    assert len(re.findall(r'href="#change-\d+"', page[: page.index("<details")])) == 8
    assert "4 more" in page


def test_a_first_version_is_signed_as_a_whole(as_rep: Client, marketer: User) -> None:
    agreement = TermVersionFactory.create(name_en="Warm lead", agreement__in_force=False).agreement
    first = propose(agreement, actor=marketer, at=NOW)
    shown = text_of(above_the_signature(as_rep.get(f"/agreements/{first.pk}/").content.decode()))
    assert "All of it: nothing was in force before" in shown


def test_what_stands_there_costs_no_query_more_for_thirty_differences_than_for_three(
    as_rep: Client, marketer: User
) -> None:
    counts = []
    for number in (3, 30):
        words = [f"{place} is a word" for place in range(number)]
        version = TermVersionFactory.create(
            name_en=f"Lead {number}", sentence_en="Once.", examples={"is_en": words}
        )
        draft = draft_from(version, actor=marketer, at=NOW)
        others = [f"{place + 100} is a word" for place in range(number)]
        agreement = written(draft, marketer, examples={"is_en": others})
        UserFactory.create_batch(number)
        as_rep.get(f"/agreements/{agreement.pk}/")
        with CaptureQueriesContext(connection) as captured:
            as_rep.get(f"/agreements/{agreement.pk}/")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_it_is_said_in_french(as_rep: Client, rep: User, marketer: User) -> None:
    rep.language = "fr"
    rep.save(update_fields=["language"])
    agreement = a_definition(marketer)
    shown = text_of(above_the_signature(as_rep.get(f"/agreements/{agreement.pk}/").content.decode()))
    assert "En vigueur avec la signature de l’autre équipe, aussitôt" in shown
    assert "2 personnes, qui l’acceptent Marketing 1 · Ventes 1" in shown


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("1 200,50 €", True), ("-3 %", True), ("1/2", True), (" , ", False), ("1 " * 25_000 + "x", False)],
)
def test_a_number_is_told_from_words_however_long_they_are(text: str, is_one: bool) -> None:
    began = time.process_time()

    assert Place(1, "", text, "1", is_criteria=False).is_of_numbers is is_one
    assert time.process_time() - began < 3
