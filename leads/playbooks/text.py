"""Playbooks as they read in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Fallback, KindContent, PlaybookTaskContent, PlaybookVersion
from lifecycle.models import Unit
from lifecycle.procedure_text import time_of
from lifecycle.term_text import LANGUAGES, other, reader_language

UNITS = (Unit.HOURS, Unit.DAYS)
"""Working time: nobody owes anything at night."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task in one language; what that language lacks is taken from the other."""

    key: str
    number: int
    what: str
    time: str

    @property
    def said(self) -> str:
        """As one line of the text that is signed."""
        return f"{self.what} ({self.time})"


@dataclass(frozen=True, slots=True)
class Kind:
    key: str
    name: str


def tasks_of(tasks: Sequence[PlaybookTaskContent], language: str) -> list[Task]:
    """The tasks of a version, numbered."""
    return [
        Task(one["key"], number, _text(one, "what", language), time_of(one["within"], one["unit"]))
        for number, one in enumerate(tasks, start=1)
    ]


def kinds_of(kinds: Sequence[KindContent], language: str) -> list[Kind]:
    return [Kind(one["key"], _text(one, "name", language)) for one in kinds]


def kind_names(kinds: Sequence[KindContent], language: str) -> dict[str, str]:
    return {one.key: one.name for one in kinds_of(kinds, language)}


def lines_of(tasks: Sequence[PlaybookTaskContent], language: str) -> list[str]:
    """One line a task, without its number: one put in between changes one line and not all that follow."""
    return [task.said for task in tasks_of(tasks, language)]


def limit_said(version: PlaybookVersion) -> str:
    """The time limit in words."""
    if version.promote_days is None:
        return _("No time limit.")
    return ngettext(
        "Within %(n)s day of the entry.", "Within %(n)s days of the entry.", version.promote_days
    ) % {"n": version.promote_days}


def fallback_said(version: PlaybookVersion) -> str:
    """What happens after the limit, in words; nothing without one."""
    if version.promote_days is None:
        return ""
    if version.fallback != Fallback.STATUS or version.fallback_status is None:
        return _("The contact’s owner and the managers are told; nothing else changes.")
    said = _("The contact takes the status “%(status)s”; its owner and the managers are told.") % {
        "status": version.fallback_status.name
    }
    if version.fallback_days:
        said += " " + ngettext(
            "It comes back after %(n)s day.", "It comes back after %(n)s days.", version.fallback_days
        ) % {"n": version.fallback_days}
    return said


def limit_of(version: PlaybookVersion, began_at: datetime) -> datetime | None:
    """Until when a contact that entered then has to move on."""
    return None if version.promote_days is None else began_at + timedelta(days=version.promote_days)


def untranslated(version: PlaybookVersion) -> list[str]:
    """The languages that lack something the other one says."""
    pairs = [{"en": version.goal_en, "fr": version.goal_fr}]
    pairs += [{language: one[f"what_{language}"] for language in LANGUAGES} for one in version.tasks]
    pairs += [{language: one[f"name_{language}"] for language in LANGUAGES} for one in version.kinds]
    return [
        language
        for language in LANGUAGES
        if any(texts[other(language)] and not texts[language] for texts in pairs)
    ]


def texts_of(version: PlaybookVersion, language: str) -> list[str]:
    """Every text of it in that language, as far as there is one."""
    goal = {"en": version.goal_en, "fr": version.goal_fr}[language]
    tasks = [one[f"what_{language}"] for one in version.tasks]
    return [goal, *tasks, *(one[f"name_{language}"] for one in version.kinds)]


def kind_name(kinds: Sequence[KindContent], key: str) -> str:
    """What the kind is called in the reader's language; empty for none."""
    return kind_names(kinds, reader_language()).get(key, "")


def _text(one: Mapping[str, Any], name: str, language: str) -> str:
    return str(one[f"{name}_{language}"] or one[f"{name}_{other(language)}"])
