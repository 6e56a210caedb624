"""Invents who came and when, and has each live through what follows; pure, writes nothing.

A person has a warmth; warm ones end in a request or in a burst of interest that makes an MQL (`interest`). What follows
(answer, decision, deal) is drawn from the rates of a middling B2B company (`selling`). All moments are before `now`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from unicodedata import normalize

from smarketing.demo import words
from smarketing.demo.hours import at_hour
from smarketing.demo.interest import Interest
from smarketing.demo.selling import Selling
from smarketing.demo.story import CompanyStory, ContactStory, Story
from smarketing.demo.waiting import Waiting, WorkingAgo

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


def tell(*, seed: int, now: datetime, working_ago: WorkingAgo, contacts: int = CONTACTS) -> Story:
    """The whole story. The same seed and moment give the same story."""
    random = Random(seed)  # noqa: S311 - plausible, repeatable, secret of nobody
    return _Teller(random, now, contacts).story(working_ago)


class _Teller:
    """Keeps the one source of chance and the moment of the telling."""

    def __init__(self, random: Random, now: datetime, count: int) -> None:
        self.random = random
        self.now = now
        self.count = count
        self.used_emails: set[str] = set()
        self.campaigns = [self._campaign_days(months, days) for _, _, months, days, _ in words.CAMPAIGNS]
        self.companies = [self._company(index) for index in range(max(count * COMPANIES // CONTACTS, 8))]
        self.interest = Interest(random, now, Selling(random, now, self.companies))

    def story(self, working_ago: WorkingAgo) -> Story:
        moments = sorted(self._arrival() for _ in range(self.count))
        people = [self._person(moment) for moment in moments]
        Waiting(self.random, self.now, working_ago, self.companies, self.interest).begin(people)
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
                return at_hour(self.random, at, now=self.now)

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
        self.interest.live_through(person, company)
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


def _plain(text: str) -> str:
    folded = normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in folded if letter.isalnum())
