"""What the scoring pages say in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from leads.scoring_forms import DraftForm
from lifecycle.criteria.catalogue import Words

register = template.Library()


@register.filter
def words(value: Words | None) -> str:
    """The wording of the reader's language; empty for none."""
    return value.of(get_language() or "en") if value else ""


@register.simple_tag
def number_field(form: DraftForm, name: str, pk: int, label: str) -> SafeString:
    """The input of one number of a rule in a table, named for those who do not see its column; empty without one."""
    field = form.field_of(name, pk)
    if field is None:
        return SafeString()
    attributes: dict[str, str | bool] = {"class": "sm-rules-input", "aria-label": f"{label}: {field.label}"}
    if field.errors:
        attributes["aria-invalid"] = "true"
    return format_html("{}{}", field.as_widget(attrs=attributes), field.errors)
