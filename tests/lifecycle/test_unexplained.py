"""Which words of a procedure are told to whoever writes it, and which everyday ones are not."""

from __future__ import annotations

import time

import pytest

from lib import inflection
from lifecycle.autolinks import Phrases
from lifecycle.default_procedures import PROCEDURES
from lifecycle.glossary_gaps import gaps_of, shelves
from lifecycle.models import Term
from lifecycle.unexplained import Gap, Shelf, gaps, in_both
from tests.factories.lifecycle import StatusFactory, TermVersionFactory

SHELF = Shelf(
    explained=Phrases.of([("MQL", "mql", False), ("cold lead", "cold", False), ("Gone dark", "dark", True)]),
    drafted=Phrases.of([("field audit", "audit", False)]),
    never=inflection.Phrases.of(["hot lead", "lead", "prospect chaud", "opportunity"]),
    own=Phrases.of([("On hold", "status:hold", True)]),
    terms={"audit": ("field-audit", "Field audit")}
    | dict.fromkeys(("hot lead", "lead", "prospect chaud", "opportunity"), ("mql", "MQL")),
)


def nowhere(*texts: str) -> list[str]:
    return [gap.word for gap in gaps(texts, SHELF) if gap.why == "nowhere"]


def test_abbreviations_that_are_explained_nowhere_are_told() -> None:
    assert nowhere("Send the MQLs to the BDR, with the NDA.", "Ask the BDR.") == ["BDR", "NDA"]


def test_a_word_that_is_never_said_comes_first_with_what_is_said_instead() -> None:
    assert gaps(["Call the Hot leads at once; plan a field audit with ACME."], SHELF) == [
        Gap("Hot leads", "never", "mql", "MQL"),
        Gap("field audit", "draft", "field-audit", "Field audit"),
        Gap("ACME", "nowhere"),
    ]


def test_a_forbidden_word_inside_one_that_is_explained_is_not_told() -> None:
    assert gaps(["A cold lead waits."], SHELF) == []


def test_a_forbidden_word_is_told_although_it_stands_inside_an_explained_one_elsewhere() -> None:
    assert gaps(["A cold lead waits.", "Call the lead, never a cold lead."], SHELF) == [
        Gap("lead", "never", "mql", "MQL")
    ]
    assert gaps(["A cold lead waits, and another cold lead."], SHELF) == []


@pytest.mark.parametrize("word", ["prospects chauds", "Opportunities", "hot-leads"])
def test_a_forbidden_word_is_told_in_all_its_forms(word: str) -> None:
    assert gaps([f"Say {word}."], SHELF) == [Gap(word, "never", "mql", "MQL")]


def test_a_gap_says_of_which_language_it_is_and_one_of_both_is_told_once() -> None:
    english, french = (gaps([text], SHELF) for text in ("A hot lead, by NDA.", "Des prospects chauds, NDA."))

    assert in_both({"fr": french, "en": english}) == [
        Gap("prospects chauds", "never", "mql", "MQL", "fr"),
        Gap("hot lead", "never", "mql", "MQL", "en"),
        Gap("NDA", "nowhere"),
    ]


def test_a_status_that_no_term_explains_is_told_as_it_is_written_only() -> None:
    assert nowhere("Set it to On hold.") == ["On hold"]
    assert nowhere("Put the call on hold.") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mark it “blue file” and go on.", ["blue file"]),
        ("Le ranger en « dossier bleu » le jour même.", ["dossier bleu"]),
        ('Mark it "blue file".', ["blue file"]),
        ("Says “Good morning, I call about your visit of the fair.”", []),
        ("Asks “Really?” twice.", []),
        ("Says “cold lead”.", []),
        ("Waits “24” hours.", []),
    ],
)
def test_what_is_quoted_is_a_word_and_what_somebody_says_is_not(text: str, words: list[str]) -> None:
    assert nowhere(text) == words


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["Opens the Ledger.", "Closes the Ledger again."], ["Ledger"]),
        (["Ouvre le Registre.", "Ferme le Registre ensuite."], ["Registre"]),
        (["Opens the Ledger."], []),
        (["Calls. Then writes. Then waits.", "Then goes."], []),
        (["Comes on Monday, in March.", "Goes on Monday, in March."], []),
        (["Sets it to Gone dark.", "Leaves it Gone dark."], []),
    ],
)
def test_a_name_that_comes_back_is_a_word_of_the_house(texts: list[str], words: list[str]) -> None:
    assert nowhere(*texts) == words


