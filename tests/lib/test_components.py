"""Small parts are drawn once for the same words, in each language, and never stand for another’s."""

from __future__ import annotations

from typing import Any

from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy


def drawn(source: str, **values: Any) -> str:
    return str(Template("{% load components %}" + source).render(Context(values))).strip()


class Person:
    """Who can change between two drawings."""

    def __init__(self, name: str, initials: str, side: str | None) -> None:
        self.name, self.initials, self.side = name, initials, side

    def __str__(self) -> str:
        return self.name


def test_a_text_marked_safe_never_stands_for_one_that_was_not() -> None:
    source = "{% chip text %}"
    assert "<i>" in drawn(source, text=mark_safe("<i>"))
    assert "<i>" not in drawn(source, text="<i>")
    assert "&lt;i&gt;" in drawn(source, text="<i>")


def test_each_language_has_its_own_words() -> None:
    chip, team, word = "{% chip text %}", "{% team 'sales' %}", gettext_lazy("Companies")
    found: dict[str, tuple[str, str]] = {}
    for language in ("en", "fr", "en", "fr"):
        with translation.override(language):
            said = drawn(chip, text=word), drawn(team)
        assert found.setdefault(language, said) == said
    assert "Companies" in found["en"][0]
    assert found["en"][0] != found["fr"][0]


def test_what_can_change_is_drawn_as_it_is_now() -> None:
    person = Person("Ana <b>", "AB", "sales")
    assert 'class="sm-avatar is-sales is-small"' in drawn("{% avatar who 'small' %}", who=person)
    assert 'title="Ana &lt;b&gt;">AB<' in drawn("{% avatar who %}", who=person)
    person.name, person.initials, person.side = "Bob", "B", None
    assert 'class="sm-avatar" aria-hidden="true" title="Bob">B<' in drawn("{% avatar who %}", who=person)
    assert ">Bob<" in drawn("{% chip who %}", who=person)
    person.name = "Cleo"
    assert ">Cleo<" in drawn("{% chip who %}", who=person)
    assert 'aria-label="Definition: Cleo"' in drawn("{% define who '/terms/x/' %}", who=person)
