"""What would follow if a definition came into force: counted on the contacts there are, and as tried on the past."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Change, Consequences, Fate, Flow, Meaning, figure
from leads.criteria_trial import count_where
from leads.facts import contact_catalogue, matching
from leads.replay.presenting import last_trial
from leads.replay.running import path_of
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.models import StageDefinition
from lifecycle.vocabulary import TakesLongError


def consequences(new: StageDefinition, old: StageDefinition | None, at: datetime) -> Consequences | None:
    """Counts of today in one statement, and the last trial of the same criteria; None where they cannot be counted."""
    catalogue = contact_catalogue()
    node, before = _read(new, catalogue), _read(old, catalogue)
    if node is None:
        return None
    holds = matching(node, at=at, catalogue=catalogue)
    held = matching(before, at=at, catalogue=catalogue) if before else Q(pk__in=())
    position = new.stage.position
    inside, waits = Q(stage=new.stage_id), Q(stage=None) | Q(stage__position__lt=position)
    try:
        was, will_be, leave, enter, stays, moves = count_where(
            (held, holds, held & ~holds, holds & ~held, inside & ~holds, waits & holds),
            node=node,
            at=at,
            catalogue=catalogue,
        )
    except TakesLongError:
        return None
    tried = last_trial(new)
    return Consequences(
        title=_("If this definition were in force now"),
        changes=(
            Change(_("Contacts that meet the criteria today"), figure(was), figure(will_be)),
            *(
                [Change(_("Entries on the past"), figure(tried.did), figure(tried.would), url=_path(new))]
                if tried
                else []
            ),
        ),
        flow=Flow(leave=leave, stay=was - leave, enter=enter),
        fates_title=_("What became of those it would have kept out"),
        fates=tuple(
            Fate(row.label[:1].upper() + row.label[1:], figure(row.drops))
            for row in (tried.became if tried else ())
            if row.drops
        ),
        meanings_title=_("What it means for the contacts that are there"),
        meanings=(*_meanings(new, stays=stays, moves=moves),),
        basis=_("Counted on all contacts."),
        url=_path(new),
        verb=_("Try it on the past"),
    )


def _read(definition: StageDefinition | None, catalogue: Catalogue) -> Node | None:
    try:
        return parse(definition.criteria, catalogue) if definition else None
    except CriteriaError:
        return None


def _meanings(new: StageDefinition, *, stays: int, moves: int) -> list[Meaning]:
    name = new.stage.name
    said = []
    if stays:
        text = ngettext(
            "%(n)s contact is in %(stage)s today and would not be let in",
            "%(n)s contacts are in %(stage)s today and would not be let in",
            stays,
        )
        said.append(
            Meaning(
                "undecided",
                text % {"n": figure(stays), "stage": name},
                _("They stay: rules only move forward."),
            )
        )
    if moves and new.is_automatic:
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
        said.append(Meaning("risk", text % {"n": figure(moves), "stage": name}, note))
    return said or [Meaning("ok", _("No contact changes its stage today"))]


def _path(definition: StageDefinition) -> str:
    return path_of(definition.stage)
