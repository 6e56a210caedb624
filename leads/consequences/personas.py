"""What would follow if a version of a persona came into force: who would be given it, and who would lose it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Change, Consequences, Fate, Flow, Meaning, figure
from leads.criteria_trial import grouped
from leads.evaluation import persona_wanted
from leads.facts import contact_catalogue
from lifecycle.criteria.nodes import AllOf
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.vocabulary import TakesLongError
from personas.models import PersonaVersion

Pairs = Counter[tuple[int | None, int | None]]
"""How many contacts have one persona, or none, and would be given another, or none."""


def consequences(new: PersonaVersion, old: PersonaVersion | None, at: datetime) -> Consequences | None:
    """Everybody matched in one statement, in the order in which personas are tried; None where it would take long."""
    others = PersonaVersion.objects.in_force().exclude(persona=new.persona_id).select_related("persona")
    tried = [one for one in (*others.filter(persona__is_active=True), new) if one.match is not None]
    try:
        pairs = _pairs(tried, new, at)
    except (CriteriaError, TakesLongError):
        return None
    mine = new.persona_id
    enter = Counter({had: n for (had, gets), n in pairs.items() if gets == mine and had != mine})
    leave = Counter({gets: n for (had, gets), n in pairs.items() if had == mine and gets != mine})
    stay = pairs[mine, mine]
    names = {one.persona_id: one.name for one in others}
    return Consequences(
        title=_("If this persona were in force now"),
        changes=(
            Change(_("Contacts of this persona"), figure(stay + leave.total()), figure(stay + enter.total())),
        ),
        flow=Flow(leave=leave.total(), stay=stay, enter=enter.total()),
        fates_title=_("What those who enter are today"),
        fates=tuple(Fate(names.get(had or 0, _("No persona")), figure(n)) for had, n in enter.most_common()),
        meanings_title=_("What it means"),
        meanings=(*_moves(enter.total() + leave.total(), leave[None]), *_by_hand(new)),
        basis=_("Counted on all contacts."),
    )


def _pairs(tried: list[PersonaVersion], new: PersonaVersion, at: datetime) -> Pairs:
    catalogue = contact_catalogue()
    wanted = persona_wanted(tried, at=at, catalogue=catalogue)
    node = parse(new.match, catalogue) if new.match is not None else AllOf()
    rows = grouped("persona", node=node, at=at, catalogue=catalogue, wanted=wanted)
    return Counter({(had, gets): n for had, gets, n in rows})


def _moves(changed: int, nobody: int) -> list[Meaning]:
    if not changed:
        return [Meaning("ok", _("No contact changes its persona today"))]
    text = ngettext("%(n)s contact changes its persona", "%(n)s contacts change their persona", changed) % {
        "n": figure(changed)
    }
    said = [Meaning("undecided", text, _("Once something new is known of them, all by the next morning."))]
    if nobody:
        text = ngettext(
            "%(n)s of them would be of no persona", "%(n)s of them would be of no persona", nobody
        )
        said.append(Meaning("risk", text % {"n": figure(nobody)}))
    return said


def _by_hand(new: PersonaVersion) -> list[Meaning]:
    if new.match is not None:
        return []
    text = _("Nobody is recognised by criteria: a person gives it")
    return [Meaning("undecided", text, _("Whoever has it keeps it while no other persona matches."))]
