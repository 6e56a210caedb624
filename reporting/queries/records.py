"""The records behind each figure: the very sets that the figures count, by the figure's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from leads.models import Contact, DealQuerySet
from reporting.company import company_calendar
from reporting.periods import Period
from reporting.queries import breakdown, commitments, coverage, milestones, revenue, speed
from sla.models import Clause, Handoff, Metric

Filters = Mapping[str, str]
Rows = QuerySet[Any]


@dataclass(frozen=True)
class Asked:
    """What a drill-down is about: the period, the moment, and the narrowing filters by name."""

    period: Period
    at: datetime
    filters: Filters


@dataclass(frozen=True)
class RecordSet:
    """One figure's records. `contact` is the path from a row to its contact, `moment` the column to show.

    `is_now`: of this moment, whatever the period.
    """

    title: str | Promise
    rows: Callable[[Asked], Rows]
    contact: str = ""
    moment: str | None = None
    term: str = ""
    is_now: bool = False

    def visible(self, asked: Asked, user: User) -> Rows:
        """Those rows whose contact the reader may see."""
        path = f"{self.contact}__in" if self.contact else "pk__in"
        return self.rows(asked).filter(**{path: Contact.objects.visible_to(user).values("pk")})

    def deleted(self, asked: Asked) -> Rows:
        """Those rows whose contact was deleted since: counted, and shown to nobody."""
        path = f"{self.contact}__deleted_at" if self.contact else "deleted_at"
        return self.rows(asked).filter(**{f"{path}__isnull": False})


AnyRows = TypeVar("AnyRows", bound=QuerySet[Any])


def _narrowed(rows: Rows, asked: Asked, contact: str) -> Rows:
    return of_origin(rows, asked.filters, contact)


def of_origin(rows: AnyRows, filters: Filters, contact: str = "contact") -> AnyRows:
    """By first source and first campaign of the contact; `none` means that it has none."""
    prefix = f"{contact}__" if contact else ""
    for name in ("source", "campaign"):
        value = filters.get(name)
        if value == "none":
            rows = rows.filter(**{f"{prefix}{name}": None})
        elif value and value.isdecimal() and len(value) < 19:
            rows = rows.filter(**{f"{prefix}{name}": int(value)})
    return rows


def _deals(rows: DealQuerySet, asked: Asked) -> Rows:
    """Of an origin; `uncounted` leaves those that no sum counts, in one currency or (`all`) in any."""
    currency = asked.filters.get("uncounted", "")
    if currency:
        rows = rows.uncounted("" if currency == "all" else currency[:3])
    return _narrowed(rows, asked, "contact")


def _step(key: str) -> Callable[[Asked], Rows]:
    def volume(asked: Asked) -> Rows:
        return _narrowed(milestones.contacts_reaching(key, asked.period), asked, "")

    return volume


def _cohort_step(key: str) -> Callable[[Asked], Rows]:
    def cohort(asked: Asked) -> Rows:
        became_leads = milestones.contacts_reaching("lead", asked.period)
        return became_leads.filter(**{f"milestone__{key}_at__lte": asked.at})

    return cohort


def _clause_parameter(metric: str, name: str, otherwise: int) -> int:
    clause = Clause.objects.filter(metric=metric, contract__agreement__state="in_force").first()
    value = (clause.parameters if clause else {}).get(name, otherwise)
    return value if isinstance(value, int) else otherwise


def _kept_attempts(asked: Asked) -> Rows:
    days = _clause_parameter(Metric.ATTEMPTS, "days", 15)
    count = _clause_parameter(Metric.ATTEMPTS, "count", 4)
    return commitments.with_attempts(commitments.went_dark(asked.period), days=days).filter(
        attempts__gte=count
    )


def _refused(asked: Asked) -> Rows:
    rows = commitments.refused(asked.period)
    reason = asked.filters.get("reason")
    return rows.filter(reject_reason=reason) if reason else rows


def _answered(asked: Asked) -> commitments.Answered:
    days = _clause_parameter(Metric.REFUSALS_ANSWERED, "days", 5)
    return commitments.answered(asked.period, days=days, calendar=company_calendar(), at=asked.at)


def _refusals_answered(asked: Asked) -> Rows:
    return commitments.refused(asked.period).filter(pk__in=_answered(asked).kept)


def _refusals_due(asked: Asked) -> Rows:
    found = _answered(asked)
    return commitments.refused(asked.period).filter(pk__in=[*found.kept, *found.late])


def _refusals_missed(asked: Asked) -> Rows:
    return commitments.refused(asked.period).filter(pk__in=_answered(asked).late)


def _refusals_pending(asked: Asked) -> Rows:
    return commitments.refused(asked.period).filter(pk__in=_answered(asked).pending)


def _breaches(asked: Asked) -> Rows:
    rows = commitments.breaches(asked.period)
    cause = asked.filters.get("cause")
    return rows.filter(cause=cause) if cause else rows


def _stopped(asked: Asked) -> Rows:
    rows = speed.stopped(asked.period)
    bounds = {str(low): (low, high) for low, high in speed.BUCKETS}
    bucket = bounds.get(asked.filters.get("bucket", ""))
    return rows.filter(speed.between(*bucket)) if bucket else rows


def _decided(asked: Asked) -> Rows:
    return _narrowed(commitments.decided(asked.period), asked, "contact")


def _accepted(asked: Asked) -> Rows:
    return _decided(asked).filter(state=Handoff.State.ACCEPTED)


def _late_first_contact(asked: Asked) -> Rows:
    clocks = commitments.due(asked.period, at=asked.at)
    return clocks.exclude(stopped_at__isnull=False, stopped_at__lte=F("due_at"))


RECORDS: Final[dict[str, RecordSet]] = {
    "won": RecordSet(
        _("Deals won"),
        lambda a: _deals(revenue.won(a.period), a),
        "contact",
        "closed_at",
        "kpi:new_revenue",
    ),
    "won_marketing": RecordSet(
        _("Deals won, from marketing"),
        lambda a: _deals(revenue.won(a.period).filter(contact__source__side=Side.MARKETING), a),
        "contact",
        "closed_at",
        "kpi:marketing_share",
    ),
    "leads": RecordSet(
        _("New leads"), lambda a: _narrowed(breakdown.leads_in(a.period), a, ""), term="kpi:leads"
    ),
    "mql_delivered": RecordSet(
        _("MQL delivered"),
        lambda a: _narrowed(breakdown.mqls_in(a.period), a, ""),
        term="kpi:mql_delivered",
    ),
    "decided": RecordSet(_("Handoffs decided"), _decided, "contact", "decided_at", "kpi:mql_accepted"),
    "accepted": RecordSet(_("Handoffs accepted"), _accepted, "contact", "decided_at", "kpi:mql_accepted"),
    "refused": RecordSet(_("Handoffs refused"), _refused, "contact", "decided_at", "kpi:refusal_reason"),
    "refusals_answered": RecordSet(
        _("Refusals answered in time"), _refusals_answered, "contact", "answered_at", "kpi:refusals_answered"
    ),
    "refusals_due": RecordSet(
        _("Refusals due for an answer"), _refusals_due, "contact", "decided_at", "kpi:refusals_answered"
    ),
    "refusals_missed": RecordSet(
        _("Refusals not answered in time"), _refusals_missed, "contact", "decided_at", "kpi:refusals_answered"
    ),
    "refusals_pending": RecordSet(
        _("Refusals still to be answered"),
        _refusals_pending,
        "contact",
        "decided_at",
        "kpi:refusals_answered",
    ),
    "first_contact_due": RecordSet(
        _("First contacts due"),
        lambda a: commitments.due(a.period, at=a.at),
        "handoff__contact",
        "due_at",
        "kpi:first_contact",
    ),
    "first_contact_in_time": RecordSet(
        _("First contacts in time"),
        lambda a: commitments.in_time(commitments.due(a.period, at=a.at)),
        "handoff__contact",
        "stopped_at",
        "kpi:first_contact",
    ),
    "first_contact_late": RecordSet(
        _("First contacts too late"), _late_first_contact, "handoff__contact", "due_at", "kpi:first_contact"
    ),
    "went_dark": RecordSet(
        _("Gone dark"), lambda a: commitments.went_dark(a.period), "contact", "at", "kpi:attempts"
    ),
    "went_dark_tried": RecordSet(
        _("Gone dark after enough attempts"), _kept_attempts, "contact", "at", "kpi:attempts"
    ),
    "breaches": RecordSet(_("Breaches"), _breaches, "clock__handoff__contact", "at", "kpi:breaches"),
    "speed": RecordSet(
        _("First contacts made"), _stopped, "handoff__contact", "stopped_at", "kpi:speed_to_lead"
    ),
    "quick": RecordSet(
        _("Contacted within 4 h, then decided"),
        lambda a: speed.stopped(a.period).filter(speed.DECIDED, speed.QUICK),
        "handoff__contact",
        "stopped_at",
        "kpi:speed_to_lead",
    ),
    "quick_accepted": RecordSet(
        _("Contacted within 4 h, then accepted"),
        lambda a: speed.stopped(a.period).filter(speed.ACCEPTED, speed.QUICK),
        "handoff__contact",
        "stopped_at",
        "kpi:speed_to_lead",
    ),
    "slow": RecordSet(
        _("Contacted later than 4 h, then decided"),
        lambda a: speed.stopped(a.period).filter(speed.DECIDED, ~speed.QUICK),
        "handoff__contact",
        "stopped_at",
        "kpi:speed_to_lead",
    ),
    "slow_accepted": RecordSet(
        _("Contacted later than 4 h, then accepted"),
        lambda a: speed.stopped(a.period).filter(speed.ACCEPTED, ~speed.QUICK),
        "handoff__contact",
        "stopped_at",
        "kpi:speed_to_lead",
    ),
    "unowned": RecordSet(
        _("Without an owner"),
        lambda a: coverage.unowned(),
        "contact",
        "entered_at",
        "kpi:unassigned",
        is_now=True,
    ),
    "overdue": RecordSet(
        _("Past the deadline"),
        lambda a: coverage.overdue(at=a.at),
        "handoff__contact",
        "due_at",
        "kpi:overdue",
        is_now=True,
    ),
    "untouched": RecordSet(
        _("Assigned, not touched yet"),
        lambda a: coverage.untouched(at=a.at),
        "handoff__contact",
        "due_at",
        "kpi:untouched",
        is_now=True,
    ),
    "silent": RecordSet(
        _("Silent for 14 days"),
        lambda a: coverage.silent(at=a.at),
        term="kpi:silent",
        is_now=True,
    ),
    "silent_deals": RecordSet(
        _("Open deals of contacts silent for 14 days"),
        lambda a: _deals(coverage.silent_deals(at=a.at), a),
        "contact",
        "opened_at",
        "kpi:silent",
        is_now=True,
    ),
    "missing_deals": RecordSet(
        _("Without a deal"),
        lambda a: _narrowed(coverage.without_deal(), a, ""),
        term="kpi:missing_deals",
        is_now=True,
    ),
    **{
        f"reached_{key}": RecordSet(_("Reached in the period"), _step(key), term="kpi:funnel")
        for key in milestones.STEPS
    },
    **{
        f"cohort_{key}": RecordSet(_("Of the cohort"), _cohort_step(key), term="kpi:funnel")
        for key in milestones.STEPS
    },
}
