"""How many contacts stand on which side of the two thresholds, now and under a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connections, router
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from leads.models import Contact, ContactScore, ScoringModel
from leads.scoring.loading import LoadedModel
from leads.scoring.sqltext import Sql, fill, value
from leads.scoring.statement import Some, scores_sql

SAMPLE = 20_000
"""A draft is tried on at most so many contacts, evenly over all: a page must answer."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Contacts by cell. `excluded` of them are excluded by the model, `waiting` were not scored by it yet."""

    both: int
    fit_only: int
    engagement_only: int
    neither: int
    excluded: int
    scored: int
    waiting: int

    @property
    def share_scored(self) -> float:
        """In 0–1; 1 when there is nobody to score."""
        everyone = self.scored + self.waiting
        return self.scored / everyone if everyone else 1.0


def matrix(contacts: QuerySet[Contact], model: ScoringModel) -> Matrix:
    """The stored scores of these contacts against the model's thresholds; two queries.

    A contact without a score stands in no cell.
    """
    fit = Q(fit__gte=model.fit_threshold)
    engagement = Q(engagement__gte=model.engagement_threshold)
    scores = ContactScore.objects.filter(Exists(contacts.order_by().filter(pk=OuterRef("contact_id"))))
    counted = scores.aggregate(
        both=Count("contact", filter=fit & engagement),
        fit_only=Count("contact", filter=fit & ~engagement),
        engagement_only=Count("contact", filter=~fit & engagement),
        neither=Count("contact", filter=~fit & ~engagement),
        excluded=Count("contact", filter=Q(is_excluded=True)),
        scored=Count("contact", filter=Q(model=model)),
    )
    return Matrix(**counted, waiting=max(contacts.order_by().count() - counted["scored"], 0))


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft beside the scores that are stored, over `tried` of `everyone` contacts.

    `before` and `after` reach both thresholds, each of its own model, and are not excluded.
    """

    tried: int
    everyone: int
    before: int
    after: int
    enter: int
    leave: int

    @property
    def is_sample(self) -> bool:
        return self.tried < self.everyone


COUNTED = """\
SELECT count(*) FILTER (WHERE reached.before), count(*) FILTER (WHERE reached.after),
  count(*) FILTER (WHERE reached.after AND NOT reached.before),
  count(*) FILTER (WHERE reached.before AND NOT reached.after)
FROM (
{reached}
) AS reached"""

LISTED = """\
SELECT reached.id, reached.before, reached.after, reached.fit, reached.engagement, reached.is_excluded,
  reached.had_fit, reached.had_engagement, reached.was_excluded
FROM (
{reached}
) AS reached
WHERE reached.before OR reached.after"""

REACHED = """\
  SELECT draft.id, draft.fit, draft.engagement, draft.is_excluded,
    was.fit AS had_fit, was.engagement AS had_engagement, was.is_excluded AS was_excluded,
    coalesce(was.fit >= {old_fit} AND was.engagement >= {old_engagement} AND NOT was.is_excluded, false)
      AS before,
    draft.fit >= {new_fit} AND draft.engagement >= {new_engagement} AND NOT draft.is_excluded AS after
  FROM (
{scores}
  ) AS draft
  LEFT JOIN leads_contactscore AS was ON was.contact_id = draft.id"""


@dataclass(frozen=True, slots=True)
class Reached:
    """A contact by the model in force, None where it has no score, and by the draft."""

    contact_id: int
    before: bool
    after: bool
    fit: int
    engagement: int
    is_excluded: bool
    had_fit: int | None
    had_engagement: int | None
    was_excluded: bool | None


def preview(draft: LoadedModel, in_force: ScoringModel | None, *, at: datetime) -> Preview:
    """What the draft would change, without writing anything; three queries."""
    everyone = _there().count()
    ids = _evenly(everyone)
    if not ids:
        return Preview(0, everyone, 0, 0, 0, 0)
    statement = fill(COUNTED, reached=_reached(draft, in_force, ids, at=at))
    with connections[router.db_for_read(ContactScore)].cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return Preview(len(ids), everyone, *(int(count) for count in cursor.fetchone()))


def trial(
    draft: LoadedModel, in_force: ScoringModel | None, *, at: datetime
) -> tuple[Preview, dict[int, Reached]]:
    """The preview, and those of its contacts that reach both thresholds by either model; three queries."""
    everyone = _there().count()
    ids = _evenly(everyone)
    reached: dict[int, Reached] = {}
    if ids:
        statement = fill(LISTED, reached=_reached(draft, in_force, ids, at=at))
        with connections[router.db_for_read(ContactScore)].cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            reached = {row[0]: Reached(*row) for row in cursor.fetchall()}
    before = sum(one.before for one in reached.values())
    after = sum(one.after for one in reached.values())
    stay = sum(one.before and one.after for one in reached.values())
    return Preview(len(ids), everyone, before, after, after - stay, before - stay), reached


def _reached(draft: LoadedModel, in_force: ScoringModel | None, ids: Sequence[int], *, at: datetime) -> Sql:
    return fill(
        REACHED,
        old_fit=value(in_force.fit_threshold if in_force else 101),
        old_engagement=value(in_force.engagement_threshold if in_force else 101),
        new_fit=value(draft.thresholds["fit"]),
        new_engagement=value(draft.thresholds["engagement"]),
        scores=scores_sql(draft, scope=Some(ids), at=at),
    )


def _there() -> QuerySet[Contact]:
    return Contact.objects.filter(deleted_at=None)


def _evenly(everyone: int) -> Sequence[int]:
    """Everybody, or one in so many by the number they have."""
    step = everyone // SAMPLE + 1
    chosen = _there().order_by("pk").annotate(rest=F("pk") % step).filter(rest=0)
    return list(chosen.values_list("pk", flat=True)[:SAMPLE])
