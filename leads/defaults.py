"""The sources, the scoring model, the tactics of each cell and the playbooks that a new installation starts with."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Side
from agreements.defaults import bring_in_force, draft_first, install_in_force
from leads.default_playbooks import PLAYBOOKS
from leads.default_scoring import ENGAGEMENT_RULES, FIT_RULES, GROUPS
from leads.default_tactics import TACTICS
from leads.models import PlaybookVersion, ScoringGroup, ScoringModel, ScoringRule, Source, TacticsVersion

SCORING = "scoring"
"""The subject of the agreement on the scoring model."""

SOURCES = (
    ("website", "Web site", "Site web", Side.MARKETING),
    ("organic_search", "Organic search", "Recherche naturelle", Side.MARKETING),
    ("paid_search", "Paid search", "Recherche payante", Side.MARKETING),
    ("social", "Social networks", "Réseaux sociaux", Side.MARKETING),
    ("paid_social", "Paid social", "Réseaux sociaux payants", Side.MARKETING),
    ("email", "E-mail", "E-mail", Side.MARKETING),
    ("webinar", "Webinars", "Webinaires", Side.MARKETING),
    ("trade_show", "Trade shows", "Salons", Side.MARKETING),
    ("referral", "Referrals", "Recommandations", Side.SALES),
    ("partner", "Partners", "Partenaires", Side.SALES),
    ("outbound", "Prospecting", "Prospection", Side.SALES),
    ("other", "Other", "Autre", Side.MARKETING),
)


@transaction.atomic
def install(*, at: datetime) -> None:
    """Everything of this app that a new installation starts with; what is there already stays as it is."""
    install_sources()
    install_scoring(at=at)
    install_tactics(at=at)
    install_playbooks(at=at)


def install_sources() -> None:
    """Insert the sources that are missing."""
    Source.objects.bulk_create(
        (
            Source(key=key, name_en=name_en, name_fr=name_fr, side=side)
            for key, name_en, name_fr, side in SOURCES
        ),
        ignore_conflicts=True,
    )


def install_scoring(*, at: datetime) -> None:
    """Put the default model in force, unless there is a model already, in force or drafted."""
    drafted = draft_first(
        [(SCORING, ScoringModel(fit_threshold=60, engagement_threshold=50, window_days=90))], at=at
    )
    if not drafted:
        return
    (model,) = drafted
    groups = ScoringGroup.objects.bulk_create(
        ScoringGroup(
            model=model,
            axis=default.axis,
            key=default.key,
            label_en=default.label_en,
            label_fr=default.label_fr,
            cap=default.cap,
        )
        for default in GROUPS
    )
    by_key = {(group.axis, group.key): group for group in groups}
    ScoringRule.objects.bulk_create(
        ScoringRule(
            model=model,
            axis=default.axis,
            group=by_key[default.axis, default.group] if default.group else None,
            position=position,
            label_en=default.label_en,
            label_fr=default.label_fr,
            effect=default.effect,
            points=default.points,
            cap=default.cap,
            criteria=default.criteria,
            kind=default.kind,
            half_life_days=default.half_life_days,
        )
        for position, default in enumerate((*FIT_RULES, *ENGAGEMENT_RULES), start=1)
    )
    bring_in_force(drafted, at=at)


def install_tactics(*, at: datetime) -> None:
    """Put in force the tactics of each cell that never had any; what is retired stays so."""
    install_in_force(
        (
            (
                f"tactics:{default.cell}",
                TacticsVersion(
                    cell=default.cell.value,
                    goal_en=default.goal_en,
                    goal_fr=default.goal_fr,
                    tactics=list(default.tactics),
                ),
            )
            for default in TACTICS
        ),
        at=at,
    )


def install_playbooks(*, at: datetime) -> None:
    """Put in force the playbook of each stage that comes with one and never had any; what is retired stays so."""
    install_in_force(
        (
            (
                f"playbook:{default.stage}",
                PlaybookVersion(
                    stage_id=default.stage,
                    goal_en=default.goal_en,
                    goal_fr=default.goal_fr,
                    kinds=list(default.kinds),
                    tasks=list(default.tasks),
                    promote_days=default.promote_days,
                ),
            )
            for default in PLAYBOOKS
        ),
        at=at,
    )
