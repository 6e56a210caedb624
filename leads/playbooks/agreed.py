"""How agreements call, show and weigh the playbook of a stage."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agreements.consequences import Change, Consequences, Meaning, figure
from agreements.kinds import Kind, Section, register
from leads.models import PlaybookRun, PlaybookVersion, StageInterval
from leads.playbooks.text import fallback_said, kinds_of, limit_said, lines_of
from lifecycle.agreed import DRAFTERS
from lifecycle.funnel import out_of_use
from lifecycle.term_text import reader_language

LATELY = timedelta(days=91)


def register_kind() -> None:
    register(
        Kind(
            prefix="playbook",
            label=gettext_lazy("Playbook"),
            model=PlaybookVersion,
            title=lambda version: version.stage.name,
            url=lambda version: reverse("leads:playbook", args=[version.stage_id]),
            edit_url=lambda version: reverse("leads:playbook-edit", args=[version.stage_id]),
            drafted_by=DRAFTERS,
            related=("stage", "fallback_status"),
            sections=sections,
            consequences=consequences,
            obstacles=obstacles,
            icon="list-checks",
            ends=(
                gettext_lazy("Nobody is asked to accept or to review it any more"),
                gettext_lazy("Who enters the stage from then on is given no task and no limit"),
                gettext_lazy("Tasks and limits that were given run on"),
            ),
        )
    )


def obstacles(version: PlaybookVersion) -> list[str]:
    """A stage that nobody enters, and a status that could not be given when the limit passes. No query."""
    status, found = version.fallback_status, out_of_use(version.stage)
    if status is None:
        return found
    if status.needs_date and not version.fallback_days:
        found.append(_("“%(status)s” asks for a day: say after how many days.") % {"status": status.name})
    if status.is_open:
        found.append(_("Work goes on in “%(status)s”: it ends nothing.") % {"status": status.name})
    return found


def sections(version: PlaybookVersion) -> list[Section]:
    return [
        Section(_("What we want, in English"), version.goal_en),
        Section(_("What we want, in French"), version.goal_fr),
        Section(_("Kinds, in English"), "\n".join(kind.name for kind in kinds_of(version.kinds, "en"))),
        Section(_("Kinds, in French"), "\n".join(kind.name for kind in kinds_of(version.kinds, "fr"))),
        Section(_("Tasks, in English"), "\n".join(lines_of(version.tasks, "en"))),
        Section(_("Tasks, in French"), "\n".join(lines_of(version.tasks, "fr"))),
        Section(_("Time limit"), limit_said(version)),
        Section(_("What if not"), fallback_said(version)),
    ]


def consequences(new: PlaybookVersion, old: PlaybookVersion | None, at: datetime) -> Consequences:
    """How much work it makes, and who of late would have been past the new limit; three queries."""
    entered = StageInterval.objects.filter(stage=new.stage_id, entered_at__gte=at - LATELY).count()
    before = len(old.tasks) if old else 0
    tasks = Change(
        _("Tasks for each contact that enters"),
        figure(before),
        figure(len(new.tasks)),
        ngettext(
            "%(n)s contact entered in the last 13 weeks",
            "%(n)s contacts entered in the last 13 weeks",
            entered,
        )
        % {"n": figure(entered)},
    )
    return Consequences(
        title=_("If this playbook were in force now"),
        changes=() if old and old.tasks == new.tasks else (tasks,),
        meanings_title=_("What it means"),
        meanings=(_there(new), *_late(new, at), *_kinds_gone(new, old)),
    )


def _there(new: PlaybookVersion) -> Meaning:
    there = StageInterval.objects.filter(stage=new.stage_id, left_at=None, contact__erasure=None).count()
    text = ngettext("%(n)s contact is in this stage today", "%(n)s contacts are in this stage today", there)
    return Meaning(
        "ok",
        text % {"n": figure(there)},
        _("Nothing changes for them: tasks and limit are those of the version in force when each came in."),
    )


def _late(new: PlaybookVersion, at: datetime) -> list[Meaning]:
    if new.promote_days is None:
        return []
    limit = at - timedelta(days=new.promote_days)
    lasting = Q(left_at=None, entered_at__lt=limit)
    late = StageInterval.objects.filter(lasting, stage=new.stage_id, contact__erasure=None).aggregate(
        n=Count("pk", filter=~Q(contact__status__is_open=False))
    )["n"]
    text = ngettext(
        "%(n)s contact has been here longer than %(days)s days",
        "%(n)s contacts have been here longer than %(days)s days",
        late,
    ) % {"n": figure(late), "days": new.promote_days}
    note = _("Whoever enters from now on and stays as long meets what is agreed: %(what)s")
    return [Meaning("risk" if late else "ok", text, note % {"what": fallback_said(new)})]


def _kinds_gone(new: PlaybookVersion, old: PlaybookVersion | None) -> list[Meaning]:
    """Kinds that contacts have and that would no longer be agreed."""
    kept = {one["key"] for one in new.kinds}
    gone = [one for one in kinds_of(old.kinds, reader_language()) if one.key not in kept] if old else []
    if not gone:
        return []
    runs = PlaybookRun.objects.filter(
        stay__left_at=None, stay__stage=new.stage_id, kind__in=[one.key for one in gone]
    )
    counts = dict(runs.order_by().values("kind").annotate(n=Count("pk")).values_list("kind", "n"))
    return [
        Meaning(
            "risk" if counts.get(one.key) else "undecided",
            _("No longer a kind: %(what)s") % {"what": one.name},
            ngettext(
                "%(n)s contact is of it today.", "%(n)s contacts are of it today.", counts.get(one.key, 0)
            )
            % {"n": figure(counts.get(one.key, 0))},
        )
        for one in gone
    ]
