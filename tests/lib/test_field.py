"""The tag that draws a form's field: label, control, hint and errors belong together, whatever the control."""

from __future__ import annotations

import re

from django import forms
from django.template import Context, Template


class Asked(forms.Form):
    name = forms.CharField(label="Name")
    agreed = forms.BooleanField(label="Agreed")
    stages = forms.MultipleChoiceField(
        label="Stages", choices=[("lead", "Lead"), ("mql", "MQL")], widget=forms.CheckboxSelectMultiple
    )
    way = forms.ChoiceField(label="Way", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


def drawn(name: str, form: Asked | None = None, hint: str = "") -> str:
    template = Template("{% load components %}{% field bound '' hint %}")
    return template.render(Context({"bound": (form or Asked())[name], "hint": hint}))


def test_one_control_has_a_label_that_names_it() -> None:
    html = drawn("name")

    assert '<label class="form-label" for="id_name">Name</label>' in html
    assert 'id="id_name"' in html


def test_one_box_stands_before_its_label() -> None:
    html = drawn("agreed")

    assert html.index("<input") < html.index('<label class="form-check-label" for="id_agreed">')


def test_several_boxes_are_a_group_named_by_its_legend() -> None:
    for name, kind in (("stages", "checkbox"), ("way", "radio")):
        html = drawn(name)

        assert re.findall(r"<(?:fieldset|legend|div)", html) == ["<fieldset", "<legend"]
        assert len(re.findall(rf'<label class="sm-row is-nowrap"><input type="{kind}"', html)) == 2


def test_a_group_is_described_by_its_hint_and_its_errors() -> None:
    html = drawn("stages", Asked({}), hint="Those that nobody goes back from.")

    assert 'aria-describedby="id_stages-hint id_stages-error"' in html
    assert 'id="id_stages-hint"' in html
    assert 'id="id_stages-error"' in html
