"""Writes a story into an empty database, set by set, in one transaction.

What became of leads is left to `ledger` and `handoffs`, whose rep each had to `dealing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import Notification, OutboxMessage
from leads.models import (
    Answer,
    Campaign,
    Company,
    Consent,
    Contact,
    Deal,
    Source,
    StageInterval,
    Touchpoint,
    Transition,
)
from lifecycle.keys import StageKey
from reporting.models import Objective
from reporting.periods import months_before
from smarketing.demo import words
from smarketing.demo.copying import Row, copy_in, settle_sequences
from smarketing.demo.dealing import Dealing
from smarketing.demo.handoffs import Handoffs
from smarketing.demo.ledger import Ledger
from smarketing.demo.people import Staff
from smarketing.demo.story import Story, TouchStory

SALES_MONTHLY_OBJECTIVE_CENTS = 4_500_000


class NotEmptyError(RuntimeError):
    """There are contacts already: the demo company is only for an empty installation."""


class Loader:
    """Keeps what later sets need to name: people, owners, sources, campaigns, and ids by position in the story."""

    def __init__(self, story: Story, staff: Staff, *, now: datetime) -> None:
        self.story, self.staff, self.now = story, staff, now
        self.people = story.contacts
        self.dealing = Dealing(story, staff)
        self.owners = self.dealing.owners

    @transaction.atomic
    def load(self) -> None:
        """Everything, in one transaction. Raises NotEmptyError."""
        if Contact.objects.exists():
            raise NotEmptyError("This installation has contacts already: nothing was written.")
        self.sources = self._sources()
        self.campaigns = self._campaigns()
        self._companies()
        self._contacts()
        self._touchpoints()
        self._answers()
        self._deals()
        ledger = Ledger(self.story, self.staff, self.dealing)
        ledger.write()
        settle_sequences(Company, Contact, Touchpoint, Transition, StageInterval)
        Handoffs(self.story, self.staff, self.dealing, ledger.mql_rows, now=self.now).write()
        self._objectives()

    def _sources(self) -> list[Source]:
        Source.objects.bulk_create(
            (
                Source(key=key, name_en=english, name_fr=french, side=side)
                for key, english, french, side, *_ in words.SOURCES
            ),
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["name_en", "name_fr", "side"],
        )
        by_key = Source.objects.in_bulk(field_name="key")
        return [by_key[row[0]] for row in words.SOURCES]

    def _campaigns(self) -> list[Campaign]:
        positions = {row[0]: index for index, row in enumerate(words.SOURCES)}
        return Campaign.objects.bulk_create(
            Campaign(
                name=name,
                source=self.sources[positions[source]],
                cost_cents=cost * 100,
                starts_on=starts,
                ends_on=ends,
                utm=f"c{number:02d}",
                owner=self.staff.marketers[number % 2],
            )
            for number, ((name, source, _, _, cost), (starts, ends)) in enumerate(
                zip(words.CAMPAIGNS, self.story.campaigns, strict=True)
            )
        )

    def _companies(self) -> None:
        since = self.now - timedelta(days=600)
        copy_in(
            Company,
            ("id", "name", "domain", "sector", "headcount", "city", "country", "created_at", "updated_at"),
            (
                (n, c.name, c.domain, c.sector, c.headcount, c.city, c.country, since, since)
                for n, c in enumerate(self.story.companies, start=1)
            ),
        )

    def _contacts(self) -> None:
        columns = (
            "id first_name last_name email phone job_title function seniority company city country language "
            "stage stage_since status status_since recontact_on owner marketing_owner consent source campaign "
            "created_at created_via updated_at custom"
        ).split()
        copy_in(Contact, columns, map(self._contact, range(len(self.people))))

    def _contact(self, index: int) -> Row:
        person, owner = self.people[index], self.owners[index]
        company = self.story.companies[person.company]
        stage, since = person.stages[-1]
        handed = person.handoff
        consent = Consent.WITHDRAWN if index % 61 == 7 else Consent.GIVEN if index % 3 else Consent.UNKNOWN
        marketer = self.staff.marketers[index % 2]
        only_mail = stage == StageKey.SUBSCRIBER
        known = (
            ("", "", "", "", "", None)
            if only_mail
            else (
                person.first_name,
                person.last_name,
                person.job_title,
                person.function,
                person.seniority,
                person.company + 1,
            )
        )
        first, last, job, function, seniority, works_at = known
        return (
            index + 1, first, last, person.email, "" if only_mail else person.phone, job,
            function, seniority, works_at, company.city, company.country, person.language,
            stage, since, "new" if person.back_at else person.status,
            person.back_at or person.status_at or person.created_at, person.recontact_on,
            owner.pk if owner else None, marketer.pk if handed else None, consent,
            self.sources[person.source].pk, None if person.campaign is None else self.campaigns[person.campaign].pk,
            person.created_at, "import" if index % 9 == 4 else "form", person.created_at, {},
        )  # fmt: skip

    def _touchpoints(self) -> None:
        columns = (
            "contact kind occurred_at recorded_at source campaign actor outcome is_human attributes origin key"
        ).split()
        copy_in(Touchpoint, columns, self._touch_rows())

    def _touch_rows(self) -> Iterator[Row]:
        found = [(touch.at, index, touch) for index, p in enumerate(self.people) for touch in p.touches]
        found.sort(key=lambda entry: (entry[0], entry[1]))
        for number, (at, index, touch) in enumerate(found):
            yield self._touch_row(number, at, index, touch)

    def _touch_row(self, number: int, at: datetime, index: int, touch: TouchStory) -> Row:
        owner = (self.owners[index] or self.staff.reps[index % 5]) if touch.by_sales else None
        campaign = None if touch.campaign is None else self.campaigns[touch.campaign].pk
        source = self.sources[self.people[index].source].pk if touch.campaign is not None else None
        return (
            index + 1, touch.kind, at, at, source, campaign, owner.pk if owner else None, touch.outcome,
            touch.is_human, touch.attributes, "demo", str(number),
        )  # fmt: skip

    def _answers(self) -> None:
        Answer.objects.bulk_create(
            Answer(
                contact_id=index + 1,
                question=question,
                text=text,
                answered_at=at,
                actor=self.owners[index],
                via="meeting",
            )
            for index, person in enumerate(self.people)
            for question, text, at in person.answers
        )

    def _deals(self) -> None:
        Deal.objects.bulk_create(
            Deal(
                contact_id=index + 1,
                company_id=person.company + 1,
                name=f"{self.story.companies[person.company].name}, metering",
                amount_cents=person.deal.amount_cents,
                stage=person.deal.stage,
                owner=self.owners[index],
                expected_close_on=person.deal.expected_close_on,
                opened_at=person.deal.opened_at,
                quote_sent_at=person.deal.quote_sent_at,
                closed_at=person.deal.closed_at,
                lost_reason=person.deal.lost_reason,
                won_reason=person.deal.won_reason,
            )
            for index, person in enumerate(self.people)
            if person.deal
        )

    def _objectives(self) -> None:
        today: date = self.now.date()
        Objective.objects.bulk_create(
            Objective(
                month=months_before(today, back),
                amount_cents=SALES_MONTHLY_OBJECTIVE_CENTS + (18 - back) * 150_000,
                set_by=self.staff.sales_manager,
            )
            for back in range(-2, 19)
        )


def forget_old_news(now: datetime) -> None:
    """What happened before today is nobody's news, and the demo writes to nobody."""
    Notification.objects.filter(created_at__lt=now - timedelta(days=1)).delete()
    OutboxMessage.objects.all().delete()
