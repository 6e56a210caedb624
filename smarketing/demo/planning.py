"""The demo company's plan of this quarter, signed before it began; one thing was agreed anew since."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from django.db.models import Q

from agreements.actions import draft_from, draft_new, propose, save_draft, sign
from agreements.models import AgreedVersion, Agreement, State
from leads.models import Cell, TacticsVersion
from reporting.plans.models import Milestone, Plan, PlanVersion
from reporting.plans.parts import OWN, prefix_of, taken, wanted
from reporting.plans.words import quarter_of
from smarketing.demo.people import Staff

AGREED_DAYS_BEFORE: Final = 6
CHANGED_DAYS_AGO: Final = 12
AIM_EN: Final = (
    "Fewer leads, better known, called sooner. Marketing brings 48 MQL a month that sales would want to call; sales "
    "calls each within the delay and says why when it refuses."
)
AIM_FR: Final = (
    "Moins de leads, mieux connus, appelés plus tôt. Le marketing apporte 48 MQL par mois que les ventes ont envie "
    "d’appeler ; les ventes appellent chacun dans le délai et disent pourquoi quand elles refusent."
)
DAYS: Final = (
    (10, "The spring fair is booked, or not.", "Le salon de printemps est réservé, ou non."),
    (45, "Both teams look at the refusals together.", "Les deux équipes regardent ensemble les refus."),
    (80, "What do we change for the next quarter?", "Que changeons-nous pour le trimestre suivant ?"),
)


def plan_the_quarter(staff: Staff, *, now: datetime) -> None:
    """What was in force then, signed by both managers."""
    first, last = quarter_of(now.date())
    at = datetime.combine(first, time(9), tzinfo=now.tzinfo) - timedelta(days=AGREED_DAYS_BEFORE)
    plan = Plan.objects.create(starts_on=first, ends_on=last)
    milestones: list[Milestone] = [
        {"on": (first + timedelta(days=days)).isoformat(), "what_en": english, "what_fr": french}
        for days, english, french in DAYS
    ]
    version = PlanVersion(
        plan=plan,
        aim_en=AIM_EN,
        aim_fr=AIM_FR,
        objectives=wanted(plan),
        parts=taken(_in_force(at)),
        milestones=milestones,
    )
    draft = draft_new(version, f"{OWN}:{plan.pk}", actor=staff.marketing_manager, at=at - timedelta(days=8))
    _agree(draft, staff, at=at, note="Built together in two afternoons.")


def change_what_it_rests_upon(staff: Staff, *, now: datetime) -> None:
    """Whom to invite is agreed anew, in the middle of the quarter."""
    at = now - timedelta(days=CHANGED_DAYS_AGO)
    old = TacticsVersion.objects.in_force().select_related("agreement").get(cell=Cell.TARGET_LATER)
    draft = draft_from(old, actor=staff.marketing_manager, at=at - timedelta(days=4))
    nurture, *others = old.tactics
    monthly = {
        **nurture,
        "what_en": "Write something useful to the persona, once a month at most.",
        "what_fr": "Écrire quelque chose d’utile au persona, une fois par mois au plus.",
    }
    draft = save_draft(
        draft,
        values={"tactics": [monthly, *others]},
        revision=draft.agreement.revision,
        actor=staff.marketing_manager,
        at=at - timedelta(days=3),
    )
    _agree(draft, staff, at=at, note="Two weeks were too often: people unsubscribed.")


def _agree(draft: AgreedVersion, staff: Staff, *, at: datetime, note: str) -> None:
    actor = staff.marketing_manager
    agreement = propose(draft.agreement, actor=actor, at=at - timedelta(days=2), note=note)
    for signer in (actor, staff.sales_manager):
        sign(agreement, actor=signer, read_hash=agreement.content_hash, at=at)


def _in_force(at: datetime) -> list[Agreement]:
    """As things stood then."""
    held = Q(in_force_until=None) | Q(in_force_until__gt=at)
    then = Agreement.objects.filter(held, in_force_from__lte=at, retires=False).exclude(state=State.RETIRED)
    return [one for one in then.order_by("subject") if prefix_of(one.subject) != OWN]
