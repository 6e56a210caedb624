"""Runs a replay in steps of contacts, each a transaction that can be lost and done again; writes what it found."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.notifications import in_each_language, notify
from leads.facts import ATTRIBUTE_PATHS, COLUMNS, contact_catalogue
from leads.models import Contact, Replay, ReplayOccasion, ReplayStay, Touchpoint
from leads.replay import known
from leads.replay.asked import Asked, speaks_of_scores
from leads.replay.held import closings, retirements, sparings, waits_for_news_since
from leads.replay.scores import reigns
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
from lifecycle.models import Stage, StageDefinition

log = logging.getLogger(__name__)

STEP: Final = 20_000
"""Contacts of one transaction."""

FINISHED: Final = gettext_noop("The trial of %(stage)s, version %(number)s, on the past is ready.")

FOUND: Final = """
INSERT INTO leads_replayedcontact (replay_id, contact_id, would_at, did_at, did_by, outcome, won_cents)
WITH would AS (
    SELECT contact_id, at, row_number() OVER (PARTITION BY contact_id ORDER BY at) AS nth FROM replay_admitted
), did AS (
    SELECT t.contact_id, t.at,
        CASE WHEN t.origin = 'rule' AND NOT {by_definition} THEN 'retired' ELSE t.origin END AS origin,
        row_number() OVER (PARTITION BY t.contact_id ORDER BY t.at, t.id) AS nth
    FROM leads_transition t
    WHERE t.kind = 'stage' AND t.to_value = {stage} AND t.at >= {start} AND t.at < {stop}
      AND t.contact_id >= {first} AND t.contact_id < {last}
), entry AS (
    SELECT contact_id, would.at AS would_at, did.at AS did_at, coalesce(did.origin, '') AS did_by,
        least(would.at, did.at) AS since
    FROM would FULL JOIN did USING (contact_id, nth)
)
SELECT {replay}, e.contact_id, e.would_at, e.did_at, e.did_by,
    CASE WHEN deals.won > 0 THEN 'won'
         WHEN EXISTS (SELECT 1 FROM leads_transition t JOIN lifecycle_stage a ON a.key = t.from_value
             JOIN lifecycle_stage b ON b.key = t.to_value WHERE t.contact_id = e.contact_id AND t.kind = 'stage'
             AND t.at > e.since AND a.position >= {position} AND b.position < {position}) THEN 'sent_back'
         WHEN deals.lost > 0 THEN 'lost'
         WHEN deals.opened > 0 THEN 'in_deal'
         WHEN c.status_id IN ('bad_timing', 'gone_dark') THEN 'recycled'
         WHEN c.status_id IN ('unqualified', 'lost') THEN 'unqualified'
         ELSE 'open' END,
    deals.amount
