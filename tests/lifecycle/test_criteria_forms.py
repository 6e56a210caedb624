"""The builder as a person without JavaScript meets it: fields, buttons, errors at their line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.translation import override
from hypothesis import given

from lifecycle.criteria.dump import dump
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria_forms import CriteriaForm
from tests.lifecycle.criteria_examples import CATALOGUE, trees
from tests.lifecycle.test_criteria_draft_json import plain

FIT = {"fact": "score.fit", "op": "gte", "value": 60}
COMPETITOR = {"fact": "persona", "op": "is", "value": "competitor"}
DEMO = {"touch": "demo_request", "op": "at_least", "count": 1, "within_days": 30}
TREE = {"all": [FIT, {"not": {"any": [COMPETITOR, DEMO]}}]}


class Fields(HTMLParser):
    """What a browser would send: the successful controls of a page, and the buttons that were not pressed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self._select = self._text = ""
        self._options: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "select":
            self._select, self._options = found["name"], []
        elif tag == "option":
            self._options.append((found["value"], "selected" in found))
        elif tag == "textarea":
            self._text = found["name"]
            self.sent.append((self._text, ""))
        elif tag == "button" and "name" in found:
            self.buttons.append((found["name"], found["value"]))
        elif tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            self.sent.append((found["name"], found["value"]))

    def handle_data(self, data: str) -> None:
        if self._text:
            self.sent[-1] = (self._text, self.sent[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""
        elif tag == "select":
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.sent.append((self._select, chosen[-1]))


def drawn(form: CriteriaForm) -> str:
    return render_to_string("lifecycle/criteria/_builder.html", {"criteria": form})


def written(form: CriteriaForm, press: str = "", **changes: str) -> QueryDict:
    """The form sent again as it is drawn, with some fields changed (`r_0__value="7"`) and a button pressed."""
    page = Fields(drawn(form))
    data = QueryDict(mutable=True)
    for name, value in page.sent:
        data.appendlist(name, value)
    for name, value in changes.items():
        key = f"criteria-{name.replace('__', '-')}"
        assert key in data
        data[key] = value
    if press:
        assert ("criteria-do", press) in page.buttons
        data["criteria-do"] = press
    return data


def bound(data: QueryDict, **options: Any) -> CriteriaForm:
    return CriteriaForm(data, catalogue=CATALOGUE, **options)


def initial(tree: dict[str, Any]) -> CriteriaForm:
    return CriteriaForm(catalogue=CATALOGUE, initial=tree)


@given(trees())
def test_a_form_sent_back_untouched_gives_the_same_tree(tree: dict[str, Any]) -> None:
    node = parse(tree, CATALOGUE)
    form = bound(written(initial(dump(node))))
    assert form.is_valid(), form.problems
    wanted = parse(dump(node), CATALOGUE)
    assert form.node is not None
    assert plain(form.node) in (plain(wanted), plain(parse({"all": [dump(node)]}, CATALOGUE)))


@given(trees())
def test_every_id_of_a_page_is_there_once(tree: dict[str, Any]) -> None:
    ids = Fields(drawn(initial(tree))).ids
    assert len(ids) == len(set(ids))


def test_a_changed_value_is_in_the_tree() -> None:
    form = bound(written(initial(TREE), r_0__value="75"))
    assert form.is_valid()
    assert form.tree["all"][0] == FIT | {"value": 75}


def test_a_button_of_the_builder_saves_nothing_and_changes_the_lines() -> None:
    form = bound(written(initial(TREE), press="remove:r_0"))
    assert form.is_command
    assert not form.is_valid()
    assert [line.kind for line in form.root.children] == ["none"]


def test_a_removed_line_comes_back_by_undo() -> None:
    removed = bound(written(initial(TREE), press="remove:r_1"))
    again = bound(written(removed, press="undo"))
    assert again.is_command
    assert bound(written(again)).tree == initial(TREE).tree


def test_a_new_line_asks_for_its_fact_and_takes_the_focus() -> None:
    form = bound(written(initial(TREE), press="fact:r"))
    assert form.root.children[2].has_focus
    assert "Choose a fact" in drawn(form)
    assert form.root.children[2].errors == ()


def test_choosing_another_fact_offers_its_operators() -> None:
    data = written(initial(TREE), r_0__fact="renewal")
    data["criteria-do"] = "refresh:r_0"
    form = bound(data)
    fact, op, value = form.root.children[0].controls
    assert (fact.value, op.value, value.after) == ("renewal", "within_last_days", "days ago")


def test_the_button_of_a_line_keeps_it_in_hand_and_a_script_keeps_the_field() -> None:
    for command, has_focus in (("update:r_0", True), ("refresh:r_0", False)):
        data = written(initial(TREE))
        data["criteria-do"] = command
        assert bound(data).root.children[0].has_focus is has_focus


def test_an_incomplete_line_is_refused_at_its_place_and_keeps_what_was_typed() -> None:
    form = bound(written(initial(TREE), r_1_1__count="many", r_0__value=""))
    assert not form.is_valid()
    first, group = form.root.children
    assert first.errors == ("A value is missing.",)
    assert group.children[1].errors == ("A whole number is needed here.",)
    assert group.children[0].errors == ()
    page = drawn(form)
    assert 'value="many"' in page
    assert 'role="alert"' in page
    assert form.sentences == []


def test_the_sentence_stands_below_in_the_readers_language_first() -> None:
    with override("fr"):
        assert [language for language, _ in initial(FIT).sentences] == ["fr", "en"]
        assert '<p class="sm-sentence" lang="fr">Le fit atteint au moins 60.</p>' in drawn(initial(FIT))
    assert '<p class="sm-sentence" lang="en">Fit is at least 60.</p>' in drawn(initial(FIT))


def test_values_that_look_like_html_are_text() -> None:
    page = drawn(initial({"fact": "job_title", "op": "in", "value": ["</textarea><script>", '"><b>']}))
    assert "<script>" not in page
    assert "<b>" not in page


def test_facts_alone_offer_no_touch_and_accept_none() -> None:
    form = CriteriaForm(catalogue=CATALOGUE, initial=FIT, touches=False)
    assert "touch:r" not in drawn(form)
    forged = written(initial({"touch": "any", "op": "none"}))
    assert not bound(forged, touches=False).is_valid()


def test_each_line_shows_how_many_match() -> None:
    asked: list[Node] = []

    def counter(nodes: Sequence[Node]) -> list[int]:
        asked.extend(nodes)
        return list(range(100, 100 + len(nodes)))

    form = CriteriaForm(catalogue=CATALOGUE, initial=TREE, counter=counter)
    assert form.root.count == 100
    assert [line.count for line in form.root.children] == [101, 102]
    assert len(asked) == 5
    assert '<span class="visually-hidden">matching now: </span>101' in drawn(form)


def test_lines_that_differ_from_the_version_in_force_are_marked() -> None:
    draft = {"all": [FIT | {"value": 65}, COMPETITOR]}
    form = CriteriaForm(catalogue=CATALOGUE, initial=draft, previous={"all": [FIT]})
    assert [line.change for line in form.root.children] == ["60 → 65", "new"]
    assert [(piece.kind, piece.text) for piece in form.comparison] == [
        ("same", "fit is at least "),
        ("removed", "60"),
        ("added", "65 and the persona is Competitor"),
    ]


@pytest.mark.parametrize(
    "forged",
    [
        {"criteria-r-kind": "explosion"},
        {"criteria-r-kind": "all", "criteria-r_0-kind": "all", "criteria-do": "nest:r_0_0_0_0_0_0_0_0"},
        {"criteria-r-kind": "all", "criteria-do": "undo", "criteria-undo": "[" * 10_000},
        {"criteria-r-kind": "all", "criteria-do": "undo", "criteria-undo": '{"touch":7,"op":{}}'},
        {"criteria-r-kind": "all", "criteria-do": "undo", "criteria-undo": '{"not":7}'},
        {"criteria-r-kind": "fact", "criteria-r-fact": "x\0", "criteria-r-value": "y"},
        {"criteria-r-kind": "touch", "criteria-r-where.a'": "=5", "criteria-r-days": "9" * 400},
        {f"criteria-r{'_0' * depth}-kind": "any" for depth in range(30)},
        {"criteria-r-kind": "all"} | {f"criteria-r_{number}-kind": "fact" for number in range(900)},
    ],
)
def test_a_forged_form_is_drawn_or_refused_and_never_breaks(forged: dict[str, str]) -> None:
    data = QueryDict(mutable=True)
    data.update(forged)
    form = bound(data)
    assert drawn(form)
    form.is_valid()


def test_every_visible_word_of_the_page_is_translated() -> None:
    with override("fr"):
        page = drawn(CriteriaForm(catalogue=CATALOGUE, initial=TREE))
    french = re.sub(r'<p class="sm-sentence" lang="en">.*?</p>', "", page)
    for english in ("Choose", "Remove", "Group", "holds", "Operator", "Days", "robots left out", "at least"):
        assert not re.search(rf">[^<]*\b{english}\b", french), english


@pytest.mark.parametrize("name", ["touch", "value", "where.outcome"])
def test_of_a_list_without_end_no_more_is_drawn_than_says_that_it_is_too_long(name: str) -> None:
    """Each may be a choice of its own: a thousand of them took the page half a minute."""
    sent = QueryDict(mutable=True)
    sent.update({"criteria-r-kind": "all", "criteria-r_0-kind": "touch", "criteria-r_0-op": "at_least"})
    sent.update({"criteria-r_0-touch": "call", "criteria-r_0-count": "1"})
    sent[f"criteria-r_0-{name}"] = "x\n" * 100_000
    form = CriteriaForm(sent, catalogue=CATALOGUE)
    line = form.draft.at((0,))
    assert line is not None
    assert len(line.fields[name]) == 200
