"""What touches carry beside their kind: written, held against, said and refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override

from lifecycle.criteria.catalogue import Catalogue, Fact, FactType, Words, touch_kind
from lifecycle.criteria.compare import short_change
from lifecycle.criteria.dump import dump
from lifecycle.criteria.evaluate import Snapshot, Touch, evaluate
from lifecycle.criteria.nodes import AttributeTest, TouchCount, Touches
from lifecycle.criteria.parse import parse, parse_written
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.reasons import reasons
from lifecycle.criteria.sentences import sentence
from lifecycle.criteria_search import find
from tests.lifecycle.criteria_examples import AT, CATALOGUE, OF_OLD
from tests.lifecycle.test_criteria_forms import bound, drawn, initial, written
from tests.lifecycle.test_criteria_sentences import in_french

HOUR = timedelta(hours=1)


def visit(where: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"touch": "page_view", "op": "at_least", "count": 1, "where": where} | more


def counts(where: dict[str, Any], *carried: dict[str, Any]) -> list[bool]:
    """Of each visit that carries this, whether it is one of those meant."""
    node = parse(visit(where), CATALOGUE)
    return [
        evaluate(node, Snapshot({}, (Touch("page_view", AT - HOUR, one),)), at=AT, catalogue=CATALOGUE).holds
        for one in carried
    ]


def refusals(tree: dict[str, Any], language: str = "en") -> list[tuple[str, str]]:
    with pytest.raises(CriteriaError) as caught:
        parse_written(tree, CATALOGUE)
    return [("/" + "/".join(map(str, each.path)), each.say(language)) for each in caught.value.problems]


# Meaning


def test_text_is_compared_without_regard_to_case() -> None:
    pricing, blog, nothing = {"path": "/Pricing/EU"}, {"path": "/blog"}, {"path": ""}
    assert counts({"path": "/pricing/eu"}, pricing, blog, nothing) == [True, False, False]
    assert counts({"path": {"op": "contains", "value": "PRICING"}}, pricing, blog, {}) == [True, False, False]
    assert counts({"path": {"op": "starts_with", "value": "/b"}}, pricing, blog) == [False, True]
    assert counts({"path": ["/blog", "/pricing/eu"]}, pricing, blog, nothing) == [True, True, False]


def test_numbers_have_bounds_and_a_text_is_no_number() -> None:
    visits: tuple[dict[str, Any], ...] = (
        {"seconds": 59},
        {"seconds": 60},
        {"seconds": 60.5},
        {"seconds": "60"},
        {"seconds": True},
        {},
    )
    assert counts({"seconds": {"op": "gte", "value": 60}}, *visits) == [
        False,
        True,
        True,
        False,
        False,
        False,
    ]
    assert counts({"seconds": {"op": "between", "value": [0, 60]}}, *visits) == [True, True, *[False] * 4]
    assert counts({"seconds": [59, 60.5]}, *visits) == [True, False, True, False, False, False]


def test_what_is_denied_is_true_of_a_touch_that_does_not_say() -> None:
    visits: tuple[dict[str, Any], ...] = ({"path": "/jobs/buyer"}, {"path": "/blog"}, {})
    assert counts({"path": {"op": "not_contains", "value": "/jobs"}}, *visits) == [False, True, True]
    assert counts({"path": {"op": "not_in", "value": ["/blog"]}}, *visits) == [True, False, True]
    assert counts({"path": {"op": "known"}}, *visits) == [True, True, False]
    assert counts({"path": {"op": "unknown"}}, *visits) == [False, False, True]


def test_a_touch_must_carry_everything_that_is_said() -> None:
    where = {"path": {"op": "contains", "value": "pricing"}, "seconds": {"op": "gt", "value": 30}}
    long, short = {"path": "/pricing", "seconds": 31}, {"path": "/pricing", "seconds": 30}
    assert counts(where, long, short) == [True, False]


def test_one_value_and_a_list_of_one_are_the_same_criteria() -> None:
    told = {"path": "/pricing"}, {"path": ["/pricing"]}, {"path": {"op": "is", "value": "/pricing"}}
    for where in told:
        assert dump(parse(visit(where), CATALOGUE)) == visit({"path": "/pricing"})
    listed = parse(visit({"path": {"op": "in", "value": ["/b", "/a"]}}), CATALOGUE)
    assert listed == TouchCount(
        Touches(("page_view",), (AttributeTest("path", "in", ("/a", "/b")),)), "at_least", 1
    )
    assert dump(listed)["where"] == {"path": ["/a", "/b"]}


def test_any_touch_may_be_asked_for_what_some_kind_carries() -> None:
    node = parse({"touch": "any", "op": "exactly", "count": 2, "where": {"outcome": "spoke"}}, CATALOGUE)
    touches = [Touch(kind, AT - HOUR, {"outcome": "spoke"}) for kind in ("call", "page_view")]
    assert evaluate(node, Snapshot({}, touches), at=AT, catalogue=CATALOGUE).holds


# What was signed before touches declared what they carry


@pytest.mark.parametrize(
    ("where", "touch", "meant", "others"),
    [
        ({"outcome": "spoke"}, ["call", "page_view"], {"outcome": "spoke"}, {"outcome": "voicemail"}),
        ({"url": "/Pricing"}, "page_view", {"url": "/Pricing"}, {"url": "/pricing"}),
        ({"path": 5}, "page_view", {"path": 5}, {"path": "5"}),
        ({"seconds": "30"}, "page_view", {"seconds": "30"}, {"seconds": 30}),
        ({"seconds": [30, "long"]}, "page_view", {"seconds": "long"}, {"seconds": True}),
        ({"outcome": "sneezed"}, "page_view", {"outcome": "sneezed"}, {"outcome": "Sneezed"}),
    ],
)
def test_what_was_signed_before_keeps_its_text_and_meaning_and_is_not_written_any_more(
    where: dict[str, Any], touch: Any, meant: dict[str, Any], others: dict[str, Any]
) -> None:
    tree = {"touch": touch, "op": "at_least", "count": 1, "where": where}
    node = parse(tree, CATALOGUE)
    kind = touch if isinstance(touch, str) else touch[0]

    held = [
        evaluate(node, Snapshot({}, (Touch(kind, AT - HOUR, one),)), at=AT, catalogue=CATALOGUE).holds
        for one in (meant, others, {})
    ]

    assert held == [True, False, False]
    assert dump(node) == tree
    assert len(refusals(tree)) == 1


@pytest.mark.parametrize(
    ("tree", "english", "french"),
    [
        (
            {"touch": ["call", "page_view"], "op": "at_least", "count": 1, "where": {"outcome": "spoke"}},
            "a call or a page visit whose outcome is spoke",
            "un appel ou une visite de page dont le résultat est échange",
        ),
        (
            visit({"seconds": "30", "url": "/x"}),
            "a page visit whose time on the page is “30” and whose “url” is “/x”",
            "une visite de page dont le temps passé est « 30 » et dont « url » est « /x »",
        ),
    ],
)
def test_what_was_signed_before_is_said(tree: dict[str, Any], english: str, french: str) -> None:
    node = parse(tree, CATALOGUE)
    assert sentence(node, CATALOGUE, "en") == english
    assert sentence(node, CATALOGUE, "fr") == in_french(french)


def test_a_comparison_of_what_a_kind_does_not_carry_was_never_signed() -> None:
    with pytest.raises(CriteriaError, match="carries no “Outcome”"):
        parse({"touch": "page_view", "op": "none", "where": {"outcome": {"op": "unknown"}}}, CATALOGUE)


# Words


@pytest.mark.parametrize(
    ("tree", "english", "french"),
    [
        (
            visit({"path": {"op": "contains", "value": "pricing"}, "seconds": {"op": "gte", "value": 1234}}),
            "a page visit whose address contains “pricing” and whose time on the page is at least 1,234\u00a0s",
            "une visite de page dont l’adresse contient « pricing » et dont le temps passé atteint au moins"
            " 1\u202f234\u00a0s",
        ),
        (
            visit({"path": {"op": "contains_none", "value": ["jobs", "press"]}}, count=3, within_days=7),
            "at least 3 page visits whose address contains neither “jobs” nor “press” in the last 7\u00a0days",
            "au moins 3 visites de page dont l’adresse ne contient ni « jobs » ni « press » dans les 7 derniers jours",
        ),
        (
            visit({"seconds": {"op": "between", "value": [10, 60]}}, human_only=True),
            "a page visit whose time on the page is between 10\u00a0s and 60\u00a0s (robots left out)",
            "une visite de page dont le temps passé va de 10\u00a0s à 60\u00a0s (hors robots)",
        ),
        (
            visit({"seconds": 30}),
            "a page visit whose time on the page is 30\u00a0s",
            "une visite de page dont le temps passé vaut 30\u00a0s",
        ),
        (
            visit({"path": {"op": "unknown"}}),
            "a page visit whose address is unknown",
            "une visite de page dont on ne connaît pas l’adresse",
        ),
        (
            {"any": [visit({"path": ["/a", "/b"]}), {"fact": "score.fit", "op": "gte", "value": 60}]},
            "a page visit whose address is “/a” or “/b”, or fit is at least 60",
            "une visite de page dont l’adresse est « /a » ou « /b », ou le fit atteint au moins 60",
        ),
        (
            {"touch": "demo_request", "op": "none", "where": {"depth": [1, True]}},
            "no demo request whose “depth” is yes or 1",
            "aucune demande de démo dont « depth » est oui ou 1",
        ),
    ],
)  # fmt: skip
def test_what_touches_carry_is_said(tree: dict[str, Any], english: str, french: str) -> None:
    node = parse(tree, CATALOGUE)
    assert sentence(node, CATALOGUE, "en") == english
    assert sentence(node, CATALOGUE, "fr") == in_french(french)


def test_the_reason_says_what_was_looked_for() -> None:
    node = parse(visit({"path": {"op": "contains", "value": "pricing"}}, within_days=30), CATALOGUE)
    nobody = evaluate(node, Snapshot({}, ()), at=AT, catalogue=CATALOGUE)
    assert reasons(nobody, CATALOGUE, "en", at=AT) == [
        "no page visit whose address contains “pricing” in the last 30\u00a0days, at least 1 needed"
    ]
    assert reasons(nobody, CATALOGUE, "fr", at=AT) == [
        in_french(
            "aucune visite de page dont l’adresse contient « pricing » dans les 30 derniers jours,"
            " il en faut au moins 1"
        )
    ]


def test_a_change_of_what_they_carry_is_not_told_as_one_of_the_number() -> None:
    was, now = (parse(visit({"path": path}), CATALOGUE) for path in ("/pricing", "/blog"))
    assert isinstance(was, TouchCount)
    assert isinstance(now, TouchCount)
    assert short_change(was, now, CATALOGUE, "en") == ""


# Refusals


@pytest.mark.parametrize(
    ("where", "touch", "path", "english", "french"),
    [
        (
            {"outcome": "spoke"}, "page_view", "/where",
            "“Page visit” carries no “Outcome”. Choose another touch, or let it be anything.",
            "« Visite de page » ne porte pas la donnée « Résultat ». Choisir une autre interaction,"
            " ou la laisser libre.",
        ),
        (
            {"path": "/x"}, ["call", "page_view"], "/where",
            "“Call” carries no “Page address”. Choose another touch, or let it be anything.",
            "« Appel » ne porte pas la donnée « Adresse de la page ». Choisir une autre interaction,"
            " ou la laisser libre.",
        ),
        (
            {"colour": "red"}, "page_view", "/where",
            "This touch carries nothing called “colour”.",
            "Cette interaction ne porte rien qui s’appelle « colour ».",
        ),
        (
            {"seconds": {"op": "contains", "value": 5}}, "page_view", "/where/seconds/op",
            "“contains” does not fit here. Choose one of: gte, gt, lte, lt, between, is, is_not, known, unknown.",
            "« contains » ne convient pas ici. Choisir parmi : gte, gt, lte, lt, between, is, is_not, known, unknown.",
        ),
        (
            {"seconds": {"op": "gte", "value": "long"}}, "page_view", "/where/seconds/value",
            "A number is needed here.", "Un nombre est attendu ici.",
        ),
        ({"seconds": {"op": "gte"}}, "page_view", "/where/seconds", "A value is missing.", "Il manque une valeur."),
        (
            {"path": {"op": "known", "value": 1}}, "page_view", "/where/path/value",
            "This operator takes no value.", "Cet opérateur ne prend pas de valeur.",
        ),
        (
            {"path": {"op": "is", "value": "x", "case": 1}}, "page_view", "/where/path",
            "“case” has no meaning here.", "« case » n’a pas de sens ici.",
        ),
        (
            {"outcome": ["spoke", "sneezed"]}, "call", "/where/outcome/1",
            "“sneezed” is not one of the choices.", "« sneezed » ne fait pas partie des choix.",
        ),
        (
            {f"a{number}": 1 for number in range(6)}, "demo_request", "/where",
            "At most 5 values are allowed.", "5 valeurs au plus sont admises.",
        ),
        (
            {"path": {"op": "contains_any", "value": [str(number) for number in range(51)]}},
            "page_view", "/where/path/value",
            "At most 50 values are allowed.", "50 valeurs au plus sont admises.",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_at_its_node(
    where: dict[str, Any], touch: Any, path: str, english: str, french: str
) -> None:
    tree = {"touch": touch, "op": "none", "where": where}
    assert refusals(tree) == [(path, english)]
    assert [(place, said.replace("\u00a0", " ")) for place, said in refusals(tree, "fr")] == [(path, french)]


def test_a_key_has_one_type_whatever_the_kind() -> None:
    kinds = [
        touch_kind(
            kind,
            en=("a", kind, kind),
            fr=("un", kind, kind),
            attributes=(Fact("size", type, Words("S", "S"), Words("s", "s")),),
        )
        for kind, type in (("one", FactType.TEXT), ("other", FactType.NUMBER))
    ]
    with pytest.raises(ValueError, match="two types"):
        Catalogue(touches=tuple(kinds))


# The form


VISITS = {"all": [visit({"path": {"op": "contains", "value": "pricing"}})]}


def test_what_they_carry_is_chosen_then_compared() -> None:
    data = written(initial({"all": [{"touch": "page_view", "op": "none"}]}), r_0__having="seconds")
    data["criteria-do"] = "update:r_0"
    form = bound(data)
    offered = [control for control in form.root.children[0].controls if control.name == "having"]
    assert [option.value for _, options in offered[0].options for option in options] == [
        "",
        "path",
        "signed_in",
    ]
    page = drawn(form)
    assert "whose time on the page" in page
    assert '<option value="gte" selected>is at least</option>' in page
    data = written(form)
    data["criteria-r_0-where.seconds"] = "30"
    saved = bound(data)
    assert saved.is_valid(), saved.problems
    assert saved.tree == {
        "all": [{"touch": "page_view", "op": "none", "where": {"seconds": {"op": "gte", "value": 30}}}]
    }


def test_what_may_be_anything_again_is_gone() -> None:
    data = written(initial(VISITS))
    data["criteria-r_0-has.path"] = ""
    form = bound(data)
    assert form.tree == {"all": [{"touch": "page_view", "op": "at_least", "count": 1}]}
    assert "where.path" not in drawn(form)


def test_what_the_new_kind_does_not_carry_is_an_error_at_its_line_and_can_be_let_go() -> None:
    data = written(initial({"all": [{"touch": "call", "op": "none"}, *VISITS["all"]]}))
    data.setlist("criteria-r_1-touch", ["call"])
    form = bound(data)
    assert not form.is_valid()
    first, second = form.root.children
    assert first.errors == ()
    assert second.errors == (
        "“Call” carries no “Page address”. Choose another touch, or let it be anything.",
    )
    data["criteria-r_1-has.path"] = ""
    assert bound(data).is_valid()


def test_what_was_signed_before_opens_in_the_form_and_is_refused_when_it_is_kept() -> None:
    tree = {"touch": ["call", "page_view"], "op": "at_least", "count": 1, "where": {"outcome": "spoke"}}
    form = initial(tree)
    assert form.sentences[0][1] == "a call or a page visit whose outcome is spoke"
    saved = bound(written(form))
    assert not saved.is_valid()
    assert saved.root.children[0].errors == (
        "“Page visit” carries no “Outcome”. Choose another touch, or let it be anything.",
    )


@pytest.mark.parametrize("where", OF_OLD)
@pytest.mark.parametrize("touch", ["page_view", "demo_request", "any", ["call", "page_view"]])
def test_whatever_was_signed_before_is_shown_by_the_builder_with_its_sentence(
    where: dict[str, Any], touch: Any
) -> None:
    form = initial({"touch": touch, "op": "none", "where": where})
    assert "whose" in form.sentences[0][1]
    assert all(f"where.{key}" in drawn(form) for key in where)
    assert drawn(bound(written(form)))


def test_a_value_that_is_missing_or_no_number_is_said_at_the_line() -> None:
    data = written(initial({"all": [visit({"seconds": {"op": "gte", "value": 30}})]}))
    data["criteria-r_0-where.seconds"] = ""
    assert bound(data).root.children[0].errors == ("A value is missing.",)
    data["criteria-r_0-where.seconds"] = "long"
    form = bound(data)
    assert form.root.children[0].errors == ("A number is needed here.",)
    assert 'value="long"' in drawn(form)


def test_in_french_the_line_reads_as_its_sentence() -> None:
    with override("fr"):
        page = drawn(initial(VISITS))
    assert "dont l’adresse" in page
    assert "seulement selon …" in page
    assert "peu importe" in page


def test_touches_are_found_by_what_only_they_carry() -> None:
    found = find("time on the page", CATALOGUE)
    assert found.touches == (("page_view", "Page visit"),)
