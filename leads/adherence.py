"""Counts how far procedures are followed where rules, or criteria held against contacts, can tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from leads.actions.erasure import due
from leads.compliance import against, lacking_minimum
from leads.criteria_trial import count_where
from leads.facts import contact_catalogue, matching
from leads.models import Contact
from lifecycle.adherence import CRITERIA, SHOWN, Adherence, Asked, Case, Choice, provide
from lifecycle.compliance import in_all, months_of
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.vocabulary import TakesLongError


def rule_choices() -> Sequence[Choice]:
    """Every rule in force. One query."""
    versions = RuleVersion.objects.in_force().select_related("rule").order_by("rule__number")
    return [(f"rule:{version.rule.key}", version.question) for version in versions]


def rule_in_force(asked: Asked) -> RuleVersion | None:
    versions = RuleVersion.objects.in_force().select_related("rule", "agreement")
    return versions.filter(rule__key=asked.key).first()


def of_rule(asked: Asked, version: RuleVersion, cases: Sequence[Case]) -> Adherence:
    """The rate that the rule's own page shows, over the time asked for, with the exceptions given."""
    label, url = version.question, f"/rules/{version.rule.key}/"
    kept = months_of(version, since=asked.since, until=asked.until)
    if kept is None:
        return Adherence(label, 0, 0, url=url, problem=_("Kept by how the product works"))
    total = in_all(kept)
    of, exceptions = (total.cases, total.exceptions) if total else (0, 0)
    return Adherence(label, of - exceptions, of, cases, url)


def _rule(asked: Asked) -> Adherence | None:
    version = rule_in_force(asked)
    if version is None:
        return None
    match asked.key:
        case RuleKey.MINIMUM_INFORMATION:
            lacking = Contact.objects.filter(
                lacking_minimum(version), created_at__gte=asked.since, created_at__lt=asked.until
            )
            cases = _people(lacking, asked, "created_at")
        case RuleKey.RETENTION:
            cases = _people(due(version, at=asked.until), asked, "status_since")
        case _:
            noted = against(version).filter(
                at__gte=asked.since, at__lt=asked.until, contact__in=Contact.objects.visible_to(asked.reader)
            )
            cases = [
                Case(
                    row.contact.name,
                    row.contact.get_absolute_url(),
                    row.at,
                    row.reason or row.get_how_display(),
                )
                for row in noted.select_related("contact")[:SHOWN]
            ]
    return of_rule(asked, version, cases)


def _people(contacts: QuerySet[Contact], asked: Asked, moment: str) -> list[Case]:
    seen = contacts.filter(pk__in=Contact.objects.visible_to(asked.reader).values("pk"))
    return [
        Case(one.name, one.get_absolute_url(), getattr(one, moment))
        for one in seen.order_by(f"-{moment}", "pk")[:SHOWN]
    ]


def _criteria(asked: Asked) -> Adherence:
    """Of those who stand where the procedure is about, for long enough, the ones that meet its criteria."""
    label, at = _("Contacts there now"), asked.until
    place, _colon, key = asked.version.scope.partition(":")
    since = "stage_since" if place == "stage" else "status_since"
    settled = at - timedelta(days=asked.version.counts_after_days)
    there = Q(**{place: key, f"{since}__lte": settled}, erasure=None)
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
    return Adherence(label, kept, of, _people(against_it, asked, since))


def provide_adherence() -> None:
    provide("rule", _rule, rule_choices)
    provide(CRITERIA, _criteria)
