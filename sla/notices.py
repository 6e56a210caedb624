"""What people are told about handoffs and clocks, each once: the rep, and the managers of both sides.

Clocks come in crowds: after a weekend, after an outage. Whoever would be told of more than `MOST_SINGLY` at once is
told their number instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import Role, User
from accounts.notifications import MOST_SINGLY, News, in_each_language, notify_all, notify_each, when
from leads.models import Contact, PlaybookRun
from leads.models.contacts import NAME_IN_SQL
from lifecycle.models import RuleVersion
from sla.models import Assignment, Clock, Handoff

ASSIGNED = gettext_noop("%(contact)s is yours to contact.")
GIVEN = gettext_noop("%(contact)s was given to %(rep)s.")
WARNED = gettext_noop("%(contact)s is to be contacted by %(due)s.")
WARNED_MANY = gettext_noop("%(count)s leads are to be contacted soon, the first by %(due)s.")
HASTENED = gettext_noop("%(contact)s asked for a demo or a contact: call by %(due)s.")
BREACHED = gettext_noop("%(contact)s was to be contacted by %(due)s, and was not.")
BREACHED_MANY = gettext_noop("%(count)s leads were to be contacted, the first by %(due)s, and were not.")
OVERFLOW = gettext_noop("Nobody can take %(contact)s now: the lead waits for a rep.")
KEPT = gettext_noop(
    "Rule %(rule)s (v%(version)s) keeps %(contact)s from being given to anybody: the lead waits."
)
LIMIT_PASSED = gettext_noop("%(contact)s was to move on from %(stage)s by %(due)s, and did not.")


def tell_assigned(handoffs: Iterable[Handoff], *, steps: Mapping[int, int], at: datetime) -> None:
    """The rep at once; the managers in one mail with what else is given, since nothing is asked of them.

    Once a step, whose number `steps` has by handoff: a lead that comes back to a rep is news again.
    """
    given = list(handoffs)
    if given:
        managers = _managers()
        notify_all(
            (news for handoff in given for news in _of_assignment(handoff, steps[handoff.pk], managers)),
            at=at,
        )


def _of_assignment(handoff: Handoff, step: int, managers: list[User]) -> Iterator[News]:
    rep, contact = handoff.rep, handoff.contact
    if rep is None:
        return
    params = {"contact": contact.name, "rep": rep.get_full_name()}
    url, key = contact.get_absolute_url(), f"handoff:{handoff.pk}:{step}"
    others = [manager for manager in managers if manager != rep]
    yield News([rep], "handoff_assigned", ASSIGNED, url, key, params)
    yield News(others, "handoff_given", GIVEN, url, key, params, can_wait=True)


def tell_overflow(handoffs: Iterable[Handoff], *, at: datetime) -> None:
    """The managers, once each time that a handoff waits: anew when a rep who had it left."""
    waiting = list(handoffs)
    if waiting:
        managers, since = _managers(), Assignment.objects.put_back(waiting)
        notify_all((_of_waiting(handoff, since.get(handoff.pk), managers) for handoff in waiting), at=at)


def _of_waiting(handoff: Handoff, since: int | None, managers: list[User]) -> News:
    contact = handoff.contact
    params = {"contact": contact.name}
    key = _anew(f"overflow:{handoff.pk}", since)
    return News(managers, "handoff_overflow", OVERFLOW, contact.get_absolute_url(), key, params)


def tell_kept(handoffs: Iterable[tuple[Handoff, RuleVersion]], *, at: datetime) -> None:
    """The managers, once each time that a handoff waits, and version of the rule that keeps it."""
    waiting = list(handoffs)
    if waiting:
        managers = _managers()
        since = Assignment.objects.put_back([handoff for handoff, _rule in waiting])
        notify_all(
            (_of_kept(handoff, rule, since.get(handoff.pk), managers) for handoff, rule in waiting), at=at
        )


def _of_kept(handoff: Handoff, rule: RuleVersion, since: int | None, managers: list[User]) -> News:
    contact = handoff.contact
    params = {"contact": contact.name, "rule": rule.rule.number, "version": rule.agreement.number}
    key = _anew(f"kept:{handoff.pk}:{rule.pk}", since)
    return News(managers, "handoff_overflow", KEPT, contact.get_absolute_url(), key, params)


def _anew(key: str, since: int | None) -> str:
    return f"{key}:{since}" if since else key


def tell_hastened(clocks: Iterable[Clock], *, at: datetime) -> None:
    """The rep alone, with the new moment: there is still time. Reads the handoff, its contact and its rep."""
    notify_all((_of_request(clock) for clock in clocks), at=at)


def _of_request(clock: Clock) -> News:
    contact, rep = clock.handoff.contact, clock.handoff.rep
    params = {"contact": contact.name, "due": when(clock.due_at)}
    readers = [rep] if rep and rep.is_active else []
    return News(
        readers,
        "clock_hastened",
        HASTENED,
        contact.get_absolute_url(),
        f"clock_hastened:{clock.pk}",
        params,
    )


OF_CLOCKS = """
late AS (
    SELECT clock.id, handoff.rep_id, handoff.contact_id, {name} AS contact,
        to_char(clock.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') AS due
    FROM sla_clock clock
    JOIN sla_handoff handoff ON handoff.id = clock.handoff_id
    JOIN leads_contact contact ON contact.id = handoff.contact_id
    WHERE clock.id = ANY(%(clock_ids)s)
), readers AS (
    SELECT late.*, person.id AS user_id FROM late JOIN accounts_user person
        ON person.is_active AND (person.role = %(manager)s OR person.id = late.rep_id)
), fresh AS (
    SELECT readers.*, count(*) OVER (PARTITION BY user_id) > %(most_singly)s AS in_a_crowd FROM readers
    WHERE NOT EXISTS (SELECT FROM accounts_notification known
        WHERE known.user_id = readers.user_id AND known.key = %(kind)s || ':' || readers.id)
), news AS (
    SELECT user_id, %(kind)s || ':' || id AS key, %(one)s AS text,
        jsonb_build_object('contact', contact, 'due', jsonb_build_object('moment', due)) AS params,
        '/contacts/' || contact_id || '/' AS url
    FROM fresh WHERE NOT in_a_crowd
    UNION ALL
    SELECT user_id, concat(%(kind)s, ':', min(id), '-', max(id), ':', count(*)), %(many)s,
        jsonb_build_object('count', jsonb_build_object('number', count(*)),
            'due', jsonb_build_object('moment', min(due))),
        %(queue)s
    FROM fresh WHERE in_a_crowd GROUP BY user_id
)
"""


def tell_warned(clock_ids: Sequence[int], *, at: datetime) -> int:
    """The rep, and the managers. One statement; answers how many notifications it wrote."""
    return _tell_of(clock_ids, kind="clock_warned", one=WARNED, many=WARNED_MANY, at=at)


def tell_breached(clock_ids: Sequence[int], *, at: datetime) -> int:
    """The rep, and the managers of both sides. One statement; answers how many notifications it wrote."""
    return _tell_of(clock_ids, kind="clock_breached", one=BREACHED, many=BREACHED_MANY, at=at)


def _tell_of(clock_ids: Sequence[int], *, kind: str, one: str, many: str, at: datetime) -> int:
    if not clock_ids:
        return 0
    values = {
        "clock_ids": list(clock_ids),
        "manager": Role.MANAGER,
        "most_singly": MOST_SINGLY,
        "one": one,
        "many": many,
        "queue": reverse("sla:queue"),
    }
    return notify_each(OF_CLOCKS.format(name=NAME_IN_SQL), values, kind=kind, at=at)


def _managers() -> list[User]:
    """Of both sides: no breach is a matter of one team alone."""
    return list(User.objects.filter(role=Role.MANAGER, is_active=True))


def tell_limit_passed(found: Iterable[tuple[PlaybookRun, Contact]], *, at: datetime) -> None:
    """The owner and the managers, in one mail with what else is told: there is no minute to be lost."""
    passed = list(found)
    if not passed:
        return
    managers = _managers()
    owners = User.objects.active().in_bulk({contact.owner_id for _run, contact in passed if contact.owner_id})
    stages = {run.version.stage for run, _contact in passed}
    names = {stage.pk: in_each_language(partial(getattr, stage, "name")) for stage in stages}
    notify_all(
        (
            News(
                [*_owner_of(contact, owners, managers), *managers],
                "limit_passed",
                LIMIT_PASSED,
                contact.get_absolute_url(),
                f"limit_passed:{run.pk}",
                {"contact": contact.name, "stage": names[run.version.stage_id], "due": when(run.promote_by)},
                can_wait=True,
            )
            for run, contact in passed
            if run.promote_by is not None
        ),
        at=at,
    )


def _owner_of(contact: Contact, owners: dict[int, User], managers: list[User]) -> list[User]:
    owner = owners.get(contact.owner_id or 0)
    return [owner] if owner and owner not in managers else []
