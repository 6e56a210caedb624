"""The figures as plain data, for the command and for a file; units in the names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lib.currencies import reporting_currency
from reporting.figures import ClauseFigure, Figures
from reporting.forecast import Forecast
from reporting.queries.breakdown import BreakdownRow
from reporting.queries.funnel import FunnelStep

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
        "forecast": _forecast(figures.headline.forecast),
        "deals_won": headline.deals,
        "deals_not_counted": headline.uncounted,
        "marketing_cents": headline.marketing_cents,
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
        "coverage": {
            "unowned": figures.coverage.unowned,
            "overdue": figures.coverage.overdue,
            "untouched": figures.coverage.untouched,
            "silent": figures.coverage.silent,
            "silent_cents": figures.coverage.silent_cents,
            "silent_deals_not_counted": figures.coverage.silent_uncounted,
            "missing_deals": figures.coverage.missing_deals,
        },
        "first_contact": {
            "count": figures.speed.count,
            "median_seconds": figures.speed.median.total_seconds() if figures.speed.median else None,
            "by_working_minutes": {f"from {bucket.low}": bucket.count for bucket in figures.speed.buckets},
        },
        "breaches": dict(figures.causes),
        "refusals": dict(figures.reasons),
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
        "state": str(verdict.state),
    }


def _step(step: FunnelStep) -> Data:
    return {
        "key": step.key,
        "count": step.count,
        "rate": step.rate,
        "median_seconds": step.median.total_seconds() if step.median else None,
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
