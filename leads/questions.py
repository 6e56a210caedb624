"""What the rules say that every company has, of a change; refuses nothing itself, that is for `policies`.

What only a higher app can know of a change, that app answers: it hands its question in by `speak_at`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from django.utils.translation import gettext, ngettext

from leads.changes import FREED, Change
from leads.deal_information import in_words
from leads.deal_information import lacking as lacking_of_deal
from leads.deal_information import wanted as wanted_of_deal
from leads.minimum import asked_for, lacking
from leads.models import Contact
from leads.retention import due
from lifecycle.creation import group_choices, is_named, named_in
from lifecycle.going_back import GoingBack, Way
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleVersion, Stage

Broken = Callable[[RuleVersion, Change, Collection[int], datetime], set[int]]
"""Of these contacts, those whose change the rule speaks against at that moment."""

Says = Callable[[RuleVersion, Change, Collection[int], datetime], str]
"""What helps whoever is refused or asked more than what the rule says, of the contacts it speaks against."""


def _what_the_deal_lacks(rule: RuleVersion, change: Change, broken: Collection[int], at: datetime) -> str:
    missing = {
        name for pk in broken for name in lacking_of_deal(rule.parameters, change.target, change.known[pk])
    }
    names = in_words([name for name in wanted_of_deal(rule.parameters, change.target) if name in missing])
    return gettext("The deal lacks: %(fields)s.") % {"fields": ", ".join(names)}


def _too_little_is_known(
    rule: RuleVersion, change: Change, contact_ids: Collection[int], at: datetime
) -> set[int]:
    found = Contact.objects.filter(lacking(asked_for(rule)), pk__in=contact_ids).order_by()
    return set(found.values_list("pk", flat=True))


def may_not_bring_in(
    rule: RuleVersion, change: Change, contact_ids: Collection[int], at: datetime
) -> set[int]:
    """All of them or none: it is about who brings them. No query."""
    if change.creator is None or is_named(change.creator, named_in(rule.parameters, change.way)):
        return set()
    return set(contact_ids)


def _says_who_may(rule: RuleVersion, change: Change, broken: Collection[int], at: datetime) -> str:
    names = dict(group_choices())
    named = [str(names.get(key, key)) for key in named_in(rule.parameters, change.way)]
    if not named:
        return gettext("Nobody creates contacts by hand.")
    return gettext("Contacts are created by hand by: %(groups)s.") % {"groups": ", ".join(named)}


def _goes_a_forbidden_way(
    rule: RuleVersion, change: Change, contact_ids: Collection[int], at: datetime
) -> set[int]:
    said = GoingBack.of(rule.parameters)
    leaving = {pk: change.leaving[pk] for pk in contact_ids if pk in change.leaving}
    return {pk for pk, before in leaving.items() if said.way(before, change.target) == Way.FORBIDDEN}


def _deal_before_its_stage(
    rule: RuleVersion, change: Change, contact_ids: Collection[int], at: datetime
) -> set[int]:
    stage = Stage.objects.filter(key=rule.parameters.get("stage", "")).first()
    if stage is None:
        return set()
    ready = Contact.objects.filter(pk__in=contact_ids, stage__position__gte=stage.position)
    return set(contact_ids) - set(ready.order_by().values_list("pk", flat=True))


def _deal_lacks_information(
    rule: RuleVersion, change: Change, contact_ids: Collection[int], at: datetime
) -> set[int]:
    asked = {pk: change.known[pk] for pk in contact_ids if pk in change.known}
    return {pk for pk, known in asked.items() if lacking_of_deal(rule.parameters, change.target, known)}


def _works_on_somebody_due(
    rule: RuleVersion, change: Change, contact_ids: Collection[int], at: datetime
) -> set[int]:
    """Whoever is due to be erased and kept by no exception; a move back is no work on them."""
    if change.leaving or change == FREED:
        return set()
    found = due(rule, at=at).filter(pk__in=contact_ids).order_by()
    return set(found.values_list("pk", flat=True))


def _says_what_to_do(rule: RuleVersion, change: Change, broken: Collection[int], at: datetime) -> str:
    first = Contact.objects.filter(pk__in=broken).order_by("pk")[:1].get()
    if len(broken) == 1:
        return gettext(
            "%(name)s is due to be erased. Record an exception to keep the contact, or let it be erased."
        ) % {"name": first.name}
    text = ngettext(
        "%(name)s and %(n)s other are due to be erased. Record exceptions to keep them, or let them be erased.",
        "%(name)s and %(n)s others are due to be erased. Record exceptions to keep them, or let them be erased.",
        len(broken) - 1,
    )
    return text % {"name": first.name, "n": len(broken) - 1}


_WORK: Final = (RuleEvent.STAGE, RuleEvent.STATUS, RuleEvent.OWNER, RuleEvent.DEAL)
"""What counts as working on somebody who is due to be erased; what was sent to them is noted where it is recorded."""

BUILT_IN: Final[dict[str, dict[str, Broken]]] = {
    RuleEvent.CONTACT: {
        RuleKey.MINIMUM_INFORMATION: _too_little_is_known,
        RuleKey.CONTACT_CREATION: may_not_bring_in,
    },
    RuleEvent.STAGE: {RuleKey.REGRESSION: _goes_a_forbidden_way, RuleKey.RETENTION: _works_on_somebody_due},
    RuleEvent.STATUS: {RuleKey.RETENTION: _works_on_somebody_due},
    RuleEvent.DEAL: {
        RuleKey.DEAL_CREATION: _deal_before_its_stage,
        RuleKey.RETENTION: _works_on_somebody_due,
    },
    RuleEvent.ADVANCE: {RuleKey.DEAL_INFORMATION: _deal_lacks_information},
    RuleEvent.OWNER: {RuleKey.RETENTION: _works_on_somebody_due},
}
"""What each says; where rule 1 blocks it has its own place, see `policies._is_silent`."""

SAYS: Final[dict[tuple[str, str], Says]] = {
    (RuleEvent.ADVANCE, RuleKey.DEAL_INFORMATION): _what_the_deal_lacks,
    (RuleEvent.CONTACT, RuleKey.CONTACT_CREATION): _says_who_may,
    **{(event, RuleKey.RETENTION): _says_what_to_do for event in _WORK},
}


def speak_at(event: str, key: str, broken: Broken, says: Says | None = None) -> None:
    """Called in the `ready` of the app that knows what the rule of that key has to say of such a change."""
    BUILT_IN.setdefault(event, {})[key] = broken
    if says is not None:
        SAYS[event, key] = says
