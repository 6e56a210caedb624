"""The stages and statuses, and in force from the first day their definitions, the glossary and the rulebook."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from django.db import transaction

from accounts.models import Side
from agreements.defaults import install_in_force
from lifecycle.default_answers import ANSWERS
from lifecycle.default_definitions import DEFINITIONS, STATUS_DEFINITIONS
from lifecycle.default_procedures import PROCEDURES
from lifecycle.default_responsibilities import RESPONSIBILITIES
from lifecycle.default_rules import RULES
from lifecycle.default_terms import TERMS
from lifecycle.funnel import SUBJECT, as_it_stands
from lifecycle.keys import StageKey, StatusKey
from lifecycle.models import (
    Procedure,
    ProcedureVersion,
    Responsibility,
    Rule,
    RuleVersion,
    Stage,
    StageDefinition,
    Status,
    StatusDefinition,
    Term,
    TermVersion,
)

STAGES = (
    (StageKey.SUBSCRIBER, "Subscriber", "Inscrit", Side.MARKETING),
    (StageKey.LEAD, "Lead", "Lead", Side.MARKETING),
    (StageKey.MARKETING_QUALIFIED, "MQL", "MQL", Side.MARKETING),
    (StageKey.SALES_QUALIFIED, "SQL", "SQL", Side.SALES),
    (StageKey.OPPORTUNITY, "Opportunity", "Opportunité", Side.SALES),
    (StageKey.CUSTOMER, "Customer", "Client", Side.SALES),
    (StageKey.PROMOTER, "Promoter", "Ambassadeur", Side.SALES),
)

STATUSES = (
    # key, names, needs a reason, needs a day to come back, work goes on
    (StatusKey.NEW, "New", "Nouveau", False, False, True),
    (StatusKey.IN_PROGRESS, "In progress", "En cours", False, False, True),
    (StatusKey.UNQUALIFIED, "Unqualified", "Hors cible", True, False, False),
    (StatusKey.BAD_TIMING, "Bad timing", "Mauvais moment", False, True, False),
    (StatusKey.GONE_DARK, "Gone dark", "Sans réponse", False, False, False),
    (StatusKey.LOST, "Lost", "Perdu", True, False, False),
)


@transaction.atomic
def install(*, at: datetime) -> None:
    """Everything of this app that a new installation starts with; what is there already stays as it is."""
    install_stages()
    install_statuses()
    install_funnel(at=at)
    install_definitions(at=at)
    install_status_definitions(at=at)
    install_terms(at=at)
    install_rules(at=at)
    install_procedures(at=at)
    install_responsibilities(at=at)


def install_stages() -> None:
    """Insert the seven stages that are missing, ten positions apart so that others fit between."""
    Stage.objects.bulk_create(
        (
            Stage(key=key, name_en=name_en, name_fr=name_fr, side=side, position=10 * number)
            for number, (key, name_en, name_fr, side) in enumerate(STAGES, start=1)
        ),
        ignore_conflicts=True,
    )


def install_statuses() -> None:
    """Insert the six statuses that are missing."""
    Status.objects.bulk_create(
        (
            Status(
                key=key,
                name_en=name_en,
                name_fr=name_fr,
                needs_reason=needs_reason,
                needs_date=needs_date,
                is_open=is_open,
                position=10 * number,
            )
            for number, (key, name_en, name_fr, needs_reason, needs_date, is_open) in enumerate(
                STATUSES, start=1
            )
        ),
        ignore_conflicts=True,
    )


def install_funnel(*, at: datetime) -> None:
    """Put in force what the rows say, where nothing was ever agreed of them."""
    install_in_force([(SUBJECT, as_it_stands())], at=at)


def install_definitions(*, at: datetime) -> None:
    """Put in force the definition of each stage that has none."""
    install_in_force(
        (
            (
                f"stage:{default.stage}",
                StageDefinition(
                    stage_id=default.stage,
                    criteria=default.criteria,
                    is_automatic=default.is_automatic,
                    prose_en=default.prose_en,
                    prose_fr=default.prose_fr,
                ),
            )
            for default in DEFINITIONS
        ),
        at=at,
    )


def install_status_definitions(*, at: datetime) -> None:
    """Put in force the definition of each status that has none."""
    install_in_force(
        (
            (
                f"status:{default.status}",
                StatusDefinition(
                    status_id=default.status,
                    criteria=default.criteria,
                    prose_en=default.prose_en,
                    prose_fr=default.prose_fr,
                ),
            )
            for default in STATUS_DEFINITIONS
        ),
        at=at,
    )


def install_terms(*, at: datetime) -> None:
    """Insert the terms that are missing, by slug and by what they cover, each with its first version."""
    Term.objects.bulk_create(
        (Term(slug=default.slug, side=default.side, covers=default.covers) for default in TERMS),
        ignore_conflicts=True,
    )
    terms = Term.objects.in_bulk([default.slug for default in TERMS], field_name="slug")
    install_in_force(
        (
            (
                f"term:{terms[default.slug].pk}",
                TermVersion(
                    term=terms[default.slug],
                    name_en=default.name_en,
                    name_fr=default.name_fr,
                    sentence_en=default.sentence_en,
                    sentence_fr=default.sentence_fr,
                    formula=default.formula,
                    formula_fr=default.formula_fr,
                    synonyms=list(default.synonyms),
                    forbidden_synonyms=list(default.forbidden),
                    operations=dict(ANSWERS.get(default.slug, {})),
                ),
            )
            for default in TERMS
            if default.slug in terms
        ),
        at=at,
    )


def install_rules(*, at: datetime) -> None:
    """Insert the questions that are missing, each with its first answer.

    A question keeps its place among ours; where a rule of the company's own has its number already, it takes the next.
    """
    known = dict(Rule.objects.values_list("number", "key"))
    later = count(max([*known, len(RULES)]) + 1)
    Rule.objects.bulk_create(
        (
            Rule(key=default.key, number=next(later) if number in known else number)
            for number, default in enumerate(RULES, start=1)
            if default.key not in known.values()
        ),
        ignore_conflicts=True,
    )
    rules = Rule.objects.in_bulk([default.key for default in RULES], field_name="key")
    install_in_force(
        (
            (
                f"rule:{default.key}",
                RuleVersion(
                    rule=rules[default.key],
                    question_en=default.question_en,
                    question_fr=default.question_fr,
                    text_en=default.text_en,
                    text_fr=default.text_fr,
                    mode=default.mode,
                    parameters=dict(default.parameters),
                ),
            )
            for default in RULES
            if default.key in rules
        ),
        at=at,
    )


def install_procedures(*, at: datetime) -> None:
    """Insert the procedures that never were, by slug, each with its first version; what is retired stays so."""
    of_ours = Procedure.objects.filter(slug__in=[default.slug for default in PROCEDURES])
    known = set(of_ours.values_list("slug", flat=True))
    Procedure.objects.bulk_create(
        (Procedure(slug=default.slug) for default in PROCEDURES if default.slug not in known),
        ignore_conflicts=True,
    )
    procedures = {procedure.slug: procedure for procedure in of_ours.filter(versions=None)}
    install_in_force(
        (
            (
                f"procedure:{procedures[default.slug].pk}",
                ProcedureVersion(
                    procedure=procedures[default.slug],
                    name_en=default.name_en,
                    name_fr=default.name_fr,
                    purpose_en=default.purpose_en,
                    purpose_fr=default.purpose_fr,
                    scope=default.scope,
                    side=default.side,
                    steps=list(default.steps),
                    consulted=list(default.consulted),
                    informed=list(default.informed),
                ),
            )
            for default in PROCEDURES
            if default.slug in procedures
        ),
        at=at,
    )


def install_responsibilities(*, at: datetime) -> None:
    """Put in force who answers for each stage that has nobody yet."""
    install_in_force(
        (
            (
                f"responsibility:{default.stage}",
                Responsibility(
                    stage_id=default.stage,
                    side=default.side,
                    accountable=default.accountable,
                    owes_en=default.owes_en,
                    owes_fr=default.owes_fr,
                    by=default.by,
                    days=default.days,
                    consulted=list(default.consulted),
                    informed=list(default.informed),
                ),
            )
            for default in RESPONSIBILITIES
        ),
        at=at,
    )
