"""What would follow if a version of a term came into force: where its words that are never said stand written now."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Change, Consequences, Fate, Meaning, figure
from leads.usage.words import places
from lifecycle.models import TermVersion


def consequences(new: TermVersion, old: TermVersion | None, at: datetime) -> Consequences:
    """Seven queries for the words of each version."""
    told = new.forbidden_synonyms
    before = old.forbidden_synonyms if old else []
    then = places(told, at=at)
    now = then if before == told else places(before, at=at)
    total = sum(number for _kind, number in then)
    return Consequences(
        title=_("If this term were in force now"),
        changes=_written(new, sum(number for _kind, number in now), total) if told or before else (),
        fates_title=_("Where they are written"),
        fates=tuple(Fate(str(kind), figure(number)) for kind, number in then if number),
        meanings_title=_("What it means"),
        meanings=(*_words(new, before, at), *_name(new, old), _at_once()),
        basis=_("Counted over names, what was agreed, and notes of ninety days, whoever may read them.")
        if told or before
        else "",
    )


def _written(new: TermVersion, now: int, then: int) -> tuple[Change]:
    label = _("Places with a word that is never said")
    return (Change(label, figure(now), figure(then), url=reverse("leads:term-use", args=[new.term.slug])),)


def _words(new: TermVersion, before: list[str], at: datetime) -> list[Meaning]:
    """The words that are forbidden from then on, and those that may be said again."""
    added = [word for word in new.forbidden_synonyms if word not in before]
    freed = [word for word in before if word not in new.forbidden_synonyms]
    said = []
    if added:
        found = sum(number for _kind, number in places(added, at=at))
        text = _("Never said any more: %(words)s") % {"words": ", ".join(added)}
        note = ngettext(
            "Written in %(n)s place today. The list shows each; nothing is blocked.",
            "Written in %(n)s places today. The list shows each; nothing is blocked.",
            found,
        )
        said.append(Meaning("risk" if found else "ok", text, note % {"n": figure(found)}))
    if freed:
        said.append(Meaning("ok", _("Said again: %(words)s") % {"words": ", ".join(freed)}))
    return said


def _name(new: TermVersion, old: TermVersion | None) -> list[Meaning]:
    if old is None or old.name == new.name:
        return []
    text = _("From then on it is called “%(name)s”") % {"name": new.name}
    return [Meaning("undecided", text, _("Until now: “%(name)s”.") % {"name": old.name})]


def _at_once() -> Meaning:
    return Meaning("ok", _("Every page that names it opens the new text at once"))
