"""How agreements call, show and weigh a plan."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agreements.consequences import Change, Consequences, Meaning, figure
from agreements.kinds import Kind, Section, register
from lifecycle.agreed import DRAFTERS
from reporting.plans.models import ONE_A_PERIOD, PlanVersion
from reporting.plans.parts import OWN, Group, come_since, groups_of
from reporting.plans.words import milestone_lines, revenue_lines, words_of

NAMED = 5


def register_kind() -> None:
    register(
        Kind(
            prefix=OWN,
            label=gettext_lazy("Plan"),
            model=PlanVersion,
            title=lambda version: words_of(version.plan),
            url=lambda version: reverse("reporting:plan", args=[version.plan_id]),
            edit_url=lambda version: reverse("reporting:plan-edit", args=[version.plan_id]),
            drafted_by=DRAFTERS,
            related=("plan",),
            sections=sections,
            consequences=consequences,
            icon="map",
            ends=(
                gettext_lazy("Nobody is asked to accept or to review it any more"),
                gettext_lazy("Its days are free for another plan"),
            ),
            name_constraint=ONE_A_PERIOD,
        )
    )


def sections(version: PlanVersion) -> list[Section]:
    """What it says itself, then each kind of what it rests upon; a query a kind."""
    return [
        Section(_("What we want together, in English"), version.aim_en),
        Section(_("What we want together, in French"), version.aim_fr),
        Section(_("New revenue wanted"), "\n".join(revenue_lines(version.objectives))),
        *(Section(str(group.kind.label), "\n".join(_lines(group))) for group in groups_of(version)),
        Section(_("Days, in English"), "\n".join(milestone_lines(version.milestones, "en"))),
        Section(_("Days, in French"), "\n".join(milestone_lines(version.milestones, "fr"))),
    ]


def _lines(group: Group) -> list[str]:
    return [f"{row.title} (v{row.signed.number})" for row in group.rows]


def consequences(new: PlanVersion, old: PlanVersion | None, at: datetime) -> Consequences:
    """How much it rests upon, and what of that has changed since it was written."""
    changed = [row for group in groups_of(new) for row in group.changed]
    later = come_since(new).count()
    meanings = []
    if changed:
        text = ngettext(
            "%(n)s part is not in force any more as the plan names it",
            "%(n)s parts are not in force any more as the plan names them",
            len(changed),
        )
        names = ", ".join(row.title for row in changed[:NAMED])
        meanings.append(Meaning("risk", text % {"n": figure(len(changed))}, names))
    else:
        meanings.append(Meaning("ok", _("Everything it rests upon is in force as it says")))
    if later:
        text = ngettext(
            "%(n)s thing came into force since and is no part of it",
            "%(n)s things came into force since and are no part of it",
            later,
        )
        meanings.append(
            Meaning("undecided", text % {"n": figure(later)}, _("Save the draft again to take it in."))
        )
    before = {(part["subject"], part["number"]) for part in old.parts} if old else set()
    after = {(part["subject"], part["number"]) for part in new.parts}
    note = ""
    if old:
        fresh = len(after - before)
        note = (
            ngettext("%(n)s new or changed", "%(n)s new or changed", fresh) % {"n": figure(fresh)}
            if fresh
            else ""
        )
    return Consequences(
        title=_("If this plan were in force now"),
        changes=(Change(_("Agreed versions it rests upon"), figure(len(before)), figure(len(after)), note),),
        meanings_title=_("What it means"),
        meanings=tuple(meanings),
    )
