"""A tree while it is being written: text in fields, maybe incomplete. Pure.

A place is a tuple of child numbers from the root. What is wrong with a draft shows only when its JSON
(`draft_json`) is parsed; the fields of a leaf keep whatever was typed. It changes by commands (`draft_commands`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lifecycle.criteria.parse import MAX_DEPTH

Kind = Literal["all", "any", "none", "fact", "touch"]
Place = tuple[int, ...]
Fields = Mapping[str, tuple[str, ...]]

GROUP_KINDS: tuple[Kind, ...] = ("all", "any", "none")
RECENCY_OPS = ("within", "longer_ago")


@dataclass(frozen=True, slots=True)
class Draft:
    """A group with children, or a leaf with the texts of its fields."""

    kind: Kind
    children: tuple[Draft, ...] = ()
    fields: Fields = field(default_factory=dict)

    @property
    def is_group(self) -> bool:
        return self.kind in GROUP_KINDS

    def first(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "")

    def at(self, place: Place) -> Draft | None:
        found: Draft | None = self
        for number in place:
            if found is None or not 0 <= number < len(found.children):
                return None
            found = found.children[number]
        return found


EMPTY = Draft("all")
NEW_FACT = Draft("fact")
NEW_TOUCH = Draft("touch", fields={"op": ("at_least",), "count": ("1",)})


def rooted(draft: Draft) -> Draft:
    """The same with a group at the root, where criteria can be added."""
    return draft if draft.is_group else Draft("all", (draft,))


def read_place(text: str) -> Place | None:
    """A place from `r_0_1`; None for anything else."""
    root, *numbers = text.split("_")
    if (
        root != "r"
        or len(numbers) > MAX_DEPTH
        or not all(part.isdecimal() and len(part) < 4 for part in numbers)
    ):
        return None
    return tuple(int(part) for part in numbers)


def write_place(place: Place) -> str:
    return "_".join(["r", *map(str, place)])


def nodes(draft: Draft) -> int:
    """How many nodes its JSON has: none of several is `not` around `any`."""
    return _own(draft) + sum(nodes(child) for child in draft.children)


def levels(draft: Draft) -> int:
    """How deep its JSON is."""
    return _own(draft) + max((levels(child) for child in draft.children), default=0)


def _own(draft: Draft) -> int:
    return 2 if draft.kind == "none" and len(draft.children) != 1 else 1
