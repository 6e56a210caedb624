"""What would follow if the definition of a status came into force, counted on the contacts there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Change, Consequences, Flow, Meaning, figure
from leads.criteria_trial import count_where
from leads.facts import contact_catalogue, matching
from leads.models import Contact
from leads.replay.presenting import last_trial
from leads.replay.running import path_of
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.models import StatusDefinition
from lifecycle.vocabulary import TakesLongError


def consequences(new: StatusDefinition, old: StatusDefinition | None, at: datetime) -> Consequences | None:
    """Counts of today in one statement; None where they cannot be counted."""
    catalogue = contact_catalogue()
    node, before = _read(new, catalogue), _read(old, catalogue)
    if node is None:
        return _of_words(new) if new.criteria is None else None
    holds = matching(node, at=at, catalogue=catalogue)
    held = matching(before, at=at, catalogue=catalogue) if before else Q(pk__in=())
    inside, waits = Q(status=new.status_id), Q(status__in=new.from_statuses, erasure=None, deleted_at=None)
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
    past = (
        [Change(_("Set on the past"), figure(tried.did), figure(tried.would), url=path_of(new.status))]
        if tried
        else []
    )
    return Consequences(
        title=_("If this definition were in force now"),
        changes=(Change(_("Contacts that meet the criteria today"), figure(was), figure(will_be)), *past),
        flow=Flow(leave=leave, stay=was - leave, enter=enter),
        meanings_title=_("What it means for the contacts that are there"),
        meanings=(*_meanings(new, stays=stays, moves=moves),),
        basis=_("Counted on all contacts."),
    )


def _read(definition: StatusDefinition | None, catalogue: Catalogue) -> Node | None:
    try:
        return parse(definition.criteria, catalogue) if definition and definition.criteria else None
    except CriteriaError:
        return None


def _of_words(new: StatusDefinition) -> Consequences:
    """Of a definition that only people read."""
    there = Contact.objects.filter(status=new.status_id).count()
    text = ngettext(
        "%(n)s contact is “%(status)s” today and stays so",
        "%(n)s contacts are “%(status)s” today and stay so",
        there,
    )
    return Consequences(
        title=_("If this definition were in force now"),
        meanings_title=_("What it means for the contacts that are there"),
        meanings=(
            Meaning(
                "ok",
                text % {"n": figure(there), "status": new.status.name},
                _("Without criteria nobody is held against anything: people go by the words."),
            ),
        ),
        basis=_("Counted on all contacts."),
    )


def _meanings(new: StatusDefinition, *, stays: int, moves: int) -> Iterator[Meaning]:
    name = new.status.name
    if stays:
        text = ngettext(
            "%(n)s contact is “%(status)s” today although it does not hold",
            "%(n)s contacts are “%(status)s” today although it does not hold",
            stays,
        )
        yield Meaning(
            "undecided",
            text % {"n": figure(stays), "status": name},
            _("They stay: nobody leaves a status by its definition."),
        )
    if moves:
        text = ngettext(
            "%(n)s contact becomes “%(status)s” by itself",
            "%(n)s contacts become “%(status)s” by themselves",
            moves,
        )
        yield Meaning(
            "risk",
            text % {"n": figure(moves), "status": name},
            _("Unless it was so before and nothing new is known since, or a rule holds it back."),
        )
    if not (stays or moves):
        yield Meaning("ok", _("No contact changes its status today"))
