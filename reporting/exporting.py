"""The figures as plain data, for the command and for a file; units in the names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from lib.currencies import reporting_currency
from reporting.figures import ClauseFigure, Figures
from reporting.forecast import Forecast
from reporting.queries.breakdown import BreakdownRow
from reporting.queries.funnel import FunnelStep
from reporting.queries.speed import Speed

Data = dict[str, Any]
Line = tuple[str, str, str | int | float | None]


def as_data(figures: Figures) -> Data:
    """Every figure as JSON values: counts, cents, rates in 0–1, days as ISO, spans in seconds."""
    headline = figures.headline.revenue
    return {
        "since": figures.period.first.isoformat(),
        "until": figures.period.last.isoformat(),
        "as_of": figures.at.isoformat(timespec="seconds"),
        "zone": figures.period.zone.key,
        "currency": reporting_currency(),
        "definitions": [
            {
                "of": one.covers,
                "version": one.number,
                "since": one.since.isoformat(timespec="seconds"),
                "version_before": one.before,
            }
            for one in figures.definitions
        ],
        "new_revenue_cents": headline.amount_cents,
        "objective_cents": headline.objective_cents,
        "objective_share": headline.share,
        "expected_cents": figures.headline.expected_cents,
        "pace": {
            "working_day": figures.headline.pace.day,
            "of": figures.headline.pace.days,
            "share": figures.headline.pace.share,
        },
        "forecast": _forecast(figures.headline.forecast),
        "deals_won": headline.deals,
        "deals_not_counted": headline.uncounted,
        "marketing_cents": headline.marketing_cents,
        "marketing_share": headline.marketing_share,
        "commitments": [
            _clause(figure)
            for figure in (figures.book.marketing + figures.book.sales if figures.book else [])
        ],
        "funnel_volume": [_step(step) for step in figures.volume],
        "funnel_cohort": {
            "since": figures.cohort_period.first.isoformat(),
            "until": figures.cohort_period.last.isoformat(),
            "steps": [_step(step) for step in figures.cohort],
        },
        "sources": [_row(row) for row in figures.sources],
        "sources_total": _row(figures.sources_total),
        "campaigns": [_row(row) for row in figures.campaigns],
        "campaigns_total": _row(figures.campaigns_total),
        "coverage": {
            "unowned": figures.coverage.unowned,
            "unowned_since": figures.coverage.oldest.isoformat(timespec="seconds")
            if figures.coverage.oldest
            else None,
            "overdue": figures.coverage.overdue,
            "untouched": figures.coverage.untouched,
            "due_soon": figures.coverage.soon,
            "silent": figures.coverage.silent,
            "silent_cents": figures.coverage.silent_cents,
            "silent_deals_not_counted": figures.coverage.silent_uncounted,
            "missing_deals": figures.coverage.missing_deals,
        },
        "first_contact": _speed(figures.speed),
        "breaches": dict(figures.causes),
        "refusals": dict(figures.reasons),
        "compared_with": _before(figures),
    }


def as_rows(figures: Figures) -> Iterator[Line]:
    """(section, figure, value) lines of the same data; nested names are joined by dots."""
    for section, value in as_data(figures).items():
        yield from _flat(section, "", value)


def _flat(section: str, name: str, value: Any) -> Iterator[Line]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(section, f"{name}.{key}".strip("."), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            label = (
                inner.get("key") or inner.get("name") or str(index) if isinstance(inner, dict) else str(index)
            )
            yield from _flat(section, f"{name}.{label}".strip("."), inner)
    else:
        yield section, name, value


def _forecast(found: Forecast | None) -> Data | None:
    """Cents at the close of the month with the ends of its 80 % band."""
    if found is None:
        return None
    return {
        "amount_cents": found.amount_cents,
        "low_cents": found.low_cents,
        "high_cents": found.high_cents,
        "months": found.months,
    }


def _before(figures: Figures) -> Data | None:
    """The same of the earlier days, as far as the page shows it beside them; None without a comparison."""
    earlier, revenue = figures.earlier, figures.headline.before
    if earlier is None or revenue is None:
        return None
    promised = figures.book.marketing + figures.book.sales if figures.book else []
    return {
        "since": earlier.first.isoformat(),
        "until": earlier.last.isoformat(),
        "new_revenue_cents": revenue.amount_cents,
        "deals_won": revenue.deals,
        "deals_not_counted": revenue.uncounted,
        "marketing_cents": revenue.marketing_cents,
        "marketing_share": revenue.marketing_share,
        "commitments": [{"key": one.clause.metric, "value": one.before} for one in promised],
        "funnel_volume": [{"key": step.key, "count": step.count} for step in figures.volume_before],
        "funnel_cohort": [
            {"key": step.key, "count": step.count, "rate": step.rate} for step in figures.cohort_before
        ],
        "first_contact": _speed(figures.speed_before) if figures.speed_before else None,
    }


def _speed(speed: Speed) -> Data:
    """Spans in seconds of working time; `contacted_within_4_hours` and `later` are accepted of decided handoffs."""
    return {
        "count": speed.count,
        "median_seconds": _seconds(speed.median),
        "by_working_minutes": {f"from {bucket.low}": bucket.count for bucket in speed.buckets},
        "contacted_within_4_hours": dict(zip(("accepted", "decided"), speed.quick, strict=True)),
        "contacted_later": dict(zip(("accepted", "decided"), speed.slow, strict=True)),
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _clause(figure: ClauseFigure) -> Data:
    verdict = figure.verdict
    return {
        "key": figure.clause.metric,
        "side": figure.clause.side,
        "target": float(figure.clause.target),
        "count": verdict.count,
        "of": verdict.of,
        "rate": verdict.rate,
        "low": verdict.interval.low if verdict.interval else None,
        "high": verdict.interval.high if verdict.interval else None,
        "expected": verdict.expected,
        "ahead": verdict.ahead,
        "broken": verdict.broken,
        "needed": verdict.needed,
        "pending": figure.pending,
        "state": str(verdict.state),
    }


def _step(step: FunnelStep) -> Data:
    return {
        "key": step.key,
        "count": step.count,
        "rate": step.rate,
        "low": step.interval.low if step.interval else None,
        "high": step.interval.high if step.interval else None,
        "median_seconds": _seconds(step.median),
        "lower_quartile_seconds": _seconds(step.lower),
        "upper_quartile_seconds": _seconds(step.upper),
    }


def _row(row: BreakdownRow) -> Data:
    return {
        "name": row.name,
        "leads": row.leads,
        "mqls": row.mqls,
        "accepted": row.accepted,
        "decided": row.decided,
        "won": row.won,
        "revenue_cents": row.amount_cents,
        "deals_not_counted": row.uncounted,
        "cost_cents": row.cost_cents,
        "cac_cents": row.cac_cents,
        "roi": row.roi,
    }
