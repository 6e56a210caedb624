"""The loop walked by its people in a real browser, beside a real worker: from a file to revenue, and a lead late."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.translation import override
from playwright.sync_api import Page, expect

from accounts.models import Notification, Role, User
from accounts.notifications import worded
from leads.actions.touchpoints import record_touchpoint
from leads.models import Contact, ContactScore, Deal, ExchangeRate, ImportRun
from lib.bell import ring
from sla.models import Breach, Clock, Handoff
from sla.sweeps import sweep
from tests.browser.conftest import Visits, next_page, ready, sign_in
from tests.browser.judging import assert_accessible, assert_fits
from tests.factories.accounts import UserFactory
from tests.factories.leads import CompanyFactory, ContactFactory
from tests.smtp_sink import Sink
from tests.worker import Worker, wait_for

PATIENCE = 60_000
"""Milliseconds for a page to show what it must; a loaded machine is slow."""

FILE = (
    "Email,First name,Last name,Job title,Phone,Company,Lead source\n"
    "maud.keller@lumen-optik.example,Maud,Keller,Head of purchasing,+33145678901,Lumen Optik,Pollutec fair\n"
    "jonas.wirth@lumen-optik.example,Jonas,Wirth,Intern,,Lumen Optik,Pollutec fair\n"
    "not-an-address,Nils,Berg,,,Berg & Co,Pollutec fair\n"
)
MAUD = "maud.keller@lumen-optik.example"


@dataclass(frozen=True)
class Walk:
    """The people of one company, all of one language, and what works for them behind the pages."""

    language: str
    marketer: User
    rep: User
    manager: User
    admin: User
    visit: Visits
    worker: Worker
    mails: Sink
    signed_in: set[int] = field(default_factory=set)

    def page(self, person: User, path: str) -> Page:
        """Each person signs in by the form, the first time."""
        if person.pk in self.signed_in:
            return self.visit(path, user=person, language=self.language)
        self.signed_in.add(person.pk)
        page = sign_in(self.visit, person, language=self.language)
        go(page, path)
        return page

    def told(self, person: User, kind: str) -> list[str]:
        """What the person reads on the page of notifications about that kind of news."""
        news = Notification.objects.filter(user=person, kind=kind).order_by("pk")
        with override(self.language), timezone.override(person.time_zone):
            return [worded(row.text, row.params) for row in news]


@pytest.fixture
def people(marketer: User, rep: User, manager: User, admin: User) -> dict[str, User]:
    return {"marketer": marketer, "rep": rep, "manager": manager, "admin": admin}


@pytest.fixture(params=["en", "fr"])
def walk(
    request: pytest.FixtureRequest, visit: Visits, running: Worker, mails: Sink, people: dict[str, User]
) -> Walk:
    User.objects.update(language=request.param)
    return Walk(language=request.param, visit=visit, worker=running, mails=mails, signed_in=set(), **people)


def go(page: Page, path: str) -> None:
    page.goto(path)
    ready(page)


def submit(page: Page, selector: str) -> None:
    """Press the button of a form and wait for the page that answers."""
    with next_page(page):
        page.locator(selector).click()


UNSETTLED = ".htmx-request, .htmx-swapping, .htmx-settling"


def change(page: Page, selector: str) -> None:
    """Press the button of a form whose answer is swapped into the page that stays."""
    with page.expect_response(lambda answer: answer.request.method == "POST", timeout=PATIENCE):
        page.locator(selector).click()
    expect(page.locator(UNSETTLED)).to_have_count(0, timeout=PATIENCE)


def test_a_row_of_a_file_becomes_revenue_under_its_source(walk: Walk, tmp_path: Path) -> None:
    enter_a_rate(walk)
    maud = import_file(walk, tmp_path)
    assert_scored(walk, maud)
    ask_for_a_demo(maud)
    handoff = assert_handed_over(walk, maud)
    work_the_lead(walk, handoff)
    win_a_deal(walk, maud)
    assert_revenue_under_its_source(walk)
    assert_everything_is_told(walk, maud)


def enter_a_rate(walk: Walk) -> None:
    """The company sells in Swiss francs too: what one is worth, from today on."""
    page = walk.page(walk.admin, "/settings/currencies/")
    page.locator("#id_currency").fill("CHF")
    page.locator("#id_rate").fill("0.96")
    submit(page, "form[data-guard] button.is-primary")
    expect(page.locator("section[aria-labelledby=h-used] tbody tr")).to_contain_text("CHF")
    assert ExchangeRate.objects.get().set_by == walk.admin
    assert_accessible(page)


def import_file(walk: Walk, folder: Path) -> Contact:
    """From the file through columns and rehearsal to the report; the worker writes the rows."""
    file = folder / "pollutec.csv"
    file.write_text(FILE)
    page = walk.page(walk.marketer, "/imports/")
    page.locator("#id_file").set_input_files(file)
    submit(page, ".sm-upload button")
    expect(page.locator("#h-map")).to_be_visible()
    assert_accessible(page)
    submit(page, "form[data-guard] button.is-primary")
    expect(page.locator("#h-check")).to_be_visible()
    assert not Contact.objects.exists()
    assert_accessible(page)
    submit(page, "form[action$='/start/'] button")
    expect(page.locator("#progress .sm-outlook")).to_be_visible(timeout=PATIENCE)
    assert_accessible(page)
    run = ImportRun.objects.get()
    assert (run.state, run.error, run.created_count, run.refused_count) == (ImportRun.State.DONE, "", 2, 1)
    return Contact.objects.get(email=MAUD)


def assert_scored(walk: Walk, contact: Contact) -> None:
    """The worker has scored whoever came in; the page of the contact explains the sum."""
    wait_for(lambda: ContactScore.objects.count() == 2, "both contacts have a score")
    score = ContactScore.objects.get(contact=contact)
    contact.refresh_from_db()
    assert (score.fit, score.engagement, contact.stage_id) == (55, 0, "lead")
    page = walk.page(walk.marketer, contact.get_absolute_url())
    expect(page.locator("#why")).to_contain_text("55")
    assert_accessible(page)


def ask_for_a_demo(contact: Contact) -> None:
    """What the company's web site tells us."""
    record_touchpoint(
        contact,
        kind="demo_request",
        occurred_at=timezone.now(),
        at=timezone.now(),
        origin="website",
        key="demo-1",
        attributes={"message": "A demo for twelve people, please"},
    )


