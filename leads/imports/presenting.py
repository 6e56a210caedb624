"""What the import pages show, ready for the template; reads runs, decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from leads.imports import files, retention, running, undoing
from leads.imports.rule_words import RuleTexts, warnings_in
from leads.imports.wording import (
    SEPARATORS,
    encoding_name,
    error_sentence,
    reason_detail,
    reason_title,
    undo_reason,
    warning_sentence,
)
from leads.models import Contact, Deal, DealStage, ImportedRow, ImportRefusal, ImportRun
from lib.pagination import Page, page_of
from lib.phones import readable

SYSTEMS: Final = {
    "smarketing": "Smarketing",
    "hubspot": "HubSpot",
    "salesforce": "Salesforce",
    "pipedrive": "Pipedrive",
    "odoo": "Odoo",
    "mautic": "Mautic",
}
DATES: Final = {"dmy": "31/12/2026", "mdy": "12/31/2026", "ymd": "2026/12/31"}
OUTCOMES: Final = {
    "created": gettext_lazy("Created"),
    "updated": gettext_lazy("Updated"),
    "unchanged": gettext_lazy("Nothing to change"),
    "refused": gettext_lazy("Refused"),
}
LISTS: Final = OUTCOMES | {"stays": gettext_lazy("Not taken back")}
STAYS: Final = (ImportedRow.Undo.KEPT, ImportedRow.Undo.PARTLY)
CHANGES: Final = {
    "email": gettext_lazy("e-mail"),
    "first_name": gettext_lazy("first name"),
    "last_name": gettext_lazy("last name"),
    "phone": gettext_lazy("phone"),
    "job_title": gettext_lazy("job title"),
    "function": gettext_lazy("function"),
    "seniority": gettext_lazy("seniority"),
    "city": gettext_lazy("city"),
    "country": gettext_lazy("country"),
    "language": gettext_lazy("language"),
    "company": gettext_lazy("company"),
    "source": gettext_lazy("source"),
    "campaign": gettext_lazy("campaign"),
    "owner": gettext_lazy("owner"),
    "consent": gettext_lazy("consent"),
    "status": gettext_lazy("status"),
    "custom": gettext_lazy("your fields"),
    "external_id": gettext_lazy("external id"),
    "stage": gettext_lazy("stage"),
    "first_contact": gettext_lazy("first contact"),
    "amount": gettext_lazy("amount"),
    "name": gettext_lazy("name"),
    "note": gettext_lazy("note"),
    "expected_close_on": gettext_lazy("expected close"),
}
STATES: Final = {
    ImportRun.State.UPLOADED: ("", "file-up", gettext_lazy("Columns to be mapped")),
    ImportRun.State.MAPPED: ("", "list-checks", gettext_lazy("Checked, not started")),
    ImportRun.State.RUNNING: ("info", "loader-circle", gettext_lazy("Running")),
    ImportRun.State.STOPPING: ("info", "loader-circle", gettext_lazy("Stopping")),
    ImportRun.State.STOPPED: ("risk", "circle-pause", gettext_lazy("Stopped")),
    ImportRun.State.DONE: ("ok", "circle-check", gettext_lazy("Done")),
    ImportRun.State.FAILED: ("breach", "octagon-alert", gettext_lazy("Failed")),
    ImportRun.State.UNDOING: ("info", "loader-circle", gettext_lazy("Being taken back")),
    ImportRun.State.UNDONE: ("", "undo-2", gettext_lazy("Taken back")),
}
BAR: Final = (
    ("created", "ink"),
    ("updated", "control"),
    ("unchanged", "line"),
    ("quarantined", "risk"),
    ("refused", "breach"),
)
LEAST_FOR_ESTIMATE: Final = 1000


def listed(run: ImportRun) -> dict[str, Any]:
    """One line of the list."""
    kind, icon_name, text = STATES[ImportRun.State(run.state)]
    return {"run": run, "kind": kind, "icon_name": icon_name, "state": text, "counts": _counts(run)}


def seen(run: ImportRun) -> dict[str, Any]:
    """What was seen in the file, for the line under the title."""
    shape = run.shape
    if shape.get("kind") == "xlsx":
        form = _("Excel sheet")
    else:
        form = (
            f"{encoding_name(shape['encoding'])} · {SEPARATORS.get(shape['separator'], shape['separator'])}"
        )
    return {
        "rows": shape["rows"],
        "is_complete": shape["is_complete"],
        "form": form,
        "dates": DATES[run.mapping.get("date_order", "dmy")],
        "system": SYSTEMS.get(shape.get("system", ""), ""),
        "is_remembered": shape.get("is_remembered", False),
        "unreadable": shape.get("unreadable", 0),
        "other_encoding": shape.get("other_encoding", 0),
    }


def outlook(run: ImportRun) -> dict[str, Any]:
    """The forecast: four counts, the bar, examples, refusals, what is odd, and the columns left out."""
    forecast = run.forecast
    counts = {name: forecast.get(name, 0) for name, _fill in BAR}
    is_deals = run.target == ImportRun.Target.DEALS
    columns: dict[str, dict[str, str]] = run.mapping["columns"]
    return {
        "counts": counts,
        "bar": _bar(counts),
        "rows": forecast["rows"],
        "is_complete": forecast["is_complete"],
        "examples": [_example(told, is_deals=is_deals) for told in forecast["examples"]],
        "refusals": _refusals(forecast["refusals"]),
        "warnings": warnings([told for told in forecast["warnings"] if told["code"] != "rule_asks"]),
        "asks": warnings_in(forecast),
        "left_out": [heading for heading, column in columns.items() if not column.get("target")],
        "new_fields": [
            column.get("label") or heading
            for heading, column in columns.items()
            if column.get("target", "").startswith("custom.") and column.get("type")
        ],
        "is_deals": is_deals,
    }


def progress(run: ImportRun, *, at: datetime, told: str) -> dict[str, Any]:
    """How far it is. `told` is the quarter that the page announced last; `announces` says it has changed."""
    counts = _counts(run)
    done = sum(counts.values())
    total = run.row_count or max(done, run.shape.get("rows", 0))
    share = min(done / total, 1.0) if total else 0.0
    is_over = run.state in (ImportRun.State.DONE, ImportRun.State.UNDOING, ImportRun.State.UNDONE)
    quarter = "4" if is_over else str(int(share * 4))
    kind, icon_name, state = STATES[ImportRun.State(run.state)]
    return {
        "counts": counts,
        "bar": _bar(counts),
        "done": done,
        "total": total,
        "is_total_known": run.row_count is not None,
        "share": share,
        "left": _left(run, done=done, total=total, at=at),
        "took": run.finished_at - run.started_at if run.finished_at and run.started_at else None,
        "is_running": run.state in (ImportRun.State.RUNNING, ImportRun.State.STOPPING),
        "quarter": quarter,
        "announces": quarter != told,
        "kind": kind,
        "icon_name": icon_name,
        "state": state,
        "error": error_sentence(run.error),
        "is_file_gone": run.cleared_at is None and not files.path_of(run).exists(),
        "links": None if run.cleared_at else _links(run),
        "is_deals": run.target == ImportRun.Target.DEALS,
    }


def _links(run: ImportRun) -> dict[str, str]:
    rows = reverse("leads:import-rows", args=[run.pk])
    links = {name: f"{rows}?outcome={name}" for name in LISTS}
    return links | {"quarantined": f"{reverse('leads:quarantine')}?import={run.pk}&state=all"}


def kept(run: ImportRun) -> dict[str, Any]:
    """Until when the file and the report of each row are there; afterwards the refusals by reason."""
    reasons = sorted(run.refused_reasons.items(), key=lambda told: -told[1])
    return {
        "until": retention.kept_until(run),
        "reasons": [{"text": reason_title(reason, {}), "count": count} for reason, count in reasons],
    }


def undo(run: ImportRun, *, at: datetime) -> dict[str, Any]:
    """Whether it can be taken back, how far that is, what it did."""
    state = ImportRun.State(run.state)
    total = run.created_count + run.updated_count
    done = undoing.done(run)
    share = min(done / total, 1.0) if total else 0.0
    return {
        "is_possible": undoing.may_be_undone(run, at=at),
        "is_deals": run.target == ImportRun.Target.DEALS,
        "until": undoing.possible_until(run),
        "is_running": state == ImportRun.State.UNDOING,
        "is_done": state == ImportRun.State.UNDONE,
        "done": done,
        "total": total,
        "share": share,
        "quarter": str(int(share * 4)),
        "report": undo_report(run.undo_report) if run.undo_report else None,
    }


def undo_report(told: dict[str, Any]) -> dict[str, Any]:
    """Removed, as before, and what stays by reason; of what was done, or of the forecast."""
    reasons: dict[str, int] = {}
    for name in STAYS:
        for reason, count in told[name].items():
            reasons[reason] = reasons.get(reason, 0) + count
    people = told.get("people_kept", {})
    return {
        "removed": told["removed"],
        "restored": told["restored"],
        "stays": sum(reasons.values()),
        "companies": told.get("companies", 0),
        "people": told.get("people", 0),
        "people_kept": [
            {"text": undo_reason(reason), "count": count}
            for reason, count in sorted(people.items(), key=lambda told: -told[1])
        ],
        "quarantined": told.get("quarantined", 0),
        "reasons": [
            {"text": undo_reason(reason), "count": count}
            for reason, count in sorted(reasons.items(), key=lambda told: -told[1])
        ],
    }


def refused_rows(run: ImportRun) -> list[dict[str, Any]]:
    return _refusals(running.first_refusals(run)[:8])


def warnings(told: list[dict[str, Any]]) -> list[str]:
    return [warning_sentence(one) for one in told]


def page_of_rows(run: ImportRun, outcome: str, *, position: str) -> Page[Any]:
    rows: QuerySet[Any]
    if outcome == "refused":
        rows = ImportRefusal.objects.filter(run=run)
        return page_of(rows, order=("line", "id"), position=position)
    if outcome == "stays":
        rows = ImportedRow.objects.filter(run=run, undo__in=STAYS)
    else:
        rows = ImportedRow.objects.filter(run=run, outcome=outcome)
    return page_of(rows, order=("line", "record"), position=position)


def rows_of(run: ImportRun, outcome: str, rows: Sequence[Any], *, reader: User) -> list[dict[str, Any]]:
    """Lines with what they became, or why they were refused. One query for the records of a page."""
    if outcome == "refused":
        return _refusals([{"line": row.line, "reason": row.reason, "params": row.params} for row in rows])
    numbers = [row.record for row in rows]
    records: dict[int, Any]
    if run.target == ImportRun.Target.DEALS:
        records = Deal.objects.visible_to(reader).in_bulk(numbers)
    else:
        records = Contact.objects.visible_to(reader).select_related("company").in_bulk(numbers)
    return [
        {
            "line": row.line,
            "record": records.get(row.record),
            "why": row.undo_reason and undo_reason(row.undo_reason),
        }
        for row in rows
    ]


def _counts(run: ImportRun) -> dict[str, int]:
    return {name: getattr(run, f"{name}_count") for name, _fill in BAR}


def _bar(counts: dict[str, int]) -> list[dict[str, Any]]:
    """Parts of a bar 0–100 wide, in order, those of zero left out."""
    total = sum(counts.values())
    parts, start = [], 0.0
    for name, fill in BAR:
        if counts[name]:
            width = round(counts[name] / total * 100, 2)
            parts.append({"x": round(start, 2), "width": max(round(width - 0.3, 2), 0.3), "fill": fill})
            start += width
    return parts


def _example(told: dict[str, Any], *, is_deals: bool) -> dict[str, Any]:
    """What would become of one row; where a contact has its company, a deal has its stage."""
    changed = ", ".join(str(CHANGES.get(name, name)) for name in told["changed"])
    outcome = told["outcome"]
    text = str(OUTCOMES[outcome])
    if outcome == "updated":
        text = _("Updated: %(facts)s") % {"facts": changed}
    chips = {"created": ("ok", "plus"), "updated": ("", "pencil-line"), "unchanged": ("", "check")}
    kind, icon_name = chips[outcome]
    who = told["name"] or told["email"] or told["external_id"] or ""
    phone = readable(told["phone"]) if told["phone"] else ""
    place = (
        DealStage(told["company_name"]).label if is_deals and told["company_name"] else told["company_name"]
    )
    drawn = {"phone": phone, "who": who, "text": text, "kind": kind, "icon_name": icon_name}
    return {**told, **drawn, "company_name": place}


def _refusals(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    texts = RuleTexts()
    told = []
    for row in rows:
        params = texts.filled(row["params"]) | {"line": row["line"]}
        title, detail = reason_title(row["reason"], params), reason_detail(row["reason"], params)
        told.append({"line": row["line"], "title": title, "detail": detail})
    return told


def _left(run: ImportRun, *, done: int, total: int, at: datetime) -> timedelta | None:
    """At the pace until now; None while too little is done to tell."""
    if run.started_at is None or run.row_count is None or done < LEAST_FOR_ESTIMATE or done >= total:
        return None
    return (at - run.started_at) / done * (total - done)
