"""Who may be written to of many contacts, in SQL: the same as `verdict` says of one.

The cap is asked contact by contact in their index of messages: a page of the list looks at fifty of them, and no
set of everybody who was written to lately has to be built, whatever its size.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from leads.deciding import understood
from leads.facts import contact_catalogue, matching
from leads.messaging.verdict import Cap, Cause, Due, Leave, Own, Pause, Reason, Terms, weight_of
from leads.models import (
    Consent,
    Contact,
    Deal,
    DealStage,
    Entity,
    FieldChange,
    RetentionHold,
    Touchpoint,
    Transition,
    TransitionKind,
)
from leads.touchpoint_kinds import BOUNCE, MESSAGES, PERSONAL_MESSAGES, SALES_TOUCHES
from lib.months import months_before
from lifecycle.criteria.nodes import AllOf
from lifecycle.keys import MessageKind
from lifecycle.pausing import FIRST_TOUCH, NOT_BY_OWNER, OWNED

EVERYBODY: Final = AllOf()

NOW: Final = "now"
"""The value of the list's filter for those to whom nothing speaks against writing."""


def messages(contact: Any = None) -> QuerySet[Touchpoint]:
    """What was sent to a contact, branded and in person, the newest first."""
    rows = Touchpoint.objects.filter(kind__in=MESSAGES | PERSONAL_MESSAGES)
    return (rows.filter(contact=contact) if contact is not None else rows).order_by("-occurred_at", "-pk")


def bounced() -> Exists:
    """Whether a message came back and the address is still the one it was sent to."""
    mended = FieldChange.objects.filter(
        entity=Entity.CONTACT,
        subject_id=OuterRef("contact_id"),
        field="email",
        known_at__gte=OuterRef("occurred_at"),
    )
    back = Touchpoint.objects.filter(contact=OuterRef("pk"), kind=BOUNCE).exclude(Exists(mended))
    return Exists(back)


def last_under_cap(cap: Cap, *, at: datetime) -> Subquery:
    """When the message was sent that fills the cap at that moment; NULL where another fits."""
    kinds = MESSAGES | PERSONAL_MESSAGES if cap.personal else MESSAGES
    lately = Touchpoint.objects.filter(
        contact=OuterRef("pk"), kind__in=sorted(kinds), occurred_at__gt=at - cap.window, occurred_at__lte=at
    ).order_by("-occurred_at")
    filling = lately.values("occurred_at")[cap.messages - 1 : cap.messages]
    return Subquery(filling, output_field=DateTimeField())


def at_the_cap(contacts: QuerySet[Contact], cap: Cap, *, at: datetime) -> QuerySet[Contact]:
    """Those to whom no further message fits at that moment."""
    return contacts.alias(_filled_at=last_under_cap(cap, at=at)).filter(_filled_at__isnull=False)


def last_sales_touch(at: Any) -> Subquery:
    """When sales was last in touch by that moment; NULL of whom they never were."""
    touches = Touchpoint.objects.filter(
        contact=OuterRef("pk"), kind__in=sorted(SALES_TOUCHES), occurred_at__lte=at
    ).order_by("-occurred_at")
    return Subquery(touches.values("occurred_at")[:1], output_field=DateTimeField())


def owned_since() -> Coalesce:
    """When the contact came to its present owner; of one who has been theirs from the beginning, its creation."""
    given = Transition.objects.filter(contact=OuterRef("pk"), kind=TransitionKind.OWNER).order_by(
        "-at", "-pk"
    )
    return Coalesce(Subquery(given.values("at")[:1]), F("created_at"), output_field=DateTimeField())


def paused_by(pause: Pause, *, at: datetime) -> list[tuple[Cause, Q]]:
    """Each ground of the pause, of contacts with `_touched_at` and `_owned_since`, as `verdict.holding` says it."""
    when = pause.when
    grounds = {
        Cause.STATUS: (Q(status__in=when.statuses), "status_since"),
        Cause.STAGE: (Q(stage__in=when.stages), "stage_since"),
        Cause.OWNER: (_owned(when.owned), "_owned_since"),
    }
    return [(cause, holds & _lasts(pause, since, at=at)) for cause, (holds, since) in grounds.items()]


def _owned(owned: str) -> Q:
    if owned == NOT_BY_OWNER:
        return Q(pk__in=())
    return Q(owner__isnull=False) if owned == OWNED else Q(owner__team__side=owned)


def _lasts(pause: Pause, since: str, *, at: datetime) -> Q:
    """Whether what began then has begun to pause and is not released yet."""
    begun, touched = Q(**{f"{since}__lte": at}), Q(_touched_at__gte=F(since))
    lately = at - pause.window
    if pause.when.begins == FIRST_TOUCH:
        begun &= touched
        return begun & Q(_touched_at__gt=lately) if pause.when.release_days else begun
    if not pause.when.release_days:
        return begun
    return begun & (Q(**{f"{since}__gt": lately}) | (touched & Q(_touched_at__gt=lately)))


def paused(contacts: QuerySet[Contact], pause: Pause, *, at: datetime) -> QuerySet[Contact]:
    """Those to whom marketing does not write at that moment because sales is in contact."""
    grounds = [holds for _cause, holds in paused_by(pause, at=at)]
    held: QuerySet[Contact] = _looked_at(contacts, Terms(pause=pause), at=at).filter(reduce(or_, grounds))
    return held


def kept_for_deals() -> Exists:
    """Whether a deal, open or won, keeps the contact from being erased."""
    return Exists(Deal.objects.filter(Q(closed_at=None) | Q(stage=DealStage.WON), contact=OuterRef("pk")))


