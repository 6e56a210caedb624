"""Who answers for a contact in each stage of a new installation, who is asked and who is told."""

from __future__ import annotations

from typing import Final, NamedTuple

from accounts.models import Side
from lifecycle.keys import StageKey
from lifecycle.models import Accountable, By, Party


class DefaultResponsibility(NamedTuple):
    stage: str
    side: str
    accountable: str
    owes_en: str
    owes_fr: str
    consulted: tuple[str, ...]
    informed: tuple[str, ...]
    by: str = By.OPEN.value
    days: int | None = None


MARKETING, SALES = Side.MARKETING.value, Side.SALES.value
OURS, THEIRS = Accountable.OWNER.value, Accountable.MARKETING_OWNER.value
MARKETING_MANAGER, SALES_MANAGER = Party.MARKETING_MANAGER.value, Party.SALES_MANAGER.value

RESPONSIBILITIES: Final = (
    DefaultResponsibility(
        StageKey.SUBSCRIBER,
        MARKETING,
        THEIRS,
        "owes content that fits",
        "doit des contenus qui lui conviennent",
        (),
        (),
    ),
    DefaultResponsibility(
        StageKey.LEAD,
        MARKETING,
        THEIRS,
        "owes a verdict: qualified, or kept warm",
        "doit un verdict : qualifié, ou entretenu",
        (SALES_MANAGER,),
        (),
        By.DAYS.value,
        90,
    ),
    DefaultResponsibility(
        StageKey.MARKETING_QUALIFIED,
        SALES,
        OURS,
        "owes first contact",
        "doit le premier contact",
        (THEIRS,),
        (MARKETING_MANAGER, SALES_MANAGER),
        By.CLOCK.value,
    ),
    DefaultResponsibility(
        StageKey.SALES_QUALIFIED,
        SALES,
        OURS,
        "owes a deal or a reason",
        "doit une affaire ou un motif",
        (THEIRS,),
        (MARKETING_MANAGER,),
        By.DAYS.value,
        30,
    ),
    DefaultResponsibility(
        StageKey.OPPORTUNITY,
        SALES,
        OURS,
        "owes a decision, won or lost",
        "doit une issue, gagnée ou perdue",
        (SALES_MANAGER,),
        (THEIRS,),
        By.DAYS.value,
        90,
    ),
    DefaultResponsibility(
        StageKey.CUSTOMER,
        SALES,
        OURS,
        "owes a yearly review",
        "doit un point annuel",
        (),
        (THEIRS, MARKETING_MANAGER),
        By.DAYS.value,
        365,
    ),
    DefaultResponsibility(
        StageKey.PROMOTER,
        MARKETING,
        THEIRS,
        "owes a request for a testimony",
        "doit une demande de témoignage",
        (OURS,),
        (SALES_MANAGER,),
    ),
)