@pytest.mark.django_db
def test_the_procedures_of_a_new_installation_have_no_such_words() -> None:
    """The measure of noise: nine procedures written by people, held against the glossary they were written with."""
    found = {}
    for each in PROCEDURES:
        texts = {
            language: [getattr(each, f"name_{language}"), getattr(each, f"purpose_{language}")]
            + [str(step[f"{name}_{language}"]) for step in each.steps for name in ("who", "what", "where")]  # type: ignore[literal-required] # by language
            for language in ("en", "fr")
        }
        found[each.slug] = [(gap.word, gap.why, gap.language) for gap in gaps_of(texts, "en")]
    assert {slug: words for slug, words in found.items() if words} == {}


@pytest.mark.django_db
def test_a_status_of_the_companys_own_is_told_until_a_term_explains_it() -> None:
    StatusFactory.create(key="on_hold", name_en="On hold", name_fr="En pause")
    texts = {"en": ["Set it to On hold."], "fr": ["Le passer En pause."]}
    assert [(gap.word, gap.language) for gap in gaps_of(texts, "en")] == [
        ("On hold", "en"),
        ("En pause", "fr"),
    ]

    TermVersionFactory.create(
        term=Term.objects.create(slug="on-hold", covers="status:on_hold"),
        name_en="On hold",
        name_fr="En pause",
    )
    assert gaps_of(texts, "en") == []


@pytest.mark.django_db
def test_a_draft_of_a_term_in_force_is_no_draft() -> None:
    version = TermVersionFactory.create(name_en="Warm lead")
    TermVersionFactory.create(
        term=version.term, name_en="Warm lead", agreement__in_force=False, agreement__number=2
    )
    assert gaps_of({"en": ["A warm lead."], "fr": []}, "en") == []


@pytest.mark.django_db
def test_what_is_never_said_is_told_of_either_text_with_what_that_language_says() -> None:
    TermVersionFactory.create(
        term__slug="warm-lead", name_en="Warm lead", name_fr="Lead tiède", forbidden_synonyms=["piste tiède"]
    )
    texts = {"en": ["Nothing."], "fr": ["Appeler les pistes tièdes."]}

    for reader in ("en", "fr"):
        assert gaps_of(texts, reader) == [Gap("pistes tièdes", "never", "warm-lead", "Lead tiède", "fr")]


@pytest.mark.django_db
def test_the_shelves_cost_the_same_for_three_terms_and_for_thirty(django_assert_num_queries: object) -> None:
    TermVersionFactory.create_batch(3)
    shelves()
    with django_assert_num_queries(4):  # type: ignore[operator] # a fixture of the plugin
        shelves()
    TermVersionFactory.create_batch(27)
    shelves()
    with django_assert_num_queries(4):  # type: ignore[operator] # a fixture of the plugin
        shelves()


@pytest.mark.parametrize("text", ["“" * 50_000, "«" + " " * 50_000, "« " * 25_000, '"' * 49_999])
def test_quotes_that_never_close_are_read_once(text: str) -> None:
    began = time.process_time()

    assert nowhere(text) == []
    assert time.process_time() - began < 3


def test_the_inner_one_of_two_quotes_that_open_is_the_word() -> None:
    assert nowhere("Dites « le « grand lot » demain.") == ["grand lot"]


def test_a_text_of_nothing_but_words_of_the_glossary_is_read_once() -> None:
    began = time.process_time()

    found = gaps(["MQL cold lead hot lead " * 2_200], SHELF)
    assert [(gap.word, gap.why) for gap in found] == [("hot lead", "never")]
    assert time.process_time() - began < 3
