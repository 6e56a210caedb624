"""What would follow if a definition came into force: counted on the contacts there are, and as tried on the past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Change, Consequences, Fate, Meaning, cut_off, figure
from leads.consequences.behind import Behind, Figure, differing, readable
from leads.consequences.standing import telling
from leads.facts import contact_catalogue, matching
from leads.models import Replay
from leads.replay.paths import contacts_path_of, path_of
from leads.replay.presenting import Shown, last_trial
from lifecycle.models import StageDefinition
from lifecycle.vocabulary import TakesLongError


def behind(new: StageDefinition, old: StageDefinition | None, at: datetime) -> Behind | None:
    """The figures of a version beside the one it replaces; None where its criteria cannot be read any more."""
    catalogue = contact_catalogue()
    node, before = readable(new, catalogue), readable(old, catalogue)
    if node is None:
        return None
    holds = matching(node, at=at, catalogue=catalogue)
    held = matching(before, at=at, catalogue=catalogue) if before else Q(pk__in=())
    waits = (Q(stage=None) | Q(stage__position__lt=new.stage.position)) & Q(erasure=None)
    wheres = {
        **differing(holds, held),
        "inside": Q(stage=new.stage_id) & ~holds,
        "moves": waits & holds,
    }
    return Behind(
        version=new,
        figures={name: Figure(words, wheres[name]) for name, words in _words(new, old).items()},
        node=node,
        tell=telling(new, node, before, at=at, catalogue=catalogue),
        at=at,
        catalogue=catalogue,
    )


def _words(new: StageDefinition, old: StageDefinition | None) -> dict[str, str]:
    said = {
        "stage": new.stage.name,
        "v": new.agreement.number,
        "old": old.agreement.number if old else "–",
    }
    return {
        "was": _("Contacts that meet v%(old)s of %(stage)s today") % said,
        "would": _("Contacts that meet v%(v)s of %(stage)s today") % said,
        "leave": _("Contacts that meet v%(old)s of %(stage)s, not v%(v)s") % said,
        "stay": _("Contacts that meet v%(old)s of %(stage)s, and v%(v)s too") % said,
        "enter": _("Contacts that meet v%(v)s of %(stage)s, not v%(old)s") % said,
        "inside": _("Contacts in %(stage)s that do not meet v%(v)s") % said,
        "moves": _("Contacts before %(stage)s that meet v%(v)s") % said,
    }


def consequences(new: StageDefinition, old: StageDefinition | None, at: datetime) -> Consequences | None:
    """Counts of today in one statement, and the last trial of the same criteria; None where they cannot be read.

    Where counting takes too long, the trial on the past stands without it.
    """
    found = behind(new, old, at)
    if found is None:
        return None
    tried = last_trial(new)
    uncounted = Consequences(
        title=_("If this definition were in force now"),
        changes=(*_on_the_past(tried),),
        fates_title=_("What became of those it would have kept out"),
        fates=(*_fates(tried),),
        meanings_title=_("What it means for the contacts that are there"),
        meanings=(cut_off(),),
        url=path_of(new.stage),
        verb=_("Try it on the past"),
    )
    try:
        counts = found.counts()
    except TakesLongError:
        return uncounted
    return replace(
        uncounted,
        changes=(found.today(counts, replaces=old is not None), *uncounted.changes),
        flow=found.flow(counts),
        meanings=(*(_meanings(new, counts, found) or (_nobody(),)),),
        basis=_("Counted on all contacts."),
        hidden_from=found.hidden_from,
        arrivals=counts["moves"] if _moves_at_once(new) else 0,
    )


def _moves_at_once(new: StageDefinition) -> bool:
    return new.is_automatic and new.reach == StageDefinition.Reach.EVERYBODY


def _on_the_past(tried: tuple[Replay, Shown] | None) -> Iterator[Change]:
    if tried:
        replay, figures = tried
        yield Change(
            _("Entries on the past"),
            figure(figures.did),
            figure(figures.would),
            url=contacts_path_of(replay, kind="would"),
            before_url=contacts_path_of(replay, kind="did"),
        )


def _fates(tried: tuple[Replay, Shown] | None) -> Iterator[Fate]:
    if tried:
        replay, figures = tried
        for row in figures.became:
            if row.drops:
                url = contacts_path_of(replay, kind="drops", outcome=row.outcome)
                yield Fate(row.label[:1].upper() + row.label[1:], figure(row.drops), url)


def _meanings(new: StageDefinition, counts: Mapping[str, int], found: Behind) -> list[Meaning]:
    return [*stays_inside(new, counts, found), *_waits(new, counts, found)]


def stays_inside(new: StageDefinition, counts: Mapping[str, int], found: Behind) -> Iterator[Meaning]:
    """Who is in the stage and would not be let in."""
    if not counts["inside"]:
        return
    text = ngettext(
        "%(n)s contact is in %(stage)s today and would not be let in",
        "%(n)s contacts are in %(stage)s today and would not be let in",
        counts["inside"],
    )
    yield Meaning(
        "undecided",
        text % {"n": figure(counts["inside"]), "stage": new.stage.name},
        _("They stay: rules only move forward."),
        found.url("inside"),
    )


def _waits(new: StageDefinition, counts: Mapping[str, int], found: Behind) -> Iterator[Meaning]:
    moves = counts["moves"]
    if not (moves and new.is_automatic):
        return
    if new.reach == StageDefinition.Reach.EVERYBODY:
        text = ngettext(
            "%(n)s contact moves forward to %(stage)s at once",
            "%(n)s contacts move forward to %(stage)s at once",
            moves,
        )
        note = _("Unless a definition of a further stage takes them, or a person moved them back.")
    else:
        text = ngettext(
            "%(n)s contact meets it and stays where it is",
            "%(n)s contacts meet it and stay where they are",
            moves,
        )
        note = _("Until something new is known of them.")
    said = text % {"n": figure(moves), "stage": new.stage.name}
    yield Meaning("risk", said, note, found.url("moves"))


def _nobody() -> Meaning:
    return Meaning("ok", _("No contact changes its stage today"))
