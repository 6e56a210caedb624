"""Invents who came, what they did and what became of them; pure, writes nothing.

A person has a warmth; warm ones end in a request or in a burst of interest that makes an MQL. What follows
(answer, decision, deal) is drawn from the rates of a middling B2B company. All moments are before `now`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from unicodedata import normalize

from smarketing.demo import words

MONTHS = 18
CONTACTS = 3_000
COMPANIES = 760

SEASON = {
    1: 1.0,
    2: 1.05,
    3: 1.2,
    4: 1.0,
    5: 0.9,
    6: 1.05,
    7: 0.7,
    8: 0.45,
    9: 1.25,
    10: 1.3,
    11: 1.25,
    12: 0.7,
}


@dataclass(frozen=True)
class CompanyStory:
    name: str
    domain: str
    sector: str
    headcount: int
    city: str
    country: str
    fits: bool


@dataclass(frozen=True)
class TouchStory:
    """One touchpoint; `by_sales` means that the contact's rep did it."""

    kind: str
    at: datetime
    attributes: dict[str, str | int] = field(default_factory=dict)
    outcome: str = ""
    by_sales: bool = False
    is_human: bool = True
    campaign: int | None = None


@dataclass
class HandoffStory:
    """What sales did with an MQL; open ones have no `decision`."""

    at: datetime
    request: bool
    contacted_at: datetime | None = None
    decision: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    note: str = ""
    recontact_on: date | None = None
    answered_at: datetime | None = None
    live: int | None = None  # its place among the work that waits today
    waits: bool = False  # for somebody who is away


@dataclass
class DealStory:
    opened_at: datetime
    amount_cents: int
    stage: str
    quote_sent_at: datetime | None = None
    closed_at: datetime | None = None
    lost_reason: str = ""
    won_reason: str = ""
    expected_close_on: date | None = None


@dataclass
class ContactStory:
    """One person's history. `stages` are (stage, moment) in order; `answers` are BANT (question, text, moment)."""

    first_name: str
    last_name: str
    email: str
    phone: str
    function: str
    seniority: str
    job_title: str
    language: str
    company: int
    source: int
    campaign: int | None
    created_at: datetime
    touches: list[TouchStory] = field(default_factory=list)
    stages: list[tuple[str, datetime]] = field(default_factory=list)
    status: str = "new"
    status_at: datetime | None = None
    recontact_on: date | None = None
    back_at: datetime | None = None  # when the day to come back had come
    handoff: HandoffStory | None = None
    deal: DealStory | None = None
    answers: list[tuple[str, str, datetime]] = field(default_factory=list)

    def touch(
        self,
        kind: str,
        at: datetime,
        *,
        attributes: dict[str, str | int] | None = None,
        outcome: str = "",
        by_sales: bool = False,
        is_human: bool = True,
        campaign: int | None = None,
    ) -> None:
        """Add what happened at a moment."""
        self.touches.append(TouchStory(kind, at, attributes or {}, outcome, by_sales, is_human, campaign))


@dataclass(frozen=True)
class Story:
    """Everything, in the order in which it is written."""

    companies: list[CompanyStory]
    contacts: list[ContactStory]
    campaigns: list[tuple[date, date]]


WorkingAgo = Callable[[float], datetime]
"""Answers the moment since which that many working minutes have passed."""


def tell(*, seed: int, now: datetime, working_ago: WorkingAgo, contacts: int = CONTACTS) -> Story:
    """The whole story. The same seed and moment give the same story."""
    random = Random(seed)  # noqa: S311 - plausible, repeatable, secret of nobody
    teller = _Teller(random, now, working_ago)
    return teller.story(contacts)


