"""What signing a scoring model would change, from its trial on the contacts there are."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Change, Consequences, Flow, Meaning, figure
from leads.models import ScoringModel
from leads.scoring.loading import load
from leads.scoring.matrix import Preview, preview


def consequences(new: ScoringModel, old: ScoringModel | None, at: datetime) -> Consequences:
    """The trial beside the scores that are stored; a handful of queries, nothing written."""
    tried = preview(load(new), old, at=at)
    return Consequences(
        title=_("If this model were in force now"),
        changes=(
            Change(_("Contacts that reach both thresholds"), figure(tried.before), figure(tried.after)),
            *_thresholds(new, old),
        ),
        flow=Flow(leave=tried.leave, stay=tried.before - tried.leave, enter=tried.enter),
        meanings_title=_("What it means"),
        meanings=(*_meanings(tried),),
        basis=_basis(tried),
        url=reverse("leads:scoring-version", args=[new.agreement.number]),
        verb=_("See every rule"),
        arrivals=round(tried.enter * tried.everyone / tried.tried) if tried.tried else 0,
    )


def _thresholds(new: ScoringModel, old: ScoringModel | None) -> list[Change]:
    pairs = [
        (_("Fit, threshold"), "fit_threshold"),
        (_("Engagement, threshold"), "engagement_threshold"),
    ]
    return [
        Change(label, str(getattr(old, name)), str(getattr(new, name)))
        for label, name in pairs
        if old is not None and getattr(old, name) != getattr(new, name)
    ]


def _meanings(tried: Preview) -> list[Meaning]:
    said = []
    if tried.enter:
        text = ngettext(
            "%(n)s contact more for sales to call", "%(n)s contacts more for sales to call", tried.enter
        )
        said.append(
            Meaning(
                "undecided",
                text % {"n": figure(tried.enter)},
                _("They are handed over if the definition of MQL holds."),
            )
        )
    if tried.leave:
        text = ngettext(
            "%(n)s contact would no longer reach both",
            "%(n)s contacts would no longer reach both",
            tried.leave,
        )
        said.append(
            Meaning(
                "undecided",
                text % {"n": figure(tried.leave)},
                _("Whoever is an MQL stays one: rules only move forward."),
            )
        )
    if not said:
        said.append(Meaning("ok", _("No contact changes sides today")))
    return said


def _basis(tried: Preview) -> str:
    if tried.is_sample:
        return _("Tried on %(tried)s of %(everyone)s contacts, chosen evenly.") % {
            "tried": figure(tried.tried),
            "everyone": figure(tried.everyone),
        }
    return ngettext("Tried on the one contact there is.", "Tried on all %(tried)s contacts.", tried.tried) % {
        "tried": figure(tried.tried)
    }
