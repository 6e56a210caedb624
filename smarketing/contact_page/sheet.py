"""Reads one contact with everything small that stands around it, in one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject, Now

from accounts.models import User
from leads.access import OWNING
from leads.messaging.sets import (
    bounced,
    held_until,
    kept_for_deals,
    last_sales_touch,
    messages,
    owned_since,
)
from leads.messaging.terms import CELLS, speaking, terms_of
from leads.messaging.verdict import Sent, Terms
from leads.models import (
    Answer,
    Consent,
    Contact,
    ContactQuerySet,
    Deal,
    DealStage,
    ScoringRule,
    StageInterval,
    Transition,
    TransitionKind,
)
from leads.touchpoint_kinds import PERSONAL_MESSAGES
from lib.statements import Statement, stand_in
from lifecycle.keys import RuleKey
from lifecycle.models import Responsibility, RuleVersion, Stage, StageDefinition, Status, in_reader_language
from personas.models import PersonaVersion
from sla.models import Handoff
from smarketing.contact_page.playbook import Run, run_cells, runs_of
from smarketing.contact_page.promises import promise_cells, promise_events
from smarketing.contact_page.tactics import (
    Applied,
    Stands,
    applied_cells,
    applied_of,
    cell_cells,
    stands_of,
)
from smarketing.contact_page.timeline import Event

DEALS = 8
MESSAGES_READ = 150
"""The last ones: more than a cap may admit, and than anybody should get in six weeks."""
RELATED = (
    "company",
    "stage",
    "status",
    "owner__team",
    "marketing_owner__team",
    "created_by",
    "source",
    "campaign",
    "score__model__agreement",
)
HOW_IT_CAME: Final = {
    "at": F("at"),
    "origin": F("origin"),
    "first": F("actor__first_name"),
    "last": F("actor__last_name"),
    "reason": F("reason"),
    "facts": F("facts"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A stage or a status one may move to. `side` and `position` are of stages, `needs_…` of statuses."""

    key: str
    name: str
    position: int
    side: str = ""
    needs_reason: bool = False
    needs_date: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """One of the four questions; without text it is not known."""

    question: str
    label: str
    text: str = ""
    via: str = ""
    actor: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DealLine:
    pk: int
    name: str
    amount_cents: int
    currency: str
    stage: str
    label: str
    at: datetime

    @property
    def is_open(self) -> bool:
        return self.stage not in (DealStage.WON, DealStage.LOST)


@dataclass(frozen=True, slots=True)
class Won:
    """What the contact's company has bought, in one currency."""

    cents: int
    currency: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """How the contact came into its stage or status; `criteria` are of the definition that it was held against."""

    at: datetime
    origin: str
    actor: str
    reason: str
    facts: dict[str, Any]
    criteria: Any
    number: int | None
    before: str = ""


