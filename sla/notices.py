"""What people are told about handoffs and clocks, each once: the rep, and the managers of both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from accounts.models import Role, User
from accounts.notifications import News, notify_all, when
from sla.models import Breach, Clock, Handoff

ASSIGNED = gettext_noop("%(contact)s is yours to contact.")
GIVEN = gettext_noop("%(contact)s was given to %(rep)s.")
WARNED = gettext_noop("%(contact)s is to be contacted by %(due)s.")
BREACHED = gettext_noop("%(contact)s was to be contacted by %(due)s, and was not.")
OVERFLOW = gettext_noop("Nobody can take %(contact)s now: the lead waits for a rep.")


def tell_assigned(handoffs: Iterable[Handoff], *, at: datetime) -> None:
    """The rep, by mail too; the managers on their page only, since nothing is asked of them."""
    given = list(handoffs)
    if given:
        managers = _managers()
        notify_all((news for handoff in given for news in _of_assignment(handoff, managers)), at=at)


def _of_assignment(handoff: Handoff, managers: list[User]) -> Iterator[News]:
    rep, contact = handoff.rep, handoff.contact
    if rep is None:
        return
    params = {"contact": contact.name, "rep": rep.get_full_name()}
    url, key = contact.get_absolute_url(), f"handoff:{handoff.pk}:{rep.pk}"
    others = [manager for manager in managers if manager != rep]
    yield News([rep], "handoff_assigned", ASSIGNED, url, key, params)
    yield News(others, "handoff_given", GIVEN, url, key, params, email=False)


def tell_overflow(handoffs: Iterable[Handoff], *, at: datetime) -> None:
    """The managers, once a handoff."""
    waiting = list(handoffs)
    if waiting:
        managers = _managers()
        notify_all((_of_waiting(handoff, managers) for handoff in waiting), at=at)


def _of_waiting(handoff: Handoff, managers: list[User]) -> News:
    contact = handoff.contact
    params = {"contact": contact.name}
    key = f"overflow:{handoff.pk}"
    return News(managers, "handoff_overflow", OVERFLOW, contact.get_absolute_url(), key, params)


def tell_warned(clocks: QuerySet[Clock], *, at: datetime) -> None:
    """The rep, and the managers."""
    managers = _managers()
    rows = clocks.select_related("handoff__contact", "handoff__rep")
    notify_all((_of_clock(clock, managers, "clock_warned", WARNED) for clock in rows), at=at)


def tell_breached(breaches: QuerySet[Breach], *, at: datetime) -> None:
    """The rep, and the managers of both sides."""
    managers = _managers()
    rows = breaches.select_related("clock__handoff__contact", "clock__handoff__rep")
    notify_all((_of_clock(row.clock, managers, "clock_breached", BREACHED) for row in rows), at=at)


def _of_clock(clock: Clock, managers: list[User], kind: str, text: str) -> News:
    contact, rep = clock.handoff.contact, clock.handoff.rep
    users = [*managers, rep] if rep and rep.is_active else managers
    params = {"contact": contact.name, "due": when(clock.due_at)}
    return News(users, kind, text, contact.get_absolute_url(), f"{kind}:{clock.pk}", params)


def _managers() -> list[User]:
    """Of both sides: no breach is a matter of one team alone."""
    return list(User.objects.filter(role=Role.MANAGER, is_active=True))
