"""Runs a replay in steps of contacts, each a transaction that can be lost and done again; writes what it found."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.notifications import in_each_language, notify
from leads.facts import ATTRIBUTE_PATHS, COLUMNS, contact_catalogue
from leads.models import (
    Contact,
    Erasure,
    Replay,
    ReplayedContact,
    ReplayOccasion,
    ReplayStay,
    Touchpoint,
    TransitionKind,
)
from leads.replay import known
from leads.replay.asked import Asked, Taking, speaks_of_scores
from leads.replay.held import closings, retirements, sparings, waits_for_news_since
from leads.replay.scores import reigns
from leads.replay.standing import left_before
from leads.replay.timeline import tables
from leads.replay.waiting import waits
from leads.scoring.sqltext import Sql, fill, value
from leads.worth import worth_sql
from lib.bell import ring_on_commit
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria_sql import TouchRows, compile_q
from lifecycle.models import Stage, StageDefinition, Status, StatusDefinition

log = logging.getLogger(__name__)
MovedBy = ReplayedContact.MovedBy

STEP: Final = 20_000
"""Contacts of one transaction."""

VERSION: Final = (
    "definition__stage",
    "definition__agreement",
    "status_definition__status",
    "status_definition__agreement",
)
"""What was replayed, with what it is about."""

TABLES: Final = (
    "admitted",
    "occasion",
    "score",
    "touch",
    "look",
    "moment",
    "news",
    "left",
    "stay",
    "stood",
    "move",
)

FINISHED: Final = gettext_noop("The trial of %(stage)s, version %(number)s, on the past is ready.")
FAILED: Final = gettext_noop(
    "The trial of %(stage)s, version %(number)s, on the past failed. Its page says why."
)

FOUND: Final = """
INSERT INTO leads_replayedcontact (replay_id, contact_id, would_at, did_at, did_by, outcome, won_cents)
WITH moved AS MATERIALIZED (
    SELECT t.contact_id, t.at, t.id,
        CASE WHEN t.origin = 'rule' AND NOT {by_definition} THEN {by_no_definition} ELSE t.origin END AS origin
    FROM leads_transition t
    WHERE t.kind = {kind} AND t.to_value = {key} AND t.at >= {start} AND t.at < {stop}
      AND t.contact_id >= {first} AND t.contact_id < {last}{taken_back}
), let_in AS (
    SELECT contact_id, at, (contact_id, at) IN (SELECT contact_id, at FROM moved) AS at_once FROM replay_admitted
), entered AS (
    SELECT *, (contact_id, at) IN (SELECT contact_id, at FROM replay_admitted) AS at_once FROM moved
), would AS (
    SELECT contact_id, at, at_once, row_number() OVER (PARTITION BY contact_id, at_once ORDER BY at) AS nth FROM let_in
), did AS (
    SELECT contact_id, at, origin, at_once,
        row_number() OVER (PARTITION BY contact_id, at_once ORDER BY at, id) AS nth
    FROM entered
), entry AS (
    SELECT contact_id, would.at AS would_at, did.at AS did_at, coalesce(did.origin, '') AS did_by,
        least(would.at, did.at) AS since
    FROM would FULL JOIN did USING (contact_id, at_once, nth)
)
SELECT {replay}, e.contact_id, e.would_at, e.did_at, e.did_by,
    CASE WHEN deals.won > 0 THEN 'won'
         WHEN {again}
         WHEN deals.lost > 0 THEN 'lost'
         WHEN deals.opened > 0 THEN 'in_deal'
         WHEN c.status_id IN ('bad_timing', 'gone_dark') THEN 'recycled'
         WHEN c.status_id IN ('unqualified', 'lost') THEN 'unqualified'
         ELSE 'open' END,
    deals.amount
