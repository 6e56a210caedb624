"""Writes a story into an empty database, set by set, with the product's own clocks, scores and causes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from typing import Any

from django.db import connection, models, transaction
from psycopg.types.json import Jsonb

from accounts.models import Notification, OutboxMessage, User
from agreements.models import State
from leads.models import (
    Answer,
    Campaign,
    Company,
    Consent,
    Contact,
    Deal,
    Origin,
    Source,
    StageInterval,
    Touchpoint,
    Transition,
    TransitionKind,
)
from lifecycle.keys import RuleKey, StageKey
from lifecycle.models import RuleVersion, StageDefinition, StatusDefinition
from lifecycle.territories import territories_of
from reporting.models import Objective
from reporting.periods import months_before
from sla.actions.clocks import start_clocks, stop_clocks, stop_touched
from sla.breaching import breach_overdue, breach_stopped_late
from sla.models import Assignment, Clock, ContractVersion, Handoff
from sla.territories import Placed, placed
from smarketing.demo import words
from smarketing.demo.deciding import Entry, deciding_facts_of
from smarketing.demo.people import AWAY_SEAT, Staff
from smarketing.demo.story import ContactStory, HandoffStory, Story, TouchStory
from smarketing.demo.territories import reps_of

Row = Sequence[Any]

SALES_MONTHLY_OBJECTIVE_CENTS = 4_500_000


class NotEmptyError(RuntimeError):
    """There are contacts already: the demo company is only for an empty installation."""


def copy_in(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """COPY rows into a model's table; values of JSON columns are given as plain objects."""
    known = {field.name: field for field in model._meta.concrete_fields}
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(str(known[name].column)) for name in columns)
    json_at = {index for index, name in enumerate(columns) if isinstance(known[name], models.JSONField)}
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([Jsonb(value) if i in json_at else value for i, value in enumerate(row)])


def settle_sequences(*tables: type[models.Model]) -> None:
    """Let the next id of each table follow the ids that were written."""
    with connection.cursor() as cursor:
        for model in tables:
            table = model._meta.db_table
            quoted = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), coalesce(max(id), 0) + 1, false) FROM {quoted}",  # noqa: S608 - our own table names
                [table],
            )


