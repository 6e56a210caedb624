"""Says what the rules on distribution and on delays have against a lead that is given or taken by hand.

The distribution itself goes by the same: `sla.actions.distribution` passes over whom these rules speak against.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Absence, User
from leads.changes import FREED, Change
from leads.models import Origin, Transition, TransitionKind
from leads.policies import hold_at
from leads.questions import speak_at
from lifecycle import rulebook
from lifecycle.default_rules import ABSENT, FULL
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleMode, RuleVersion
from sla.delays import LANES
from sla.models import Calendar, Clock, Handoff, Seat


def day_start(at: datetime) -> datetime:
    """Midnight before a moment, where the contract in force has its office; UTC without one. One query."""
    office = Calendar.objects.filter(
        contract__agreement__state="in_force", contract__agreement__subject="contract", is_default=True
    ).first()
    zone = ZoneInfo(office.time_zone if office else "UTC")
    return datetime.combine(at.astimezone(zone).date(), time.min, zone)


def away(reps: Collection[int], *, at: datetime) -> set[int]:
    """Who of them is absent at that moment. One query."""
    absences = Absence.objects.filter(user__in=reps, starts_at__lte=at, ends_at__gt=at)
    return set(absences.values_list("user", flat=True))


def taken_today(reps: Collection[int], *, at: datetime) -> dict[int, int]:
    """How many leads each of them was given since midnight. Two queries."""
    today = Handoff.objects.filter(rep__in=reps, assigned_at__gte=day_start(at))
    return dict(today.values("rep").annotate(number=Count("pk")).values_list("rep", "number").order_by())


def astray(given: QuerySet[Transition]) -> QuerySet[Handoff]:
    """Open handoffs whose contact a person gave to somebody else since, by these changes; they will follow."""
    since = given.filter(contact=OuterRef("contact"), at__gte=OuterRef("entered_at"))
    open_ones = Handoff.objects.open().filter(Exists(since), contact__owner__isnull=False)
    return open_ones.exclude(rep=F("contact__owner"))


def following(reps: Collection[int], *, besides: Collection[int]) -> dict[int, int]:
    """How many leads are on their way to each of them with their contacts, those of `besides` left out. One query."""
    leads = astray(given_by_hand()).filter(contact__owner__in=reps).exclude(contact__in=besides)
    counted = leads.order_by().values("contact__owner").annotate(number=Count("pk"))
    return dict(counted.values_list("contact__owner", "number"))


def hold_seat(change: Change) -> None:
    """Of two who would give the last place of the day the second sees it gone. Before any contact, as dealing does."""
    if change != FREED:
        list(Seat.objects.filter(user=int(change.target)).select_for_update(no_key=True).values_list("pk"))


def given_by_hand() -> QuerySet[Transition]:
    return Transition.objects.filter(kind=TransitionKind.OWNER, origin=Origin.PERSON)


def owing(reps: Collection[int], *, at: datetime) -> set[int]:
    """Who of them owes more overdue answers than a blocking rule on delays admits. A query, and one for each rule."""
    keys = [key for key in LANES if reps]
    blocking = [
        rule for rule in rulebook.speaking_of((), keys=keys) if rule.mode == RuleMode.BLOCK and rule.is_asked
    ]
    return {
        rep
        for rule in blocking
        for rep, number in overdue_answers(rule, reps, at=at).items()
        if number > rule.parameters["overdue"]
    }


def overdue_answers(rule: RuleVersion, reps: Collection[int], *, at: datetime) -> dict[int, int]:
    """How many answers that the rule is about each of them owes since their deadline. One query."""
    late = Clock.objects.overdue(at=at).filter(
        kind=Clock.Kind.FIRST_CONTACT,
        handoff__lane=LANES[rule.rule.key],
        handoff__rep__in=reps,
        handoff__contact__deleted_at=None,
    )
    return dict(
        late.values("handoff__rep").annotate(n=Count("pk")).values_list("handoff__rep", "n").order_by()
    )


def _leads(contact_ids: Collection[int], to: int) -> list[int]:
    """Those with an open handoff that is not theirs yet, who came first first. One query."""
    open_ones = Handoff.objects.open().filter(contact__in=contact_ids).exclude(rep=to)
    return list(open_ones.order_by("entered_at", "pk").values_list("contact", flat=True))


def _not_to_them(rule: RuleVersion, change: Change, contact_ids: Collection[int], at: datetime) -> set[int]:
    """The leads for somebody away, and those beyond the room under somebody's cap, as far as the rule names that."""
    said, to = rule.parameters["by_hand"], int(change.target or 0)
    leads = _leads(contact_ids, to) if said and change != FREED else []
    if not leads:
        return set()
    if ABSENT in said and away([to], at=at):
        return set(leads)
    room = _room(to, besides=contact_ids, at=at) if FULL in said else None
    return set() if room is None else set(leads[room:])


def _room(rep: int, *, besides: Collection[int], at: datetime) -> int | None:
    """How many more leads fit under the cap today, those on their way counted except `besides`.

    None for somebody without a cap.
    """
    seat = Seat.objects.filter(user=rep, is_active=True).first()
    if seat is None:
        return None
    on_their_way = following([rep], besides=besides).get(rep, 0)
    return max(seat.daily_cap - taken_today([rep], at=at).get(rep, 0) - on_their_way, 0)


def _why_not(rule: RuleVersion, change: Change, broken: Collection[int], at: datetime) -> str:
    rep = User.objects.get(pk=int(change.target))
    if ABSENT in rule.parameters["by_hand"] and away([rep.pk], at=at):
        text = _("%(rep)s is away. Give the lead to somebody else, or leave it in the queue of all.")
    else:
        text = _(
            "%(rep)s has the leads of the day. Give it to somebody else, or leave it in the queue of all."
        )
    return text % {"rep": rep.get_full_name()}


def _until_they_answered(
    rule: RuleVersion, change: Change, contact_ids: Collection[int], at: datetime
) -> set[int]:
    """Where the rule blocks, nothing more is given to whoever owes an answer; in the other modes it is about them."""
    if rule.mode != RuleMode.BLOCK or change == FREED:
        return set()
    to = int(change.target)
    owes = overdue_answers(rule, [to], at=at).get(to, 0)
    return set(_leads(contact_ids, to)) if owes > rule.parameters["overdue"] else set()


def _answer_first(rule: RuleVersion, change: Change, broken: Collection[int], at: datetime) -> str:
    """How many: the answers are in that rep's queue."""
    rep = User.objects.get(pk=int(change.target))
    owes = overdue_answers(rule, [rep.pk], at=at).get(rep.pk, 0)
    text = ngettext(
        "%(rep)s owes %(n)s answer that is overdue, and is given nothing more until then.",
        "%(rep)s owes %(n)s answers that are overdue, and is given nothing more until then.",
        owes,
    )
    return text % {"rep": rep.get_full_name(), "n": owes}


def provide_speakers() -> None:
    hold_at(RuleEvent.OWNER, hold_seat)
    speak_at(RuleEvent.OWNER, RuleKey.DISTRIBUTION, _not_to_them, _why_not)
    for key in LANES:
        speak_at(RuleEvent.OWNER, key, _until_they_answered, _answer_first)