FROM entry e
JOIN leads_contact c ON c.id = e.contact_id
    AND NOT EXISTS (SELECT 1 FROM leads_erasure x WHERE x.contact_id = e.contact_id)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE d.stage = 'won' AND d.closed_at >= e.since) AS won,
        count(*) FILTER (WHERE d.stage = 'lost' AND d.closed_at >= e.since) AS lost,
        count(*) FILTER (WHERE d.closed_at IS NULL) AS opened,
        coalesce(sum({worth}) FILTER (WHERE d.stage = 'won' AND d.closed_at >= e.since), 0) AS amount
    FROM leads_deal d WHERE d.contact_id = e.contact_id
) deals"""
"""Not of the erased, on either side: their moves are there still, and nothing that criteria could be held against."""

SENT_BACK: Final = """EXISTS (SELECT 1 FROM leads_transition t JOIN lifecycle_stage a ON a.key = t.from_value
             JOIN lifecycle_stage b ON b.key = t.to_value WHERE t.contact_id = e.contact_id AND t.kind = 'stage'
             AND t.at > e.since AND a.position >= {position} AND b.position < {position}) THEN 'sent_back'"""
LEFT_AGAIN: Final = """EXISTS (SELECT 1 FROM leads_transition t WHERE t.contact_id = e.contact_id
             AND t.kind = 'status' AND t.from_value = {key} AND t.at > e.since) THEN 'left'"""

NOT_TAKEN_BACK: Final = """
      AND (t.origin = 'rule' OR t.undoes_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM leads_transition u WHERE u.undoes_id = t.id))"""
"""A slip that a person took back is no status that somebody gave."""

MONTHS: Final = """
SELECT month, count(*) FILTER (WHERE is_would) AS would, count(*) FILTER (WHERE origin = 'rule') AS by_rule,
    count(*) FILTER (WHERE origin <> '' AND origin <> 'rule') AS by_hand
FROM (
    SELECT CASE WHEN would_at = %(start)s THEN '' ELSE to_char(would_at AT TIME ZONE %(zone)s, 'YYYY-MM') END AS month,
        true AS is_would, '' AS origin
    FROM leads_replayedcontact WHERE replay_id = %(replay)s AND would_at IS NOT NULL
    UNION ALL
    SELECT to_char(did_at AT TIME ZONE %(zone)s, 'YYYY-MM'), false, did_by
    FROM leads_replayedcontact WHERE replay_id = %(replay)s AND did_at IS NOT NULL
) entries
GROUP BY month ORDER BY month"""


class ReplayRefusedError(Exception):
    """The criteria cannot be run any more: they speak of what the catalogue no longer knows."""


@transaction.atomic
def request_replay(
    definition: StageDefinition | StatusDefinition,
    *,
    starts_at: datetime,
    ends_at: datetime,
    actor: User | None,
    at: datetime,
) -> Replay:
    """Ask for a replay of what the definition says now; the one that runs already when there is one.

    Raise ReplayRefusedError where its criteria cannot be read.
    """
    of: dict[str, Any]
    if isinstance(definition, StatusDefinition):
        StatusDefinition.objects.select_for_update(of=("self",)).get(pk=definition.pk)
        of, how = {"status_definition": definition}, {"from_statuses": definition.from_statuses}
    else:
        StageDefinition.objects.select_for_update(of=("self",)).get(pk=definition.pk)
        of, how = {"definition": definition}, {"reach": definition.reach}
    running = Replay.objects.unfinished().filter(**of).first()
    if running is not None:
        return running
    try:
        parse(definition.criteria, contact_catalogue())
    except CriteriaError as error:
        raise ReplayRefusedError(str(error)) from error
    replay = Replay.objects.create(
        **of,
        **how,
        criteria=definition.criteria,
        revision=definition.agreement.revision,
        starts_at=starts_at,
        ends_at=min(ends_at, at),
        contact_count=Contact.objects.count(),
        requested_by=actor,
        requested_at=at,
    )
    ring_on_commit("leads.run_replay", replay.pk)
    return replay


def run_steps(replay_id: int, *, clock: Callable[[], datetime], lasting: timedelta) -> bool:
    """Do steps until the end or until the time is over; answer whether something remains for later."""
    until = time.monotonic() + lasting.total_seconds()
    while time.monotonic() < until:
        if not run_step(replay_id, at=clock()):
            return False
    return True


@transaction.atomic
def run_step(replay_id: int, *, at: datetime) -> bool:
    """One step; answer whether more is to do. Another worker on the same replay makes this one leave."""
    began = time.monotonic()
    replay = (
        Replay.objects.unfinished()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related(*VERSION, "requested_by")
        .filter(pk=replay_id)
        .first()
    )
    if replay is None:
        return False
    first = replay.place
    found = list(Contact.objects.filter(pk__gt=first).order_by("pk").values_list("pk", flat=True)[:STEP])
    if found:
        step(replay, first=found[0], last=found[-1] + 1)
        replay.place, replay.done_count = found[-1], replay.done_count + len(found)
    replay.seconds += time.monotonic() - began
    if len(found) < STEP:
        finish(replay, at=at)
    replay.save(
        update_fields=("place", "done_count", "left_out_count", "seconds", "state", "months", "finished_at")
    )
    return len(found) == STEP


def step(replay: Replay, *, first: int, last: int) -> None:
    """The contacts from `first` up to but not `last`: what the criteria would have done, beside what was done."""
    catalogue = contact_catalogue()
    asked = _asked(replay, catalogue, first=first, last=last)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        for statement in tables(asked, catalogue):
            cursor.execute(statement.text, statement.params)
        for statement in _decided(asked, catalogue, cursor):
            cursor.execute(statement.text, statement.params)
        found = _found(replay, asked)
        cursor.execute(found.text, found.params)
        for name in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS replay_{name}")
    replay.left_out_count += _left_out(asked)


def _left_out(asked: Asked) -> int:
    """Contacts of that time of whom nothing is known any more. One query."""
    gone = Erasure.objects.filter(contact__gte=asked.first, contact__lt=asked.last, at__gt=asked.start)
    return gone.filter(contact__created_at__lt=asked.stop).count()


def _decided(asked: Asked, catalogue: Catalogue, cursor: CursorWrapper) -> Iterator[Sql]:
    """Who was admitted when: to a stage all stays at once; to a status each one's first stay, the second and so on."""
    if asked.taking is None:
        found = admitted(asked, catalogue)
        yield Sql(f"CREATE TEMP TABLE replay_admitted ON COMMIT DROP AS {found.text}", found.params)
        return
    cursor.execute("SELECT coalesce(max(place), 0) FROM replay_stay")
    (places,) = cursor.fetchone()
    for place in range(1, places + 1):
        yield left_before(place)
        found = admitted(asked, catalogue, place=place)
        yield Sql(f"INSERT INTO replay_admitted (contact_id, at, left_at) {found.text}", found.params)


