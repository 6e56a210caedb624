"""Definitions, fields, terms and rules; stages and statuses come from the defaults."""

import factory
from factory.django import DjangoModelFactory

from accounts.models import Side
from agreements.models import Comment
from lifecycle.funnel import as_it_stands
from lifecycle.models import (
    Accountable,
    DefinitionRound,
    Field,
    FunnelVersion,
    Procedure,
    ProcedureVersion,
    Responsibility,
    RoundEntry,
    Rule,
    RuleVersion,
    Stage,
    StageDefinition,
    Status,
    StatusDefinition,
    Term,
    TermVersion,
)
from lifecycle.procedure_forms import EMPTY
from tests.factories.accounts import UserFactory
from tests.factories.agreements import AgreementFactory
from tests.factories.moments import INSTALLED, NOW


class StageFactory(DjangoModelFactory[Stage]):
    """A stage of the company's own, after the seven."""

    class Meta:
        model = Stage

    key = factory.Sequence(lambda n: f"stage_{n}")
    name_en = factory.Sequence(lambda n: f"Stage {n}")
    position = factory.Sequence(lambda n: 1000 + n)
    side = Side.MARKETING


class StatusFactory(DjangoModelFactory[Status]):
    class Meta:
        model = Status

    key = factory.Sequence(lambda n: f"status_{n}")
    name_en = factory.Sequence(lambda n: f"Status {n}")
    position = factory.Sequence(lambda n: 1000 + n)


class FunnelVersionFactory(DjangoModelFactory[FunnelVersion]):
    """A draft beside the default in force that says the same."""

    class Meta:
        model = FunnelVersion

    stages = factory.LazyFunction(lambda: as_it_stands().stages)
    statuses = factory.LazyFunction(lambda: as_it_stands().statuses)
    agreement = factory.SubFactory(AgreementFactory, subject="funnel", number=2)


class StageDefinitionFactory(DjangoModelFactory[StageDefinition]):
    """A draft beside the default in force; give `agreement__in_force=True` for a stage without one."""

    class Meta:
        model = StageDefinition

    stage_id = "mql"
    criteria = factory.LazyFunction(lambda: {"all": []})
    agreement = factory.SubFactory(
        AgreementFactory,
        subject=factory.LazyAttribute(lambda a: f"stage:{a.factory_parent.stage_id}"),
        number=2,
    )


class StatusDefinitionFactory(DjangoModelFactory[StatusDefinition]):
    """A draft beside the default in force, a yardstick without criteria."""

    class Meta:
        model = StatusDefinition

    status_id = "gone_dark"
    agreement = factory.SubFactory(
        AgreementFactory,
        subject=factory.LazyAttribute(lambda a: f"status:{a.factory_parent.status_id}"),
        number=2,
    )


class FieldFactory(DjangoModelFactory[Field]):
    class Meta:
        model = Field

    entity = Field.Entity.CONTACT
    key = factory.Sequence(lambda n: f"field_{n}")
    label_en = factory.Sequence(lambda n: f"Field {n}")
    type = Field.Type.TEXT
    created_at = INSTALLED


class TermFactory(DjangoModelFactory[Term]):
    class Meta:
        model = Term

    slug = factory.Sequence(lambda n: f"term-{n}")


class TermVersionFactory(DjangoModelFactory[TermVersion]):
    class Meta:
        model = TermVersion

    term = factory.SubFactory(TermFactory)
    name_en = factory.Sequence(lambda n: f"Term {n}")
    sentence_en = "What it means."
    agreement = factory.SubFactory(
        AgreementFactory,
        subject=factory.LazyAttribute(lambda a: f"term:{a.factory_parent.term.pk}"),
        in_force=True,
    )


class CommentFactory(DjangoModelFactory[Comment]):
    """Said of the draft of a term."""

    class Meta:
        model = Comment

    agreement = factory.LazyFunction(lambda: TermVersionFactory.create(agreement__in_force=False).agreement)
    author = factory.SubFactory(UserFactory)
    text = "People call back in week five."
    written_at = NOW


class RuleFactory(DjangoModelFactory[Rule]):
    class Meta:
        model = Rule

    key = factory.Sequence(lambda n: f"rule_{n}")
    number = factory.Sequence(lambda n: 1000 + n)


class RuleVersionFactory(DjangoModelFactory[RuleVersion]):
    class Meta:
        model = RuleVersion

    rule = factory.SubFactory(RuleFactory)
    question_en = "What do we do?"
    text_en = "We do it."
    agreement = factory.SubFactory(
        AgreementFactory,
        subject=factory.LazyAttribute(lambda a: f"rule:{a.factory_parent.rule.key}"),
        in_force=True,
    )


class DefinitionRoundFactory(DjangoModelFactory[DefinitionRound]):
    class Meta:
        model = DefinitionRound

    term = factory.LazyFunction(lambda: TermVersionFactory.create().term)
    started_by = factory.SubFactory(UserFactory)
    started_at = INSTALLED
    due_at = NOW


class RoundEntryFactory(DjangoModelFactory[RoundEntry]):
    class Meta:
        model = RoundEntry

    round = factory.SubFactory(DefinitionRoundFactory)
    user = factory.SubFactory(UserFactory)


class ProcedureFactory(DjangoModelFactory[Procedure]):
    class Meta:
        model = Procedure

    slug = factory.Sequence(lambda n: f"procedure-{n}")


class ProcedureVersionFactory(DjangoModelFactory[ProcedureVersion]):
    class Meta:
        model = ProcedureVersion

    procedure = factory.SubFactory(ProcedureFactory)
    name_en = factory.Sequence(lambda n: f"Procedure {n}")
    steps = factory.LazyFunction(lambda: [{**EMPTY, "what_en": "Calls."}])
    agreement = factory.SubFactory(
        AgreementFactory,
        subject=factory.LazyAttribute(lambda a: f"procedure:{a.factory_parent.procedure.pk}"),
        in_force=True,
    )


class ResponsibilityFactory(DjangoModelFactory[Responsibility]):
    """Of a stage of its own: the seven have theirs."""

    class Meta:
        model = Responsibility

    stage = factory.SubFactory(StageFactory)
    side = Side.SALES
    accountable = Accountable.OWNER
    owes_en = "owes an answer"
    agreement = factory.SubFactory(
        AgreementFactory,
        subject=factory.LazyAttribute(lambda a: f"responsibility:{a.factory_parent.stage.key}"),
        in_force=True,
    )
