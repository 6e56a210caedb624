"""What would follow if a rule came into force that clocks or the distribution keep, beside what the contract says."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from agreements.consequences import Change, Consequences, Meaning, cut_off, figure
from lifecycle.adherence import LOOKED_BACK
from lifecycle.consequences import Weighing, provide
from lifecycle.keys import RuleKey
from lifecycle.mode_words import at_the_door
from lifecycle.models import RuleVersion
from lifecycle.territories import TERRITORIES, territories_of
from lifecycle.vocabulary import TakesLongError
from sla.compliance import against_distribution, dealt, waited
from sla.delays import beside_the_contract, hours_of, in_words
from sla.models import Clock, Handoff
from sla.territories import tried


def _of_delay(lane: str) -> Weighing:
    """A rule about how soon."""

    def consequences(new: RuleVersion, old: RuleVersion | None, at: datetime) -> Consequences | None:
        hours, before = hours_of(new), hours_of(old)
        if hours is None:
            return None
        measured = _measured(lane, [hours, before], at)
        return Consequences(
            title=_("If this rule were in force now"),
            changes=(
                Change(_("Until the first contact"), _in_words(before), _in_words(hours)),
                Change(
                    _("Slower than that, of first contacts in three months"),
                    "–" if before is None else _share(measured["over_1"], measured["of"]),
                    _share(measured["over_0"], measured["of"]),
                ),
            ),
            meanings_title=_("What it means"),
            meanings=(at_the_door(new, old), *_beside_the_contract(new)),
            basis=_("In working time, as the clocks counted it."),
        )

    return consequences


def _in_words(hours: Decimal | None) -> str:
    return "–" if hours is None else in_words(hours)


def _share(part: int, of: int) -> str:
    return _("%(part)s of %(of)s") % {"part": figure(part), "of": figure(of)}


def _measured(lane: str, hours: list[Decimal | None], at: datetime) -> dict[str, int]:
    """Of the clocks that a contact stopped: how many, and how many took longer than each. One query."""
    clocks = Clock.objects.filter(
        kind=Clock.Kind.FIRST_CONTACT,
        handoff__lane=lane,
        started_at__gte=at - LOOKED_BACK,
        started_at__lt=at,
        stopped_by__isnull=False,
    )
    over: dict[str, Any] = {
        f"over_{place}": Count("pk", filter=Q(used_minutes__gt=int(limit * 60)) if limit else Q(pk__in=()))
        for place, limit in enumerate(hours)
    }
    return clocks.order_by().aggregate(of=Count("pk"), **over)


def _beside_the_contract(new: RuleVersion) -> list[Meaning]:
    said = beside_the_contract(new)
    if said is None:
        return []
    note = _("Rule and contract would say two things: draft the contract as well.") if said.differs else ""
    return [Meaning("risk" if said.differs else "ok", said.text, note)]


def _of_distribution(new: RuleVersion, old: RuleVersion | None, at: datetime) -> Consequences:
    given = dealt().filter(at__gte=at - LOOKED_BACK, at__lt=at).order_by()
    count = given.aggregate(
        of=Count("pk"),
        by_hand=Count("pk", filter=against_distribution()),
        waited=Count("pk", filter=Q(waited())),
    )
    undealt: list[Meaning] = []
    try:
        changes = _of_territories(new, old, at)
    except TakesLongError:
        changes, undealt = (), [cut_off(_("Who would be given how many leads is not known now"))]
    return Consequences(
        title=_("If this rule were in force now"),
        changes=changes,
        meanings_title=_("What it means"),
        meanings=(
            *undealt,
            at_the_door(new, old),
            _how_dealt(new, old),
            Meaning(
                "undecided",
                _("In three months %(share)s leads went to a rep by hand before they were dealt")
                % {"share": _share(count["by_hand"], count["of"])},
            ),
            Meaning(
                "undecided",
                _("%(share)s waited in the queue of all") % {"share": _share(count["waited"], count["of"])},
            ),
        ),
    )


def _how_dealt(new: RuleVersion, old: RuleVersion | None) -> Meaning:
    by_whom = _("By who is there, daily cap and share, which are kept with each rep.")
    if new.parameters.get(TERRITORIES) == (old.parameters.get(TERRITORIES) if old else None):
        return Meaning("ok", _("Leads go on being dealt as today"), by_whom)
    if not new.parameters.get(TERRITORIES):
        return Meaning("undecided", _("Every lead is dealt among everybody in sales"), by_whom)
    return Meaning(
        "undecided",
        _("A lead goes to somebody of its territory, unless its contact has an owner who can take it"),
        _("A lead of none goes to everybody in sales. Leads that a rep has already stay where they are."),
    )


def _of_territories(new: RuleVersion, old: RuleVersion | None, at: datetime) -> tuple[Change, ...]:
    """The leads of three months dealt by both: to each territory, then to each rep. None without territories.

    Raise TakesLongError.
    """
    then, now = (territories_of(one.parameters) if one else () for one in (new, old))
    if not then and not now:
        return ()
    after, before = tried(then, at), tried(now, at)
    was = dict(before.of_territory)
    places = [
        Change(
            _("Leads of “%(territory)s”") % {"territory": name},
            figure(was[name]) if name in was else "–",
            figure(n),
        )
        for name, n in after.of_territory
    ]
    rest = Change(_("Leads of no territory"), figure(before.of_none), figure(after.of_none))
    reps = {share.rep: share.leads for share in before.of_rep}
    shares = [
        Change(_("Leads to %(rep)s") % {"rep": share.name}, figure(had), figure(share.leads))
        for share in after.of_rep
        if (had := reps.get(share.rep, 0)) or share.leads
    ]
    return (*places, rest, *shares)


def provide_consequences() -> None:
    provide(f"rule:{RuleKey.REQUEST_DELAY}", _of_delay(Handoff.Lane.REQUEST))
    provide(f"rule:{RuleKey.HANDOFF_DELAY}", _of_delay(Handoff.Lane.STANDARD))
    provide(f"rule:{RuleKey.DISTRIBUTION}", _of_distribution)
