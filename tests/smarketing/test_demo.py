"""The demo company: whole, repeatable, consistent with the product's own rules, and its figures add up."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import Notification, OutboxMessage, Role, User
from agreements.models import Agreement, State
from leads.actions.erasure import approve_erasure, erase_batch
from leads.deciding import deciding_verdicts
from leads.facts import contact_catalogue
from leads.models import (
    AppliedTactic,
    Campaign,
    CellStay,
    Contact,
    Deal,
    ImportRun,
    QuarantinedContact,
    Replay,
    StageInterval,
    TacticsVersion,
    Touchpoint,
    Transition,
    TransitionKind,
)
from leads.replay import presenting
from leads.replay.requesting import request_replay
from leads.replay.running import run_step
from leads.retention import due
from leads.views.campaigns import results_of
from lib.templatetags.formats import money, signed
from lifecycle.criteria.nodes import FactTest
from lifecycle.default_rules import ANONYMISE, DELETE
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion, StageDefinition
from lifecycle.territories import territories_of
from reporting.company import company_calendar
from reporting.exporting import as_data
from reporting.figures import Figures, figures
from reporting.models import PlanVersion
from reporting.periods import Comparison, Period, PeriodKey, months_before
from reporting.plans.parts import groups_of
from reporting.queries.coverage import silent
from reporting.queries.records import RECORDS, Asked
from sla.models import Assignment, Breach, Clock, Handoff
from smarketing.demo.importing import bring_in_a_file
from smarketing.demo.planning import CHANGED_DAYS_AGO
from smarketing.demo.procedures import CARDS_EN, GIVEN_UP_DAYS_AGO
from smarketing.management.commands.demo import build
from tests.factories.agreements import unguarded
from tests.pages import LooseNumbers

NOW = datetime(2026, 11, 19, 9, 42, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def _told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A fifth of the demo company, on a Thursday morning: built once, and each test's own writing is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        build(now=NOW, contacts=600)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def company(_told: None, db: None) -> None:
    """The company is there."""


def november() -> Period:
    return Period(PeriodKey.CUSTOM, date(2026, 11, 1), date(2026, 11, 30), company_calendar().tz)


def all_of_it() -> Period:
    return Period(PeriodKey.CUSTOM, date(2025, 1, 1), date(2026, 11, 30), company_calendar().tz)


def test_nothing_of_the_story_lies_in_the_future(company: None) -> None:
    assert not Touchpoint.objects.filter(occurred_at__gt=NOW).exists()
    assert not Transition.objects.filter(at__gt=NOW).exists()
    assert not Deal.objects.filter(closed_at__gt=NOW).exists()


def test_the_stage_of_a_contact_is_that_of_its_open_interval(company: None) -> None:
    open_ones = dict(StageInterval.objects.filter(left_at=None).values_list("contact", "stage"))

    assert open_ones == dict(Contact.objects.values_list("pk", "stage"))


def test_every_entry_by_a_definition_has_the_facts_that_decided_and_is_found_on_the_past(
    company: None,
) -> None:
    catalogue = contact_catalogue()
    entries = Transition.objects.of_stage().filter(origin="rule").select_related("definition__agreement")
    decided = [(entry.to_value, deciding_verdicts(entry, catalogue)) for entry in entries]
    of_mql = {leaf.node for stage, leaves in decided if stage == "mql" for leaf in leaves}

    assert len(decided) > 500
    assert [stage for stage, leaves in decided if not leaves] == []
    assert FactTest("score.triggered_at", "within_last_days", 90) in of_mql
    assert FactTest("score.engagement", "gte", 50) in of_mql
    in_force, draft = tried_on_the_past(State.IN_FORCE), tried_on_the_past(State.DRAFT)
    assert (in_force.adds, in_force.drops) == (0, 0)
    assert in_force.both == sum(stage == "mql" for stage, _ in decided)
    assert 0 < draft.drops < draft.both


def tried_on_the_past(state: State) -> presenting.Shown:
    """The definition of MQL in that state, over the whole story."""
    definition = StageDefinition.objects.get(stage="mql", agreement__state=state)
    since = NOW - timedelta(days=600)
    replay = request_replay(definition, starts_at=since, ends_at=NOW, actor=None, at=NOW)
    assert not run_step(replay.pk, at=NOW)
    return presenting.shown(Replay.objects.get(pk=replay.pk))


def test_the_queue_has_live_work_some_of_it_late(company: None) -> None:
    running = Clock.objects.running()

    assert Handoff.objects.filter(state=Handoff.State.ASSIGNED).count() >= 20
    assert Handoff.objects.filter(state=Handoff.State.REJECTED).exists()
    assert running.filter(due_at__gt=NOW).exists()
    assert running.overdue(at=NOW).exists()
    assert Breach.objects.filter(clock__in=running.overdue(at=NOW)).count() == running.overdue(at=NOW).count()


def test_the_first_step_of_each_handoff_is_when_its_rep_became_the_owner(company: None) -> None:
    told = Transition.objects.filter(
        kind=TransitionKind.OWNER,
        contact=OuterRef("handoff__contact"),
        at=OuterRef("at"),
        to_value=Cast(OuterRef("rep"), CharField()),
    )
    first = Assignment.objects.first_ones()

    assert first.count() > 100
    assert not first.exclude(Exists(told)).exists()


def test_since_there_are_territories_each_lead_went_to_a_rep_of_its_own_for_the_facts_that_are_said(
    company: None,
) -> None:
    rule = RuleVersion.objects.select_related("agreement").get(
        rule__key=RuleKey.DISTRIBUTION, agreement__state="in_force"
    )
    reps = {one.name: one.reps for one in territories_of(rule.parameters)}
    dealt = Assignment.objects.filter(how=Assignment.How.DEALT).select_related("handoff__contact", "rule")
    old, new = dealt.exclude(rule=rule), dealt.filter(rule=rule)

    assert {step.territory for step in old} == {""}
    assert {step.territory for step in new} - {"Portugal"} == {"FR · BE · CH", "GB · IE · DE · NL"}
    assert [step for step in new if step.rep_id not in reps[step.territory]] == []
    assert [step for step in new if step.deciding[0]["actual"] != step.handoff.contact.country] == []
    assert min(old.count(), new.count()) > 20
    assert not Handoff.objects.waiting().exclude(assignments__territory="Portugal").exists()


def test_each_mql_has_one_handoff(company: None) -> None:
    entries = Transition.objects.filter(kind=TransitionKind.STAGE, to_value="mql")

    assert Handoff.objects.count() == entries.count()


def test_each_tactic_was_applied_while_its_contact_stood_in_the_cell(company: None) -> None:
    there = CellStay.objects.filter(
        Q(left_at=None) | Q(left_at__gte=OuterRef("at")),
        contact=OuterRef("contact"),
        cell=OuterRef("version__cell"),
        entered_at__lte=OuterRef("at"),
    )
    log = AppliedTactic.objects.annotate(stood=Exists(there))

    assert log.filter(stood=True).count() > 20
    assert not log.filter(stood=False).exists()
    assert TacticsVersion.objects.in_force().filter(agreement__in=Agreement.objects.agreed_on()).count() == 2


def test_the_plan_names_what_was_in_force_when_it_was_signed_whatever_changed_since(
    company: None,
) -> None:
    version = PlanVersion.objects.select_related("plan", "agreement").get()
    signed = Agreement.objects.in_bulk([part["agreement"] for part in version.parts])
    began = version.agreement.in_force_from

    assert began is not None
    assert all(
        one.in_force_from <= began and (one.in_force_until is None or one.in_force_until > began)
        for one in signed.values()
        if one.in_force_from
    )
    drifted = {row.title for group in groups_of(version) for row in group.changed}
    since = {"Target, not ready yet": CHANGED_DAYS_AGO, CARDS_EN: GIVEN_UP_DAYS_AGO}
    assert drifted == {title for title, days in since.items() if NOW - timedelta(days=days) > began}
    assert [one["month"] for one in version.objectives]


def test_a_file_came_in_with_every_end_a_row_can_have(company: None, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    ines = User.objects.get(email="ines@demo.example")

    bring_in_a_file(ines, now=NOW)

    run = ImportRun.objects.get()
    assert run.state == ImportRun.State.DONE
    assert (run.created_count, run.refused_count, run.quarantined_count) == (8, 2, 2)
    assert run.updated_count + run.unchanged_count == 5
    assert run.updated_count > 0
    assert QuarantinedContact.objects.count() == 2
    brought = Contact.objects.filter(email__endswith="-salon.example")
    assert set(brought.values_list("source__key", flat=True)) == {"trade_show"}
    assert signed_in("ines").get(run.get_absolute_url()).status_code == 200


def test_the_demo_writes_to_nobody(company: None) -> None:
    assert not OutboxMessage.objects.exists()
    assert not Notification.objects.filter(created_at__lt=NOW - timedelta(days=1)).exists()


def test_a_second_demo_is_refused_and_changes_nothing(company: None) -> None:
    before = (Contact.objects.count(), User.objects.count(), Touchpoint.objects.count())

    with pytest.raises(CommandError):
        call_command("demo")

    assert (Contact.objects.count(), User.objects.count(), Touchpoint.objects.count()) == before


# Figures and the records behind them


def shown(found: Figures) -> dict[str, int]:
    """Figures of the cockpit by the name of their records."""
    assert found.book is not None
    clauses = {row.clause.metric: row.verdict for row in found.book.marketing + found.book.sales}
    return {
        "won": found.headline.revenue.deals,
        "leads": found.sources_total.leads,
        "mql_delivered": clauses["mql_delivered"].count,
        "accepted": clauses["mql_accepted"].count,
        "decided": clauses["mql_accepted"].of,
        "first_contact_in_time": clauses["first_contact"].count,
        "first_contact_due": clauses["first_contact"].of,
        "went_dark": clauses["attempts"].of,
        "went_dark_tried": clauses["attempts"].count,
        "refused": clauses["refusal_reason"].of,
        "refusals_answered": clauses["refusals_answered"].count,
        "refusals_due": clauses["refusals_answered"].of,
        "breaches": sum(count for _, count in found.causes),
        "speed": found.speed.count,
        "unowned": found.coverage.unowned,
        "overdue": found.coverage.overdue,
        "untouched": found.coverage.untouched,
        "silent": found.coverage.silent,
        "missing_deals": found.coverage.missing_deals,
        **{f"reached_{step.key}": step.count for step in found.volume},
    }


@pytest.mark.parametrize("period", [november, all_of_it])
def test_each_figure_is_the_number_of_its_records(company: None, period: object) -> None:
    span = period()  # type: ignore[operator]  # one of the two functions above

    found = figures(span, comparison=Comparison.NONE, at=NOW)

    counted = {name: RECORDS[name].rows(Asked(span, NOW, {})).count() for name in shown(found)}
    assert counted == shown(found)
    assert counted["mql_delivered"] > 0


def test_the_rows_of_a_breakdown_are_the_numbers_of_their_records(company: None) -> None:
    span = all_of_it()
    found = figures(span, comparison=Comparison.NONE, at=NOW)

    for row in found.sources:
        narrowed = {"source": "none" if row.key is None else str(row.key)}
        asked = Asked(span, NOW, narrowed)
        assert RECORDS["leads"].rows(asked).count() == row.leads
        assert RECORDS["mql_delivered"].rows(asked).count() == row.mqls
        assert RECORDS["decided"].rows(asked).count() == row.decided
        assert RECORDS["won"].rows(asked).count() == row.won


FIGURE = re.compile(
    r'<a class="sm-(?:figure|link)[^"]*" href="(/cockpit/(?:records|parts)/[^"]+)"[^>]*>([^<]+)</a>'
)
RECORDS_SAID = re.compile(r"([0-9,]+) records? ·")
AMOUNT = re.compile(r'is-number sm-num sm-list-top"><a [^>]*>€([0-9,]+)</a>')
IN_ALL = re.compile(r">In all</td>.*?>([^<>]+)</td></tr></tfoot>", re.DOTALL)
RECKONED = re.compile(r"<tr><td[^>]*>(CAC|ROI|Share)[^<]*</td><td[^>]*>([^<]+)</td></tr>")


def test_each_figure_of_the_page_leads_to_so_many_records(company: None) -> None:
    """By the addresses of the page itself, which must keep period, source, campaign and step: numbers, shares, sums
    of money, and what is reckoned from a cost."""
    nadia = signed_in("nadia")
    days = {"period": "custom", "since": "2026-01-01", "until": "2026-11-19"}
    text = "".join(
        nadia.get("/cockpit/", {**days, "count": counting}).content.decode()
        for counting in ("cohort", "volume")
    )
    found = [(unescape(url), unescape(words)) for url, words in FIGURE.findall(text)]
    behind = {url: unescape(nadia.get(url).content.decode()) for url in dict(found)}
    records = {url: RECORDS_SAID.search(page) for url, page in behind.items() if "/records/" in url}
    seen = {url: int(said[1].replace(",", "")) for url, said in records.items() if said}
    assert len(seen) == len(records)

    told: dict[
        str, list[tuple[str, str, str]]
    ] = {}  # kind of figure: address, as the cockpit says, as behind it
    for url, words in found:
        said = words.replace(",", "")
        if "/parts/" in url:
            kind, value = reckoned(behind[url], url, words, is_first=(url, words) == first_of(found, url))
            told.setdefault(kind, []).append((url, words.removeprefix("of the objective of "), value))
        elif said.isdigit():
            told.setdefault("number", []).append((url, said, str(seen[url])))
        elif said.startswith("€"):
            told.setdefault("money", []).append((url, words, f"€{sum(amounts(nadia, behind[url])):,}"))
        elif share := re.fullmatch(r"(\d+) of (\d+)", said):
            told.setdefault("of", []).append((url, share[2], str(seen[url])))
        elif sentence := re.match(r"(\d+) (?:breaches by cause|decided|still open)", said):
            told.setdefault("sentence", []).append((url, sentence[1], str(seen[url])))

    assert [line for lines in told.values() for line in lines if line[1] != line[2]] == []
    enough = {
        "number": 100,
        "money": 10,
        "of": 10,
        "sentence": 1,
        "cost": 6,
        "CAC": 3,
        "ROI": 6,
        "objective": 1,
    }
    assert {kind: min(len(told[kind]), least) for kind, least in enough.items()} == enough
    assert any(words != "€0" for _, words, _ in told["money"])
    assert len({url.split("?")[0] for url in behind}) >= 20


COUNTS_NOTHING = {
    "script": "the data of the chart",
    "svg": "bars, strips and icons; the number stands beside each",
    "details": "the choice of a period",
    ".sm-asof": "the moment and the period",
    ".sm-segmented": "the choice of months, and of chart or table",
    ".sm-chart-table": "the chart by day; its sum is the figure above it",
    ".sm-legend": "what a drawing is",
    ".sm-medium": "the name of a source or campaign",
    "th": "names, and the hours of a bar",
    "dt": "the name of a figure, and its day",
    ".sm-of": "what is promised: the contract says it",
    ".sm-state": "how a figure stands to its target, in words",
    ".sm-conversion-interval": "bounds of the share beside it",
    ".visually-hidden": "what a drawing says of the figure beside it",
}
REST_ON_A_FIGURE = (
    r"95%: [\d.]+–[\d.]+%",  # bounds of the share beside it
    r"[\d,]+ expected by today, day \d+ of \d+",  # the target by working days
    r"\d+% expected today",
    r"€[\d.,]+[kM]? to €[\d.,]+[kM]?",  # the band of the forecast beside it
    r"[\d.]+ (?:d|days?|h|min) – [\d.]+ (?:d|days?|h|min)",  # the middle half, beside its median
    r"Contacted within 4 h:",
    r"With fewer than 5 wins",
)


def test_no_number_of_the_page_is_without_a_door(company: None) -> None:
    """What the test above cannot see: a figure that leads nowhere."""
    nadia = signed_in("nadia")
    loose = [
        text
        for period in ("last_month", "this_month", "last_12_months")
        for counting in ("cohort", "volume")
        for text in LooseNumbers(
            nadia.get("/cockpit/", {"period": period, "count": counting}).content.decode(),
            "cockpit",
            COUNTS_NOTHING,
        ).texts
        if re.search(r"\d", re.sub("|".join(REST_ON_A_FIGURE), "", text))
    ]
    assert loose == []


def first_of(found: list[tuple[str, str]], url: str) -> tuple[str, str]:
    """A row says its cost before what is reckoned from it."""
    return next(pair for pair in found if pair[0] == url)


def reckoned(page: str, url: str, words: str, *, is_first: bool) -> tuple[str, str]:
    """Which figure of a page of parts the words are, and what that page says of it."""
    results = dict(RECKONED.findall(page))
    if words.endswith("×"):
        return "ROI", results["ROI"]
    if words.endswith("%"):
        return "share of the objective", results["Share"]
    if not is_first:
        return "CAC", results["CAC"]
    total = IN_ALL.search(page)
    return url.split("/")[3], total[1] if total else "nothing"


def amounts(client: Client, page: str) -> list[int]:
    """Euros of the deals of a list of records, over all its pages."""
    found = [int(cents.replace(",", "")) for cents in AMOUNT.findall(page)]
    following = re.search(r'rel="next" href="(\?[^"]+)"', page)
    return found + (
        amounts(client, unescape(client.get(f"/cockpit/records/won/{following[1]}").content.decode()))
        if following
        else []
    )


def test_page_file_and_command_say_the_same(company: None) -> None:
    days = {"since": "2026-01-01", "until": "2026-10-31"}
    nadia = signed_in("nadia")

    page = nadia.get("/cockpit/", {"period": "custom", **days}).content.decode()
    lines = nadia.get("/cockpit/export/", {"period": "custom", **days}).content.decode().splitlines()
    out = StringIO()
    call_command("figures", "--since", days["since"], "--until", days["until"], "--json", stdout=out)

    found = json.loads(out.getvalue())
    told = {(row[0], row[1]): row[2] for row in csv.reader(lines)}
    sections = (
        "funnel_cohort",
        "funnel_volume",
        "sources",
        "sources_total",
        "campaigns",
        "campaigns_total",
        "breaches",
        "refusals",
        "pace",
        "compared_with",
    )
    for name in (
        *sections,
        "deals_won",
        "new_revenue_cents",
        "marketing_cents",
        "marketing_share",
        "expected_cents",
        "commitments",
        "first_contact",
    ):
        flat = {(name, key): written(value) for key, value in flattened(found[name])}
        assert {line: value for line, value in told.items() if line[0] == name} == flat, name
    assert found["deals_won"] > 0

    doors = {unescape(url): unescape(words) for url, words in reversed(FIGURE.findall(page))}
    query = "?" + urlencode({"period": "custom", **days})
    assert doors[f"/cockpit/records/won/{query}"] == f"€{found['new_revenue_cents'] // 100:,}"
    share = found["marketing_cents"] / found["new_revenue_cents"]
    assert doors[f"/cockpit/records/won_marketing/{query}"] == f"{share:.0%}"
    for step in found["funnel_cohort"]["steps"]:
        (shown_step,) = (
            words for url, words in doors.items() if url.startswith(f"/cockpit/records/cohort_{step['key']}/")
        )
        assert shown_step == f"{step['count']:,}"
    for reason, count in found["refusals"].items():
        assert doors[f"/cockpit/records/refused/{query}&reason={reason}"] == str(count)
    for bucket, count in found["first_contact"]["by_working_minutes"].items():
        assert doors[f"/cockpit/records/speed/{query}&bucket={bucket.removeprefix('from ')}"] == str(count)
    assert sum(found["first_contact"]["by_working_minutes"].values()) == found["first_contact"]["count"] > 0
    for place, when in (("quick", "contacted_within_4_hours"), ("slow", "contacted_later")):
        told_of = found["first_contact"][when]
        assert doors[f"/cockpit/records/{place}_accepted/{query}"] == str(told_of["accepted"])
        assert doors[f"/cockpit/records/{place}/{query}"] == str(told_of["decided"])
    assert found["compared_with"]["deals_won"] == figures_before(days)["deals_won"]
    for section in ("sources", "campaigns"):
        rows = [
            row
            for row in found[section]
            if any(row[name] for name in ("leads", "mqls", "decided", "cost_cents"))
        ]
        assert [line[1:] for line in table_of(page, f"h-{section}")] == [
            as_the_page_says(row) for row in rows
        ]
        assert len(rows) > 3


def figures_before(days: dict[str, str]) -> dict[str, Any]:
    """What as many months before them count."""
    first, last = date.fromisoformat(days["since"]), date.fromisoformat(days["until"])
    began = months_before(first, len(Period(PeriodKey.CUSTOM, first, last, company_calendar().tz).months))
    earlier = Period(PeriodKey.CUSTOM, began, first - timedelta(days=1), company_calendar().tz)
    return as_data(figures(earlier, comparison=Comparison.NONE, at=NOW))


def flattened(value: object, name: str = "") -> list[tuple[str, object]]:
    """Names as the file gives them: keys and names of rows, joined by dots."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in flattened(inner, f"{name}.{key}".strip("."))]
    if isinstance(value, list):
        keys = [row.get("key") or row.get("name") or str(place) for place, row in enumerate(value)]
        rows = zip(keys, value, strict=True)
        return [pair for key, inner in rows for pair in flattened(inner, f"{name}.{key}".strip("."))]
    return [(name, value)]


