"""What signing a scoring model would change, from its trial on the contacts there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Change, Consequences, Flow, Meaning, cut_off, figure
from leads.consequences.behind import Behind, Figure, Held, Telling, Told
from leads.criteria_trial import patient
from leads.facts import contact_catalogue
from leads.models import Contact, ScoringModel
from leads.scoring.loading import load
from leads.scoring.matrix import Preview, Reached, trial
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import AllOf
from lifecycle.keys import StageKey
from lifecycle.models import Stage
from lifecycle.vocabulary import TakesLongError


def behind(new: ScoringModel, old: ScoringModel | None, at: datetime) -> Behind:
    """The figures of a version, among the contacts on which it is tried. Raise TakesLongError."""
    catalogue = contact_catalogue()
    found, reached = _tried(new, old, catalogue, at=at)
    said = {"v": new.agreement.number, "old": old.agreement.number if old else "–"}

    def those(words: str, which: Callable[[Reached], bool]) -> Figure:
        return Figure(words % said, Q(pk__in=[pk for pk, one in reached.items() if which(one)]))

    return Behind(
        version=new,
        figures={
            "was": those(_("Contacts that reach both thresholds by v%(old)s"), lambda one: one.before),
            "would": those(_("Contacts that reach both thresholds by v%(v)s"), lambda one: one.after),
            "leave": those(
                _("Contacts that reach both thresholds by v%(old)s, not by v%(v)s"),
                lambda one: one.before and not one.after,
            ),
            "stay": those(
                _("Contacts that reach both thresholds by v%(old)s and by v%(v)s"),
                lambda one: one.before and one.after,
            ),
            "enter": those(
                _("Contacts that reach both thresholds by v%(v)s, not by v%(old)s"),
                lambda one: one.after and not one.before,
            ),
        },
        node=AllOf(),
        tell=_telling(new, old, reached),
        at=at,
        catalogue=catalogue,
        note=_basis(found),
    )


def _tried(
    new: ScoringModel, old: ScoringModel | None, catalogue: Catalogue, *, at: datetime
) -> tuple[Preview, dict[int, Reached]]:
    """The trial, for as long as a page can wait. Raise TakesLongError."""
    draft = load(new)
    with patient(AllOf(), at=at, catalogue=catalogue):
        return trial(draft, old, at=at)


def _telling(new: ScoringModel, old: ScoringModel | None, reached: Mapping[int, Reached]) -> Telling:
    def tell(contacts: Sequence[Contact]) -> Mapping[int, Told]:
        handed_over = _handed_over()
        return {
            contact.pk: _told(
                new, old, reached[contact.pk], _follows(contact, reached[contact.pk], handed_over)
            )
            for contact in contacts
            if contact.pk in reached
        }

    return tell


def _told(new: ScoringModel, old: ScoringModel | None, one: Reached, follows: str) -> Told:
    then = Held(one.after, _scores(new, one.fit, one.engagement, is_excluded=one.is_excluded))
    now = None
    if old is not None:
        had = (one.had_fit or 0, one.had_engagement or 0)
        now = Held(one.before, _scores(old, *had, is_excluded=bool(one.was_excluded)))
    return Told(then, now, follows)


def _follows(contact: Contact, one: Reached, handed_over: int) -> str:
    """A score moves nobody by itself: the definition of MQL does, and only forward."""
    if contact.stage is not None and contact.stage.position >= handed_over:
        return _("Stays in %(stage)s.") % {"stage": contact.stage.name}
    if one.after and not one.before:
        return _("Handed over if the definition of MQL holds.")
    return _("Nothing changes.") if one.after else _("Stays where it is.")


def _scores(model: ScoringModel, fit: int, engagement: int, *, is_excluded: bool) -> str:
    """Each score beside its threshold."""
    pairs = (
        (_("fit"), fit, model.fit_threshold),
        (_("engagement"), engagement, model.engagement_threshold),
    )
    said = [f"{label} {score} {'≥' if score >= least else '<'} {least}" for label, score, least in pairs]
    return ", ".join([*said, _("excluded")] if is_excluded else said)


def consequences(new: ScoringModel, old: ScoringModel | None, at: datetime) -> Consequences:
    """The trial beside the scores that are stored; a handful of queries, nothing written.

    Where it takes too long, that it did, with what is known without it.
    """
    try:
        found, reached = _tried(new, old, contact_catalogue(), at=at)
    except TakesLongError:
        return _without_trial(new, old)
    urls = {
        name: reverse("leads:counted", args=[new.agreement_id, name])
        for name in ("was", "would", "leave", "stay", "enter")
    }
    return Consequences(
        title=_("If this model were in force now"),
        changes=(
            Change(
                _("Contacts that reach both thresholds"),
                figure(found.before),
                figure(found.after),
                url=urls["would"],
                before_url=urls["was"] if old else "",
            ),
            *_thresholds(new, old),
        ),
        flow=Flow(
            leave=found.leave,
            stay=found.before - found.leave,
            enter=found.enter,
            **{f"{name}_url": urls[name] for name in ("leave", "stay", "enter")},
        ),
        meanings_title=_("What it means"),
        meanings=(*_meanings(found, urls),),
        basis=_basis(found),
        url=reverse("leads:scoring-version", args=[new.agreement.number]),
        verb=_("See every rule"),
        arrivals=_arrivals(found, reached),
    )


def _without_trial(new: ScoringModel, old: ScoringModel | None) -> Consequences:
    return Consequences(
        title=_("If this model were in force now"),
        changes=(*_thresholds(new, old),),
        meanings_title=_("What it means"),
        meanings=(cut_off(),),
        url=reverse("leads:scoring-version", args=[new.agreement.number]),
        verb=_("See every rule"),
    )


def _arrivals(found: Preview, reached: Mapping[int, Reached]) -> int:
    """Of those who enter, how many stand before MQL; of a sample, as many as that makes of all. Two queries."""
    enter = [pk for pk, one in reached.items() if one.after and not one.before]
    before = Contact.objects.filter(pk__in=enter).exclude(stage__position__gte=_handed_over()).count()
    return round(before * found.everyone / found.tried) if before else 0


def _handed_over() -> int:
    """Where MQL stands among the stages."""
    return Stage.objects.values_list("position", flat=True).get(key=StageKey.MARKETING_QUALIFIED)


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


def _meanings(found: Preview, urls: Mapping[str, str]) -> list[Meaning]:
    said = []
    if found.enter:
        text = ngettext(
            "%(n)s contact more for sales to call", "%(n)s contacts more for sales to call", found.enter
        )
        said.append(
            Meaning(
                "undecided",
                text % {"n": figure(found.enter)},
                _("They are handed over if the definition of MQL holds."),
                urls["enter"],
            )
        )
    if found.leave:
        text = ngettext(
            "%(n)s contact would no longer reach both",
            "%(n)s contacts would no longer reach both",
            found.leave,
        )
        said.append(
            Meaning(
                "undecided",
                text % {"n": figure(found.leave)},
                _("Whoever is an MQL stays one: rules only move forward."),
                urls["leave"],
            )
        )
    if not said:
        said.append(Meaning("ok", _("No contact changes sides today")))
    return said


def _basis(found: Preview) -> str:
    if found.is_sample:
        return _("Tried on %(tried)s of %(everyone)s contacts, chosen evenly.") % {
            "tried": figure(found.tried),
            "everyone": figure(found.everyone),
        }
    return ngettext("Tried on the one contact there is.", "Tried on all %(tried)s contacts.", found.tried) % {
        "tried": figure(found.tried)
    }
