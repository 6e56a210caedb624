"""The filter of every figure in words. `tests/reporting/test_counted.py` holds each against the rows it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lifecycle.counted import Counted, provide
from lifecycle.keys import FigureKey, StageKey, StatusKey

Words = str | Promise


@dataclass(frozen=True)
class When:
    """By which moment a case falls in the period; `column`: where the database keeps it, empty for what is of now."""

    words: Words
    column: str = ""


NOW: Final = When(_("As things stand now, whatever the period."))
WON: Final = When(_("By the day on which the deal was won."), "closed_at")
LEAD: Final = When(_("By the first entry into Lead, or into a later stage."), "lead_at")
MQL: Final = When(_("By the first entry into the stage MQL itself."), "mql_entered_at")
DECIDED: Final = When(_("By the day on which sales decided on the handoff."), "decided_at")
DUE: Final = When(_("By the deadline of the first contact."), "due_at")
TOUCHED: Final = When(_("By the first contact, which stopped the clock."), "stopped_at")
DARK: Final = When(_("By the change of status to Gone dark."), "at")
BREACHED: Final = When(_("By the moment at which the deadline passed."), "at")
REACHED: Final = When(_("By the first time that a contact reached the step, or one beyond it."), "lead_at")
MONTHS: Final = When(_("Every calendar month that the period touches, as a whole."), "month")
DAYS: Final = When(_("The days of each campaign that lie in the period."), "starts_on")
RUNNING_MONTH: Final = When(_("The running month, and the twelve months before it."), "closed_at")
WEEKS: Final = When(_("The last 13 weeks, whatever the period of the cockpit."), "at")
TRIED: Final = When(_("By the day on which the tactic was applied."), "at")

QUARANTINED: Final = _("People in quarantine: they are no contacts yet.")
AGAIN: Final = _("Whoever comes a second time.")
PENDING: Final = _("What is not decided yet.")
STILL_TIME: Final = _("Cases whose time is not over yet.")
ENDED_EARLY: Final = _("Clocks that a decision ended before the deadline.")
UNDONE: Final = _("What was taken back.")
NO_RATE: Final = _("The amount, not the deal, where a currency has no rate; said beside the sum.")
OPEN_OR_LOST: Final = _("Deals that are open or lost.")
CLOSED_HANDOFFS: Final = _("Handoffs that are decided or closed.")
CLOSED_STATUSES: Final = _("Contacts in a closed status, as Lost or Unqualified, and people who were erased.")
MACHINES: Final = _("Opens and clicks that a machine made.")

IMPORTED: Final = _("Imported history, on the days that it tells of.")
FIRST_SOURCE: Final = _("The first source of the contact, whatever came later.")
EVERY_SOURCE: Final = _("Contacts of every source, imported ones too.")
FORMER: Final = _("People who have left us since, and whose names were erased.")


IS_LEAD: Final = (f"stage:{StageKey.LEAD}",)
IS_MQL: Final = (f"stage:{StageKey.MARKETING_QUALIFIED}",)
IS_WORKED: Final = (f"stage:{StageKey.SALES_QUALIFIED}", f"stage:{StageKey.OPPORTUNITY}")
EVERY_STEP: Final = (*IS_LEAD, *IS_MQL, *IS_WORKED, f"stage:{StageKey.CUSTOMER}")
IS_DARK: Final = (f"status:{StatusKey.GONE_DARK}",)


@dataclass(frozen=True)
class Filter:
    when: When
    counts: tuple[Words, ...] = ()
    leaves_out: tuple[Words, ...] = ()
    rests_on: tuple[str, ...] = ()

    @property
    def counted(self) -> Counted:
        return Counted(self.when.words, self.counts, self.leaves_out, self.rests_on)


_DEALS: Final = Filter(WON, (IMPORTED,), (OPEN_OR_LOST, NO_RATE))

FILTERS: Final[Mapping[str, Filter]] = {
    FigureKey.NEW_REVENUE: _DEALS,
    FigureKey.OBJECTIVE: Filter(MONTHS, (), (_("Months without an objective."),)),
    FigureKey.FORECAST: Filter(RUNNING_MONTH, (IMPORTED,), (NO_RATE, _("Months before our first win."))),
    FigureKey.DEALS_WON: Filter(WON, (IMPORTED, _("Deals without a rate too.")), (OPEN_OR_LOST,)),
    FigureKey.MARKETING_SHARE: Filter(WON, (FIRST_SOURCE, IMPORTED), (OPEN_OR_LOST, NO_RATE)),
    FigureKey.LEADS: Filter(LEAD, (EVERY_SOURCE, IMPORTED, FORMER), (QUARANTINED, AGAIN), rests_on=IS_LEAD),
    FigureKey.MQL_DELIVERED: Filter(
        MQL, (EVERY_SOURCE, IMPORTED, FORMER), (QUARANTINED, AGAIN), rests_on=IS_MQL
    ),
    FigureKey.MQL_ACCEPTED: Filter(DECIDED, (), (PENDING,), rests_on=IS_MQL),
    FigureKey.REFUSALS_ANSWERED: Filter(DECIDED, (), (STILL_TIME,), rests_on=IS_MQL),
    FigureKey.FIRST_CONTACT: Filter(DUE, (), (STILL_TIME, ENDED_EARLY), rests_on=IS_MQL),
    FigureKey.ATTEMPTS: Filter(
        DARK,
        (_("Calls, mails and meetings of our people that have an outcome."),),
        (UNDONE,),
        rests_on=IS_DARK,
    ),
    FigureKey.REFUSAL_REASON: Filter(
        DECIDED, (), (_("Handoffs that were accepted or recycled."),), rests_on=IS_MQL
    ),
    FigureKey.FUNNEL: Filter(
        REACHED, (EVERY_SOURCE, IMPORTED, FORMER), (QUARANTINED, AGAIN), rests_on=EVERY_STEP
    ),
    FigureKey.CONVERSION_RATE: Filter(
        REACHED, (EVERY_SOURCE, IMPORTED, FORMER), (QUARANTINED, AGAIN), rests_on=EVERY_STEP
    ),
    FigureKey.VELOCITY: Filter(
        REACHED,
        (IMPORTED,),
        (QUARANTINED, _("Contacts that have not reached the step.")),
        rests_on=EVERY_STEP,
    ),
    FigureKey.SPEED_TO_LEAD: Filter(
        TOUCHED,
        (_("Working hours of the contract’s calendar only."),),
        (_("Clocks that run, or that a decision ended."),),
        rests_on=IS_MQL,
    ),
    FigureKey.BREACHES: Filter(
        BREACHED, (_("Each deadline once, with its first cause."),), (), rests_on=IS_MQL
    ),
    FigureKey.COVERAGE: Filter(NOW, (), (QUARANTINED, CLOSED_HANDOFFS), rests_on=IS_MQL),
    FigureKey.UNASSIGNED: Filter(NOW, (), (QUARANTINED, CLOSED_HANDOFFS), rests_on=IS_MQL),
    FigureKey.UNTOUCHED: Filter(
        NOW,
        (),
        (CLOSED_HANDOFFS, _("Handoffs that wait for a rep, or are past their deadline.")),
        rests_on=IS_MQL,
    ),
    FigureKey.OVERDUE: Filter(
        NOW, (_("Handoffs with and without a rep."),), (CLOSED_HANDOFFS,), rests_on=IS_MQL
    ),
    FigureKey.SILENT: Filter(
        NOW, (_("Contacts in SQL or opportunity."),), (MACHINES, NO_RATE), rests_on=IS_WORKED
    ),
    FigureKey.MISSING_DEALS: Filter(
        NOW,
        (_("Contacts whose last deal was lost, while they are worked on."),),
        (CLOSED_STATUSES, QUARANTINED),
        rests_on=IS_WORKED,
    ),
    FigureKey.ATTRIBUTED_REVENUE: Filter(WON, (FIRST_SOURCE, IMPORTED), (OPEN_OR_LOST, NO_RATE)),
    FigureKey.COST: Filter(DAYS, (), (_("Campaigns without a cost, or in a currency without a rate."),)),
    FigureKey.ACQUISITION_COST: Filter(DAYS, (FIRST_SOURCE, IMPORTED), (OPEN_OR_LOST,)),
    FigureKey.RETURN_ON_COST: Filter(DAYS, (FIRST_SOURCE, IMPORTED), (OPEN_OR_LOST, NO_RATE)),
    FigureKey.FIT: Filter(NOW, (_("Every contact, by the model in force."),), (QUARANTINED,)),
    FigureKey.ENGAGEMENT: Filter(NOW, (_("Every contact, by the model in force."),), (QUARANTINED, MACHINES)),
    FigureKey.ADHERENCE: Filter(WEEKS, (), (_("Shares of fewer than 20 cases."),)),
    FigureKey.TACTIC_RESULT: Filter(TRIED, (), (UNDONE, STILL_TIME)),
}


def provide_filters() -> None:
    provide({f"kpi:{key}": told.counted for key, told in FILTERS.items()})