def written(value: object) -> str:
    return "" if value is None else str(value)


def table_of(page: str, anchor: str) -> list[list[str]]:
    """The cells of the lines of a table of the page, without its head and foot."""
    body = page.partition(f'id="{anchor}"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [
            unescape(re.sub(r"<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)
        ]
        for row in body.split("</tr>")[:-1]
    ]


def as_the_page_says(row: dict[str, Any]) -> list[str]:
    """What the page makes of a row of the command."""
    return [
        str(row["leads"]),
        str(row["mqls"]),
        f"{row['accepted']} of {row['decided']}" if row["decided"] else "–",
        str(row["won"]),
        money(row["revenue_cents"]),
        money(row["cost_cents"]) if row["cost_cents"] else "–",
        money(row["cac_cents"]) if row["cac_cents"] else "no win yet" if row["cost_cents"] else "–",
        f"{signed(row['roi'], 1)}×" if row["roi"] is not None else "–",
    ]


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(
        User.objects.get(email=f"{name}@demo.example"),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def test_sources_and_campaigns_add_up_to_the_same_totals(company: None) -> None:
    found = figures(all_of_it(), comparison=Comparison.NONE, at=NOW)

    for name in ("leads", "mqls", "accepted", "decided", "won", "amount_cents", "cost_cents"):
        assert getattr(found.sources_total, name) == getattr(found.campaigns_total, name)
    assert found.sources_total.amount_cents == found.headline.revenue.amount_cents


def test_the_results_of_a_campaign_are_those_of_its_row_in_the_cockpit(company: None) -> None:
    """Over days that hold every campaign whole."""
    ever = Period(PeriodKey.CUSTOM, date(2024, 1, 1), date(2028, 12, 31), company_calendar().tz)
    results = results_of(Campaign.objects.exclude(starts_on=None))

    rows = {row.key: row for row in figures(ever, comparison=Comparison.NONE, at=NOW).campaigns if row.key}

    assert {
        key: (row.mqls, row.won, row.amount_cents, row.cost_cents, row.cac_cents) for key, row in rows.items()
    } == {
        key: (found["mqls"], found["won"], found["cents"], found["cost"], found["cac"])
        for key, found in results.items()
    }
    assert {key: row.roi for key, row in rows.items()} == {
        key: found["roi"] for key, found in results.items()
    }
    assert len(rows) > 5
    assert sum(row.won for row in rows.values()) > 0


def test_a_step_of_the_cohort_is_among_those_of_the_step_before(company: None) -> None:
    found = figures(november(), comparison=Comparison.NONE, at=NOW)

    counts = [step.count for step in found.cohort]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0


def test_the_cockpit_is_drawn_for_each_role(company: None) -> None:
    for email in ("hugo", "ines", "nadia", "sofia"):
        page = signed_in(email).get("/cockpit/")
        assert page.status_code == 200
        assert b"Marketing owes" in page.content


def every_figure() -> list[Any]:
    """What the cockpit says of a month, of a half-year and of all of it, but how many are silent at this moment."""
    half = Period(PeriodKey.CUSTOM, date(2026, 1, 1), date(2026, 6, 30), company_calendar().tz)
    found: list[Any] = [
        as_data(figures(period, comparison=Comparison.NONE, at=NOW))
        for period in (november(), half, all_of_it())
    ]
    for one in found:
        del one["coverage"]["silent"]
    return found


@pytest.mark.parametrize("how", [ANONYMISE, DELETE])
def test_every_figure_of_the_cockpit_stays_to_the_unit_when_people_are_erased(
    company: None, how: str
) -> None:
    """Whoever was out of target, gave no sign, asked for a later day, said no or was refused, in both ways."""
    rule = RuleVersion.objects.select_related("agreement").get(
        rule__key=RuleKey.RETENTION, agreement__state="in_force"
    )
    ended = Contact.objects.filter(status__is_open=False).order_by("pk")
    assert ended.filter(status="gone_dark").exists()
    assert ended.filter(handoffs__clocks__stopped_by__isnull=False).exists()
    assert ended.filter(deals__stage="lost").exists()
    before, waiting = every_figure(), set(silent(at=NOW).values_list("pk", flat=True))

    gone = 0
    for status in ended.values_list("status", flat=True).distinct().order_by("status"):
        with unguarded(RuleVersion):
            RuleVersion.objects.filter(pk=rule.pk).update(
                parameters={"status": status, "months": 1, "how": how}
            )
        rule.refresh_from_db()
        wanted = due(rule, at=NOW).count()
        if not wanted:
            continue
        admin = User.objects.filter(role=Role.ADMIN).first()
        assert admin is not None
        run = approve_erasure(actor=admin, at=NOW, read=wanted, version=rule.pk)
        while erase_batch(run.pk, at=NOW + timedelta(seconds=gone)):
            pass
        gone += wanted

    assert gone > 50
    assert every_figure() == before
    deleted = set(Contact.objects.exclude(deleted_at=None).values_list("pk", flat=True))
    assert len(deleted) == (gone if how == DELETE else 0)
    assert set(silent(at=NOW).values_list("pk", flat=True)) == waiting - deleted
