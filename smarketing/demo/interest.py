"""What a person does: arrives, reads what is sent, ripens to an MQL; knows nothing of what sales does with one."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from smarketing.demo import words
from smarketing.demo.hours import at_hour
from smarketing.demo.selling import Selling
from smarketing.demo.story import CompanyStory, ContactStory, HandoffStory


class Interest:
    """Keeps the one source of chance and the moment of the telling; whoever is ripe goes to `selling`."""

    def __init__(self, random: Random, now: datetime, selling: Selling) -> None:
        self.random = random
        self.now = now
        self.selling = selling

    def live_through(self, person: ContactStory, company: CompanyStory) -> None:
        """From the arrival to now."""
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
            ripe = at_hour(random, ripe, now=self.now) if (ripe - person.created_at).days else ripe
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
            hour = min(at_hour(random, at, now=self.now), until - timedelta(minutes=1))
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
            self.burst(person, start, at)
        else:
            kind = random.choice(("demo_request", "contact_request"))
            person.touch(
                kind,
                at,
                attributes={"message": random.choice(words.MESSAGES[person.language])},
                campaign=person.campaign,
            )
        person.stages.append(("mql", at))
        self.selling.work(person, HandoffStory(at, request=not by_score), fits)

    def burst(self, person: ContactStory, start: datetime, at: datetime) -> None:
        """Enough in a few days to make an MQL without a request."""
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