def assert_handed_over(walk: Walk, contact: Contact) -> Handoff:
    """MQL by its definition, handed to the one rep there is, who is told on the page and by mail."""
    wait_for(lambda: Handoff.objects.filter(rep=walk.rep).exists(), "the lead is handed over")
    wait_for(lambda: walk.mails.received, "the rep has a mail")
    handoff = Handoff.objects.get()
    assert (handoff.contact, handoff.state, handoff.lane) == (contact, "assigned", "request")
    (said,) = walk.told(walk.rep, "handoff_assigned")
    assert said == {
        "en": "Maud Keller is yours to contact.",
        "fr": "C’est à vous de contacter Maud Keller.",
    }.get(walk.language)
    assert [(mail["To"], mail["Subject"]) for mail in walk.mails.received] == [(walk.rep.email, said)]
    assert len(walk.told(walk.manager, "handoff_given")) == 1
    page = walk.page(walk.rep, "/notifications/")
    expect(page.locator(".sm-told .is-unread a")).to_have_text(said)
    assert_accessible(page)
    return handoff


def work_the_lead(walk: Walk, handoff: Handoff) -> None:
    """Accept, log the call, note what was learned, and move to SQL."""
    page = walk.page(walk.rep, "/queue/")
    expect(page.locator(f"#lead-{handoff.pk}")).to_have_text("Maud Keller")
    assert_accessible(page)
    submit(page, f"form[action='/handoffs/{handoff.pk}/accept/'] button")
    handoff.refresh_from_db()
    assert (handoff.state, handoff.contact.status_id) == ("accepted", "in_progress")
    go(page, f"/queue/?lead={handoff.pk}")
    submit(page, "form[action$='/log/'] button[value=spoke]")
    clock = Clock.objects.get(handoff=handoff)
    assert clock.stopped_by is not None
    assert clock.stopped_by.outcome == "spoke"
    assert_accessible(page)

    go(page, handoff.contact.get_absolute_url())
    for question, answer in (("need", "Twelve seats"), ("budget", "24 000"), ("timing", "Q1")):
        page.locator("details:has(> form[action*='/answer/']) > summary").click()
        page.locator("#answer-question").select_option(question)
        page.locator("#answer-text").fill(answer)
        change(page, "form[action*='/answer/'] button")
    page.locator("details:has(form[action*='/stage/']) > summary").click()
    page.locator("#stage-to").select_option("sql")
    change(page, "form[action*='/stage/'] button")
    handoff.contact.refresh_from_db()
    assert handoff.contact.stage_id == "sql"
    assert_accessible(page)


