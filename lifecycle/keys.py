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


class DealStageKey:
    """Columns of the board of deals: a term covers "deal:" and one of these."""

    QUALIFIED: Final = "qualified"
    QUOTE: Final = "quote"
    NEGOTIATION: Final = "negotiation"
    WON: Final = "won"
    LOST: Final = "lost"

    ALL: Final = (QUALIFIED, QUOTE, NEGOTIATION, WON, LOST)


class RuleKey:
    """The seeded questions of the rulebook."""

    MINIMUM_INFORMATION: Final = "minimum_information"
    RETENTION: Final = "retention"
    REGRESSION: Final = "regression"
    REQUEST_DELAY: Final = "request_delay"
    HANDOFF_DELAY: Final = "handoff_delay"
    DEAL_CREATION: Final = "deal_creation"
    DISTRIBUTION: Final = "distribution"
    MARKETING_PAUSE: Final = "marketing_pause"
    MESSAGE_FREQUENCY: Final = "message_frequency"
    DEAL_INFORMATION: Final = "deal_information"
    CONTACT_CREATION: Final = "contact_creation"

    ASKED: Final = frozenset(
        {MINIMUM_INFORMATION, REGRESSION, DEAL_CREATION, DEAL_INFORMATION, CONTACT_CREATION}
    )
    """Those that refuse, warn or note whoever acts; by the others the product acts itself, and counts what was not."""
    SINCE_THEY_SAY: Final = {
        RETENTION: "delays",
        REQUEST_DELAY: "overdue",
        HANDOFF_DELAY: "overdue",
        DISTRIBUTION: "by_hand",
    }
    """Those whose mode meets whoever acts since a version has this parameter; one from before was signed without."""
    OF_MESSAGES: Final = frozenset({MARKETING_PAUSE, MESSAGE_FREQUENCY})
    """Those that say whether marketing may write: a send check answers by them, and what was sent is noted."""


class MessageKind:
    """What a rule of the company's own may name where a contact is written to."""

    BRANDED: Final = "branded"
    PERSONAL: Final = "personal"

    ALL: Final = (BRANDED, PERSONAL)


class FigureKey:
    """Figures on the screen that the glossary explains: a term covers "kpi:" and one of these."""

    NEW_REVENUE: Final = "new_revenue"
    OBJECTIVE: Final = "objective"
    FORECAST: Final = "forecast"
    DEALS_WON: Final = "deals_won"
    MARKETING_SHARE: Final = "marketing_share"
    LEADS: Final = "leads"
    MQL_DELIVERED: Final = "mql_delivered"
    MQL_ACCEPTED: Final = "mql_accepted"
    REFUSALS_ANSWERED: Final = "refusals_answered"
    FIRST_CONTACT: Final = "first_contact"
    ATTEMPTS: Final = "attempts"
    REFUSAL_REASON: Final = "refusal_reason"
    FUNNEL: Final = "funnel"
    CONVERSION_RATE: Final = "conversion_rate"
    VELOCITY: Final = "velocity"
    SPEED_TO_LEAD: Final = "speed_to_lead"
    BREACHES: Final = "breaches"
    COVERAGE: Final = "coverage"
    UNASSIGNED: Final = "unassigned"
    UNTOUCHED: Final = "untouched"
    OVERDUE: Final = "overdue"
    SILENT: Final = "silent"
    MISSING_DEALS: Final = "missing_deals"
    ATTRIBUTED_REVENUE: Final = "attributed_revenue"
    COST: Final = "cost"
    ACQUISITION_COST: Final = "cac"
    RETURN_ON_COST: Final = "roi"
    FIT: Final = "fit"
    ENGAGEMENT: Final = "engagement"
    ADHERENCE: Final = "adherence"
    TACTIC_RESULT: Final = "tactic_result"

    ALL: Final = (
        NEW_REVENUE,
        OBJECTIVE,
        FORECAST,
        DEALS_WON,
        MARKETING_SHARE,
        LEADS,
        MQL_DELIVERED,
        MQL_ACCEPTED,
        REFUSALS_ANSWERED,
        FIRST_CONTACT,
        ATTEMPTS,
        REFUSAL_REASON,
        FUNNEL,
        CONVERSION_RATE,
        VELOCITY,
        SPEED_TO_LEAD,
        BREACHES,
        COVERAGE,
        UNASSIGNED,
        UNTOUCHED,
        OVERDUE,
        SILENT,
        MISSING_DEALS,
        ATTRIBUTED_REVENUE,
        COST,
        ACQUISITION_COST,
        RETURN_ON_COST,
        FIT,
        ENGAGEMENT,
        ADHERENCE,
        TACTIC_RESULT,
    )
