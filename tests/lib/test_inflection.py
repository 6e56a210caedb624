"""Forms of a word: what is found of it, in English and French, and what is another word."""

from __future__ import annotations

import pytest

from lib.inflection import Phrases


def found(phrase: str, text: str) -> str | None:
    phrases = Phrases.of([phrase])
    assert phrases is not None
    place = phrases.first_in(text)
    return text[place[0] : place[1]] if place else None


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("lead", "leads"),
        ("opportunity", "opportunities"),
        ("box", "boxes"),
        ("pitch", "pitches"),
        ("status", "statuses"),
        ("salesman", "salesmen"),
        ("knife", "knives"),
        ("client", "clientes"),
        ("prospect qualifié", "prospectes qualifiées"),
        ("acheteur", "acheteuses"),
        ("prescripteur", "prescriptrice"),
        ("commercial", "commerciaux"),
        ("commercial", "commerciales"),
        ("nouveau", "nouvelle"),
        ("actif", "actives"),
        ("premier", "premières"),
        ("bon", "bonnes"),
        ("sérieux", "sérieuse"),
        ("feu", "feux"),
        ("ancien", "anciennes"),
        ("public", "publiques"),
        ("professionnel", "professionnelles"),
        ("suspect", "SUSPECTS"),
        ("élève", "eleves"),
        ("eleve", "Élèves"),
        ("hot lead", "hot  leads"),
        ("hot lead", "hot-lead"),
        ("cœur de cible", "COEURS DE CIBLE"),
        ("prospect d’été", "prospects d'été"),
        ("prospect chaud", "prospects chauds"),
        ("client chaud", "clientes chaudes"),
        ("affaire en cours d’étude", "affaires en cours d’étude"),
        ("client parfait à rappeler", "cliente parfaite à rappeler"),
        ("représentant", "représentante"),
        ("qualifié", "QUALIFIÉES"),
        ("bureau", "bureaux"),
        ("quiz", "quizzes"),
        ("SAL", "SALs"),
        ("SAL", "sal"),
        ("demand", "demands"),
        ("visit", "visits"),
        ("person", "persons"),
        ("contact", "contacts"),
    ],
)
def test_a_form_of_the_word_is_the_word(word: str, form: str) -> None:
    assert found(word, f"Voir « {form} » ici.") == form


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("lead", "leader"),
        ("lead", "mislead"),
        ("cas", "cases"),
        ("plan", "plane"),
        ("client", "clientèle"),
        ("prospect", "prospecteur"),
        ("a.b", "aXb"),
        ("hot lead", "hot. Lead"),
        ("SAL", "sales"),
        ("SAL", "sale"),
        ("sal", "sales"),
        ("FINAL", "finaux"),
        ("demand", "demande de démo"),
        ("visit", "une visite"),
        ("person", "personne ne répond"),
        ("contact", "je contacte"),
        ("contact", "tu contactes"),
        ("lead contact", "le lead contacte"),
        ("prospect", "elle prospecte"),
        ("suspect", "on le suspecte"),
        ("question", "on questionne"),
        ("fonction", "cela fonctionne"),
        ("list", "une liste"),
        ("text", "le texte"),
        ("budget", "un poste budgété"),
        ("content", "contente"),
        ("segment", "on segmente"),
        ("signal", "on signale"),
        ("appel", "il appelle"),
        ("rappel", "on rappelle"),
        ("critic", "critique"),
        ("niveau", "cela nivelle"),
        ("lieu", "une lieue"),
        ("motif", "ce qui motive"),
        ("carrier", "sa carrière"),
        ("plant", "une plante"),
    ],
)
def test_another_word_is_not(word: str, other: str) -> None:
    assert found(word, f"Voir {other} ici.") is None


def test_what_is_found_is_told_as_it_is_written() -> None:
    assert found("cœur", "Le Cœur, œuvre d’Éloïse") == "Cœur"


def test_without_words_there_is_nothing_to_find() -> None:
    assert Phrases.of([" ", ""]) is None


def test_of_many_phrases_each_place_says_which_it_is_the_longest_first() -> None:
    phrases = Phrases.of(["lead", "hot lead", "prospect chaud"])
    text = "Deux prospects chauds : un hot-lead, des leads."

    assert phrases is not None
    assert [(text[start:end], phrase) for start, end, phrase in phrases.all_in(text)] == [
        ("prospects chauds", "prospect chaud"),
        ("hot-lead", "hot lead"),
        ("leads", "lead"),
    ]
