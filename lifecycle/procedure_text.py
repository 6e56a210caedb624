"""A procedure as it reads in one language, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import get_language, ngettext

from accounts.models import Side
from lib import formats
from lifecycle.models import ProcedureVersion, StepContent, Unit
from lifecycle.term_text import LANGUAGES, other

TEXTS: Final = ("who", "what", "where")
"""The parts of a step that are written in both languages."""


@dataclass(frozen=True)
class Step:
    """One step in one language; what that language lacks is taken from the other."""

    number: int
    side: str
    who: str
    what: str
    where: str
    time: str
    measure: str

    @property
    def said(self) -> str:
        """As one line of the text that is signed."""
        name = str(Side(self.side).label) if self.side else ""
        actor = " – ".join(part for part in (name, self.who) if part)
        done = formats.labelled(actor, self.what, get_language() or "en") if actor else self.what
        parts = [done, self.where, self.time]
        return " · ".join(part for part in parts if part)


def steps_of(steps: Sequence[StepContent], language: str) -> list[Step]:
    """The steps of a version, numbered."""
    return [
        Step(
            number=number,
            side=step["side"],
            who=_text(step, "who", language),
            what=_text(step, "what", language),
            where=_text(step, "where", language),
            time=time_of(step["within"], step["unit"]),
            measure=step["measure"],
        )
        for number, step in enumerate(steps, start=1)
    ]


def lines_of(steps: Sequence[StepContent], language: str) -> list[str]:
    """One line a step, without its number: a step put in between changes one line and not all that follow."""
    return [step.said for step in steps_of(steps, language)]


def _text(step: StepContent, name: str, language: str) -> str:
    values: dict[str, Any] = dict(step)
    return str(values[f"{name}_{language}"] or values[f"{name}_{other(language)}"])


def time_of(within: int | None, unit: str) -> str:
    """“within 4 working hours”; empty without a limit."""
    if not within:
        return ""
    match unit:
        case Unit.MINUTES:
            words = ngettext("within %(n)s minute", "within %(n)s minutes", within)
        case Unit.HOURS:
            words = ngettext("within %(n)s working hour", "within %(n)s working hours", within)
        case _:
            words = ngettext("within %(n)s working day", "within %(n)s working days", within)
    return words % {"n": within}


def untranslated(version: ProcedureVersion) -> list[str]:
    """The languages that lack something the other one says."""
    pairs: list[dict[str, str]] = [
        {language: getattr(version, f"{name}_{language}") for language in LANGUAGES}
        for name in ("name", "purpose")
    ]
    for step in version.steps:
        pairs += [{language: step[f"{name}_{language}"] for language in LANGUAGES} for name in TEXTS]
    return [
        language
        for language in LANGUAGES
        if any(texts[other(language)] and not texts[language] for texts in pairs)
    ]


def texts_of(version: ProcedureVersion, language: str) -> list[str]:
    """Every text of it in that language, as far as there is one."""
    own = [getattr(version, f"{name}_{language}") for name in ("name", "purpose")]
    return own + [step[f"{name}_{language}"] for step in version.steps for name in TEXTS]
