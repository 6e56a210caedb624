"""What the latest touches carried, to choose from when a rule names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from leads.fact_words import TOUCHES
from leads.models import Touchpoint
from lifecycle.criteria.nodes import AttributeValue

LATEST: Final = 1_000
LONGEST: Final = 60
"""Characters; longer texts are messages and no kinds of anything."""

Seen = Mapping[str, Sequence[AttributeValue]]


def seen_lately() -> Seen:
    """By attribute, each value once, the declared ones first. One query."""
    found: dict[str, dict[Any, None]] = {}
    for kind in TOUCHES:
        for attribute in kind.attributes:
            found.setdefault(attribute.key, {}).update((choice.key, None) for choice in attribute.choices)
    latest = Touchpoint.objects.order_by("-pk").values_list("attributes", flat=True)[:LATEST]
    for attributes in latest:
        for key, value in attributes.items():
            if isinstance(value, bool | int) or (isinstance(value, str) and 0 < len(value) <= LONGEST):
                found.setdefault(key, {})[value] = None
    return {key: tuple(values) for key, values in found.items()}


def meant(text: str, known: Sequence[AttributeValue]) -> AttributeValue:
    """The value that a person wrote, of the type that touches carry it in: as text where they have it as text."""
    written = {written_out(value): value for value in known}
    if text in written:
        return written[text]
    is_text = bool(known) and all(isinstance(value, str) for value in known)
    if is_text or not (text in ("true", "false") or text.removeprefix("-").isdecimal()):
        return text
    return text == "true" if text in ("true", "false") else int(text)


def written_out(value: AttributeValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