def _asked(replay: Replay, catalogue: Catalogue, *, first: int, last: int) -> Asked:
    """Six queries, and two for each scoring model of the time where scores decide."""
    start, stop, subject = replay.starts_at, replay.ends_at, replay.subject
    node = parse(replay.criteria, catalogue)
    asked = Asked(node, subject.key, subject.position, start, stop, waits(stop=stop), first, last)
    if not replay.is_yardstick:
        asked = replace(
            asked,
            closings=closings(subject, catalogue, start=start, stop=stop),
            sparings=sparings(start=start, stop=stop),
        )
    if replay.definition is None:
        asked = replace(asked, taking=_taking(replay))
    else:
        retired = retirements(asked.key, start=start, stop=stop)
        since = waits_for_news_since(replay.definition, replay.reach, start=start)
        asked = replace(asked, closings=(*asked.closings, *retired), news_since=since)
    if not speaks_of_scores(asked.whole):
        return asked
    return replace(asked, reigns=tuple(reigns(catalogue, start=start, stop=stop)))


def _taking(replay: Replay) -> Taking:
    """From the statuses it names; a yardstick is held against whoever stands in any other."""
    if not replay.is_yardstick:
        return Taking(tuple(replay.from_statuses), gives=True)
    others = Status.objects.exclude(pk=replay.subject.pk).values_list("key", flat=True)
    return Taking(tuple(others), gives=False)


