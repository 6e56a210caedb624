"""What a definition did when it came into force: whom it moved, how far that is, and who stays and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Consequences, Meaning, Progress, cut_off, figure
from agreements.models import State
from leads.consequences.behind import Behind
from leads.consequences.definitions import behind
from leads.models import Publication
from lifecycle.models import StageDefinition
from lifecycle.vocabulary import TakesLongError


def followed(version: StageDefinition, before: StageDefinition | None, at: datetime) -> Consequences | None:
    """Of one in force also who stays, as everybody stands now; of an earlier one only whom it moved.

    Where counting takes too long, whom it moved stands without who stays.
    """
    publication = Publication.objects.filter(definition=version).first()
    found = behind(version, before, at) if version.agreement.state == State.IN_FORCE else None
    try:
        stay = [*_stay(version, found)]
    except TakesLongError:
        found, stay = None, [cut_off(_("Who stays where they are is not known now"))]
    meanings = [*_moved(version, publication), *stay]
    if not meanings:
        return None
    return Consequences(
        title=_("What it did when it came into force"),
        meanings_title=_("What it meant for the contacts that were there"),
        meanings=(*meanings,),
        basis=_("Who stays is counted as everybody stands now.") if found else "",
        progress=_progress(publication),
        hidden_from=found.hidden_from if found else None,
    )


def _progress(publication: Publication | None) -> Progress | None:
    if publication is None:
        return None
    total = max(publication.contact_count, publication.done_count)
    return Progress(publication.done_count, total, publication.finished_at)


def _moved(version: StageDefinition, publication: Publication | None) -> Iterator[Meaning]:
    if publication is None:
        if version.is_automatic and version.reach == StageDefinition.Reach.NEWS:
            text = _("Nobody was moved at once: that was chosen")
            yield Meaning("ok", text, _("Who was known before moves once something new is known of them."))
        return
    moved = publication.moves().count()
    if not moved and publication.finished_at:
        yield Meaning("ok", _("No contact moved forward to %(stage)s") % {"stage": version.stage.name})
        return
    text = ngettext(
        "%(n)s contact moved forward to %(stage)s", "%(n)s contacts moved forward to %(stage)s", moved
    )
    url = reverse("leads:published", args=[version.stage_id, version.agreement.number])
    yield Meaning(
        "ok",
        text % {"n": figure(moved), "stage": version.stage.name},
        _("Each with its record: from where, by which version, on which facts.") if moved else "",
        url if moved else "",
    )


def _stay(version: StageDefinition, found: Behind | None) -> Iterator[Meaning]:
    if found is None:
        return
    counts, stage = found.counts(), version.stage.name
    if inside := counts["inside"]:
        text = ngettext(
            "%(n)s contact stays in %(stage)s and does not meet it",
            "%(n)s contacts stay in %(stage)s and do not meet it",
            inside,
        )
        note = _("It would go backwards for them, and automatic rules only move forward.")
        yield Meaning("undecided", text % {"n": figure(inside), "stage": stage}, note, found.url("inside"))
    if waits := counts["moves"]:
        text = ngettext(
            "%(n)s contact meets it and stays before %(stage)s",
            "%(n)s contacts meet it and stay before %(stage)s",
            waits,
        )
        yield Meaning(
            "undecided", text % {"n": figure(waits), "stage": stage}, _why(version), found.url("moves")
        )


def _why(version: StageDefinition) -> str:
    if not version.is_automatic:
        return _("A person moves each.")
    if version.reach == StageDefinition.Reach.NEWS:
        return _("As was chosen: until something new is known of them.")
    return _("A person moved them back, a rule holds them, or they are looked at next. The list says which.")