def held_until() -> Subquery:
    """The last day on which an exception keeps the contact from being erased; NULL without one."""
    holds = RetentionHold.objects.filter(contact=OuterRef("pk"), lifted_at=None).order_by("-until")
    return Subquery(holds.values("until")[:1])


def _is_due(due: Due, *, at: datetime) -> Q:
    waited = Q(pk__in=())
    for status, months in due.delays.items():
        waited |= Q(status=status, status_since__lte=months_before(at, months))
    holds = RetentionHold.objects.holding(at=at).filter(contact=OuterRef("pk"))
    return waited & ~Q(kept_for_deals()) & ~Q(Exists(holds))


def _column(rule: Own) -> str:
    return f"_unmet_{rule.rule.version_id}"


def _against(rules: Sequence[Own], *, at: datetime) -> dict[str, Case]:
    """A column for each rule of the company's own: whether its criteria do not hold at that moment. One query.

    One that cannot be read any more speaks against nobody.
    """
    if not rules:
        return {}
    facts = contact_catalogue()
    return {
        _column(rule): Case(
            When(
                matching(
                    understood(rule.criteria, facts, f"version {rule.rule.version_id} of a rule")
                    or EVERYBODY,
                    at=at,
                    catalogue=facts,
                ),
                then=Value(False),
            ),
            default=Value(True),
            output_field=BooleanField(),
        )
        for rule in rules
    }


def unmet(rules: Sequence[Own], contact_ids: Collection[int], *, at: datetime) -> dict[int, set[int]]:
    """By version, those of the contacts that do not meet it at that moment. Two queries, none without a rule."""
    if not rules or not contact_ids:
        return {}
    columns = _against(rules, at=at)
    rows = Contact.objects.filter(pk__in=contact_ids).order_by().annotate(**columns)
    found: dict[int, set[int]] = {rule.rule.version_id: set() for rule in rules}
    for pk, *answers in rows.values_list("pk", *columns):
        for rule, is_against in zip(rules, answers, strict=True):
            if is_against:
                found[rule.rule.version_id].add(pk)
    return found


def _looked_at(contacts: QuerySet[Contact], terms: Terms, *, at: datetime) -> QuerySet[Contact]:
    """The contacts with what the conditions below speak of, only where a rule asks for it."""
    if terms.cap:
        contacts = contacts.alias(_filled_at=last_under_cap(terms.cap, at=at))
    if terms.pause:
        contacts = contacts.alias(_touched_at=last_sales_touch(at), _owned_since=owned_since())
    return contacts.alias(**_against(terms.own_about(MessageKind.BRANDED), at=at))


def held_back_by(terms: Terms, *, at: datetime) -> list[tuple[str, Q]]:
    """Each thing that can hold a branded message back, in the order of the verdict."""
    said: dict[str, Q] = {
        Reason.NO_EMAIL: Q(email=""),
        Reason.WITHDRAWN: Q(consent=Consent.WITHDRAWN),
        Reason.BOUNCED: ~Q(email="") & Q(bounced()),
    }
    if terms.due:
        said[Reason.DUE] = _is_due(terms.due, at=at)
    if terms.pause:
        said[Reason.PAUSED] = reduce(or_, [holds for _cause, holds in paused_by(terms.pause, at=at)])
    if terms.cap:
        said[Reason.CAPPED] = Q(_filled_at__isnull=False)
    for one in terms.own_about(MessageKind.BRANDED):
        said[one.code] = Q(**{_column(one): True})
    found = [(str(code), said[code]) for code in terms.codes if code in said]
    return sorted(found, key=lambda one: weight_of(terms.rule_of(one[0])))


def with_reason(contacts: QuerySet[Contact], terms: Terms, *, at: datetime) -> QuerySet[Any]:
    """Each with `held_back`, the code of the first reason not to write to it, or empty text."""
    contacts = _looked_at(contacts, terms, at=at)
    cases = [When(holds, then=Value(code)) for code, holds in held_back_by(terms, at=at)]
    return contacts.annotate(held_back=Case(*cases, default=Value(""), output_field=CharField()))


def with_cause(contacts: QuerySet[Contact], terms: Terms, *, at: datetime) -> QuerySet[Any]:
    """As `with_reason`, and where that is the pause with `pause_cause`, the first of its grounds."""
    grounds = paused_by(terms.pause, at=at) if terms.pause else []
    cases = [When(holds, then=Value(cause.value)) for cause, holds in grounds]
    of_pause = Case(*cases, default=Value(""), output_field=CharField())
    because = Case(When(held_back=Reason.PAUSED, then=of_pause), default=Value(""), output_field=CharField())
    found: QuerySet[Any] = with_reason(contacts, terms, at=at).annotate(pause_cause=because)
    return found


def held_back(contacts: QuerySet[Contact], reason: str, terms: Terms, *, at: datetime) -> QuerySet[Contact]:
    """Those to whom marketing does not write for this reason first; for `NOW`, those to whom it may."""
    contacts = _looked_at(contacts, terms, at=at)
    for one, holds in held_back_by(terms, at=at):
        if one == reason:
            return contacts.filter(holds)
        contacts = contacts.exclude(holds)
    return contacts if reason == NOW else contacts.none()


def counted(contacts: QuerySet[Contact], terms: Terms, *, at: datetime) -> dict[str, int]:
    """How many of the contacts each reason holds back first; under the empty text, how many none does. One query."""
    rows = with_reason(contacts, terms, at=at).order_by().values("held_back")
    return dict(rows.annotate(n=Count("pk")).values_list("held_back", "n"))


def leave_of(reason: str, terms: Terms) -> Leave:
    """What a reason means for a branded message, as the rules stand."""
    if not reason:
        return Leave.YES
    rule = terms.rule_of(reason)
    return Leave.NO if rule is None or rule.stops else Leave.ADVISED_AGAINST
