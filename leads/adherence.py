"""Counts how far procedures are followed where rules, or criteria held against contacts, can tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from leads.compliance import people, recorded
from leads.criteria_trial import count_where
from leads.facts import contact_catalogue, matching
from leads.models import Contact
from lifecycle.adherence import CRITERIA, Adherence, Asked, Choice, provide
from lifecycle.compliance import Wanted, cases_of, in_all, months_of
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
    label, url = version.question, f"/rules/{version.rule.key}/"
    kept = months_of(version, since=asked.since, until=asked.until)
    if kept is None:
        return Adherence(label, 0, 0, url=url, problem=_("Kept by how the product works"))
    total = in_all(kept)
    of, exceptions = (total.cases, total.exceptions) if total else (0, 0)
    wanted = Wanted(asked.reader, asked.since, asked.until, asked.most)
    cases = cases_of(version, wanted)
    if cases is None:
        cases = recorded(version, wanted)
    return Adherence(label, of - exceptions, of, cases, url)


def standing(scope: str, *, at: datetime, days: int = 0) -> Q | None:
    """Who stands in "stage:mql" or "status:bad_timing", for so many days at least; None for another scope."""
    place, _colon, key = scope.partition(":")
    if place not in CRITERIA_SCOPES:
        return None
    there = Q(**{place: key}, erasure=None)
    return there & Q(**{f"{place}_since__lte": at - timedelta(days=days)}) if days else there


def _criteria(asked: Asked) -> Adherence:
    """Of those who stand where the procedure is about, for long enough, the ones that meet its criteria."""
    label, at = _("Contacts there now"), asked.until
    there = standing(asked.version.scope, at=at, days=asked.version.counts_after_days)
    since = f"{asked.version.scope.partition(':')[0]}_since"
    if there is None:
        return Adherence(label, 0, 0, problem=_("Its criteria cannot be read any more"))
    catalogue = contact_catalogue()
    try:
        node = parse(asked.version.criteria, catalogue)
        holds = matching(node, at=at, catalogue=catalogue)
        of, kept = count_where([there, there & holds], node=node, at=at, catalogue=catalogue)
    except (CriteriaError, TakesLongError) as error:
        slow = isinstance(error, TakesLongError)
        why = _("Not counted: it would take long") if slow else _("Its criteria cannot be read any more")
        return Adherence(label, 0, 0, problem=why)
    against_it = Contact.objects.filter(there & ~holds) if kept < of else Contact.objects.none()
    wanted = Wanted(asked.reader, asked.since, asked.until, asked.most)
    return Adherence(label, kept, of, people(against_it, wanted, since))


def provide_adherence() -> None:
    provide("rule", _rule, rule_choices)
    provide(CRITERIA, _criteria)