class _Teller:
    """Keeps the one source of chance and the moment of the telling."""

    def __init__(self, random: Random, now: datetime, working_ago: WorkingAgo) -> None:
        self.random = random
        self.now = now
        self.working_ago = working_ago
        self.used_emails: set[str] = set()
        self.companies: list[CompanyStory] = []
        self.campaigns = [self._campaign_days(months, days) for _, _, months, days, _ in words.CAMPAIGNS]

    def story(self, count: int) -> Story:
        self.companies = [self._company(index) for index in range(max(count * COMPANIES // CONTACTS, 8))]
        moments = sorted(self._arrival() for _ in range(count))
        people = [self._person(moment) for moment in moments]
        self._make_live(people)
        return Story(self.companies, people, self.campaigns)

    def _campaign_days(self, months: int, days: int) -> tuple[date, date]:
        starts = (self.now - timedelta(days=round(months * 30.4))).date()
        return starts, starts + timedelta(days=days)

    def _company(self, index: int) -> CompanyStory:
        pick = self.random.choice
        city, country = pick(words.CITIES)
        stem = pick(words.COMPANY_HEADS) + pick(words.COMPANY_TAILS)
        form = pick(words.FORMS_FR if country in ("FR", "BE", "CH") else words.FORMS_EN)
        sector, _, fits = self.random.choices(words.SECTORS, [weight for _, weight, _ in words.SECTORS])[0]
        headcount = round(min(max(self.random.lognormvariate(5.3, 1.2), 6), 18_000))
        domain = f"{_plain(stem)}{index}.{'fr' if country == 'FR' else 'example'}".replace(
            ".fr", "-fr.example"
        )
        return CompanyStory(f"{stem} {form}", domain, sector, headcount, city, country, fits)

    def _arrival(self) -> datetime:
        """A moment in the months, by season and growth, on a day and at an hour when people read."""
        while True:
            back = self.random.random() * MONTHS * 30.4
            at = self.now - timedelta(days=back)
            growth = 1 - 0.35 * back / (MONTHS * 30.4)
            weekday = 0.22 if at.weekday() >= 5 else 1.0
            if self.random.random() < SEASON[at.month] / 1.3 * growth * weekday:
                return self._at_hour(at)

    def _at_hour(self, at: datetime) -> datetime:
        hour = min(max(self.random.gauss(12.5, 3.2), 6), 21.5)
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        moved = day + timedelta(hours=hour, seconds=self.random.randrange(60))
        return min(moved, self.now - timedelta(minutes=self.random.randrange(5, 600)))

    def _person(self, at: datetime) -> ContactStory:
        random = self.random
        index = min(
            int(random.paretovariate(1.1) - 1) % len(self.companies) + random.randrange(40),
            len(self.companies) - 1,
        )
        company_index = random.choice((index, random.randrange(len(self.companies))))
        company = self.companies[company_index]
        french = company.country in ("FR", "BE", "CH")
        first = random.choice(words.FIRST_FR if french else words.FIRST_EN)
        last = random.choice(words.LAST_FR if french else words.LAST_EN).replace("Le-", "Le ")
        function, seniority, english, in_french, _ = random.choices(
            words.JOBS, [job[4] for job in words.JOBS]
        )[0]
        source = random.choices(range(len(words.SOURCES)), [row[4] for row in words.SOURCES])[0]
        person = ContactStory(
            first,
            last,
            self._email(first, last, company.domain),
            f"{words.DIAL[company.country]}{random.randrange(10_000, 99_999)}"
            if random.random() < 0.72
            else "",
            function,
            seniority,
            in_french if french else english,
            "fr" if french else "en",
            company_index,
            source,
            self._campaign_of(source, at),
            at,
        )
        self._live_through(person, company)
        return person

    def _email(self, first: str, last: str, domain: str) -> str:
        stem, number = f"{_plain(first)}.{_plain(last)}", 1
        while (found := f"{stem}{number if number > 1 else ''}@{domain}") in self.used_emails:
            number += 1
        self.used_emails.add(found)
        return found

    def _campaign_of(self, source: int, at: datetime) -> int | None:
        key = words.SOURCES[source][0]
        running = [
            index
            for index, (_, of, *_rest) in enumerate(words.CAMPAIGNS)
            if of == key and self.campaigns[index][0] <= at.date() <= self.campaigns[index][1]
        ]
        return self.random.choice(running) if running and self.random.random() < 0.85 else None

    # What a person does

    def _live_through(self, person: ContactStory, company: CompanyStory) -> None:
        random = self.random
        source, warmth = words.SOURCES[person.source][0], words.SOURCES[person.source][5]
        good = (
            person.function in ("operations", "energy", "purchasing", "finance")
            and person.seniority != "staff"
        )
        fits = good and company.fits and company.headcount >= 50
        if source == "newsletter" and random.random() < 0.8:
            person.touch("newsletter_signup", person.created_at)
            person.stages.append(("subscriber", person.created_at))
            self._nurture(person, person.created_at, self.now, calm=True)
            return
        person.stages.append(("lead", person.created_at))
        self._arrive(person, source)
        chance = min(0.16 * warmth * (2.1 if fits else 0.55), 0.85)
        excluded = person.function == "student"
        if random.random() < chance and not excluded:
            ripe = person.created_at + timedelta(days=random.expovariate(1 / 9) + 0.02)
            ripe = self._at_hour(ripe) if (ripe - person.created_at).days else ripe
            if ripe < self.now - timedelta(days=4):
                self._nurture(person, person.created_at, ripe, calm=False)
                self._ripen(person, ripe, fits)
                self._nurture(person, ripe + timedelta(days=12), self.now, calm=True)
                return
        self._nurture(person, person.created_at, self.now, calm=True)

    def _arrive(self, person: ContactStory, source: str) -> None:
        random, at, campaign = self.random, person.created_at, person.campaign
        if source == "webinar":
            title = random.choice(words.WEBINARS)
            person.touch("webinar_signup", at, attributes={"title": title}, campaign=campaign)
            attended = at + timedelta(days=random.randrange(2, 15))
            if random.random() < 0.55 and attended < self.now:
                minutes = random.randrange(8, 56)
                person.touch(
                    "webinar_attended",
                    attended,
                    attributes={"title": title, "minutes": minutes},
                    campaign=campaign,
                )
        elif source == "trade_show":
            person.touch(
                "event_met", at, attributes={"title": "Pollutec"}, outcome="spoke", campaign=campaign
            )
        elif source == "outbound":
            person.touch("sales_email", at, outcome="sent", by_sales=True)
        elif random.random() < 0.6:
            person.touch(
                "download",
                at,
                attributes={"title": random.choice(words.DOWNLOADS)},
                campaign=campaign,
            )
        else:
            person.touch("form_submit", at, attributes={"form": "newsletter and guide"}, campaign=campaign)
        person.touch(
            "page_view",
            at - timedelta(minutes=random.randrange(2, 9)),
            attributes={"path": random.choice(words.PAGES)},
        )

    def _nurture(self, person: ContactStory, since: datetime, until: datetime, *, calm: bool) -> None:
        """Mails each few weeks, opened by robots, clicked now and then; a visit from time to time."""
        random, at = self.random, since
        while (at := at + timedelta(days=random.expovariate(1 / (28 if calm else 8)) + 2)) < until:
            hour = min(self._at_hour(at), until - timedelta(minutes=1))
            if hour <= since:
                continue
            person.touch("email_sent", hour, attributes={"title": "Newsletter"})
            if random.random() < 0.62:
                person.touch("email_open", hour + timedelta(seconds=random.randrange(2, 40)), is_human=False)
            if random.random() < 0.16:
                seen = min(hour + timedelta(minutes=random.randrange(9, 400)), until)
                person.touch("email_click", seen, attributes={"title": "Newsletter"})
                person.touch("page_view", seen, attributes={"path": random.choice(words.PAGES)})

    def _ripen(self, person: ContactStory, at: datetime, fits: bool) -> None:
        """The days that make the MQL: visits, a guide, pricing; then a request, or enough interest alone."""
        random = self.random
        start = max(at - timedelta(days=random.randrange(1, 7)), person.created_at)
        for _ in range(random.randrange(2, 5)):
            seen = start + (at - start) * random.random()
            person.touch("page_view", seen, attributes={"path": random.choice(words.PAGES)})
        for _ in range(random.randrange(1, 4)):
            seen = start + (at - start) * random.random()
            person.touch(
                "pricing_view",
                seen,
                attributes={"path": "/pricing", "seconds": random.randrange(20, 400)},
            )
        by_score = fits and random.random() < 0.35
        if by_score:
            self._by_interest(person, start, at)
        else:
            kind = random.choice(("demo_request", "contact_request"))
            person.touch(
                kind,
                at,
                attributes={"message": random.choice(words.MESSAGES)},
                campaign=person.campaign,
            )
        person.stages.append(("mql", at))
        self._work(person, HandoffStory(at, request=not by_score), fits)

    def _by_interest(self, person: ContactStory, start: datetime, at: datetime) -> None:
        random = self.random
        title = random.choice(words.WEBINARS)
        steps: tuple[tuple[str, dict[str, str | int]], ...] = (
            ("webinar_attended", {"title": title, "minutes": random.randrange(40, 56)}),
            ("download", {"title": random.choice(words.DOWNLOADS)}),
            ("download", {"title": "ROI calculator"}),
            ("email_click", {"title": "Invitation"}),
            ("pricing_view", {"path": "/pricing", "seconds": 240}),
        )
        for kind, attributes in steps:
            person.touch(kind, start + (at - start) * random.random(), attributes=attributes)
        person.touch("pricing_view", at, attributes={"path": "/pricing", "seconds": 310})

    # What sales does

    def _work(self, person: ContactStory, handoff: HandoffStory, fits: bool) -> None:
        random = self.random
        person.handoff = handoff
        hours = random.lognormvariate(0.9, 1.0) if handoff.request else random.lognormvariate(1.8, 1.0)
        contacted = _in_office(handoff.at, hours)
        if contacted >= self.now:
            contacted = self.now - timedelta(minutes=30)
        handoff.contacted_at = max(contacted, handoff.at + timedelta(minutes=2))
        reached = random.random() < 0.63
        kind = "call" if random.random() < 0.75 else "sales_email"
        outcome = (
            ("spoke" if reached else random.choice(("voicemail", "no_answer"))) if kind == "call" else "sent"
        )
        person.touch(
            kind,
            handoff.contacted_at,
            outcome=outcome,
            by_sales=True,
            attributes={"minutes": random.randrange(2, 14)},
        )
        person.status, person.status_at = "in_progress", handoff.contacted_at
        decided = _in_office(handoff.contacted_at, random.uniform(0.3, 12))
        if decided >= self.now - timedelta(hours=3):
            return
        handoff.decided_at = decided
        draw = random.random() - (0.09 if fits else -0.08)
        if draw < 0.57:
            handoff.decision = "accepted"
            self._qualify(person, decided, fits)
        elif draw < 0.88:
            self._refuse(person, handoff, fits)
        else:
            handoff.decision = "recycled"
            handoff.recontact_on = (decided + timedelta(days=random.randrange(30, 120))).date()
            handoff.note = random.choice(words.NOTES)
            person.status, person.status_at = "bad_timing", decided
            back_at = datetime.combine(handoff.recontact_on, time(6, 5), UTC)
            if back_at <= self.now:
                person.back_at = back_at
            else:
                person.recontact_on = handoff.recontact_on

    def _refuse(self, person: ContactStory, handoff: HandoffStory, fits: bool) -> None:
        random, decided = self.random, handoff.decided_at
        assert decided is not None
        handoff.decision = "rejected"
        weights = (2, 9, 4, 3, 1, 1) if fits else (9, 6, 2, 3, 1, 1)
        handoff.reason = random.choices(
            ("fit", "intent", "timing", "data", "duplicate", "competitor"), weights
        )[0]
        handoff.note = random.choice(words.NOTES)
        answered = decided + timedelta(days=random.expovariate(1 / 2.6) + 0.1)
        is_old = decided < self.now - timedelta(days=21)
        if answered < self.now and (is_old or random.random() < 0.8):
            handoff.answered_at = answered
        person.status, person.status_at = "unqualified", decided

    def _qualify(self, person: ContactStory, at: datetime, fits: bool) -> None:
        random = self.random
        tries = random.randrange(0, 3)
        for _ in range(tries):
            at = _in_office(at + timedelta(hours=random.uniform(4, 40)), 0)
            if at < self.now:
                person.touch(
                    "call",
                    at,
                    outcome=random.choice(("no_answer", "voicemail", "spoke")),
                    by_sales=True,
                )
        met = _in_office(at + timedelta(days=random.lognormvariate(1.1, 0.7)), 0)
        if met >= self.now:
            return
        if random.random() > (0.52 if fits else 0.36):
            self._fade(person, met)
            return
        person.touch(
            "meeting",
            met,
            outcome="met",
            by_sales=True,
            attributes={"minutes": random.choice((30, 45, 60))},
        )
        for question, texts in (
            ("budget", words.BUDGETS),
            ("authority", words.AUTHORITIES),
            ("need", words.NEEDS),
            ("timing", words.TIMINGS),
        ):
            if question in ("need", "budget") or random.random() < 0.75:
                person.answers.append((question, random.choice(texts), met))
        person.stages.append(("sql", met))
        self._sell(person, met)

    def _fade(self, person: ContactStory, at: datetime) -> None:
        """Never reached again: several tries, then *Gone dark*, sometimes given up too early."""
        random, last = self.random, at
        for _ in range(random.choice((4, 4, 4, 5, 3))):
            last = _in_office(last + timedelta(days=random.uniform(1, 3)), 0)
            if last >= self.now:
                return
            person.touch(
                random.choice(("call", "call", "sales_email")),
                last,
                outcome="no_answer",
                by_sales=True,
            )
        person.status, person.status_at = "gone_dark", last + timedelta(minutes=3)

    def _sell(self, person: ContactStory, at: datetime) -> None:
        random = self.random
        company = self.companies[person.company]
        amount = round(
            min(max(random.lognormvariate(9.75, 0.55) * (1 + company.headcount / 9_000), 3_500), 140_000), -2
        )
        deal = DealStory(at + timedelta(minutes=5), int(amount) * 100, "qualified")
        deal.expected_close_on = (at + timedelta(days=random.randrange(30, 95))).date()
        person.deal = deal
        quoted = _in_office(at + timedelta(days=random.lognormvariate(2.1, 0.6)), 0)
        if quoted >= self.now:
            return
        if random.random() > 0.72:
            self._lose(person, deal, quoted + timedelta(days=2))
            return
        deal.stage, deal.quote_sent_at = "quote", quoted
        person.touch("quote_sent", quoted, by_sales=True, attributes={"amount_cents": deal.amount_cents})
        person.stages.append(("opportunity", quoted))
        closed = _in_office(quoted + timedelta(days=random.lognormvariate(3.05, 0.5)), 0)
        if closed >= self.now:
            deal.stage = random.choice(("quote", "negotiation"))
            return
        if random.random() < 0.56:
            deal.stage, deal.closed_at = "won", closed
            deal.won_reason = random.choice(words.WON_REASONS)
            person.stages.append(("customer", closed))
            self._please(person, closed)
        else:
            self._lose(person, deal, closed)

    def _lose(self, person: ContactStory, deal: DealStory, at: datetime) -> None:
        if at >= self.now:
            return
        deal.stage, deal.closed_at = "lost", at
        deal.lost_reason = self.random.choice(("price", "competitor", "no_project", "timing", "silent"))
        person.status, person.status_at = "lost", at

    def _please(self, person: ContactStory, closed: datetime) -> None:
        asked = closed + timedelta(days=60 + self.random.randrange(40))
        if asked >= self.now:
            return
        score = min(round(self.random.gauss(8.1, 1.5)), 10)
        person.touch("nps", asked, attributes={"score": score})
        if score >= 9:
            person.stages.append(("promoter", asked))

    # The work that waits today

    def _make_live(self, people: list[ContactStory]) -> None:
        """Recent leads become the MQLs that wait now: some late, some soon, most with time left; one for nobody."""
        fresh = [
            p for p in people if p.stages[-1][0] == "lead" and p.function not in ("student",) and p.phone
        ]
        fresh.sort(key=lambda p: p.created_at, reverse=True)
        away = [p for p in fresh if self._country(p) == AWAY]
        recent = [p for p in fresh if self._country(p) != AWAY][: LIVE * 3]
        for number, person in enumerate(self.random.sample(recent, min(LIVE, len(recent)))):
            self._ripen_now(person, number)
        for person in away[:1]:
            self._ripen_now(person, LIVE)
            if person.handoff:
                person.handoff.waits = True

    def _country(self, person: ContactStory) -> str:
        return self.companies[person.company].country

    def _ripen_now(self, person: ContactStory, number: int) -> None:
        request = number % 3 != 2
        budget = 240 if request else 1440
        share = LIVE_SHARES[number % len(LIVE_SHARES)]
        at = self.working_ago(budget * share)
        if at <= person.created_at:
            shift = person.created_at - at + timedelta(hours=3)
            person.created_at -= shift
            person.touches = [_moved(touch, shift) for touch in person.touches]
            person.stages = [(stage, moment - shift) for stage, moment in person.stages]
        person.touches = [touch for touch in person.touches if touch.at < at]
        person.touch(
            "pricing_view",
            at - timedelta(minutes=14),
            attributes={"path": "/pricing", "seconds": 300},
        )
        if request:
            kind = "demo_request" if number % 2 else "contact_request"
            person.touch(
                kind,
                at,
                attributes={"message": self.random.choice(words.MESSAGES)},
                campaign=person.campaign,
            )
        else:
            self._by_interest(person, at - timedelta(hours=20), at)
        person.stages.append(("mql", at))
        person.handoff = HandoffStory(at, request=request, live=number)
        if number % 4 == 3:
            contacted = self.working_ago(budget * share * 0.4)
            person.handoff.contacted_at = max(contacted, at + timedelta(minutes=5))
            person.touch("call", person.handoff.contacted_at, outcome="voicemail", by_sales=True)
            person.status, person.status_at = "in_progress", person.handoff.contacted_at
        if number == LATER:
            self._ask_for_another_day(person, person.handoff)

    def _ask_for_another_day(self, person: ContactStory, handoff: HandoffStory) -> None:
        """Reached, and to be called again: what its rep sees under those who come back."""
        handoff.contacted_at = handoff.decided_at = max(
            self.working_ago(60), handoff.at + timedelta(minutes=5)
        )
        person.touch("call", handoff.contacted_at, outcome="spoke", by_sales=True)
        handoff.decision, handoff.note = "recycled", self.random.choice(words.NOTES)
        handoff.recontact_on = person.recontact_on = _in_office(self.now + timedelta(days=12), 0).date()
        person.status, person.status_at = "bad_timing", handoff.decided_at


LIVE = 26
LIVE_SHARES = (1.12, 0.9, 0.82, 0.55, 0.35, 0.2, 0.62, 0.45, 0.08, 0.7, 0.28)
LATER = 16
AWAY = "PT"
"""Where nobody is there to take a lead."""


def _moved(touch: TouchStory, shift: timedelta) -> TouchStory:
    return TouchStory(
        touch.kind,
        touch.at - shift,
        touch.attributes,
        touch.outcome,
        touch.by_sales,
        touch.is_human,
        touch.campaign,
    )


def _in_office(at: datetime, hours: float) -> datetime:
    """Roughly `hours` of office time later, between 8:30 and 18:00 on a weekday (UTC is near enough here)."""
    left = hours * 60.0
    moment = at.astimezone(UTC)
    while True:
        opens = moment.replace(hour=7, minute=30, second=0, microsecond=0)
        closes = moment.replace(hour=16, minute=50, second=0, microsecond=0)
        if moment.weekday() < 5 and moment < closes:
            moment = max(moment, opens)
            room = (closes - moment).total_seconds() / 60
            if left <= room:
                return moment + timedelta(minutes=left)
            left -= room
        moment = (moment + timedelta(days=1)).replace(hour=7, minute=30, second=0, microsecond=0)


def _plain(text: str) -> str:
    folded = normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in folded if letter.isalnum())