def win_a_deal(walk: Walk, contact: Contact) -> None:
    """Open a deal, send the quote, win it; the contact follows by its definitions."""
    page = walk.page(walk.rep, contact.get_absolute_url())
    page.locator(f"a[href='/contacts/{contact.pk}/deals/new/']").click()
    page.locator("#id_amount").fill("25000")
    page.locator("#id_currency").select_option("CHF")
    assert_accessible(page)
    submit(page, "form[data-guard] button.is-primary")
    deal = Deal.objects.get()
    assert (deal.amount_cents, deal.currency, deal.owner) == (2_500_000, "CHF", walk.rep)
    assert deal.name == "Lumen Optik"
    for stage, reached in (("quote", "opportunity"), ("won", "customer")):
        page.locator("#id_to").select_option(stage)
        submit(page, "form[action$='/move/'] button")
        assert_accessible(page)
        entered = contact.transitions.filter(kind="stage", to_value=reached)
        wait_for(entered.exists, f"the contact is {reached}")


def assert_revenue_under_its_source(walk: Walk) -> None:
    """The shared cockpit, the same day: the francs in euros beside the name of the fair, behind it this deal alone."""
    page = walk.page(walk.manager, "/cockpit/")
    amount = {"en": "€24,000", "fr": "24\u202f000\u202f€"}[walk.language]
    francs = {"en": "CHF\u00a025,000", "fr": "25\u202f000\u202fCHF"}[walk.language]
    row = page.locator("section[aria-labelledby=h-sources] tbody tr", has_text="Pollutec fair")
    assert_accessible(page)
    row.get_by_role("link", name=amount).click()
    lines = page.locator("main tbody tr")
    expect(lines).to_have_count(1)
    expect(lines.first).to_contain_text("Maud Keller")
    assert_accessible(page)
    expect(lines.first).to_contain_text(amount)
    lines.first.get_by_role("link", name=francs).click()
    expect(page.locator("h1")).to_have_text("Lumen Optik")


def assert_everything_is_told(walk: Walk, contact: Contact) -> None:
    """The administrator reads in the ledger of the contact each stage of the loop."""
    page = walk.page(walk.admin, f"{contact.get_absolute_url()}?kind=stage")
    reached = list(contact.transitions.filter(kind="stage").values_list("to_value", flat=True))
    assert set(reached) == {"lead", "mql", "sql", "opportunity", "customer"}
    expect(page.locator("#timeline li.is-ledger")).to_have_count(len(reached))
    assert_accessible(page)


# The rep is late


def test_a_late_first_contact_is_a_breach_once_and_at_its_due_moment(walk: Walk) -> None:
    marketings = UserFactory.create(
        email="nadia@smarketing.test", role=Role.MANAGER, team=walk.marketer.team, language=walk.language
    )
    clock = a_clock_about_to_run_out(walk)

    sweep(at=clock.due_at - timedelta(milliseconds=1))
    assert not Breach.objects.exists()
    breach = assert_breached_at_its_due_moment(walk, clock)
    assert_told_once(walk, breach, [walk.rep, walk.manager, marketings])
    say_why(walk, breach)
    assert_both_sides_read_it(walk, breach, [walk.manager, marketings])


