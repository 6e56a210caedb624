"""The stages and statuses, and in force from the first day their definitions, the glossary and the rulebook."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Side
from lifecycle.keys import StageKey, StatusKey
from lifecycle.models import Stage, Status

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
