"""Contacts and what happened to them: a valid minimum, already recorded, without going through the doors."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from leads.models import (
    Answer,
    AppliedTactic,
    Axis,
    BulkChange,
    Campaign,
    Cell,
    Company,
    Contact,
    ContactScore,
    Deal,
    DealStage,
    ExchangeRate,
    ExternalId,
    ImportRun,
    Origin,
    PlaybookRun,
    PlaybookTask,
    PlaybookVersion,
    Quiz,
    QuizCase,
    Replay,
    ScoringGroup,
    ScoringModel,
    ScoringRule,
    Source,
    StageInterval,
    TacticsVersion,
    Touchpoint,
    Transition,
    TransitionKind,
)
from lifecycle.models import StageDefinition, StatusDefinition, Term
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.agreements import AgreementFactory
from tests.factories.moments import INSTALLED, NOW, ago


class SourceFactory(DjangoModelFactory[Source]):
    class Meta:
        model = Source

    key = factory.Sequence(lambda n: f"source_{n}")
    name_en = factory.Sequence(lambda n: f"Source {n}")


class CampaignFactory(DjangoModelFactory[Campaign]):
    class Meta:
        model = Campaign

    name = factory.Sequence(lambda n: f"Campaign {n}")
    source = factory.SubFactory(SourceFactory)


class CompanyFactory(DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Atelier {n}")
    domain = factory.Sequence(lambda n: f"atelier{n}.test")
    created_at = INSTALLED
    updated_at = INSTALLED


class ContactFactory(DjangoModelFactory[Contact]):
    """Without a stage; with `stage_id="mql"` also the ledger row and the open interval that brought it there."""

    class Meta:
        model = Contact
        skip_postgeneration_save = True

    first_name = "Nadia"
    last_name = factory.Sequence(lambda n: f"Benali{n}")
    email = factory.Sequence(lambda n: f"nadia.benali{n}@client.test")
    stage_since = factory.LazyAttribute(
        lambda contact: ago(days=10) if getattr(contact, "stage_id", None) else None
    )
    status_since = ago(days=30)
    created_at = ago(days=30)
    updated_at = ago(days=30)

    @factory.post_generation  # type: ignore[untyped-decorator]  # factory-boy has no types
    def history(contact: Contact, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805  # factory-boy's form
        if create and contact.stage_id and contact.stage_since:
            in_stage_since(contact, contact.stage_id, contact.stage_since)


def in_stage_since(contact: Contact, stage: str, at: datetime) -> StageInterval:
    """The first stage of a contact, as the door would have recorded it."""
    entry = TransitionFactory.create(contact=contact, to_value=stage, at=at)
    return StageInterval.objects.create(contact=contact, stage_id=stage, entered_at=at, transition=entry)


class TransitionFactory(DjangoModelFactory[Transition]):
    class Meta:
        model = Transition

    contact = factory.SubFactory(ContactFactory)
    kind = TransitionKind.STAGE
    to_value = "lead"
    at = NOW
    recorded_at = factory.SelfAttribute("at")
    origin = Origin.RULE


class TouchpointFactory(DjangoModelFactory[Touchpoint]):
    class Meta:
        model = Touchpoint

    contact = factory.SubFactory(ContactFactory)
    kind = "page_view"
    occurred_at = NOW
    recorded_at = factory.SelfAttribute("occurred_at")
    origin = "test"
    key = factory.Sequence(lambda n: f"event-{n}")


class ContactScoreFactory(DjangoModelFactory[ContactScore]):
    """Under the model in force of the defaults."""

    class Meta:
        model = ContactScore

    contact = factory.SubFactory(ContactFactory)
    fit = 70
    engagement = 60
    model = factory.LazyFunction(lambda: ScoringModel.objects.in_force().get())
    scored_at = NOW


class AppliedTacticFactory(DjangoModelFactory[AppliedTactic]):
    """By the version in force of the defaults; a call with a target that is ready."""

    class Meta:
        model = AppliedTactic

    contact = factory.SubFactory(ContactFactory)
    version = factory.LazyFunction(lambda: TacticsVersion.objects.in_force().get(cell=Cell.TARGET_READY))
    tactic = "call"
    actor = factory.SubFactory(UserFactory)
    at = NOW
    key = factory.LazyFunction(uuid4)


class PlaybookRunFactory(DjangoModelFactory[PlaybookRun]):
    """By the version in force of the defaults; ten days in SQL."""

    class Meta:
        model = PlaybookRun

    contact = factory.SubFactory(ContactFactory, stage_id="sql")
    stay = factory.LazyAttribute(lambda run: run.contact.stage_intervals.get(left_at=None))
    version = factory.LazyFunction(lambda: PlaybookVersion.objects.in_force().get(stage="sql"))
    began_at = factory.LazyAttribute(lambda run: run.stay.entered_at)
    promote_by = factory.LazyAttribute(lambda run: run.began_at + timedelta(days=45))


class PlaybookTaskFactory(DjangoModelFactory[PlaybookTask]):
    class Meta:
        model = PlaybookTask

    run = factory.SubFactory(PlaybookRunFactory)
    task = "need"
    position = 2
    due_at = factory.LazyAttribute(lambda task: task.run.began_at + timedelta(days=5))


class ExternalIdFactory(DjangoModelFactory[ExternalId]):
    class Meta:
        model = ExternalId

    contact = factory.SubFactory(ContactFactory)
    system = "hubspot"
    value = factory.Sequence(str)


class AnswerFactory(DjangoModelFactory[Answer]):
    class Meta:
        model = Answer

    contact = factory.SubFactory(ContactFactory)
    question = Answer.Question.NEED
    text = "Replace the spreadsheets"
    answered_at = NOW


class DealFactory(DjangoModelFactory[Deal]):
    """Open; `won=True` and `lost=True` close it at NOW."""

    class Meta:
        model = Deal

    class Params:
        won = factory.Trait(stage=DealStage.WON, closed_at=NOW)
        lost = factory.Trait(stage=DealStage.LOST, closed_at=NOW, lost_reason="price")

    contact = factory.SubFactory(ContactFactory)
    name = factory.Sequence(lambda n: f"Deal {n}")
    amount_cents = 1_200_000
    opened_at = ago(days=5)
    created_at = factory.SelfAttribute("opened_at")


class ScoringModelFactory(DjangoModelFactory[ScoringModel]):
    """A draft without rules, beside the default in force."""

    class Meta:
        model = ScoringModel

    agreement = factory.SubFactory(AgreementFactory, subject="scoring", number=2)


class ScoringGroupFactory(DjangoModelFactory[ScoringGroup]):
    class Meta:
        model = ScoringGroup

    model = factory.SubFactory(ScoringModelFactory)
    axis = Axis.ENGAGEMENT
    key = factory.Sequence(lambda n: f"group-{n}")
    label_en = factory.Sequence(lambda n: f"Group {n}")


class ScoringRuleFactory(DjangoModelFactory[ScoringRule]):
    """Ten points for each page view, without decay; `axis="fit", kind="", criteria=…` for a fit rule."""

    class Meta:
        model = ScoringRule

    model = factory.SubFactory(ScoringModelFactory)
    axis = Axis.ENGAGEMENT
    position = factory.Sequence(lambda n: n)
    label_en = factory.Sequence(lambda n: f"Rule {n}")
    points = 10
    kind = "page_view"


class BulkChangeFactory(DjangoModelFactory[BulkChange]):
    """An owner taken from one contact, not begun yet."""

    class Meta:
        model = BulkChange

    change = BulkChange.Kind.OWNER
    contact_ids = factory.LazyFunction(lambda: [ContactFactory.create().pk])
    contact_count = factory.LazyAttribute(lambda run: len(run.contact_ids))
    asked_by = factory.SubFactory(MarketerFactory)
    asked_at = NOW


class ImportRunFactory(DjangoModelFactory[ImportRun]):
    class Meta:
        model = ImportRun

    file_name = "contacts.csv"
    stored_name = factory.Sequence(lambda n: f"stored-{n}.csv")
    size_bytes = 100
    sha256 = "0" * 64
    shape = factory.LazyFunction(
        lambda: {
            "kind": "csv",
            "encoding": "utf-8",
            "separator": ",",
            "headings": ["Email"],
            "rows": 1,
            "is_complete": True,
            "filled": [1.0],
            "samples": [["ana@client.test"]],
            "types": ["text"],
            "date_order": "dmy",
            "decimal": ".",
        }
    )
    mapping = factory.LazyFunction(lambda: {"columns": {"Email": {"target": "email"}}})
    created_at = NOW


class QuizFactory(DjangoModelFactory[Quiz]):
    """On the definition of a lead that is in force; without cases."""

    class Meta:
        model = Quiz

    term = factory.LazyFunction(lambda: Term.objects.get(covers="stage:lead"))
    definition = factory.LazyFunction(lambda: StageDefinition.objects.in_force().get(stage="lead"))
    started_by = factory.SubFactory(UserFactory)
    started_at = NOW


class QuizCaseFactory(DjangoModelFactory[QuizCase]):
    class Meta:
        model = QuizCase

    quiz = factory.SubFactory(QuizFactory)
    position = 1
    contact = factory.SubFactory(ContactFactory)
    sheet = factory.LazyFunction(
        lambda: {
            "function": "operations",
            "seniority": "",
            "country": "FR",
            "sector": "",
            "headcount": "50–249",
            "touches": [{"kind": "demo_request", "count": 1, "days": 20}],
            "answers": ["need"],
            "quoted": False,
        }
    )
    holds = True


class ReplayFactory(DjangoModelFactory[Replay]):
    """The MQL definition in force over the last thirty days, done, with nobody found."""

    class Meta:
        model = Replay

    definition = factory.LazyFunction(lambda: StageDefinition.objects.in_force().get(stage="mql"))
    criteria = factory.LazyAttribute(lambda replay: replay.definition.criteria)
    revision = 1
    starts_at = ago(days=30)
    ends_at = NOW
    state = Replay.State.DONE
    requested_at = NOW
    finished_at = NOW


class StatusReplayFactory(ReplayFactory):
    """The same of what “Gone dark” is held against."""

    definition = factory.LazyFunction(lambda: None)
    status_definition = factory.LazyFunction(
        lambda: StatusDefinition.objects.in_force().get(status="gone_dark")
    )
    criteria = factory.LazyAttribute(lambda replay: replay.status_definition.criteria)


class ExchangeRateFactory(DjangoModelFactory[ExchangeRate]):
    """From midnight in Paris, where the company is."""

    class Meta:
        model = ExchangeRate

    into_currency = "EUR"
    currency = "CHF"
    day = date(2026, 11, 2)
    rate = Decimal("1.07")
    begins_at = factory.LazyAttribute(
        lambda rate: datetime.combine(rate.day, time(), ZoneInfo("Europe/Paris"))
    )
    set_at = NOW
