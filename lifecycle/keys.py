"""The keys of stages, statuses and entities that code refers to; rows of the same key hold the company's words."""

from typing import Final


class StageKey:
    """Seeded stages, in the order of the loop."""

    SUBSCRIBER: Final = "subscriber"
    LEAD: Final = "lead"
    MARKETING_QUALIFIED: Final = "mql"
    SALES_QUALIFIED: Final = "sql"
    OPPORTUNITY: Final = "opportunity"
    CUSTOMER: Final = "customer"
    PROMOTER: Final = "promoter"

    ALL: Final = (
        SUBSCRIBER,
        LEAD,
        MARKETING_QUALIFIED,
        SALES_QUALIFIED,
        OPPORTUNITY,
        CUSTOMER,
        PROMOTER,
    )


class StatusKey:
    """Seeded lead statuses, independent of the stage."""

    NEW: Final = "new"
    IN_PROGRESS: Final = "in_progress"
    UNQUALIFIED: Final = "unqualified"
    BAD_TIMING: Final = "bad_timing"
    GONE_DARK: Final = "gone_dark"
    LOST: Final = "lost"

    ALL: Final = (NEW, IN_PROGRESS, UNQUALIFIED, BAD_TIMING, GONE_DARK, LOST)
