"""What would follow if another line of “who answers for what” came into force: for how many, and who would be late."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from agreements.consequences import Change, Consequences, Meaning, figure
from leads.models import Contact
from lifecycle.models import Accountable, By, Responsibility
from lifecycle.responsibilities import by_when, who


def consequences(new: Responsibility, old: Responsibility | None, at: datetime) -> Consequences:
    """Counted on the contacts that stand in the stage; one query."""
    there = Contact.objects.filter(stage=new.stage_id, erasure=None)
    count = there.aggregate(
        everybody=Count("pk"),
        nobody=Count("pk", filter=_without(new)),
        late=Count("pk", filter=_late(new, at)),
        late_now=Count("pk", filter=_late(old, at)),
    )
    return Consequences(
        title=_("If this were in force now"),
        changes=(
            *_sides(new, old),
            *_days(new, old, count["late_now"], count["late"]),
        ),
        meanings_title=_("What it means"),
        meanings=(*_whose(new, old, count["everybody"]), *_unnamed(count["nobody"]), *_when(new, old)),
        basis=_("Counted on all contacts."),
    )


def _sides(new: Responsibility, old: Responsibility | None) -> list[Change]:
    """Which team answers, where that changes."""
    if old is not None and old.side == new.side:
        return []
    label = _("Contacts in %(stage)s, answered for by") % {"stage": new.stage.name}
    return [Change(label, _by(old), _by(new))]


def _by(version: Responsibility | None) -> str:
    return str(version.get_side_display()) if version else "–"


def _without(version: Responsibility) -> Q:
    """Who has nobody by the agreed name."""
    match version.accountable:
        case Accountable.OWNER:
            return Q(owner=None)
        case Accountable.MARKETING_OWNER:
            return Q(marketing_owner=None)
        case _named:
            return Q(pk__in=())


def _late(version: Responsibility | None, at: datetime) -> Q:
    if version is None or version.by != By.DAYS:
        return Q(pk__in=())
    return Q(stage_since__lt=at - timedelta(days=version.days or 0))


def _days(new: Responsibility, old: Responsibility | None, now: int, then: int) -> list[Change]:
    if By.DAYS not in (new.by, old.by if old else ""):
        return []
    return [Change(_("Past their day"), figure(now), figure(then))]


def _whose(new: Responsibility, old: Responsibility | None, number: int) -> list[Meaning]:
    text = ngettext(
        "%(n)s contact there is with %(who)s", "%(n)s contacts there are with %(who)s", number
    ) % {"n": figure(number), "who": who(new)}
    if old is None or (who(old), old.side) == (who(new), new.side):
        return [Meaning("ok", text)]
    return [Meaning("undecided", text, _("Until now: %(who)s.") % {"who": f"{_by(old)}, {who(old)}"})]


def _unnamed(number: int) -> list[Meaning]:
    if not number:
        return []
    text = ngettext(
        "For %(n)s of them there is nobody by name", "For %(n)s of them there is nobody by name", number
    )
    return [Meaning("risk", text % {"n": figure(number)})]


def _when(new: Responsibility, old: Responsibility | None) -> list[Meaning]:
    if old is None or by_when(old) == by_when(new):
        return []
    text = _("It is owed %(when)s") % {"when": by_when(new) or _("without a day")}
    return [
        Meaning(
            "undecided",
            text,
            pgettext("when it is owed", "Until now: %(when)s.")
            % {"when": by_when(old) or _("without a day")},
        )
    ]
