"""What would follow if a version of a rule came into force: whom it speaks against as everybody stands today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from agreements.consequences import Change, Consequences, Meaning, figure
from leads.compliance import lacking_minimum
from leads.criteria_trial import count_where
from leads.deal_information import lacks_something
from leads.facts import contact_catalogue, matching
from leads.messaging.sets import at_the_cap, paused
from leads.messaging.terms import cap_of, spoken
from leads.messaging.verdict import Pause
from leads.models import Consent, Contact, Deal, Origin
from leads.retention import does_delete, due
from lifecycle.adherence import LOOKED_BACK
from lifecycle.creation import CREATORS, IMPORTERS, members, named_in
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.going_back import GoingBack, loop
from lifecycle.keys import MessageKind, RuleKey
from lifecycle.mode_words import at_the_door
from lifecycle.models import RuleEvent, RuleMode, RuleVersion, Stage
from lifecycle.pausing import pausing_of
from lifecycle.vocabulary import TakesLongError


def consequences(new: RuleVersion, old: RuleVersion | None, at: datetime) -> Consequences | None:
    """Both versions held against what there is now, and what happens at the doors; a handful of queries."""
    then = _count(new, at)
    if then is None:
        return None
    now = _count(old, at) if old else 0
    return Consequences(
        title=_("If this rule were in force now"),
        changes=(Change(_label(new), "–" if now is None else figure(now), figure(then)),),
        meanings_title=_("What it means"),
        meanings=(*_at_the_door(new, old), Meaning("ok", _("What happened before stays as it is"))),
        basis=_("Counted on all contacts and deals."),
    )


def _label(version: RuleVersion) -> str:
    labels = {
        RuleKey.MINIMUM_INFORMATION: _("Contacts of whom too little is known to enter"),
        RuleKey.RETENTION: _("Contacts due to be erased"),
        RuleKey.REGRESSION: _("Contacts in a stage with a way back that is forbidden"),
        RuleKey.DEAL_CREATION: _("Open deals whose contact is not in the stage yet"),
        RuleKey.DEAL_INFORMATION: _("Open deals that lack something at their stage"),
        RuleKey.CONTACT_CREATION: _("Contacts of three months, brought in by somebody who may not"),
        RuleKey.MARKETING_PAUSE: _("Contacts that marketing does not write to"),
        RuleKey.MESSAGE_FREQUENCY: _("Contacts who were written to that often lately"),
    }
    if version.rule.key in labels:
        return labels[version.rule.key]
    match version.event:
        case RuleEvent.DEAL:
            return _("Open deals against it")
        case RuleEvent.ADVANCE:
            return _("Contacts with a deal at that stage, against it")
        case RuleEvent.MESSAGE:
            return _("Contacts who could be written to, against it")
        case _:
            return _("Contacts against it")


def _at_the_door(new: RuleVersion, old: RuleVersion | None) -> list[Meaning]:
    """What somebody meets who acts against it; a message that was sent is noted whatever the mode."""
    if new.rule.key == RuleKey.RETENTION:
        approved = Meaning("undecided", _("Nobody is erased before an administrator has approved the list"))
        how = (
            Meaning("breach", _("Who is approved is deleted: only what figures count by stays, about nobody"))
            if does_delete(new)
            else Meaning("ok", _("Who is approved is made anonymous: what happened stays, without a name"))
        )
        return [approved, how, at_the_door(new, old)]
    said = _by_the_send_check() if new.is_of_messages else _by_the_door(new)
    now = said[RuleMode(new.mode)]
    if old is None or old.mode == new.mode:
        return [now]
    note = _("Until now: %(mode)s.") % {"mode": str(old.get_mode_display()).lower()}
    return [Meaning(now.state, now.text, note)]


def _by_the_send_check() -> dict[RuleMode, Meaning]:
    return {
        RuleMode.ADVISE: Meaning("ok", _("A send check advises against; what is sent is noted")),
        RuleMode.WARN: Meaning(
            "risk", _("A send check advises against; whoever writes all the same says why")
        ),
        RuleMode.BLOCK: Meaning("breach", _("A send check says no; what is sent all the same is noted")),
    }


def _by_the_door(new: RuleVersion) -> dict[RuleMode, Meaning]:
    refused = (
        _("Whoever comes with less waits in quarantine")
        if new.rule.key == RuleKey.MINIMUM_INFORMATION
        else _("A change against it is refused")
    )
    return {
        RuleMode.ADVISE: Meaning("ok", _("A change against it is made and noted")),
        RuleMode.WARN: Meaning("risk", _("A change against it asks for a reason, which is kept")),
        RuleMode.BLOCK: Meaning("breach", refused),
    }


def _count(version: RuleVersion, at: datetime) -> int | None:
    """How much of what there is now the rule speaks against; None where that takes long or cannot be counted."""
    if version.event:
        return _against_criteria(version, at)
    counted = _BUILT_IN.get(version.rule.key)
    return counted(version, at).count() if counted else None


def _against_criteria(version: RuleVersion, at: datetime) -> int | None:
    """Contacts that stand where the rule speaks and do not meet it; for a deal, those with an open one."""
    catalogue = contact_catalogue()
    there = _there(version)
    try:
        node = parse(version.criteria or {}, catalogue)
        holds = matching(node, at=at, catalogue=catalogue)
        (found,) = count_where([there & ~holds], node=node, at=at, catalogue=catalogue)
    except (CriteriaError, TakesLongError):
        return None
    return found


def _there(version: RuleVersion) -> Q:
    target = version.target
    match version.event:
        case RuleEvent.STAGE | RuleEvent.STATUS as column:
            return Q(**{column: target}) if target else ~Q(**{column: None})
        case RuleEvent.OWNER:
            return Q(owner__isnull=False)
        case RuleEvent.DEAL | RuleEvent.ADVANCE:
            deals = Deal.objects.filter(stage=target) if target else Deal.objects.open()
            return Q(pk__in=deals.order_by().values("contact"))
        case RuleEvent.MESSAGE:
            reached = Q(erasure=None) & ~Q(email="")
            return reached if target == MessageKind.PERSONAL else reached & ~Q(consent=Consent.WITHDRAWN)
        case _:
            return Q(erasure=None)


def _before_the_stage(version: RuleVersion, at: datetime) -> QuerySet[Any]:
    stage = Stage.objects.filter(key=version.parameters.get("stage", "")).first()
    if stage is None:
        return Deal.objects.none()
    return Deal.objects.open().exclude(contact__stage__position__gte=stage.position)


def _brought_in_against(version: RuleVersion, at: datetime) -> QuerySet[Any]:
    lately = Contact.objects.filter(created_at__gt=at - LOOKED_BACK, created_at__lte=at)
    found = Q(pk__in=())
    for way, via in ((CREATORS, Origin.PERSON), (IMPORTERS, Origin.IMPORT)):
        may = User.objects.filter(members(named_in(version.parameters, way)))
        found |= Q(created_via=via) & ~Q(created_by__in=may)
    return lately.filter(found, created_by__isnull=False)


_BUILT_IN: Final[Mapping[str, Callable[[RuleVersion, datetime], QuerySet[Any]]]] = {
    RuleKey.MINIMUM_INFORMATION: lambda version, at: Contact.objects.filter(lacking_minimum(version)),
    RuleKey.CONTACT_CREATION: _brought_in_against,
    RuleKey.RETENTION: lambda version, at: due(version, at=at),
    RuleKey.REGRESSION: lambda version, at: Contact.objects.filter(
        stage__in=GoingBack.of(version.parameters).closed(loop())
    ),
    RuleKey.DEAL_CREATION: _before_the_stage,
    RuleKey.DEAL_INFORMATION: lambda version, at: Deal.objects.open().filter(
        lacks_something(version.parameters)
    ),
    RuleKey.MARKETING_PAUSE: lambda version, at: paused(
        Contact.objects.filter(erasure=None), Pause(spoken(version), pausing_of(version.parameters)), at=at
    ),
    RuleKey.MESSAGE_FREQUENCY: lambda version, at: at_the_cap(
        Contact.objects.filter(erasure=None), cap_of(spoken(version), version.parameters), at=at
    ),
}
