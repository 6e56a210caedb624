"""What sales does with an MQL: answers, decides, qualifies, sells; knows nothing of what made one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random

from smarketing.demo import words
from smarketing.demo.hours import in_office
from smarketing.demo.story import CompanyStory, ContactStory, DealStory, HandoffStory


class Selling:
    """Keeps the one source of chance and the moment of the telling."""

    def __init__(self, random: Random, now: datetime, companies: Sequence[CompanyStory]) -> None:
        self.random = random
        self.now = now
        self.companies = companies

    def work(self, person: ContactStory, handoff: HandoffStory, fits: bool) -> None:
        """Answer and decide; accepted ones are qualified."""
        random = self.random
        person.handoff = handoff
        hours = random.lognormvariate(0.9, 1.0) if handoff.request else random.lognormvariate(1.8, 1.0)
        contacted = in_office(handoff.at, hours)
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
        decided = in_office(handoff.contacted_at, random.uniform(0.3, 12))
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
            at = in_office(at + timedelta(hours=random.uniform(4, 40)), 0)
            if at < self.now:
                person.touch(
                    "call",
                    at,
                    outcome=random.choice(("no_answer", "voicemail", "spoke")),
                    by_sales=True,
                )
        met = in_office(at + timedelta(days=random.lognormvariate(1.1, 0.7)), 0)
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
            last = in_office(last + timedelta(days=random.uniform(1, 3)), 0)
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
        quoted = in_office(at + timedelta(days=random.lognormvariate(2.1, 0.6)), 0)
        if quoted >= self.now:
            return
        if random.random() > 0.72:
            self._lose(person, deal, quoted + timedelta(days=2))
            return
        deal.stage, deal.quote_sent_at = "quote", quoted
        person.touch("quote_sent", quoted, by_sales=True, attributes={"amount_cents": deal.amount_cents})
        person.stages.append(("opportunity", quoted))
        closed = in_office(quoted + timedelta(days=random.lognormvariate(3.05, 0.5)), 0)
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
