"""Imports obey the rulebook like every other door: refused with rule and version, asked once for a reason, or noted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from agreements.models import Agreement
from leads.errors import RuleAsks
from leads.imports import mapping as mappings
from leads.imports import refusals, running, runs, undoing
from leads.models import Contact, Deal, ImportRefusal, ImportRun, RuleException, StageInterval, Transition
from lifecycle.compliance import months_of
from lifecycle.models import RuleVersion
from tests.factories.accounts import UserFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory
from tests.leads.tables import snapshot
from tests.leads.test_compliance import behind
from tests.leads.test_import_loading import AT, counts, everything, reasons
from tests.leads.test_import_loading import received as received_by_nobody
from tests.leads.test_policies import own_rule, rule_says

pytestmark = pytest.mark.django_db

WHY = "The fair gave us no job titles."
SINCE = datetime(2026, 6, 1, tzinfo=UTC)
"""Since when the rules of these tests are in force; AT is later."""


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def rule(event: str, mode: str, **said: Any) -> RuleVersion:
    """In force since SINCE, as `own_rule` has it."""
    version = own_rule(event, mode, **said)
    with unguarded(Agreement):
        Agreement.objects.filter(pk=version.agreement_id).update(in_force_from=SINCE)
    return version


def received(content: str, *, by: User | None = None, **mapping: Any) -> ImportRun:
    run = received_by_nobody(content, **mapping)
    ImportRun.objects.filter(pk=run.pk).update(created_by=by)
    return ImportRun.objects.get(pk=run.pk)


def loaded(run: ImportRun, *, reason: str = "", at: datetime = AT) -> ImportRun:
    runs.start(run, at=at, reason=reason)
    assert running.run_batches(run.pk, clock=lambda: at) is False
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE, run.error
    return run


def warned(report: list[dict[str, Any]]) -> list[tuple[str, str, list[int]]]:
    return [(told["code"], told["column"], told["lines"]) for told in report]


# Each event: a file whose line 2 is against the rule and line 3 keeps it, and what shows that a line came in


def known() -> None:
    for name in ("ana", "bob"):
        ContactFactory.create(
            email=f"{name}@x.test", stage_id="lead", job_title="Buyer" if name == "bob" else ""
        )


def names() -> set[str]:
    return {email.partition("@")[0] for email in Contact.objects.values_list("email", flat=True)}


def at_stage(stage: str) -> Callable[[], set[str]]:
    return lambda: {
        email.partition("@")[0]
        for email in Contact.objects.filter(stage=stage).values_list("email", flat=True)
    }


def in_progress() -> set[str]:
    rows = Contact.objects.filter(status="in_progress").values_list("email", flat=True)
    return {email.partition("@")[0] for email in rows}


def with_deal() -> set[str]:
    return {email.partition("@")[0] for email in Deal.objects.values_list("contact__email", flat=True)}


FILES: dict[str, tuple[str, str, bool, str, dict[str, Any], Callable[[], set[str]]]] = {
    "new contacts": (
        *("contact", "", False, "email,job_title\nana@x.test,\nbob@x.test,Buyer\n"),
        *({}, names),
    ),
    "edited contacts": (
        *(
            "contact",
            "",
            True,
            "email,city,job_title\nana@x.test,Lyon,\nbob@x.test,Lyon,Buyer\ncat@x.test,Lyon,\n",
        ),
        *({}, names),
    ),
    "new contacts in a stage": (
        *("stage", "mql", False, "email,job_title,stage\nana@x.test,,mql\nbob@x.test,Buyer,mql\n"),
        *({}, at_stage("mql")),
    ),
    "known contacts in a stage": (
        *("stage", "mql", True, "email,stage\nana@x.test,mql\nbob@x.test,mql\n"),
        *({}, at_stage("mql")),
    ),
    "statuses": (
        *("status", "in_progress", True, "email,status\nana@x.test,in_progress\nbob@x.test,in_progress\n"),
        *({}, in_progress),
    ),
    "deals": (
        *("deal", "", True, "email,deal.name\nana@x.test,M\nbob@x.test,N\n"),
        *({"kind": "deals", "deal_stage": "qualified"}, with_deal),
    ),
    "people made by deals": (
        *("contact", "", True, "email,deal.name\ncat@x.test,M\nbob@x.test,N\ncat@x.test,O\n"),
        *({"kind": "deals", "deal_stage": "qualified", "on_unknown_contact": "create"}, with_deal),
    ),
}


@pytest.fixture(params=FILES)
def case(request: pytest.FixtureRequest) -> Any:
    event, target, is_known, content, mapping, came_in = FILES[request.param]
    rule_says("deal_creation", "advise", stage="")
    if is_known:
        known()
    against = {2: 4} if "edited" in request.param else {2: 2, 4: 4} if "made by" in request.param else {2: 2}
    return event, target, content, mapping, came_in, sorted(set(against.values()))


def test_what_a_rule_blocks_is_refused_with_line_rule_and_version(case: Any) -> None:
    event, target, content, mapping, came_in, against = case
    version = rule(event, "block", target=target)

    run = loaded(received(content, **mapping))

    assert reasons(run) == dict.fromkeys(against, "rule_forbids")
    params = ImportRefusal.objects.filter(run=run).first()
    assert params is not None
    assert params.params == {"rule": 40, "version": version.agreement.number}
    assert "bob" in came_in()
    assert "cat" not in came_in()
    assert ("ana" in came_in()) is (4 in against and 2 not in against)
    assert not RuleException.objects.exists()
    rows = content.count("\n") - 1
    assert sum(counts(run)) == rows
    refused = b"".join(refusals.as_csv(run)).decode()
    assert "Rule 40 (v1)" in refused
    assert "The job title is known" in refused


def test_a_warning_is_counted_by_the_rehearsal_and_asked_about_once(case: Any, marketer: User) -> None:
    event, target, content, mapping, came_in, against = case
    version = rule(event, "warn", target=target)
    run = received(content, by=marketer, **mapping)
    before = snapshot()

    run.started_at = AT
    forecast = running.rehearse(run)
    run.started_at = None

    assert snapshot() == before
    assert forecast["refused"] == 0
    people = against[:1] if "on_unknown_contact" in mapping else against
    assert warned(forecast["warnings"]) == [("rule_asks", "40.1", people)]
    runs.keep_forecast(run, forecast)
    with pytest.raises(RuleAsks):
        runs.start(run, at=AT)

    loaded(run, reason=WHY)

    assert reasons(run) == {}
    assert warned(run.warnings) == [("rule_overridden", "40.1", people)]
    notes = RuleException.objects.all()
    assert {(note.version, note.actor, note.reason, note.how, note.origin) for note in notes} == {
        (version, marketer, WHY, "overridden", "import")
    }
    assert [(note.event, note.target) for note in notes] == [(event, target)] * len(people)
    assert {note.contact.email.partition("@")[0] for note in notes} <= came_in()


def test_what_a_file_brings_is_in_the_figures_of_a_rule_and_on_its_lists(
    case: Any, request: pytest.FixtureRequest
) -> None:
    """Who was known came in a month before: their creation is a case that was kept, the edit one against the rule."""
    event, target, content, mapping, _came_in, _against = case
    version = rule(event, "advise", target=target)
    loaded(received(content, **mapping))

    version = RuleVersion.objects.select_related("rule").get(pk=version.pk)
    months = months_of(version, since=SINCE, until=AT + timedelta(days=1)) or ()

    figures = [(one.cases, one.kept, one.exceptions) for one in months]
    is_of_known = request.node.callspec.params["case"] in ("edited contacts", "people made by deals")
    assert figures == ([(2, 2, 0), (1, 0, 1)] if is_of_known else [(2, 1, 1)])
    listed = [behind(version, one.month, since=SINCE, until=AT + timedelta(days=1)) for one in months]
    assert listed == figures


def test_a_warning_that_nobody_answered_refuses_its_row(case: Any, marketer: User) -> None:
    event, target, content, mapping, _came_in, against = case
    rule(event, "warn", target=target)

    run = loaded(received(content, by=marketer, **mapping))

    assert reasons(run) == dict.fromkeys(against, "rule_unanswered")
    assert not RuleException.objects.exists()


@pytest.mark.parametrize("mode", ["advise", "warn"])
def test_advice_and_a_warning_to_nobody_are_noted(case: Any, mode: str) -> None:
    event, target, content, mapping, came_in, _against = case
    version = rule(event, mode, target=target)

    run = loaded(received(content, **mapping))

    assert reasons(run) == {}
    assert [code for code, _, _ in warned(run.warnings)] == ["rule_noted"]
    notes = RuleException.objects.all()
    assert {(note.version, note.how, note.actor) for note in notes} == {(version, "passed", None)}
    assert {note.contact.email.partition("@")[0] for note in notes} <= came_in()


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_a_second_time_the_file_asks_and_notes_nothing(case: Any, mode: str) -> None:
    event, target, content, mapping, _came_in, _against = case
    loaded(received(content, **mapping))
    rule(event, mode, target=target)
    before = everything()

    run = loaded(received(content, **mapping), at=AT + timedelta(hours=1))

    assert (run.refused_count, run.unchanged_count) == (0, content.count("\n") - 1)
    assert everything() == before
    assert not RuleException.objects.exists()


# History


HISTORY = (
    "email,entered.lead,entered.mql\nold@x.test,01/02/2026,01/03/2026\nnew@x.test,01/02/2026,01/10/2026\n"
)


def test_what_happened_before_the_rule_is_not_forbidden_but_counted() -> None:
    rule("stage", "block", target="mql")

    run = loaded(received(HISTORY))

    assert reasons(run) == {3: "rule_forbids"}
    assert warned(run.warnings) == [("rule_history", "40.1", [2])]
    assert Transition.objects.get(to_value="mql").contact.email == "old@x.test"
    assert not RuleException.objects.exists()


def test_a_warning_stands_on_record_at_the_moment_of_what_it_speaks_of(marketer: User) -> None:
    rule("stage", "warn", target="mql")

    loaded(received(HISTORY, by=marketer), reason=WHY)

    assert RuleException.objects.get().at == datetime(2026, 10, 1, tzinfo=UTC)


def test_a_deal_before_its_stage_is_refused_since_the_rule_blocks() -> None:
    version = rule_says("deal_creation", "block")
    with unguarded(Agreement):
        Agreement.objects.filter(pk=version.agreement_id).update(in_force_from=SINCE)
    ContactFactory.create(email="ana@x.test", stage_id="mql")
    ContactFactory.create(email="bob@x.test", stage_id="sql")

    run = loaded(
        received(
            "email,deal.name,deal.opened_at\nana@x.test,A,01/10/2026\nbob@x.test,B,01/10/2026\nana@x.test,C,01/02/2026\n",
            kind="deals",
            deal_stage="qualified",
        )
    )

    assert reasons(run) == {2: "rule_forbids"}
    assert warned(run.warnings) == [("rule_history", "6.1", [4])]
    assert set(Deal.objects.values_list("name", flat=True)) == {"B", "C"}


# Parts, companies, and who becomes a customer


def test_a_row_may_come_in_without_the_stage_that_a_rule_holds() -> None:
    rule("stage", "block", target="mql")
    content = "email,city,job_title,entered.lead,entered.mql\nana@x.test,Lyon,,01/07/2026,01/08/2026\n"

    run = loaded(received(content, on_bad_value="leave_out"))

    contact = Contact.objects.get()
    assert (contact.city, contact.stage_id) == ("Lyon", "lead")
    assert warned(run.warnings) == [("rule_left_out", "40.1", [2])]
    assert list(StageInterval.objects.values_list("stage", flat=True)) == ["lead"]


def test_a_refused_row_leaves_no_company_behind() -> None:
    rule("contact", "block")
    before = everything()

    run = loaded(received("email,company.name,company.domain\nana@x.test,Armor,armor.test\n"))

    assert reasons(run) == {2: "rule_forbids"}
    assert everything() == before


@pytest.mark.parametrize("who", ["somebody new", "somebody known"])
def test_a_row_comes_in_without_the_owner_that_a_rule_holds(who: str, rep: User) -> None:
    rule("owner", "block")
    if who == "somebody known":
        ContactFactory.create(email="ana@x.test", job_title="", owner=None)

    run = loaded(
        received(
            f"email,city,job_title,owner\nana@x.test,Lyon,,{rep.email}\nbob@x.test,Lyon,Buyer,{rep.email}\n",
            on_bad_value="leave_out",
        )
    )

    found = dict(Contact.objects.values_list("email", "owner"))
    assert (reasons(run), found) == ({}, {"ana@x.test": None, "bob@x.test": rep.pk})
    assert Contact.objects.get(email="ana@x.test").city == "Lyon"
    assert [told for told in warned(run.warnings) if told[0] == "rule_left_out"] == [
        ("rule_left_out", "40.1", [2])
    ]
    assert [(row.contact.email, row.to_value) for row in Transition.objects.filter(kind="owner")] == [
        ("bob@x.test", str(rep.pk))
    ]


def test_of_a_file_of_deals_the_rows_are_refused_that_a_rule_on_their_stage_is_about() -> None:
    """Whom the rule wants more of, at the stage it names, and since it is in force."""
    rule("advance", "block", target="qualified")
    ContactFactory.create(email="ana@x.test", stage_id="sql", job_title="")
    ContactFactory.create(email="bob@x.test", stage_id="sql", job_title="Buyer")

    content = "email,deal.name,deal.opened_at,deal.won_at\n"
    content += "ana@x.test,A,01/10/2026,\nbob@x.test,B,01/10/2026,\nana@x.test,C,01/02/2026,\n"
    run = loaded(
        received(f"{content}ana@x.test,D,01/10/2026,02/10/2026\n", kind="deals", deal_stage="qualified")
    )

    assert reasons(run) == {2: "rule_forbids"}
    assert set(Deal.objects.values_list("name", flat=True)) == {"B", "C", "D"}
    assert ("rule_history", "40.1", [4]) in warned(run.warnings)


def test_a_known_deal_that_a_file_moves_comes_there_now_whenever_it_was_opened() -> None:
    """The rule is younger than the deal, not than its move."""
    ContactFactory.create(email="ana@x.test", stage_id="sql", job_title="")
    content = (
        "email,deal.external_id,deal.name,deal.opened_at,deal.stage\nana@x.test,7,A,01/02/2026,qualified\n"
    )
    loaded(received(content, kind="deals", system="crm"))
    rule("advance", "block", target="negotiation")

    moved = content.replace("qualified", "negotiation")
    run = loaded(received(moved, kind="deals", system="crm", on_conflict="overwrite"))

    assert (reasons(run), Deal.objects.get().stage) == ({2: "rule_forbids"}, "qualified")


def test_a_won_deal_comes_in_and_its_contact_stays_where_a_rule_holds_it() -> None:
    rule_says("deal_creation", "advise", stage="")
    rule("stage", "block", target="customer")
    known()

    run = loaded(
        received(
            "email,deal.name,deal.won_at\nana@x.test,A,01/10/2026\nbob@x.test,B,01/10/2026\n", kind="deals"
        )
    )

    assert (run.created_count, reasons(run)) == (2, {})
    assert at_stage("customer")() == {"bob"}
    assert [told for told in warned(run.warnings) if told[0] == "rule_left_out"] == [
        ("rule_left_out", "40.1", [2])
    ]


@pytest.mark.parametrize("mode", ["advise", "warn"])
def test_a_file_that_knows_too_little_is_asked_about_or_noted(mode: str, marketer: User) -> None:
    rule = rule_says("minimum_information", mode, any_of=["phone"])
    run = received("email,phone\nana@x.test,\nbob@x.test,06 12 48 77 03\n", by=marketer)

    loaded(run, reason=WHY if mode == "warn" else "")

    noted = RuleException.objects.get()
    assert names() == {"ana", "bob"}
    assert (noted.version, noted.contact.email, noted.reason) == (
        rule,
        "ana@x.test",
        WHY if mode == "warn" else "",
    )


def test_of_a_file_without_a_reason_the_lines_that_know_too_little_stay_out(marketer: User) -> None:
    rule_says("minimum_information", "warn", any_of=["phone"])
    run = received("email,phone\nana@x.test,\nbob@x.test,06 12 48 77 03\n", by=marketer)

    loaded(run)

    assert names() == {"bob"}
    assert reasons(run) == {2: "rule_unanswered"}
    assert not RuleException.objects.exists()


def test_who_is_made_by_a_deal_must_be_known_by_what_the_rulebook_asks() -> None:
    rule_says("minimum_information", "block", any_of=["phone"])

    run = loaded(
        received(
            "email,deal.name\nana@x.test,A\n",
            kind="deals",
            deal_stage="qualified",
            on_unknown_contact="create",
        )
    )

    assert reasons(run) == {2: "rule_forbids"}
    assert not Contact.objects.exists()


def test_a_rule_costs_the_same_queries_whatever_the_number_of_rows() -> None:
    rule("contact", "block")
    rule_of_stage = RuleVersion.objects.latest("pk")
    assert rule_of_stage.event == "contact"
    counted = []
    for number in (3, 30):
        rows = "".join(
            f"p{number}x{place}@x.test,{'Buyer' if place % 2 else ''}\n" for place in range(number)
        )
        run = received(f"email,job_title\n{rows}")
        runs.start(run, at=AT)
        with CaptureQueriesContext(connection) as queries:
            running.run_batches(run.pk, clock=lambda: AT)
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_a_rule_on_owners_is_asked_once_for_all_of_them() -> None:
    rule("owner", "block")
    counted = []
    for number in (2, 12):
        people = UserFactory.create_batch(number)
        rows = "".join(f"p{number}x{one.pk}@x.test,{one.email},Buyer\n" for one in people)
        run = received(f"email,owner,job_title\n{rows}bad{number}@x.test,{people[0].email},\n")
        runs.start(run, at=AT)
        with CaptureQueriesContext(connection) as queries:
            running.run_batches(run.pk, clock=lambda: AT)
        counted.append(len(queries))
        assert reasons(run) == {number + 2: "rule_forbids"}
    assert counted[0] == counted[1]


def test_taking_an_import_back_takes_what_it_noted_with_it() -> None:
    before = everything()
    rule("contact", "advise")
    run = loaded(received("email,city\nana@x.test,Lyon\n"))
    assert RuleException.objects.count() == 1

    undoing.start(run, actor=None, at=AT + timedelta(hours=1))
    undoing.run_batches(run.pk, clock=lambda: AT + timedelta(hours=1))

    run.refresh_from_db()
    assert run.undo_report["removed"] == 1
    assert everything() == before
    assert not RuleException.objects.exists()


# Pages


def test_the_page_names_the_rule_asks_once_and_goes_on_with_the_reason(
    as_marketer: Client, marketer: User, django_capture_on_commit_callbacks: Any
) -> None:
    rule("contact", "warn")
    run = received("email,city\nana@x.test,Lyon\n", by=marketer)
    assert as_marketer.post(f"/imports/{run.pk}/check/").status_code == 303

    page = as_marketer.get(f"/imports/{run.pk}/check/").text
    assert "1 row is against" in page
    assert "Rule 40, v1" in page
    assert 'name="rule_reason"' in page

    asked = as_marketer.post(f"/imports/{run.pk}/start/")
    assert asked.status_code == 422
    assert "The rulebook asks first" in asked.text
    run.refresh_from_db()
    assert run.state == ImportRun.State.MAPPED

    with django_capture_on_commit_callbacks(execute=True):
        answer = as_marketer.post(f"/imports/{run.pk}/start/", {"rule_reason": WHY})
    assert answer.status_code == 303
    assert RuleException.objects.get().reason == WHY
    assert "for the reason on record" in as_marketer.get(f"/imports/{run.pk}/").text


def test_the_page_says_which_rule_refused_a_line(as_marketer: Client) -> None:
    rule("contact", "block")
    run = loaded(received("email,city\nana@x.test,Lyon\n"))

    for address in (f"/imports/{run.pk}/", f"/imports/{run.pk}/rows/?outcome=refused"):
        page = as_marketer.get(address).text
        assert "Rule 40 (v1) does not allow it" in page
        assert "The job title is known" in page


def test_a_mapping_of_the_command_gives_its_reason(tmp_path: Path, marketer: User) -> None:
    rule("contact", "warn")
    file = tmp_path / "leads.csv"
    file.write_text("email,city\nana@x.test,Lyon\n")

    call_command("import_contacts", file, user=marketer.email, reason=WHY)

    assert RuleException.objects.get().reason == WHY
    assert mappings.from_json(ImportRun.objects.get().mapping).kind == "contacts"