def a_clock_about_to_run_out(walk: Walk) -> Clock:
    """Of a demo request that the worker handed over; its deadline is seconds away, most of its time long gone."""
    contact = ContactFactory.create(
        email=MAUD,
        first_name="Maud",
        last_name="Keller",
        phone="+33145678901",
        company=CompanyFactory.create(),
    )
    ask_for_a_demo(contact)
    wait_for(lambda: Clock.objects.filter(handoff__rep=walk.rep).exists(), "the lead is handed over")
    wait_for(lambda: len(walk.mails.received) == 1, "the rep has a mail")
    begun, due = timezone.now() - timedelta(hours=5), timezone.now() + timedelta(seconds=2)
    Handoff.objects.update(assigned_at=begun)
    Clock.objects.update(started_at=begun, warn_at=due, due_at=due)
    return Clock.objects.get()


def assert_breached_at_its_due_moment(walk: Walk, clock: Clock) -> Breach:
    """The worker's sweep finds it after the moment, and dates it to the moment; more sweeps add nothing."""
    wait_for(lambda: timezone.now() > clock.due_at, "the deadline passes")
    ring("sla.sweep")
    wait_for(Breach.objects.exists, "the breach is on record")
    for _again in range(2):
        ring("sla.sweep")
    walk.worker.finish(clock.handoff.contact_id)
    breach = Breach.objects.get()
    clock.refresh_from_db()
    assert (breach.at, clock.breached_at, breach.cause) == (clock.due_at, clock.due_at, "late")
    assert breach.recorded_at > breach.at
    return breach


def assert_told_once(walk: Walk, breach: Breach, readers: list[User]) -> None:
    """Its rep and the managers of both sides, on the page and by mail."""
    assert [len(walk.told(reader, "clock_breached")) for reader in readers] == [1, 1, 1]
    said = walk.told(walk.rep, "clock_breached")[0]
    wait_for(lambda: len(walk.mails.received) >= 4, "the mails are sent")
    walk.worker.finish(breach.clock.handoff.contact_id)
    mails = [(mail["To"], plain(mail["Subject"])) for mail in walk.mails.received[1:]]
    assert sorted(mails) == sorted((reader.email, plain(said)) for reader in readers)


def plain(text: str) -> str:
    """With every kind of space as one: a subject loses those that do not break."""
    return " ".join(text.split())


def say_why(walk: Walk, breach: Breach) -> None:
    """From the notification to the contact, to the page of the breach, where the rep says what happened."""
    page = walk.page(walk.rep, "/notifications/")
    page.locator(f".sm-told a[href='{breach.clock.handoff.contact.get_absolute_url()}']").first.click()
    assert_accessible(page)
    page.locator(f"main a[href='{breach.get_absolute_url()}']").click()
    expect(page.locator("h1")).to_contain_text("Maud Keller")
    assert_accessible(page)
    page.locator("#id_cause").select_option("bad_data")
    page.locator("#id_note").fill("The number belongs to a fax")
    submit(page, "main form[method=post] button")
    expect(page.locator("#told")).to_contain_text("The number belongs to a fax")
    assert_accessible(page)
    assert_fits(page)
    breach.refresh_from_db()
    assert (breach.cause, breach.told_cause, breach.told_by) == ("late", "bad_data", walk.rep)


def assert_both_sides_read_it(walk: Walk, breach: Breach, managers: list[User]) -> None:
    for manager in managers:
        page = walk.page(manager, "/cockpit/records/breaches/?period=this_month")
        expect(page.locator("main tbody tr")).to_have_count(1)
        page.locator(f"main tbody a[href='{breach.get_absolute_url()}']").click()
        expect(page.locator("#told")).to_contain_text("The number belongs to a fax")
