"""Who would have been let in when: what a replay asks, and the statements that answer it on its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.db.backends.utils import CursorWrapper
from django.db.models import F, OuterRef, Q, Subquery

from leads.facts import ATTRIBUTE_PATHS, COLUMNS
from leads.models import Replay, ReplayOccasion, ReplayStay, Touchpoint
from leads.replay import known
from leads.replay.asked import Asked, Taking, speaks_of_scores
from leads.replay.held import closings, retirements, sparings, waits_for_news_since
from leads.replay.scores import reigns
from leads.replay.standing import left_before
from leads.replay.waiting import waits
from leads.scoring.sqltext import Sql
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria_sql import TouchRows, compile_q
from lifecycle.models import Status


def decided(asked: Asked, catalogue: Catalogue, cursor: CursorWrapper) -> Iterator[Sql]:
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


def asked_of(replay: Replay, catalogue: Catalogue, *, first: int, last: int) -> Asked:
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
