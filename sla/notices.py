"""What people are told about handoffs and clocks, each once: the rep, and the managers of both sides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from accounts.models import Role, User
from accounts.notifications import notify, when
from sla.models import Breach, Clock, Handoff

ASSIGNED = gettext_noop("%(contact)s is yours to contact.")
GIVEN = gettext_noop("%(contact)s was given to %(rep)s.")
WARNED = gettext_noop("%(contact)s is to be contacted by %(due)s.")
BREACHED = gettext_noop("%(contact)s was to be contacted by %(due)s, and was not.")
OVERFLOW = gettext_noop("Nobody can take %(contact)s now: the lead waits for a rep.")


def tell_assigned(handoffs: Iterable[Handoff], *, at: datetime) -> None:
    """The rep, by mail too; the managers on their page only, since nothing is asked of them."""
    managers = _managers()
    for handoff in handoffs:
        if handoff.rep is None:
            continue
        names = {"contact": handoff.contact.name, "rep": handoff.rep.get_full_name()}
        url, key = handoff.contact.get_absolute_url(), f"handoff:{handoff.pk}:{handoff.rep.pk}"
        others = [manager for manager in managers if manager != handoff.rep]
        notify(
            users=[handoff.rep], kind="handoff_assigned", text=ASSIGNED, params=names, url=url, key=key, at=at
        )
        notify(
            users=others,
            kind="handoff_given",
            text=GIVEN,
            params=names,
            url=url,
            key=key,
            at=at,
            email=False,
        )


def tell_overflow(handoffs: Iterable[Handoff], *, at: datetime) -> None:
    """The managers, once a handoff."""
    managers = _managers()
    for handoff in handoffs:
        notify(
            users=managers,
            kind="handoff_overflow",
            text=OVERFLOW,
            params={"contact": handoff.contact.name},
            url=handoff.contact.get_absolute_url(),
            key=f"overflow:{handoff.pk}",
            at=at,
        )


def tell_warned(clocks: QuerySet[Clock], *, at: datetime) -> None:
    """The rep, and the managers."""
    managers = _managers()
    for clock in clocks.select_related("handoff__contact", "handoff__rep"):
        _tell_of(clock, managers, "clock_warned", WARNED, at=at)


def tell_breached(breaches: QuerySet[Breach], *, at: datetime) -> None:
    """The rep, and the managers of both sides."""
    managers = _managers()
    for breach in breaches.select_related("clock__handoff__contact", "clock__handoff__rep"):
        _tell_of(breach.clock, managers, "clock_breached", BREACHED, at=at)


def _tell_of(clock: Clock, managers: list[User], kind: str, text: str, *, at: datetime) -> None:
    contact, rep = clock.handoff.contact, clock.handoff.rep
    notify(
        users=[*managers, rep] if rep and rep.is_active else managers,
        kind=kind,
        text=text,
        params={"contact": contact.name, "due": when(clock.due_at)},
        url=contact.get_absolute_url(),
        key=f"{kind}:{clock.pk}",
        at=at,
    )


def _managers() -> list[User]:
    """Of both sides: no breach is a matter of one team alone."""
    return list(User.objects.filter(role=Role.MANAGER, is_active=True))