@dataclass(frozen=True, slots=True)
class NextStage:
    """What comes next; `is_automatic` where the definition decides and not a person."""

    key: str
    name: str
    criteria: Any
    is_automatic: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """Who answers in the contact's stage, for what and by when, as agreed; `person` where it is one by name.

    `consulted` and `informed` are parties (lifecycle.models.Party), each with a person by name, by number, or none.
    """

    side: str
    accountable: str
    person: str
    owes: str
    by: str
    days: int | None
    consulted: Sequence[str]
    consulted_person: dict[int, str]
    informed: Sequence[str]
    informed_person: dict[int, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The contact and what stands around it."""

    contact: Contact
    all_stages: list[Choice]
    statuses: list[Choice]
    people: list[User]
    answers: list[Known]
    deals: list[DealLine]
    entered: Mapping[str, datetime]
    entry: Entry | None
    status_entry: Entry | None
    next_stage: NextStage | None
    duty: Duty | None
    persona: str
    rule_count: int
    promises: list[Event]
    won: list[Won]
    stands: Stands | None
    applied: list[Applied]
    terms: Terms
    sent: list[Sent]
    has_bounced: bool
    runs: list[Run]
    steward: str

    @property
    def stages(self) -> list[Choice]:
        """Those in use."""
        return [stage for stage in self.all_stages if stage.is_active]

    @property
    def names(self) -> dict[tuple[str, str], str]:
        """What the keys of the ledger are called, by kind of change and key."""
        named = {("stage", stage.key): stage.name for stage in self.all_stages}
        named |= {("status", status.key): status.name for status in self.statuses}
        return named | {("consent", key): str(label) for key, label in Consent.choices}

    @property
    def known_count(self) -> int:
        return sum(bool(answer.text) for answer in self.answers)


def read_sheet(user: User, contact_id: int) -> Sheet | None:
    """The sheet of a contact the person sees; None otherwise. One query."""
    seen = _seen_by(user.role, is_active=user.is_active, has_team=user.team_id is not None)
    found: Any = next(iter(seen.rows(contact_id, user.pk, user.team_id or 0)), None)
    if found is None:
        return None
    return Sheet(
        contact=found,
        all_stages=[_choice(row) for row in found.stage_rows],
        statuses=[_choice(row) for row in found.status_rows],
        people=[User(**row) for row in found.people_rows],
        answers=_answers(found.answer_rows),
        deals=[_deal(row) for row in found.deal_rows],
        entered={row["stage"]: datetime.fromisoformat(row["at"]) for row in found.interval_rows},
        entry=next((_entry(row) for row in found.entry_rows), None),
        status_entry=next((_entry(row) for row in found.status_entry_rows), None),
        next_stage=next(
            (
                NextStage(row["key"], _named(row), row["criteria"], row["is_automatic"])
                for row in found.next_rows
            ),
            None,
        ),
        duty=next((_duty(row) for row in found.duty_rows), None),
        persona=next((_named(row) for row in found.persona_rows), ""),
        rule_count=found.rule_count or 0,
        promises=promise_events(found.promise_rows),
        won=[_won(row) for row in found.won_rows],
        stands=stands_of(found.cell_rows),
        applied=applied_of(found.applied_rows),
        terms=terms_of(found.term_rows),
        sent=[_sent(row) for row in found.message_rows],
        has_bounced=found.has_bounced,
        runs=runs_of(found.run_rows),
        steward=next((str(row["steward"] or "") for row in found.steward_rows), ""),
    )


def read_handoff(contact_id: int) -> Handoff | None:
    """The latest handoff, with its rep, contract, and first-contact clock, its calendar and breach. One query."""
    return next(iter(HANDOFF.rows(contact_id)), None)


def _latest_handoff() -> QuerySet[Handoff]:
    rows = Handoff.objects.filter(contact=stand_in(0)).with_first_contact()
    related = (
        "rep__team",
        "decided_by",
        "contract__agreement",
        "first_contact__calendar",
        "first_contact__breach",
        "first_contact__rule__rule",
        "first_contact__rule__agreement",
    )
    return rows.select_related(*related).order_by("-entered_at", "-pk")[:1]


HANDOFF: Final = Statement(_latest_handoff)


@cache
def _seen_by(role: str, *, is_active: bool, has_team: bool) -> Statement[Contact]:
    """One contact as such a person sees it, of three ids: the contact, the person, the team."""
    team = stand_in(2) if has_team else None
    reader = User(pk=stand_in(1), team_id=team, role=role, is_active=is_active)
    return Statement(lambda: with_surroundings().visible_to(reader).filter(pk=stand_in(0)))


def with_surroundings() -> ContactQuerySet:
    """Contacts with small lists around them."""
    of_contact = {"contact": OuterRef("pk")}
    names = {"name_en": F("name_en"), "name_fr": F("name_fr")}
    rules = ScoringRule.objects.filter(model=OuterRef("score__model")).order_by().values("model")
    return (
        Contact.objects.order_by("pk")
        .select_related(*RELATED)
        .annotate(
            stage_rows=_listed(
                Stage.objects.order_by("position"),
                key=F("key"),
                position=F("position"),
                side=F("side"),
                is_active=F("is_active"),
                **names,
            ),
            status_rows=_listed(
                Status.objects.order_by("position"),
                key=F("key"),
                position=F("position"),
                needs_reason=F("needs_reason"),
                needs_date=F("needs_date"),
                **names,
            ),
            people_rows=_listed(
                User.objects.active().filter(role__in=OWNING).order_by("first_name", "last_name", "pk"),
                id=F("pk"),
                first_name=F("first_name"),
                last_name=F("last_name"),
                role=F("role"),
                team_id=F("team_id"),
            ),
            answer_rows=_listed(
                Answer.objects.filter(**of_contact)
                .order_by("question", "-answered_at", "-pk")
                .distinct("question"),
                question=F("question"),
                text=F("text"),
                via=F("via"),
                at=F("answered_at"),
                first=F("actor__first_name"),
                last=F("actor__last_name"),
            ),
            deal_rows=_listed(
                Deal.objects.filter(**of_contact).order_by("-opened_at", "-pk")[:DEALS],
                pk=F("pk"),
                name=F("name"),
                cents=F("amount_cents"),
                currency=F("currency"),
                stage=F("stage"),
                opened=F("opened_at"),
                closed=F("closed_at"),
            ),
            interval_rows=_listed(
                StageInterval.objects.filter(**of_contact).order_by("entered_at"),
                stage=F("stage_id"),
                at=F("entered_at"),
            ),
            entry_rows=_listed(
                Transition.objects.of_stage().filter(**of_contact).order_by("-at", "-pk")[:1],
                criteria=F("definition__criteria"),
                number=F("definition__agreement__number"),
                **HOW_IT_CAME,
            ),
            status_entry_rows=_listed(
                Transition.objects.filter(kind=TransitionKind.STATUS, **of_contact).order_by("-at", "-pk")[
                    :1
                ],
                before=F("from_value"),
                criteria=F("status_definition__criteria"),
                number=F("status_definition__agreement__number"),
                **HOW_IT_CAME,
            ),
            next_rows=_listed(
                StageDefinition.objects.in_force()
                .filter(stage__is_active=True, stage__position__gt=OuterRef("stage__position"))
                .order_by("stage__position")[:1],
                key=F("stage_id"),
                criteria=F("criteria"),
                is_automatic=F("is_automatic"),
                name_en=F("stage__name_en"),
                name_fr=F("stage__name_fr"),
            ),
            duty_rows=_listed(
                Responsibility.objects.in_force().filter(stage=OuterRef("stage")).order_by("pk")[:1],
                side=F("side"),
                accountable=F("accountable"),
                first=F("person__first_name"),
                last=F("person__last_name"),
                owes_en=F("owes_en"),
                owes_fr=F("owes_fr"),
                by=F("by"),
                days=F("days"),
                consulted=F("consulted"),
                consulted_id=F("consulted_person"),
                consulted_first=F("consulted_person__first_name"),
                consulted_last=F("consulted_person__last_name"),
                informed=F("informed"),
                informed_id=F("informed_person"),
                informed_first=F("informed_person__first_name"),
                informed_last=F("informed_person__last_name"),
            ),
            persona_rows=_listed(
                PersonaVersion.objects.in_force().filter(persona=OuterRef("persona")).order_by("pk")[:1],
                **names,
            ),
            promise_rows=ArraySubquery(promise_cells()),
            cell_rows=ArraySubquery(cell_cells()),
            applied_rows=ArraySubquery(applied_cells()),
            term_rows=_listed(speaking(), **CELLS),
            message_rows=_listed(
                messages(OuterRef("pk"))[:MESSAGES_READ], kind=F("kind"), at=F("occurred_at")
            ),
            has_bounced=bounced(),
            touched_at=last_sales_touch(Now()),
            owned_since=owned_since(),
            has_kept_deals=kept_for_deals(),
            held_until=held_until(),
            run_rows=ArraySubquery(run_cells()),
            steward_rows=_listed(
                RuleVersion.objects.in_force().filter(rule__key=RuleKey.DEAL_INFORMATION).order_by("pk")[:1],
                steward=F("parameters__steward"),
            ),
            won_rows=_listed(
                Deal.objects.filter(company=OuterRef("company"), stage=DealStage.WON)
                .order_by()
                .values("currency")
                .annotate(cents=Sum("amount_cents"), n=Count("pk"), last=Max("closed_at"))
                .order_by("-cents"),
                cents=F("cents"),
                sold_in=F("currency"),
                n=F("n"),
                last=F("last"),
            ),
            rule_count=Subquery(rules.annotate(n=Count("pk")).values("n")),
        )
    )


def _listed(rows: QuerySet[Any], **cells: Any) -> ArraySubquery:
    """The rows as a list of objects in one column, so that small things around a contact cost no query each."""
    return ArraySubquery(rows.values(object=JSONObject(**cells)))


def _named(row: Mapping[str, Any]) -> str:
    return in_reader_language(row["name_en"], row["name_fr"])


def _actor(row: Mapping[str, Any], of: str = "") -> str:
    return f"{row[f'{of}first'] or ''} {row[f'{of}last'] or ''}".strip()


def _by_name(row: Mapping[str, Any], of: str) -> dict[int, str]:
    return {row[f"{of}id"]: _actor(row, of)} if row[f"{of}id"] else {}


def _sent(row: Mapping[str, Any]) -> Sent:
    return Sent(datetime.fromisoformat(row["at"]), row["kind"] in PERSONAL_MESSAGES)


def _duty(row: Mapping[str, Any]) -> Duty:
    owes = in_reader_language(row["owes_en"], row["owes_fr"])
    return Duty(
        side=row["side"],
        accountable=row["accountable"],
        person=_actor(row),
        owes=owes,
        by=row["by"],
        days=row["days"],
        consulted=row["consulted"],
        consulted_person=_by_name(row, "consulted_"),
        informed=row["informed"],
        informed_person=_by_name(row, "informed_"),
    )


def _choice(row: Mapping[str, Any]) -> Choice:
    return Choice(
        row["key"],
        _named(row),
        row["position"],
        row.get("side", ""),
        row.get("needs_reason", False),
        row.get("needs_date", False),
        row.get("is_active", True),
    )


def _answers(rows: Iterable[Mapping[str, Any]]) -> list[Known]:
    """All four questions in their order, answered or not."""
    given = {row["question"]: row for row in rows}
    return [
        Known(
            question.value,
            str(question.label),
            row["text"],
            row["via"],
            _actor(row),
            datetime.fromisoformat(row["at"]),
        )
        if (row := given.get(question.value))
        else Known(question.value, str(question.label))
        for question in Answer.Question
    ]


def _deal(row: Mapping[str, Any]) -> DealLine:
    return DealLine(
        row["pk"],
        row["name"],
        row["cents"],
        row["currency"],
        row["stage"],
        str(DealStage(row["stage"]).label),
        datetime.fromisoformat(row["closed"] or row["opened"]),
    )


def _won(row: Mapping[str, Any]) -> Won:
    return Won(row["cents"], row["sold_in"], row["n"], datetime.fromisoformat(row["last"]))


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        datetime.fromisoformat(row["at"]),
        row["origin"],
        _actor(row),
        row["reason"],
        row["facts"],
        row["criteria"],
        row["number"],
        row.get("before", ""),
    )
