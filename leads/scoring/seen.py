"""What the latest touches carried, to choose from when a rule names it.

Only what two people share is offered: a note that was taken of one is nobody else's to read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leads.models import Touchpoint
from leads.touch_words import TOUCHES
from lifecycle.criteria.nodes import AttributeValue

LATEST: Final = 1_000
LONGEST: Final = 60
"""Characters; longer texts are messages and no kinds of anything."""


@dataclass(frozen=True, slots=True)
class Seen:
    """By attribute, each value once: those that were `carried`, and those `offered`, the declared ones first."""

    carried: Mapping[str, Sequence[AttributeValue]]
    offered: Mapping[str, Sequence[AttributeValue]]


def seen_lately() -> Seen:
    """Of the latest touches. One query."""
    declared: dict[str, dict[Any, None]] = {}
    for kind in TOUCHES:
        for attribute in kind.attributes:
            declared.setdefault(attribute.key, {}).update((choice.key, None) for choice in attribute.choices)
    people: dict[str, dict[Any, set[int]]] = {}
    latest = Touchpoint.objects.order_by("-pk").values_list("contact", "attributes")[:LATEST]
    for contact_id, attributes in latest:
        for key, value in attributes.items():
            if isinstance(value, bool | int) or (isinstance(value, str) and 0 < len(value) <= LONGEST):
                people.setdefault(key, {}).setdefault(value, set()).add(contact_id)
    keys = dict.fromkeys([*declared, *people])
    shared = {
        key: {value: None for value, who in values.items() if len(who) > 1} for key, values in people.items()
    }
    return Seen(
        carried={key: tuple(declared.get(key, {}) | dict.fromkeys(people.get(key, ()))) for key in keys},
        offered={key: tuple(declared.get(key, {}) | shared.get(key, {})) for key in keys},
    )


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