class Loader:
    """Keeps what later sets need to name: people, sources, campaigns, and ids by position in the story."""

    def __init__(self, story: Story, staff: Staff, *, now: datetime) -> None:
        self.story, self.staff, self.now = story, staff, now
        self.people = story.contacts
        self.distribution = self._rules()
        self.placed: dict[int, Placed] = {}
        self.owners = [self._owner(index, person) for index, person in enumerate(self.people)]
        self.transitions: list[Row] = []
        self.intervals: list[Row] = []
        self.mql_rows: dict[int, int] = {}

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
        self._ledger()
        settle_sequences(Company, Contact, Touchpoint, Transition, StageInterval)
        self._handoffs()
        self._objectives()

    def _rules(self) -> list[tuple[datetime, RuleVersion]]:
        """The versions of the rule on distribution that were ever in force, the last first."""
        versions = RuleVersion.objects.filter(
            rule__key=RuleKey.DISTRIBUTION, agreement__state__in=(State.IN_FORCE, State.SUPERSEDED)
        ).select_related("agreement")
        dated = [(v.agreement.in_force_from, v) for v in versions if v.agreement.in_force_from]
        return sorted(dated, key=lambda pair: pair[0], reverse=True)

    def _rule_at(self, at: datetime) -> RuleVersion:
        return next((v for since, v in self.distribution if since <= at), self.distribution[-1][1])

    def _owner(self, index: int, person: ContactStory) -> User | None:
        """The rep who works an MQL: in turn, of its territory since there are any.

        Of what waits today most is with whoever signs in as a rep, among it what is late and what is soon due, and
        nothing with whoever is away.
        """
        told, reps = person.handoff, self.staff.reps
        if told is None or told.waits:
            return None
        pool: Sequence[User] = reps
        if territories_of(self._rule_at(told.at).parameters):
            pool = reps_of(self.story.companies[person.company].country, self.staff)
        if told.live is None:
            return pool[index % len(pool)]
        first, *others = [rep for rep in pool if rep != reps[AWAY_SEAT]]
        turns = [first, first, *islice(cycle(others), 3)]
        return turns[told.live % len(turns)]

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

    def _ledger(self) -> None:
        """Stage, status, owner and consent rows with the stage intervals they open, ids in the order of time."""
        rows = sorted(self._changes(), key=lambda row: row[0])
        definitions = {d.stage_id: d.pk for d in StageDefinition.objects.in_force()}
        of_statuses = {d.status_id: d.pk for d in StatusDefinition.objects.in_force()}
        decided = self._decided(rows)
        open_since: dict[int, tuple[str, datetime, int, datetime | None]] = {}
        for number, (at, index, kind, before, after, by, why) in enumerate(rows, start=1):
            by_rule = kind == TransitionKind.STAGE and by is None
            facts = decided.get((index + 1, after), {}) if by_rule else {}
            by_hand = by_rule and not facts
            actor = self.staff.marketers[index % 2].pk if by_hand else by
            self.transitions.append(
                (
                    number, index + 1, kind, before, after, at, at,
                    Origin.PERSON if actor else Origin.RULE, actor, definitions.get(after) if facts else None,
                    of_statuses.get(after) if kind == TransitionKind.STATUS else None,
                    facts, words.MOVED_BY_HAND if by_hand else why,
                )
            )  # fmt: skip
            if kind == TransitionKind.STAGE:
                self._enter(open_since, index, after, at, number)
        for index, (stage, since, number, previous) in open_since.items():
            self.intervals.append((index + 1, stage, since, None, previous, number))
        copy_in(
            Transition,
            (
                "id contact kind from_value to_value at recorded_at origin actor definition status_definition"
                " facts reason"
            ).split(),
            self.transitions,
        )
        copy_in(
            StageInterval,
            ("contact", "stage", "entered_at", "left_at", "previous_left_at", "transition"),
            self.intervals,
        )

    def _decided(self, rows: Iterable[Row]) -> dict[tuple[int, str], dict[str, Any]]:
        """The facts of the entries that the definitions decide, by contact and stage."""
        entries = (
            Entry(index + 1, after, at)
            for at, index, kind, _, after, actor, _ in rows
            if kind == TransitionKind.STAGE and actor is None
        )
        return deciding_facts_of(entries, self.people)

    def _enter(
        self,
        open_since: dict[int, tuple[str, datetime, int, datetime | None]],
        index: int,
        stage: str,
        at: datetime,
        number: int,
    ) -> None:
        previous = None
        if index in open_since:
            left, since, opened_by, before = open_since[index]
            self.intervals.append((index + 1, left, since, at, before, opened_by))
            previous = at
        open_since[index] = (stage, at, number, previous)
        if stage == StageKey.MARKETING_QUALIFIED:
            self.mql_rows[index] = number

    def _changes(self) -> Iterator[tuple[datetime, int, str, str, str, int | None, str]]:
        """(at, position, kind, from, to, actor, reason) of everybody, in no order."""
        for index, person in enumerate(self.people):
            before = ""
            owner = self.owners[index]
            for stage, at in person.stages:
                by_person = stage in (StageKey.SALES_QUALIFIED,) and owner is not None
                yield (
                    at,
                    index,
                    TransitionKind.STAGE,
                    before,
                    stage,
                    owner.pk if by_person and owner else None,
                    "",
                )
                before = stage
            if owner is not None and person.handoff is not None:
                assigned, by = self._assigned_at(index, person.handoff), self._given_by(index, person.handoff)
                yield assigned, index, TransitionKind.OWNER, "", str(owner.pk), by.pk if by else None, ""
            if person.status != "new" and person.status_at is not None:
                actor = owner.pk if owner else None
                yield from self._status_changes(index, person, actor)

    def _status_changes(
        self, index: int, person: ContactStory, actor: int | None
    ) -> Iterator[tuple[datetime, int, str, str, str, int | None, str]]:
        at, contacted = person.status_at, person.handoff and person.handoff.contacted_at
        assert at is not None
        if person.status == "in_progress" or not contacted or contacted >= at:
            yield at, index, TransitionKind.STATUS, "new", person.status, actor, ""
            return
        yield contacted, index, TransitionKind.STATUS, "new", "in_progress", actor, ""
        told = person.handoff
        refused = Handoff.RejectReason(told.reason).label if told and told.reason else ""
        reason = ": ".join(filter(None, (str(refused), told.note if told else "")))
        yield at, index, TransitionKind.STATUS, "in_progress", person.status, actor, reason
        if person.back_at:
            yield person.back_at, index, TransitionKind.STATUS, person.status, "new", None, ""

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

    def _handoffs(self) -> None:
        contracts = self._contracts()
        self.placed = self._territories()
        made = Handoff.objects.bulk_create(
            self._handoff(index, person, contracts)
            for index, person in enumerate(self.people)
            if person.handoff and index in self.mql_rows
        )
        Assignment.objects.bulk_create(step for handoff in made for step in self._steps(handoff))
        start_clocks(made)
        stop_touched(at=self.now)
        running = Clock.objects.filter(stopped_at=None, handoff__decided_at__isnull=False)
        for clock in running.select_related("handoff"):
            if clock.handoff.decided_at:
                stop_clocks([clock.handoff], reason=clock.handoff.state, at=clock.handoff.decided_at)
        breach_stopped_late(list(Clock.objects.values_list("pk", flat=True)), at=self.now)
        while breach_overdue(at=self.now, limit=1000):
            pass

    def _contracts(self) -> list[tuple[datetime, ContractVersion]]:
        versions = ContractVersion.objects.filter(
            agreement__state__in=(State.IN_FORCE, State.SUPERSEDED)
        ).select_related("agreement")
        dated = [(v.agreement.in_force_from, v) for v in versions if v.agreement.in_force_from]
        return sorted(dated, key=lambda pair: pair[0], reverse=True)

    def _territories(self) -> dict[int, Placed]:
        """By contact, the territory of what came since there are any; where somebody is does not change here."""
        (since, rule), *_older = self.distribution
        recent = [index + 1 for index, p in enumerate(self.people) if p.handoff and p.handoff.at >= since]
        return placed(recent, territories_of(rule.parameters), at=self.now)

    def _handoff(
        self, index: int, person: ContactStory, contracts: list[tuple[datetime, ContractVersion]]
    ) -> Handoff:
        told, owner = person.handoff, self.owners[index]
        assert told is not None
        return Handoff(
            transition_id=self.mql_rows[index],
            contact_id=index + 1,
            contract=next((v for since, v in contracts if since <= told.at), contracts[-1][1]),
            lane=Handoff.Lane.REQUEST if told.request else Handoff.Lane.STANDARD,
            entered_at=told.at,
            state=told.decision or (Handoff.State.ASSIGNED if owner else Handoff.State.WAITING),
            rep=owner,
            assigned_at=self._assigned_at(index, told) if owner else None,
            decided_at=told.decided_at if told.decision else None,
            decided_by=owner if told.decision else None,
            reject_reason=told.reason,
            note=told.note,
            recontact_on=told.recontact_on,
            answer="Thank you: the rule that let this one in is being looked at." if told.answered_at else "",
            answered_at=told.answered_at,
            answered_by=self.staff.marketers[0] if told.answered_at else None,
        )

    def _steps(self, handoff: Handoff) -> Iterator[Assignment]:
        """Dealt in turn, but for the few that lay in the overflow, and one in thirty that a manager gave away."""
        index = handoff.contact_id - 1
        told = self.people[index].handoff
        assert told is not None  # whoever has a handoff was told of one
        place = self.placed.get(handoff.contact_id)
        if self._lay(index, told):
            yield self._overflow(handoff, place)
        if handoff.rep is None or handoff.assigned_at is None:
            return
        by = self._given_by(index, told)
        yield Assignment(
            handoff=handoff,
            at=handoff.assigned_at,
            how=Assignment.How.GIVEN if by else Assignment.How.DEALT,
            rep=handoff.rep,
            by=by,
            rule=None if by else self._rule_at(handoff.assigned_at),
            is_first=True,
            territory=place.territory.name if place and not by else "",
            deciding=place.deciding if place and not by else [],
        )

    def _overflow(self, handoff: Handoff, place: Placed | None) -> Assignment:
        reps = [rep.pk for rep in self.staff.reps]
        pool = reps if place is None or place.pool.opens else sorted(place.pool.reps)
        return Assignment(
            handoff=handoff,
            at=handoff.entered_at,
            how=Assignment.How.OVERFLOW,
            considered=[{"rep": rep, "taken": 20, "cap": 20, "skipped": "full"} for rep in pool],
            territory=place.territory.name if place else "",
            deciding=place.deciding if place else [],
            beyond=Assignment.Beyond.NOBODY_FREE if place and place.pool.opens else "",
        )

    def _assigned_at(self, index: int, told: HandoffStory) -> datetime:
        """At once, but for the few that lay in the overflow for a night: those are handed over late."""
        if self._lay(index, told) and told.contacted_at:
            return told.contacted_at - timedelta(minutes=1)
        return told.at + timedelta(seconds=2)

    def _lay(self, index: int, told: HandoffStory) -> bool:
        """Whether nobody could take it at first."""
        if index % 17 != 3 or told.live is not None or told.contacted_at is None:
            return False
        return told.contacted_at - told.at > timedelta(minutes=2)

    def _given_by(self, index: int, told: HandoffStory) -> User | None:
        return self.staff.sales_manager if index % 31 == 3 and not self._lay(index, told) else None

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