def admitted(asked: Asked, catalogue: Catalogue, *, place: int | None = None) -> Sql:
    """The first occasion of each stay at which the criteria hold and no rule keeps the contact out.

    `place`: of each contact that stay only, and there when news allow the status to be given again.
    """
    touches = TouchRows(
        Touchpoint.objects.filter(recorded_at__lte=OuterRef("at")), attribute_paths=ATTRIBUTE_PATHS
    )
    columns = {**COLUMNS, **known.columns(asked.facts(catalogue))}

    def of(node: Node) -> Q:
        return compile_q(node, catalogue, at=F("at"), touches=touches, subject="contact", columns=columns)

    holds = of(asked.node)
    for closing in asked.closings:
        holds &= Q(at__lt=closing.since) | of(closing.node) | Q(at__gte=closing.until or asked.stop)
    stays, wanted = ReplayStay.objects.all(), ["contact_id", "at"]
    if place is not None:
        holds &= Q(stay__left_at=None) | Q(news_at__gt=F("stay__left_at"))
        stays, wanted = stays.filter(place=place), [*wanted, "ends"]
    occasions = ReplayOccasion.objects.filter(Q(stay=OuterRef("pk")) & holds).order_by("at")
    found = stays.annotate(at=Subquery(occasions.values("at")[:1])).filter(at__isnull=False)
    text, params = found.order_by().values_list(*wanted).query.sql_with_params()
    return Sql(text, tuple(params))


def _found(replay: Replay, asked: Asked) -> Sql:
    key, of_status = value(asked.key), asked.taking is not None
    return fill(
        FOUND,
        replay=value(replay.pk),
        key=key,
        kind=value(TransitionKind.STATUS if of_status else TransitionKind.STAGE),
        by_definition=Sql(known.BY_STATUS_DEFINITION if of_status else known.BY_DEFINITION),
        by_no_definition=value(MovedBy.OTHER if of_status else MovedBy.RETIRED),
        taken_back=Sql(NOT_TAKEN_BACK if of_status else ""),
        again=fill(LEFT_AGAIN, key=key) if of_status else fill(SENT_BACK, position=value(asked.position)),
        start=value(asked.start, "timestamptz"),
        stop=value(asked.stop, "timestamptz"),
        first=value(asked.first),
        last=value(asked.last),
        worth=Sql(worth_sql(amount="d.amount_cents", currency="d.currency", until="d.closed_at")),
    )


def finish(replay: Replay, *, at: datetime) -> None:
    """Count by month and tell whoever asked."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, {"replay": replay.pk, "start": replay.starts_at, "zone": "UTC"})
        names = ("month", "would", "by_rule", "by_hand")
        replay.months = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    replay.state, replay.finished_at = Replay.State.DONE, at
    _tell(replay, FINISHED, at=at)


def _tell(replay: Replay, text: str, *, at: datetime) -> None:
    """To whoever asked, once, on their page only: it has one end, and nobody looks again."""
    notify(
        users=[replay.requested_by] if replay.requested_by else [],
        kind="replay",
        text=text,
        params={
            "stage": in_each_language(lambda: replay.subject.name),
            "number": replay.version.agreement.number,
        },
        url=path_of(replay.subject),
        key=f"replay:{replay.pk}",
        at=at,
        email=False,
    )


def path_of(subject: Stage | Status) -> str:
    """The page on which its definition is tried on the past."""
    name = "leads:replay" if isinstance(subject, Stage) else "leads:status-replay"
    return reverse(name, args=[subject.key])


def contacts_path_of(replay: Replay, **asked: str) -> str:
    """The page of the contacts behind one of its figures, as `asked` in the query."""
    name = "leads:replay-contacts" if isinstance(replay.subject, Stage) else "leads:status-replay-contacts"
    return reverse(name, args=[replay.subject.key, replay.pk]) + (f"?{urlencode(asked)}" if asked else "")


@transaction.atomic
def fail(replay_id: int, *, error: str, at: datetime) -> None:
    """It ends with a reason a person can read, and whoever asked is told; nothing else was touched by it.

    One that ended meanwhile stays as it is. A worker that dies here leaves it running: the next one fails the same way.
    """
    running = Replay.objects.unfinished().filter(pk=replay_id)
    if running.update(state=Replay.State.FAILED, error=error[:2000], finished_at=at):
        replay = Replay.objects.select_related(*VERSION, "requested_by").get(pk=replay_id)
        _tell(replay, FAILED, at=at)
