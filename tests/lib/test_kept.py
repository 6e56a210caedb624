"""A kept drawing is drawn once for the same values, and never shows what it was not given."""

from __future__ import annotations

from typing import Any

from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import mark_safe

from lib.templatetags.kept import KeptNode


def drawn(page: Template, **values: Any) -> str:
    return str(page.render(Context(values)))


def test_the_same_values_are_drawn_once() -> None:
    page = Template(
        "{% load kept %}{% for name in names %}{% kept name=name %}<b>{{ name }}</b>{% endkept %}{% endfor %}"
    )
    assert drawn(page, names=["a", "b", "a", "a"]) == "<b>a</b><b>b</b><b>a</b><b>a</b>"
    [node] = page.nodelist.get_nodes_by_type(KeptNode)
    assert isinstance(node, KeptNode)
    assert node.drawn.cache_info().misses == 2


def test_what_was_not_named_is_not_seen() -> None:
    page = Template("{% load kept %}{% kept name=name %}{{ name }}{{ csrf_token }}{{ other }}{% endkept %}")
    assert drawn(page, name="a", other="theirs", csrf_token="secret") == "a"


def test_a_text_marked_safe_never_stands_for_one_that_was_not() -> None:
    page = Template("{% load kept %}{% kept name=name %}{{ name }}{% endkept %}")
    assert drawn(page, name=mark_safe("<i>")) == "<i>"
    assert drawn(page, name="<i>") == "&lt;i&gt;"
    assert [drawn(page, name=value) for value in (1, True, 1.5)] == ["1", "True", "1.5"]


def test_each_language_has_its_own() -> None:
    page = Template("{% load kept i18n %}{% kept %}{% translate 'Contacts' %}{% endkept %}")
    with translation.override("fr"):
        french = drawn(page)
    with translation.override("en"):
        assert drawn(page) == "Contacts"
    assert french != ""
    with translation.override("fr"):
        assert drawn(page) == french
