"""The facts, one module a noun; import models from here."""

from leads.models.bulk import BulkChange, BulkChangeQuerySet
from leads.models.companies import Company, CompanyQuerySet
from leads.models.contacts import (
    Answer,
    Consent,
    Contact,
    ContactQuerySet,
    ContactScore,
    DirtyContact,
    ExternalId,
)
from leads.models.deals import Deal, DealQuerySet
from leads.models.erasure import Erasure, ErasureRun, RetentionHold
from leads.models.history import Entity, FieldChange
from leads.models.imports import ImportedCompany, ImportedRow, ImportMapping, ImportRefusal, ImportRun
from leads.models.ledger import Origin, StageInterval, Transition, TransitionKind, TransitionQuerySet
from leads.models.playbooks import (
    Fallback,
    KindContent,
    PlaybookRun,
    PlaybookRunQuerySet,
    PlaybookTask,
    PlaybookTaskContent,
    PlaybookTaskQuerySet,
    PlaybookVersion,
    PlaybookVersionQuerySet,
)
from leads.models.publications import Publication
from leads.models.quarantine import QuarantinedContact, QuarantinedContactQuerySet
from leads.models.quizzes import Quiz, QuizAnswer, QuizCase
from leads.models.rates import ExchangeRate, ExchangeRateQuerySet
from leads.models.replays import Replay, ReplayedContact, ReplayOccasion, ReplayStay
from leads.models.rulebook import RuleException
from leads.models.scoring import Axis, FullRescore, ScoringGroup, ScoringModel, ScoringRule
from leads.models.sending import SendCheck, SendCheckLine, SendCheckQuerySet
from leads.models.sources import Campaign, CampaignQuerySet, Source
from leads.models.tactics import (
    AppliedTactic,
    AppliedTacticQuerySet,
    Cell,
    CellStay,
    TacticContent,
    TacticKind,
    TacticsVersion,
    TacticsVersionQuerySet,
)
from leads.models.touchpoints import Touchpoint, TouchpointQuerySet
from lifecycle.models import DealStage

__all__ = [
    "Answer",
    "AppliedTactic",
    "AppliedTacticQuerySet",
    "Axis",
    "BulkChange",
    "BulkChangeQuerySet",
    "Campaign",
    "CampaignQuerySet",
    "Cell",
    "CellStay",
    "Company",
    "CompanyQuerySet",
    "Consent",
    "Contact",
    "ContactQuerySet",
    "ContactScore",
    "Deal",
    "DealQuerySet",
    "DealStage",
    "DirtyContact",
    "Entity",
    "Erasure",
    "ErasureRun",
    "ExchangeRate",
    "ExchangeRateQuerySet",
    "ExternalId",
    "Fallback",
    "FieldChange",
    "FullRescore",
    "ImportMapping",
    "ImportRefusal",
    "ImportRun",
    "ImportedCompany",
    "ImportedRow",
    "KindContent",
    "Origin",
    "PlaybookRun",
    "PlaybookRunQuerySet",
    "PlaybookTask",
    "PlaybookTaskContent",
    "PlaybookTaskQuerySet",
    "PlaybookVersion",
    "PlaybookVersionQuerySet",
    "Publication",
    "QuarantinedContact",
    "QuarantinedContactQuerySet",
    "Quiz",
    "QuizAnswer",
    "QuizCase",
    "Replay",
    "ReplayOccasion",
    "ReplayStay",
    "ReplayedContact",
    "RetentionHold",
    "RuleException",
    "ScoringGroup",
    "ScoringModel",
    "ScoringRule",
    "SendCheck",
    "SendCheckLine",
    "SendCheckQuerySet",
    "Source",
    "StageInterval",
    "TacticContent",
    "TacticKind",
    "TacticsVersion",
    "TacticsVersionQuerySet",
    "Touchpoint",
    "TouchpointQuerySet",
    "Transition",
    "TransitionKind",
    "TransitionQuerySet",
]
