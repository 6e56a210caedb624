"""What would follow if a version of a rule came into force: whom it speaks against as everybody stands today."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from agreements.consequences import Change, Consequences, Meaning, cut_off, figure
from leads.compliance import lacking_minimum
from leads.consequences.behind import THERE, Behind, Figure, Held, Telling, Told, held
from leads.criteria_trial import count_where, patient
from leads.deal_information import lacks_something
from leads.facts import contact_catalogue, matching
from leads.messaging.sets import at_the_cap, bounced, paused
from leads.messaging.terms import cap_of, spoken
from leads.messaging.verdict import Pause
from leads.models import Consent, Contact, Deal, Origin
from leads.retention import does_delete, due
from lifecycle.adherence import LOOKED_BACK
from lifecycle.creation import CREATORS, IMPORTERS, members, named_in
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import AllOf, Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.going_back import GoingBack, loop
from lifecycle.keys import MessageKind, RuleKey
from lifecycle.mode_words import at_the_door
from lifecycle.models import RuleEvent, RuleMode, RuleVersion, Stage
from lifecycle.pausing import pausing_of
from lifecycle.vocabulary import TakesLongError


def consequences(new: RuleVersion, old: RuleVersion | None, at: datetime) -> Consequences | None:
    """Both versions held against what there is now, and what happens at the doors; a handful of queries.

    Where that takes too long, that it did; None for a rule that speaks against nothing that can be counted.
    """
    told = Consequences(
        title=_("If this rule were in force now"),
        meanings_title=_("What it means"),
        meanings=(*_at_the_door(new, old), Meaning("ok", _("What happened before stays as it is"))),
    )
    try:
        then = _count(new, at)
        now = _count(old, at) if old and then is not None else 0
    except TakesLongError:
        return replace(told, meanings=(cut_off(_("What it speaks against is not known now")), *told.meanings))
    if then is None:
        return None
    opened = behind(new, old, at)
    return replace(
        told,
        changes=(
            Change(
                _label(new),
                "–" if now is None else figure(now),
                figure(then),
                url=opened.url("then") if opened else "",
                before_url=opened.url("now")
                if opened and "now" in opened.figures and now is not None
                else "",
            ),
        ),
        basis=_("Counted on all contacts and deals."),
        hidden_from=opened.hidden_from if opened else None,
    )


def behind(new: RuleVersion, old: RuleVersion | None, at: datetime) -> Behind | None:
    """The contacts that a version speaks against; None where it speaks of deals, or its criteria cannot be read."""
    catalogue = contact_catalogue()
    then, now = _against(new, at, catalogue), _against(old, at, catalogue) if old else None
    if then is None:
        return None
    words = _("%(what)s, by v%(n)s")
    figures = {"then": Figure(words % {"what": _label(new), "n": new.agreement.number}, then)}
    if old is not None and now is not None:
        figures["now"] = Figure(words % {"what": _label(old), "n": old.agreement.number}, now)
    node = _criteria(new, catalogue)
    return Behind(
        version=new,
        figures=figures,
        node=node or AllOf(),
        tell=_telling(new, old, then, now, at=at, catalogue=catalogue),
        at=at,
        catalogue=catalogue,
    )


def _against(version: RuleVersion, at: datetime, catalogue: Catalogue) -> Q | None:
    """Whom it speaks against, where they are contacts."""
    if version.event:
        node = _criteria(version, catalogue)
        return None if node is None else _there(version) & ~matching(node, at=at, catalogue=catalogue)
    counted = _BUILT_IN.get(version.rule.key)
    rows = counted(version, at) if counted else None
    return Q(pk__in=rows.order_by().values("pk")) if rows is not None and rows.model is Contact else None


def _criteria(version: RuleVersion, catalogue: Catalogue) -> Node | None:
    try:
        return parse(version.criteria or {}, catalogue) if version.event else None
    except CriteriaError:
        return None


def _telling(
    new: RuleVersion, old: RuleVersion | None, then: Q, now: Q | None, *, at: datetime, catalogue: Catalogue
) -> Telling:
    def tell(contacts: Sequence[Contact]) -> Mapping[int, Told]:
        node, before = _criteria(new, catalogue), _criteria(old, catalogue) if old else None
        said = held(node or AllOf(), before, contacts, at=at, catalogue=catalogue)
        rows = Contact.objects.filter(pk__in=[contact.pk for contact in contacts])
        against = set(rows.filter(then).values_list("pk", flat=True))
        was = set() if now is None else set(rows.filter(now).values_list("pk", flat=True))
        return {
            pk: Told(
                Held(pk not in against, by.because if node else ""),
                None if now is None else Held(pk not in was, by_old.because if by_old and before else ""),
                _("The rule speaks against it.") if pk in against else _("The rule lets it be."),
            )
            for pk, (by, by_old) in said.items()
        }

    return tell


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
        case RuleEvent.ADVANCE if version.target:
            return _("Contacts with a deal at that stage, against it")
        case RuleEvent.DEAL | RuleEvent.ADVANCE:
            return _("Contacts with an open deal, against it")
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
    """How much of what there is now the rule speaks against; None where it cannot be counted. Raise TakesLongError."""
    if version.event:
        return _against_criteria(version, at)
    counted = _BUILT_IN.get(version.rule.key)
    if counted is None:
        return None
    with patient(AllOf(), at=at, catalogue=contact_catalogue()):
        rows = counted(version, at)
        return (rows.filter(THERE) if rows.model is Contact else rows).count()


def _against_criteria(version: RuleVersion, at: datetime) -> int | None:
    """Contacts that stand where the rule speaks and do not meet it; for a deal, those with an open one."""
    catalogue = contact_catalogue()
    node, against = _criteria(version, catalogue), _against(version, at, catalogue)
    if node is None or against is None:
        return None
    (found,) = count_where([against], node=node, at=at, catalogue=catalogue, among=THERE)
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
            reached = Q(erasure=None) & ~Q(email="") & ~Q(bounced())
            # Without consent a contact is still written to in person, which a rule on both kinds speaks of too.
            return reached & ~Q(consent=Consent.WITHDRAWN) if target == MessageKind.BRANDED else reached
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
