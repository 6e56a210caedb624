"""What import-linter cannot see: foreign keys are strings, and templates name addresses and files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

LAYERS = ("lib", "accounts", "agreements", "lifecycle", "personas", "leads", "sla", "reporting", "smarketing")
TEMPLATES = Path(settings.BASE_DIR) / "templates"
ADDRESS = re.compile(r"""{%\s*url\s+["']([\w-]+):""")
FILE = re.compile(r"""{%\s*(?:include|extends)\s+["']([\w./-]+)["']""")


def rank(name: str) -> int:
    return LAYERS.index(name)


def links_up() -> Iterator[str]:
    """Relations from one of our models to a model of a higher app."""
    for app in LAYERS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
                other = field.related_model
                if not isinstance(other, type) or other._meta.app_label not in LAYERS:
                    continue
                if rank(other._meta.app_label) > rank(app):
                    yield f"{model._meta.label}.{field.name} → {other._meta.label}"


FRAME_PARTS = {"keys_switch", "language_switch", "rail", "tabbar", "topbar", "user_menu"}


def home_of(template: str) -> str:
    """The app a template belongs to; shared parts know nothing, the frame and the library's pages everything."""
    first = template.split("/", 1)[0]
    if first == "_components" and Path(template).stem.removeprefix("_") not in FRAME_PARTS:
        return "lib"
    return first if first in LAYERS else "smarketing"


def references_up(template: str, text: str) -> Iterator[str]:
    """Addresses and files of a higher app; everybody may extend the frame."""
    here = rank(home_of(template))
    for app in ADDRESS.findall(text):
        if app in LAYERS and rank(app) > here:
            yield f"{template} links to {app}"
    for name in FILE.findall(text):
        if "/" in name and rank(home_of(name)) > here:
            yield f"{template} uses {name}"


def test_foreign_keys_point_down() -> None:
    assert list(links_up()) == []


def test_templates_point_down() -> None:
    found = [
        line
        for path in sorted(TEMPLATES.rglob("*.html"))
        for line in references_up(str(path.relative_to(TEMPLATES)), path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("leads/list.html", "{% url 'sla:queue' %}"),
        ("accounts/people.html", '{% include "leads/_row.html" %}'),
        ("_components/_card.html", '{% url "accounts:people" %}'),
    ],
)
def test_a_reference_upwards_is_found(template: str, text: str) -> None:
    assert len(list(references_up(template, text))) == 1


def test_the_frame_and_lower_apps_may_be_used() -> None:
    text = '{% extends "base.html" %}{% include "_components/_card.html" %}{% url "accounts:people" %}'
    assert list(references_up("leads/list.html", text)) == []
