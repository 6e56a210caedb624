"""Words of the glossary in a text: longest first, each once, never nested, always at an end."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.autolinks import Phrases, find


def marked(
    text: str, *phrases: tuple[str, str], exact: frozenset[str] = frozenset(), without: str = ""
) -> str:
    """The text with [key:words] where a term was found."""
    wanted = Phrases.of((phrase, key, phrase in exact) for phrase, key in phrases)
    result, place = "", 0
    for span in find([text], wanted, without=frozenset({without})):
        result += f"{text[place : span.start]}[{span.key}:{text[span.start : span.end]}]"
        place = span.end
    return result + text[place:]


LEAD = ("lead", "lead")
QUALIFIED = ("qualified lead", "qualified")
MARKETING = ("marketing qualified lead", "mql")


def test_the_longest_of_three_that_begin_at_different_words_has_the_place() -> None:
    found = marked("A marketing qualified lead is called.", LEAD, QUALIFIED, MARKETING)

    assert found == "A [mql:marketing qualified lead] is called."


def test_of_two_that_overlap_the_longer_has_the_place_even_when_it_begins_later() -> None:
    found = marked(
        "the sales team lead time", ("team lead", "a"), ("lead time budget", "b"), ("lead time", "c")
    )

    assert found == "the sales [a:team lead] time"
    assert marked("open deal pipeline review", ("open deal", "a"), ("deal pipeline review", "b")) == (
        "open [b:deal pipeline review]"
    )


def test_a_term_is_linked_once_and_a_shorter_one_elsewhere_still_is() -> None:
    found = marked("A qualified lead is a lead; a lead is not a qualified lead.", LEAD, QUALIFIED)

    assert found == "A [qualified:qualified lead] is a [lead:lead]; a lead is not a qualified lead."


def test_a_synonym_links_to_its_term_once_between_all_of_its_words() -> None:
    assert (
        marked("MQL or marketing qualified lead", MARKETING, ("MQL", "mql"))
        == "MQL or [mql:marketing qualified lead]"
    )


def test_the_term_that_a_text_defines_is_not_linked_in_it() -> None:
    assert marked("A lead is a lead.", LEAD, without="lead") == "A lead is a lead."


def test_case_accents_and_the_plural_do_not_matter() -> None:
    assert marked("Les Réponses qualifiées", ("reponse", "a")) == "Les [a:Réponses] qualifiées"
    assert marked("MQLs arrive", ("MQL", "mql")) == "[mql:MQLs] arrive"
    assert marked("Les leads qualifiés", ("lead qualifié", "a")) == "Les [a:leads qualifiés]"


def test_a_word_inside_another_is_none() -> None:
    assert marked("leadership misleads", LEAD) == "leadership misleads"


def test_a_name_does_not_reach_over_a_full_stop() -> None:
    assert marked("We win. Lead on.", ("win lead", "a")) == "We win. Lead on."
    assert marked("a win-lead is", ("win lead", "a")) == "a [a:win-lead] is"


def test_a_name_that_is_an_ordinary_word_counts_only_as_written() -> None:
    new = frozenset({"New"})

    assert marked("a new contact", ("New", "new"), exact=new) == "a new contact"
    assert marked("its status is New", ("New", "new"), exact=new) == "its status is [new:New]"


def test_names_of_signs_or_of_nothing_are_not_looked_for() -> None:
    assert marked("a ( b .* c", ("(", "a"), (".*", "b"), ("", "c"), (" ", "d")) == "a ( b .* c"


def test_a_name_that_repeats_itself_ends() -> None:
    assert marked("a a a a a", ("a a", "x"), ("a a a", "y"), ("a", "z")) == "[y:a a a] [x:a a]"


WORDS = st.sampled_from(["a", "b", "ab", "A", "é", "e", "lead", "leads", "-", ".", " "])
TEXTS = st.lists(WORDS, max_size=14).map(" ".join)


@given(TEXTS, st.lists(st.tuples(TEXTS, st.sampled_from("klmn")), max_size=8))
def test_whatever_the_names_links_stand_in_order_apart_and_once_each(
    text: str, phrases: list[tuple[str, str]]
) -> None:
    spans = find([text], Phrases.of((phrase, key, False) for phrase, key in phrases))

    assert all(one.end <= two.start for one, two in itertools.pairwise(spans))
    assert len({span.key for span in spans}) == len(spans)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
