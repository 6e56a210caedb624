"""What the teams agree on, one module a noun; knows no contact; import models from here."""

from lifecycle.models.deal_stages import DealStage
from lifecycle.models.fields import Field, FieldQuerySet
from lifecycle.models.funnel import FunnelVersion, FunnelVersionQuerySet, StageContent, StatusContent
from lifecycle.models.involving import MANAGERS, Involving, Party
from lifecycle.models.procedures import (
    CRITERIA_SCOPES,
    Procedure,
    ProcedureQuerySet,
    ProcedureVersion,
    ProcedureVersionQuerySet,
    StepContent,
    Unit,
)
from lifecycle.models.responsibilities import Accountable, By, Responsibility, ResponsibilityQuerySet
from lifecycle.models.rounds import (
    DefinitionRound,
    DefinitionRoundQuerySet,
    RoundEntry,
    RoundEntryQuerySet,
    RoundVote,
    RoundVoteQuerySet,
)
from lifecycle.models.rules import (
    OWN_EVENTS,
    Rule,
    RuleEvent,
    RuleMode,
    RuleQuerySet,
    RuleVersion,
    RuleVersionQuerySet,
)
from lifecycle.models.stages import (
    DefinitionQuerySet,
    Stage,
    StageDefinition,
    StageQuerySet,
    Status,
    StatusDefinition,
    StatusDefinitionQuerySet,
    StatusQuerySet,
)
from lifecycle.models.terms import Term, TermQuerySet, TermVersion, TermVersionQuerySet
from lifecycle.models.words import KEY, in_reader_language

__all__ = [
    "CRITERIA_SCOPES",
    "KEY",
    "MANAGERS",
    "OWN_EVENTS",
    "Accountable",
    "By",
    "DealStage",
    "DefinitionQuerySet",
    "DefinitionRound",
    "DefinitionRoundQuerySet",
    "Field",
    "FieldQuerySet",
    "FunnelVersion",
    "FunnelVersionQuerySet",
    "Involving",
    "Party",
    "Procedure",
    "ProcedureQuerySet",
    "ProcedureVersion",
    "ProcedureVersionQuerySet",
    "Responsibility",
    "ResponsibilityQuerySet",
    "RoundEntry",
    "RoundEntryQuerySet",
    "RoundVote",
    "RoundVoteQuerySet",
    "Rule",
    "RuleEvent",
    "RuleMode",
    "RuleQuerySet",
    "RuleVersion",
    "RuleVersionQuerySet",
    "Stage",
    "StageContent",
    "StageDefinition",
    "StageQuerySet",
    "Status",
    "StatusContent",
    "StatusDefinition",
    "StatusDefinitionQuerySet",
    "StatusQuerySet",
    "StepContent",
    "Term",
    "TermQuerySet",
    "TermVersion",
    "TermVersionQuerySet",
    "Unit",
    "in_reader_language",
]
