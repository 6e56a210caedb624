"""What would follow if the definition of a status came into force, counted on the contacts there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Change, Consequences, Meaning, cut_off, figure
from leads.consequences.behind import THERE, Behind, Figure, Held, Telling, Told, differing, held, readable
from leads.facts import contact_catalogue, matching
from leads.models import Contact, Replay
from leads.replay.paths import contacts_path_of
from leads.replay.presenting import Shown, last_trial
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.models import StatusDefinition
from lifecycle.vocabulary import TakesLongError


def behind(new: StatusDefinition, old: StatusDefinition | None, at: datetime) -> Behind | None:
    """The figures of a version beside the one it replaces; None where it has no criteria that can be read."""
    catalogue = contact_catalogue()
    node, before = readable(new, catalogue), readable(old, catalogue)
    if node is None:
        return None
    holds = matching(node, at=at, catalogue=catalogue)
    held_before = matching(before, at=at, catalogue=catalogue) if before else Q(pk__in=())
    wheres = {
        **differing(holds, held_before),
        "inside": Q(status=new.status_id) & ~holds,
        "moves": Q(status__in=new.from_statuses, erasure=None) & holds,
    }
    return Behind(
        version=new,
        figures={name: Figure(words, wheres[name]) for name, words in _words(new, old).items()},
        node=node,
        tell=_telling(new, node, before, at=at, catalogue=catalogue),
        at=at,
        catalogue=catalogue,
    )


def _words(new: StatusDefinition, old: StatusDefinition | None) -> dict[str, str]:
    said = {
        "status": new.status.name,
        "v": new.agreement.number,
        "old": old.agreement.number if old else "–",
    }
    return {
        "was": _("Contacts that meet v%(old)s of “%(status)s” today") % said,
        "would": _("Contacts that meet v%(v)s of “%(status)s” today") % said,
        "leave": _("Contacts that meet v%(old)s of “%(status)s”, not v%(v)s") % said,
        "stay": _("Contacts that meet v%(old)s of “%(status)s”, and v%(v)s too") % said,
        "enter": _("Contacts that meet v%(v)s of “%(status)s”, not v%(old)s") % said,
        "inside": _("Contacts that are “%(status)s” and do not meet v%(v)s") % said,
        "moves": _("Contacts of another status that v%(v)s takes") % said,
    }


def _telling(
    new: StatusDefinition, node: Node, before: Node | None, *, at: datetime, catalogue: Catalogue
) -> Telling:
    def tell(contacts: Sequence[Contact]) -> Mapping[int, Told]:
        verdicts = held(node, before, contacts, at=at, catalogue=catalogue)
        return {
            contact.pk: Told(*verdicts[contact.pk], _follows(new, contact, verdicts[contact.pk][0]))
            for contact in contacts
            if contact.pk in verdicts
        }

    return tell


def _follows(new: StatusDefinition, contact: Contact, then: Held) -> str:
    """What becomes of one contact."""
    name = {"status": new.status.name}
    if contact.status_id == new.status_id:
        if then.holds:
            return _("Stays “%(status)s”.") % name
        return _("Stays “%(status)s”: nobody leaves a status by its definition.") % name
    if then.holds and contact.status_id in new.from_statuses:
        return _("Becomes “%(status)s”, unless it was so before and nothing new is known since.") % name
    if then.holds:
        return _("Stays as it is: it is not taken from its status.")
    return _("Stays as it is: it does not meet the criteria.")


def consequences(new: StatusDefinition, old: StatusDefinition | None, at: datetime) -> Consequences | None:
    """Counts of today in one statement; None where the criteria cannot be read.

    Where counting takes too long, the trial on the past stands without it.
    """
    found = behind(new, old, at)
    if found is None:
        return _of_words(new) if new.criteria is None else None
    tried = last_trial(new)
    uncounted = Consequences(
        title=_("If this definition were in force now"),
        changes=(_on_the_past(*tried),) if tried else (),
        meanings_title=_("What it means for the contacts that are there"),
        meanings=(cut_off(),),
    )
    try:
        counts = found.counts()
    except TakesLongError:
        return uncounted
    return replace(
        uncounted,
        changes=(found.today(counts, replaces=old is not None), *uncounted.changes),
        flow=found.flow(counts),
        meanings=(*_meanings(new, counts, found),),
        basis=_("Counted on all contacts."),
        hidden_from=found.hidden_from,
    )


def _on_the_past(tried: Replay, figures: Shown) -> Change:
    return Change(
        _("Set on the past"),
        figure(figures.did),
        figure(figures.would),
        url=contacts_path_of(tried, kind="would"),
        before_url=contacts_path_of(tried, kind="did"),
    )


def _of_words(new: StatusDefinition) -> Consequences:
    """Of a definition that only people read."""
    there = Contact.objects.filter(THERE, status=new.status_id).count()
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


def _meanings(new: StatusDefinition, counts: Mapping[str, int], found: Behind) -> Iterator[Meaning]:
    name, stays, moves = new.status.name, counts["inside"], counts["moves"]
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
            found.url("inside"),
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
            found.url("moves"),
        )
    if not (stays or moves):
        yield Meaning("ok", _("No contact changes its status today"))
