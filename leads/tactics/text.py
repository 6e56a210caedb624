"""Tactics as they read in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import get_language

from accounts.models import Side
from leads.models import TacticContent, TacticKind, TacticsVersion
from lib import formats
from lifecycle.term_text import LANGUAGES, other

TEXTS: Final = ("what", "with")
"""The parts of a tactic that are written in both languages."""
ICONS: Final = {
    TacticKind.CALL.value: "phone",
    TacticKind.TASK.value: "square-check",
    TacticKind.NURTURE.value: "sprout",
    TacticKind.CONTENT.value: "file-text",
}


@dataclass(frozen=True, slots=True)
class Tactic:
    """One tactic in one language; what that language lacks is taken from the other. `kind` may be empty."""

    key: str
    number: int
    side: str
    kind: str
    what: str
    with_what: str

    @property
    def icon(self) -> str:
        return ICONS.get(self.kind, "dot")

    @property
    def kind_label(self) -> str:
        return str(TacticKind(self.kind).label) if self.kind else ""

    @property
    def said(self) -> str:
        """As one line of the text that is signed."""
        how = ", ".join(part for part in (self.kind_label, self.with_what) if part)
        said = formats.labelled(Side(self.side).label, self.what, get_language() or "en")
        return said + (f" ({how})" if how else "")


def tactics_of(tactics: Sequence[TacticContent], language: str) -> list[Tactic]:
    """The tactics of a version, numbered."""
    return [tactic_of(tactic, number, language) for number, tactic in enumerate(tactics, start=1)]


def tactic_of(tactic: TacticContent, number: int, language: str) -> Tactic:
    return Tactic(
        key=tactic["key"],
        number=number,
        side=tactic["side"],
        kind=tactic["kind"],
        what=_text(tactic, "what", language),
        with_what=_text(tactic, "with", language),
    )


def lines_of(tactics: Sequence[TacticContent], language: str) -> list[str]:
    """One line a tactic, without its number: one put in between changes one line and not all that follow."""
    return [tactic.said for tactic in tactics_of(tactics, language)]


def _text(tactic: TacticContent, name: str, language: str) -> str:
    values: dict[str, Any] = dict(tactic)
    return str(values[f"{name}_{language}"] or values[f"{name}_{other(language)}"])


def untranslated(version: TacticsVersion) -> list[str]:
    """The languages that lack something the other one says."""
    pairs = [{"en": version.goal_en, "fr": version.goal_fr}]
    for tactic in version.tactics:
        pairs += [{language: tactic[f"{name}_{language}"] for language in LANGUAGES} for name in TEXTS]
    return [
        language
        for language in LANGUAGES
        if any(texts[other(language)] and not texts[language] for texts in pairs)
    ]


def texts_of(version: TacticsVersion, language: str) -> list[str]:
    """Every text of it in that language, as far as there is one."""
    goal = {"en": version.goal_en, "fr": version.goal_fr}[language]
    return [goal, *(tactic[f"{name}_{language}"] for tactic in version.tactics for name in TEXTS)]
