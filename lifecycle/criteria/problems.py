"""What may be wrong with a tree, where, and how to say it in both languages. Knows no tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lifecycle.criteria.catalogue import Words
from lifecycle.criteria.nodes import Path, show_path

_MESSAGES: Mapping[str, Words] = {
    "takes_long": Words(
        "This would take long to answer for every contact. Give it a window of days, name the kinds of touches, "
        "or ask for less text to be searched.",
        "La réponse pour chaque contact prendrait trop de temps. Fixer une durée en jours, préciser les "
        "interactions ou réduire la recherche dans les textes.",
    ),
    "not_a_node": Words(
        "A criterion is an object with all, any, not, fact or touch.",
        "Un critère est un objet avec all, any, not, fact ou touch.",
    ),
    "unknown_key": Words("“{key}” has no meaning here.", "« {key} » n’a pas de sens ici."),
    "missing": Words("“{key}” is missing.", "« {key} » manque."),
    "too_deep": Words("At most {limit} levels can be nested.", "{limit} niveaux au plus s’imbriquent."),
    "too_many_nodes": Words(
        "At most {limit} criteria and groups fit in one definition.",
        "Une définition contient au plus {limit} critères et groupes.",
    ),
    "not_an_object": Words("An object is needed here.", "Un objet est attendu ici."),
    "not_a_list": Words("A list is needed here.", "Une liste est attendue ici."),
    "empty_list": Words("Choose at least one value.", "Choisir au moins une valeur."),
    "list_too_long": Words("At most {limit} values are allowed.", "{limit} valeurs au plus sont admises."),
    "unknown_fact": Words(
        "No fact is called “{key}”. Choose one of the list.",
        "Aucun fait ne s’appelle « {key} ». Choisir dans la liste.",
    ),
    "unknown_touch": Words(
        "No touch is called “{key}”. Choose one of the list.",
        "Aucune interaction ne s’appelle « {key} ». Choisir dans la liste.",
    ),
    "unknown_attribute": Words(
        "This touch carries nothing called “{key}”.",
        "Cette interaction ne porte rien qui s’appelle « {key} ».",
    ),
    "attribute_elsewhere": Words(
        "“{kind_en}” carries no “{attribute_en}”. Choose another touch, or let it be anything.",
        "« {kind_fr} » ne porte pas la donnée « {attribute_fr} ». Choisir une autre interaction, ou la laisser libre.",
    ),
    "unknown_operator": Words(
        "“{key}” does not fit here. Choose one of: {allowed}.",
        "« {key} » ne convient pas ici. Choisir parmi : {allowed}.",
    ),
    "unknown_choice": Words("“{key}” is not one of the choices.", "« {key} » ne fait pas partie des choix."),
    "value_not_wanted": Words("This operator takes no value.", "Cet opérateur ne prend pas de valeur."),
    "value_missing": Words("A value is missing.", "Il manque une valeur."),
    "not_text": Words("Text is needed here.", "Un texte est attendu ici."),
    "empty_text": Words("The text is empty.", "Le texte est vide."),
    "text_too_long": Words(
        "The text is longer than {limit} characters.", "Le texte dépasse {limit} caractères."
    ),
    "text_unstorable": Words(
        "The text holds a character that cannot be stored.",
        "Le texte contient un caractère impossible à enregistrer.",
    ),
    "not_number": Words("A number is needed here.", "Un nombre est attendu ici."),
    "number_too_fine": Words(
        "At most {limit} decimals are allowed.", "{limit} décimales au plus sont admises."
    ),
    "number_out_of_range": Words(
        "The number must lie between {low} and {high}.", "Le nombre doit être compris entre {low} et {high}."
    ),
    "not_whole": Words("A whole number is needed here.", "Un nombre entier est attendu ici."),
    "not_date": Words(
        "A day is needed here, written like 2026-03-31.", "Un jour est attendu ici, écrit comme 2026-03-31."
    ),
    "not_moment": Words(
        "A moment with its zone is needed here, written like 2026-03-31T09:00:00+02:00.",
        "Un moment avec son fuseau est attendu ici, écrit comme 2026-03-31T09:00:00+02:00.",
    ),
    "not_boolean": Words("Yes or no is needed here.", "Oui ou non est attendu ici."),
    "not_pair": Words("Two values are needed here.", "Deux valeurs sont attendues ici."),
    "pair_reversed": Words(
        "The first value must not exceed the second.", "La première valeur ne doit pas dépasser la seconde."
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place. `code` is stable; `parameters` fill its message."""

    path: Path
    code: str
    parameters: tuple[tuple[str, str | int], ...] = ()

    def say(self, language: str) -> str:
        """The message alone, without the place."""
        return _MESSAGES[self.code].of(language).format(**dict(self.parameters))


class CriteriaError(ValueError):
    """A refused tree, with everything found wrong. Its text names the path of each node, in English."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(f"{show_path(problem.path)}: {problem.say('en')}" for problem in self.problems)
        )


def refused(path: Path, code: str, **parameters: str | int) -> CriteriaError:
    """The refusal of a tree for one thing wrong."""
    return CriteriaError([Problem(path, code, tuple(parameters.items()))])


def brief(key: object) -> str:
    """What was sent as a message may show it: its beginning, without signs that cannot be seen."""
    text = str(key)
    shown = "".join(letter if letter.isprintable() else "�" for letter in text[:60])
    return shown + ("…" if len(text) > 60 else "")
