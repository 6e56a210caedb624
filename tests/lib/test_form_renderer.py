"""A select drawn by us is the select that Django's templates draw, but for lines between its tags."""

import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from lib.form_renderer import FormRenderer

CHOICES = [
    ("", gettext_lazy("Any")),
    ("<b>&\"'", "<script>alert(1)</script>"),
    (7, mark_safe("<i>safe</i>")),
    (1234567, 1234567),
    (None, "nothing"),
    ("Group & more", [("a", "A"), ("b", "B")]),
]


def without_lines(html: str) -> str:
    assert hasattr(html, "__html__")
    return re.sub(r">\s+<", "><", html)


@pytest.mark.parametrize(
    "widget",
    [
        forms.Select(choices=CHOICES),
        forms.Select(choices=CHOICES, attrs={"class": "form-select", "data-x": '"><', "disabled": True}),
        forms.Select(choices=CHOICES, attrs={"required": False, "size": 3}),
        forms.SelectMultiple(choices=CHOICES),
        forms.NullBooleanSelect(),
        forms.RadioSelect(choices=CHOICES),
        forms.CheckboxSelectMultiple(choices=CHOICES[:3]),
        forms.TextInput(),
    ],
    ids=lambda widget: type(widget).__name__,
)
@pytest.mark.parametrize("value", ["", 7, "a", None, "<b>&\"'"])
def test_it_is_the_same(widget: forms.Widget, value: Any) -> None:
    ours, djangos = (
        without_lines(widget.render("field<", value, {"id": "id_field"}, renderer=renderer))
        for renderer in (FormRenderer(), DjangoTemplates())
    )
    assert ours == djangos
