"""Folding joins what looks the same for everybody of a language, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine, Template
from django.template.base import NodeList, TextNode
from django.template.loader import get_template
from django.urls import set_script_prefix
from django.utils import translation

from lib.template_loader import ConstantNode, fold

LOADED = "{% load i18n icons static %}"


def folded(source: str) -> Template:
    page = Template(LOADED + source)
    fold(page.nodelist)
    return page


def drawn(page: Template, **values: Any) -> str:
    return str(page.render(Context(values)))


def constants(page: Template) -> list[ConstantNode]:
    return [node for node in page.nodelist.get_nodes_by_type(ConstantNode) if isinstance(node, ConstantNode)]


def test_a_run_of_texts_icons_words_and_addresses_becomes_one_node() -> None:
    source = (
        "<a href=\"{% url 'leads:contact-list' %}\">{% icon 'x' 16 %}{% translate 'Contacts' %}</a>"
        "{% comment %}of no use{% endcomment %}{% translate 'Mail' %}"
    )
    page = folded(source)
    [node] = page.nodelist
    assert isinstance(node, ConstantNode)
    assert drawn(page) == drawn(page) == str(Template(LOADED + source).render(Context()))
    assert len(node.drawn) == 1


@pytest.mark.parametrize(
    "source",
    [
        "{{ name }}",
        "{% icon name 16 %}",
        "{% icon 'x' size %}",
        "{% translate name %}",
        "{% translate 'Mail' as word %}{{ word }}",
        "{% translate 'Mail'|add:name %}",
        "{% translate 'Call' context name %}",
        "{% url 'leads:contact-list' as address %}{{ address }}",
        "{% url 'smarketing:contact-detail' number %}",
        "{% blocktranslate %}Edit {{ name }}{% endblocktranslate %}",
        "{% csrf_token %}",
        "{% firstof name %}",
    ],
)
def test_what_reads_the_page_is_drawn_each_time(source: str) -> None:
    page = folded(source)
    assert not constants(page)
    for values in (
        {"name": "x", "size": 16, "number": 1, "csrf_token": "a"},
        {"name": "check", "size": 12, "number": 2, "csrf_token": "b"},
    ):
        assert drawn(page, **values) == str(Template(LOADED + source).render(Context(values)))


def test_every_branch_loop_block_and_partial_is_folded() -> None:
    inner = "<b>{% translate 'Mail' %}</b>"
    page = folded(
        "{% load partials %}"
        f"{{% if a %}}{inner}{{% elif b %}}{inner}{{% else %}}{inner}{{% endif %}}"
        f"{{% for x in a %}}{inner}{{% empty %}}{inner}{{% endfor %}}"
        f"{{% with y=a %}}{inner}{{% endwith %}}{{% block z %}}{inner}{{% endblock %}}"
        f"{{% partialdef part inline %}}{inner}{{% endpartialdef %}}{{% partial part %}}"
    )
    assert len(constants(page)) == 8
    assert drawn(page, a="xy").count("<b>") == 1 + 2 + 1 + 1 + 2


def test_each_language_has_its_own_words() -> None:
    page = folded("{% translate 'Contacts' %}{% translate 'Companies' %}")
    words: dict[str, str] = {}
    for language in ("en", "fr", "en", "fr"):
        with translation.override(language):
            said = drawn(page)
        assert words.setdefault(language, said) == said
    assert words["en"] == "ContactsCompanies" != words["fr"]


def test_addresses_follow_the_place_of_the_site() -> None:
    page = folded("<a href=\"{% url 'leads:contact-list' %}\">")
    assert drawn(page) == '<a href="/contacts/">'
    set_script_prefix("/crm/")
    try:
        assert drawn(page) == '<a href="/crm/contacts/">'
    finally:
        set_script_prefix("/")
    assert drawn(page) == '<a href="/contacts/">'


def test_words_are_escaped_where_the_page_escapes() -> None:
    plain = folded("{% autoescape off %}{% translate name %}{% translate 'a < b' %}{% endautoescape %}")
    assert drawn(plain, name="&") == "&a < b"
    page = folded("{% translate 'a < b' %}")
    with_it = str(page.render(Context(autoescape=True)))
    without = str(page.render(Context(autoescape=False)))
    assert (with_it, without) == (
        str(Template(LOADED + "{% translate 'a < b' %}").render(Context())),
        "a < b",
    )


def test_a_text_alone_stays_a_text_and_what_draws_nothing_goes() -> None:
    page = folded("{% comment %}a{% endcomment %}text{% load static %}")
    assert [type(node) for node in page.nodelist] == [TextNode]
    nothing = NodeList(Template("{% load i18n %}{% comment %}a{% endcomment %}").nodelist)
    fold(nothing)
    assert not nothing


def test_texts_before_an_extends_stay_texts() -> None:
    page = Template("{% extends 'base.html' %}")
    page.nodelist[:] = [TextNode("a"), TextNode("b"), *page.nodelist]
    fold(page.nodelist)
    assert [type(node).__name__ for node in page.nodelist] == ["TextNode", "TextNode", "ExtendsNode"]


def test_templates_of_the_product_are_folded_when_they_are_loaded() -> None:
    page: Any = get_template("_components/toast.html")
    assert isinstance(page.template.engine, Engine)
    assert constants(page.template)
