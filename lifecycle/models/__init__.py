"""What the teams agree on, one module a noun; knows no contact; import models from here."""

from lifecycle.models.fields import Field, FieldQuerySet
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
    StatusQuerySet,
)
from lifecycle.models.terms import Term, TermQuerySet, TermVersion, TermVersionQuerySet
from lifecycle.models.words import KEY, in_reader_language

__all__ = [
    "KEY",
    "OWN_EVENTS",
    "DefinitionQuerySet",
    "DefinitionRound",
    "DefinitionRoundQuerySet",
    "Field",
    "FieldQuerySet",
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
    "StageDefinition",
    "StageQuerySet",
    "Status",
    "StatusQuerySet",
    "Term",
    "TermQuerySet",
    "TermVersion",
    "TermVersionQuerySet",
    "in_reader_language",
]
