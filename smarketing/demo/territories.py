"""Whose leads are whose in the demo company, agreed by both sides; and another rule's change that is to be signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.models import User
from agreements.actions import draft_from, propose, save_draft, sign
from agreements.models import Acknowledgement
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.models.rules import RuleMode
from lifecycle.territories import EVERYBODY, TERRITORIES, WAIT, Territory
from smarketing.demo.people import AWAY_SEAT, Staff
from smarketing.demo.waiting import AWAY

AGREED_DAYS_AGO: Final = 110
"""Before any quarter's plan was signed, so that the plan of this one was built upon it."""

ASKED_DAYS_AGO: Final = 2

MAP: Final = (
    # name, countries, reps by the order of their seats, when none of them can
    ("FR · BE · CH", ("FR", "BE", "CH"), (0, 1, 3), EVERYBODY),
    ("GB · IE · DE · NL", ("GB", "IE", "DE", "NL"), (0, 2, 4), EVERYBODY),
    ("Portugal", (AWAY,), (AWAY_SEAT,), WAIT),
)


def reps_of(country: str, staff: Staff) -> Sequence[User]:
    """Who takes the leads of that country."""
    return next(
        [staff.reps[place] for place in places] for _, countries, places, _ in MAP if country in countries
    )


def agree_on_territories(staff: Staff, *, now: datetime) -> None:
    """The second version of the rule on distribution, signed by both managers; one rep has still to read it."""
    at = now - timedelta(days=AGREED_DAYS_AGO)
    author = staff.sales_manager
    draft = _drafted(staff, MAP, at=at - timedelta(days=6))
    note = "Whoever calls should speak the language, and know the grid operators."
    agreement = propose(draft.agreement, actor=author, at=at - timedelta(days=5), note=note)
    for signer in (author, staff.marketing_manager):
        sign(agreement, actor=signer, read_hash=agreement.content_hash, at=at)
    Acknowledgement.objects.bulk_create(
        Acknowledgement(agreement=agreement, user=reader, accepted_at=at + timedelta(days=1 + day))
        for day, reader in enumerate([*staff.marketers, *staff.reps[1:]])
    )


def ask_for_a_change(staff: Staff, *, now: datetime) -> None:
    """Another rule, on going back, signed by sales only: what breaks it is to be refused, or only pointed out."""
    at, author = now - timedelta(days=ASKED_DAYS_AGO), staff.sales_manager
    in_force = RuleVersion.objects.in_force().select_related("agreement").get(rule__key=RuleKey.REGRESSION)
    draft = draft_from(in_force, actor=author, at=at - timedelta(hours=3))
    mode = RuleMode.WARN if in_force.mode == RuleMode.BLOCK else RuleMode.BLOCK
    draft = save_draft(
        draft,
        values={"mode": mode},
        revision=draft.agreement.revision,
        actor=author,
        at=at - timedelta(hours=2),
    )
    note = (
        "Nobody has needed an exception since spring: what this rule speaks against should be refused."
        if mode == RuleMode.BLOCK
        else "Twice this quarter it stopped a move that both of us wanted: it should ask for the reason instead."
    )
    agreement = propose(draft.agreement, actor=author, at=at, note=note)
    sign(agreement, actor=author, read_hash=agreement.content_hash, at=at + timedelta(minutes=4))


def _drafted(staff: Staff, wanted: Sequence[tuple[str, Any, Any, str]], *, at: datetime) -> RuleVersion:
    author = staff.sales_manager
    in_force = RuleVersion.objects.in_force().select_related("agreement").get(rule__key=RuleKey.DISTRIBUTION)
    draft = draft_from(in_force, actor=author, at=at)
    told = [
        Territory(
            name,
            {"all": [{"fact": "country", "op": "in", "value": list(countries)}]},
            tuple(staff.reps[place].pk for place in places),
            otherwise,
        ).content()
        for name, countries, places, otherwise in wanted
    ]
    values = {"parameters": {**in_force.parameters, TERRITORIES: told}}
    return save_draft(draft, values=values, revision=draft.agreement.revision, actor=author, at=at)
