"""How agreements call, show and weigh the tactics of a cell."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts.models import Side
from agreements.consequences import Change, Consequences, Meaning, figure
from agreements.kinds import Kind, Section, register
from leads.models import AppliedTactic, Cell, CellStay, TacticsVersion
from leads.tactics.text import lines_of, tactics_of
from lifecycle.agreed import DRAFTERS

LATELY = timedelta(days=91)


def register_kind() -> None:
    register(
        Kind(
            prefix="tactics",
            label=gettext_lazy("Tactics"),
            model=TacticsVersion,
            title=lambda version: str(Cell(version.cell).label),
            url=lambda version: reverse("leads:tactics-cell", args=[version.cell]),
            edit_url=lambda version: reverse("leads:tactics-edit", args=[version.cell]),
            drafted_by=DRAFTERS,
            sections=sections,
            consequences=consequences,
            icon="grid-2x2",
            ends=(
                gettext_lazy("Nobody is asked to accept or to review them any more"),
                gettext_lazy("The page of a contact that stands there proposes none of them"),
                gettext_lazy("What was applied, and what became of it, is kept"),
            ),
        )
    )


def sections(version: TacticsVersion) -> list[Section]:
    return [
        Section(_("What we want, in English"), version.goal_en),
        Section(_("What we want, in French"), version.goal_fr),
        Section(_("Tactics, in English"), "\n".join(lines_of(version.tactics, "en"))),
        Section(_("Tactics, in French"), "\n".join(lines_of(version.tactics, "fr"))),
    ]


def consequences(new: TacticsVersion, old: TacticsVersion | None, at: datetime) -> Consequences:
    """Whose tactics change, for how many contacts, and which of those that were applied would be gone; two queries."""
    return Consequences(
        title=_("If these tactics were in force now"),
        changes=tuple(_by_team(new, old)),
        meanings_title=_("What it means"),
        meanings=(_there(new), *_gone(new, old, at)),
    )


def _by_team(new: TacticsVersion, old: TacticsVersion | None) -> list[Change]:
    """For each team whose tactics are others than before."""
    changes = []
    for side in Side:
        now, then = (
            [one for one in version.tactics if one["side"] == side] if version else []
            for version in (old, new)
        )
        if now == then:
            continue
        label = {
            Side.MARKETING: _("Tactics that marketing applies"),
            Side.SALES: _("Tactics that sales applies"),
        }[side]
        fresh = len([one for one in then if one not in now])
        note = ngettext("%(n)s new or changed", "%(n)s new or changed", fresh) % {"n": figure(fresh)}
        changes.append(Change(label, figure(len(now)), figure(len(then)), note if fresh else ""))
    return changes


def _there(new: TacticsVersion) -> Meaning:
    number = CellStay.objects.filter(cell=new.cell, left_at=None).count()
    text = ngettext("%(n)s contact stands there today", "%(n)s contacts stand there today", number) % {
        "n": figure(number)
    }
    note = ngettext(
        "Its page would propose these tactics.", "Their pages would propose these tactics.", number
    )
    return Meaning("ok", text, note)


def _gone(new: TacticsVersion, old: TacticsVersion | None, at: datetime) -> list[Meaning]:
    """Tactics that are applied and would no longer be agreed."""
    kept = {one["key"] for one in new.tactics}
    language = "fr" if (get_language() or "en").startswith("fr") else "en"
    gone = [one for one in tactics_of(old.tactics, language) if one.key not in kept] if old else []
    if not gone:
        return []
    lately = AppliedTactic.objects.counted().filter(version__cell=new.cell, at__gte=at - LATELY)
    counts = dict(
        lately.filter(tactic__in=[one.key for one in gone])
        .values_list("tactic")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return [
        Meaning(
            "risk" if counts.get(one.key) else "undecided",
            _("No longer agreed: %(what)s") % {"what": one.what},
            ngettext(
                "Applied %(n)s time in the last 13 weeks.",
                "Applied %(n)s times in the last 13 weeks.",
                counts.get(one.key, 0),
            )
            % {"n": figure(counts.get(one.key, 0))},
        )
        for one in gone
    ]
