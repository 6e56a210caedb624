"""Counts how far procedures are followed where rules, or criteria held against contacts, can tell."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext as _

from leads.compliance import own_months, people, recorded
from leads.criteria_trial import count_where
from leads.facts import contact_catalogue, matching
from leads.models import Contact
from lifecycle.adherence import CRITERIA, Adherence, Asked, Choice, provide
from lifecycle.compliance import Kept, Wanted, cases_of, in_all, months_of
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.models import CRITERIA_SCOPES, RuleVersion
from lifecycle.vocabulary import TakesLongError


def rule_choices() -> Sequence[Choice]:
    """Every rule in force. One query."""
    versions = RuleVersion.objects.in_force().select_related("rule").order_by("rule__number")
    return [(f"rule:{version.rule.key}", version.question) for version in versions]


def _rule(asked: Asked) -> Adherence | None:
    """The rate that the rule's own page shows, over the time asked for."""
    versions = RuleVersion.objects.in_force().select_related("rule", "agreement")
    version = versions.filter(rule__key=asked.key).first()
    if version is None:
        return None
    found = _of_rule(version, months_of(version, since=asked.since, until=asked.until))
    if found.problem:
        return found
    wanted = Wanted(asked.reader, asked.since, asked.until, asked.most)
    cases = cases_of(version, wanted)
    if cases is None:
        cases = recorded(version, wanted)
    return replace(found, cases=cases)


def _rules(asked: Sequence[Asked]) -> list[Adherence | None]:
    """The product's own rules, of which there are ten, one by one, those of the company's own all at once."""
    versions = RuleVersion.objects.in_force().select_related("rule", "agreement")
    by_key = {
        version.rule.key: version for version in versions.filter(rule__key__in=[one.key for one in asked])
    }
    since, until = asked[0].since, asked[0].until
    own = own_months([one for one in by_key.values() if one.event], since=since, until=until)
    return [
        _of_rule(
            version,
            own[version.pk] if version.event else months_of(version, since=since, until=until),
        )
        if (version := by_key.get(one.key))
        else None
        for one in asked
    ]


def _of_rule(version: RuleVersion, kept: Sequence[Kept] | None) -> Adherence:
    """Without its cases."""
    label, url = version.question, f"/rules/{version.rule.key}/"
    if kept is None:
        return Adherence(label, 0, 0, url=url, problem=_("Kept by how the product works"))
    total = in_all(kept)
    of, exceptions = (total.cases, total.exceptions) if total else (0, 0)
    return Adherence(label, of - exceptions, of, url=url)


def standing(scope: str, *, at: datetime, days: int = 0) -> Q | None:
    """Who stands in "stage:mql" or "status:bad_timing", for so many days at least; None for another scope."""
    place, _colon, key = scope.partition(":")
    if place not in CRITERIA_SCOPES:
        return None
    there = Q(**{place: key}, erasure=None)
    return there & Q(**{f"{place}_since__lte": at - timedelta(days=days)}) if days else there


@dataclass(frozen=True)
class Held:
    """Criteria of a procedure as conditions on contacts: who stands there, and of those who meets them."""

    node: Node
    there: Q
    holds: Q


def _held(asked: Asked, catalogue: Catalogue) -> Held:
    """CriteriaError where they cannot be read any more."""
    there = standing(asked.version.scope, at=asked.until, days=asked.version.counts_after_days)
    if there is None:
        raise CriteriaError([])
    node = parse(asked.version.criteria, catalogue)
    return Held(node, there, matching(node, at=asked.until, catalogue=catalogue))


def _all_criteria(asked: Sequence[Asked]) -> list[Adherence]:
    """The criteria of every procedure, in one reading of those who stand where one is about."""
    catalogue, held = contact_catalogue(), {}
    for place, one in enumerate(asked):
        with suppress(CriteriaError):
            held[place] = _held(one, catalogue)
    label, at = _("Contacts there now"), asked[0].until
    gone = Adherence(label, 0, 0, problem=_("Its criteria cannot be read any more"))
    if not held:
        return [gone] * len(asked)
    conditions = [condition for one in held.values() for condition in (one.there, one.there & one.holds)]
    try:
        counts = count_where(
            conditions,
            node=next(iter(held.values())).node,
            at=at,
            catalogue=catalogue,
            among=reduce(or_, (one.there for one in held.values())),
        )
    except TakesLongError:
        late = Adherence(label, 0, 0, problem=_("Not counted for the whole list: it would take long"))
        return [late if place in held else gone for place in range(len(asked))]
    found = {
        place: Adherence(label, kept, of)
        for place, of, kept in zip(held, counts[::2], counts[1::2], strict=True)
    }
    return [found.get(place, gone) for place in range(len(asked))]


def _criteria(asked: Asked) -> Adherence:
    """Of those who stand where the procedure is about, for long enough, the ones that meet its criteria."""
    label, at = _("Contacts there now"), asked.until
    since = f"{asked.version.scope.partition(':')[0]}_since"
    catalogue = contact_catalogue()
    try:
        held = _held(asked, catalogue)
        there, holds = held.there, held.holds
        of, kept = count_where([there, there & holds], node=held.node, at=at, catalogue=catalogue)
    except (CriteriaError, TakesLongError) as error:
        slow = isinstance(error, TakesLongError)
        why = _("Not counted: it would take long") if slow else _("Its criteria cannot be read any more")
        return Adherence(label, 0, 0, problem=why)
    against_it = Contact.objects.filter(there & ~holds) if kept < of else Contact.objects.none()
    wanted = Wanted(asked.reader, asked.since, asked.until, asked.most)
    return Adherence(label, kept, of, people(against_it, wanted, since))


def provide_adherence() -> None:
    provide("rule", _rule, _rules, rule_choices)
    provide(CRITERIA, _criteria, _all_criteria)
