"""What a figure counts and what it leaves out, in words; the app that counts says so at start, beside its queries.

No part of what is signed: a definition says what is meant, this says what is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

Words = str | Promise


@dataclass(frozen=True)
class Counted:
    """`when`: by which moment a case falls in the period. `counts` and `leaves_out`: what might be in doubt.

    `rests_on`: the definitions by which a case is one, as the glossary names what they define.
    """

    when: Words
    counts: tuple[Words, ...] = ()
    leaves_out: tuple[Words, ...] = ()
    rests_on: tuple[str, ...] = ()


_figures: dict[str, Counted] = {}


def provide(figures: Mapping[str, Counted]) -> None:
    """By what a term covers, as "kpi:leads". Called in the `ready` of the app that counts."""
    _figures.update(figures)


def counted(covers: str) -> Counted | None:
    """None for what is no figure."""
    return _figures.get(covers)