FROM entry e
JOIN leads_contact c ON c.id = e.contact_id AND c.deleted_at IS NULL
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE d.stage = 'won' AND d.closed_at >= e.since) AS won,
        count(*) FILTER (WHERE d.stage = 'lost' AND d.closed_at >= e.since) AS lost,
        count(*) FILTER (WHERE d.closed_at IS NULL) AS opened,
        coalesce(sum({worth}) FILTER (WHERE d.stage = 'won' AND d.closed_at >= e.since), 0) AS amount
    FROM leads_deal d WHERE d.contact_id = e.contact_id
) deals"""

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
    definition: StageDefinition, *, starts_at: datetime, ends_at: datetime, actor: User | None, at: datetime
) -> Replay:
    """Ask for a replay of what the definition says now; the one that runs already when there is one.

    Raise ReplayRefusedError where its criteria cannot be read.
    """
    StageDefinition.objects.select_for_update(of=("self",)).get(pk=definition.pk)
    running = Replay.objects.unfinished().filter(definition=definition).first()
    if running is not None:
        return running
    try:
        parse(definition.criteria, contact_catalogue())
    except CriteriaError as error:
        raise ReplayRefusedError(str(error)) from error
    replay = Replay.objects.create(
        definition=definition,
        criteria=definition.criteria,
        reach=definition.reach,
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
        .select_related("definition__stage", "definition__agreement", "requested_by")
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
    replay.save(update_fields=("place", "done_count", "seconds", "state", "months", "finished_at"))
    return len(found) == STEP


def step(replay: Replay, *, first: int, last: int) -> None:
    """The contacts from `first` up to but not `last`: what the criteria would have done, beside what was done."""
    catalogue = contact_catalogue()
    asked = _asked(replay, catalogue, first=first, last=last)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        for statement in (*tables(asked, catalogue), admitted(asked, catalogue), _found(replay, asked)):
            cursor.execute(statement.text, statement.params)
        for name in ("admitted", "occasion", "score", "touch", "look", "moment", "news", "stay", "move"):
            cursor.execute(f"DROP TABLE IF EXISTS replay_{name}")


def _asked(replay: Replay, catalogue: Catalogue, *, first: int, last: int) -> Asked:
    """Six queries, and two for each scoring model of the time where scores decide."""
    start, stop = replay.starts_at, replay.ends_at
    stage: Stage = replay.definition.stage
    asked = Asked(
        parse(replay.criteria, catalogue),
        stage.key,
        stage.position,
        start,
        stop,
        waits(stop=stop),
        first,
        last,
        closings=(
            *closings(stage.key, catalogue, start=start, stop=stop),
            *retirements(stage.key, start=start, stop=stop),
        ),
        sparings=sparings(start=start, stop=stop),
        news_since=waits_for_news_since(replay.definition, replay.reach, start=start),
    )
    if not speaks_of_scores(asked.whole):
        return asked
    return replace(asked, reigns=tuple(reigns(catalogue, start=start, stop=stop)))


def admitted(asked: Asked, catalogue: Catalogue) -> Sql:
    """The first occasion of each stay at which the criteria hold and no rule keeps the contact out."""
    touches = TouchRows(
        Touchpoint.objects.filter(recorded_at__lte=OuterRef("at")), attribute_paths=ATTRIBUTE_PATHS
    )
    columns = {**COLUMNS, **known.columns(asked.facts(catalogue))}

    def of(node: Node) -> Q:
        return compile_q(node, catalogue, at=F("at"), touches=touches, subject="contact", columns=columns)

    holds = of(asked.node)
    for closing in asked.closings:
        holds &= Q(at__lt=closing.since) | of(closing.node) | Q(at__gte=closing.until or asked.stop)
    occasions = ReplayOccasion.objects.filter(Q(stay=OuterRef("pk")) & holds).order_by("at")
    stays = ReplayStay.objects.annotate(at=Subquery(occasions.values("at")[:1])).filter(at__isnull=False)
    text, params = stays.order_by().values_list("contact_id", "at").query.sql_with_params()
    return Sql(f"CREATE TEMP TABLE replay_admitted ON COMMIT DROP AS {text}", tuple(params))


def _found(replay: Replay, asked: Asked) -> Sql:
    return fill(
        FOUND,
        replay=value(replay.pk),
        stage=value(asked.stage),
        by_definition=Sql(known.BY_DEFINITION),
        position=value(asked.position),
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
    if replay.requested_by is not None:
        _tell(replay.requested_by, replay, at=at)


def _tell(person: User, replay: Replay, *, at: datetime) -> None:
    notify(
        users=[person],
        kind="replay",
        text=FINISHED,
        params={
            "stage": in_each_language(lambda: replay.definition.stage.name),
            "number": replay.definition.agreement.number,
        },
        url=f"/definitions/{replay.definition.stage_id}/replay/",
        key=f"replay:{replay.pk}",
        at=at,
        email=False,
    )


def fail(replay_id: int, *, error: str, at: datetime) -> None:
    """It ends with a reason a person can read; nothing else was touched by it."""
    Replay.objects.unfinished().filter(pk=replay_id).update(
        state=Replay.State.FAILED, error=error[:2000], finished_at=at
    )
