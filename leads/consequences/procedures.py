"""What would follow if a version of a procedure came into force: whose steps it has, for how many it was followed."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Side
from agreements.consequences import Change, Consequences, Meaning, cut_off, figure
from leads.adherence import standing
from leads.criteria_trial import count_where
from leads.facts import contact_catalogue, matching
from leads.models import Contact
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.models import ProcedureVersion
from lifecycle.vocabulary import TakesLongError


def consequences(new: ProcedureVersion, old: ProcedureVersion | None, at: datetime) -> Consequences:
    """Steps by team, and both versions' criteria held against who stands there; a handful of queries."""
    uncounted: list[Meaning] = []
    try:
        followed = _followed(new, old, at)
    except TakesLongError:
        followed, uncounted = [], [cut_off(_("For how many it is followed is not known now"))]
    return Consequences(
        title=_("If this procedure were in force now"),
        changes=(*_steps(new, old), *followed),
        meanings_title=_("What it means"),
        meanings=(*uncounted, *_there(new, at), *_keeper(new, old), *_measures(new, old)),
        basis=_("Counted on all contacts.") if new.criteria and not uncounted else "",
    )


def _steps(new: ProcedureVersion, old: ProcedureVersion | None) -> list[Change]:
    """For each team whose steps are others than before."""
    changes = []
    for side in Side:
        now, then = _of_side(old, side), _of_side(new, side)
        if now != then:
            label = {
                Side.MARKETING: _("Steps that marketing takes"),
                Side.SALES: _("Steps that sales takes"),
            }[side]
            kept = len([step for step in then if step in now])
            fresh = len(then) - kept
            note = ngettext("%(n)s new or changed", "%(n)s new or changed", fresh) % {"n": figure(fresh)}
            changes.append(Change(label, figure(len(now)), figure(len(then)), note if fresh else ""))
    return changes


def _of_side(version: ProcedureVersion | None, side: Side) -> list[object]:
    return [step for step in version.steps if step["side"] == side] if version else []


def _followed(new: ProcedureVersion, old: ProcedureVersion | None, at: datetime) -> list[Change]:
    """“31 of 40” by the criteria of each; nothing where neither has any. Raise TakesLongError."""
    then = _kept(new, at)
    if then is None:
        return []
    return [Change(_("Followed for, of those there now"), (_kept(old, at) if old else None) or "–", then)]


def _kept(version: ProcedureVersion, at: datetime) -> str | None:
    there = standing(version.scope, at=at, days=version.counts_after_days)
    if there is None or not version.criteria:
        return None
    catalogue = contact_catalogue()
    try:
        node = parse(version.criteria, catalogue)
        holds = matching(node, at=at, catalogue=catalogue)
        everybody, kept = count_where([there, there & holds], node=node, at=at, catalogue=catalogue)
    except CriteriaError:
        return None
    return _("%(kept)s of %(of)s") % {"kept": figure(kept), "of": figure(everybody)}


def _there(new: ProcedureVersion, at: datetime) -> list[Meaning]:
    there = standing(new.scope, at=at)
    if there is None:
        return []
    number = Contact.objects.filter(there).count()
    text = ngettext(
        "%(n)s contact stands today where it is about", "%(n)s contacts stand today where it is about", number
    )
    return [Meaning("ok", text % {"n": figure(number)})]


def _keeper(new: ProcedureVersion, old: ProcedureVersion | None) -> list[Meaning]:
    """Who keeps it, where that changes."""
    if old is not None and (old.side, old.owner_id) == (new.side, new.owner_id):
        return []
    text = _("Kept by %(who)s") % {"who": _kept_by(new)}
    note = _("Until now: %(who)s.") % {"who": _kept_by(old)} if old else ""
    return [Meaning("undecided", text, note)]


def _kept_by(version: ProcedureVersion) -> str:
    side = str(version.get_side_display()) if version.side else _("both teams")
    return f"{side}, {version.owner}" if version.owner else side


def _measures(new: ProcedureVersion, old: ProcedureVersion | None) -> list[Meaning]:
    """A procedure that was measured and would not be any more, and the reverse."""
    measured = [
        bool(version and (version.criteria or any(step["measure"] for step in version.steps)))
        for version in (old, new)
    ]
    if measured == [True, False]:
        return [Meaning("risk", _("Nothing would tell any more whether it is followed"))]
    if measured == [False, False]:
        return [Meaning("undecided", _("Nothing tells whether it is followed"))]
    return []
