"""Why the contact is where it is: the definition that decided and its facts, the way so far, and the scores."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agreements.models import Agreement, State
from leads.evaluation import deciding_verdicts
from leads.facts import contact_catalogue
from leads.models import Contact, Origin, Transition
from leads.scoring.explain import Why, explain
from leads.scoring.explain import why as explained
from leads.scoring.loading import CACHE_SECONDS, remembered
from lib import formats
from lib.templatetags.components import Step
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.reasons import reason
from lifecycle.criteria.sentences import sentence
from lifecycle.criteria.wording import conjunction
from lifecycle.keys import StageKey
from lifecycle.models import StageDefinition
from sla.models import Handoff
from smarketing.contact_page.sheet import Entry, Sheet


@dataclass(frozen=True, slots=True)
class Reason:
    """Since when, and what decided: the facts on record, else who moved it; `definition` is the whole sentence."""

    at: datetime
    text: str
    definition: str = ""
    number: int | None = None


def scores(sheet: Sheet, *, at: datetime) -> Why | None:
    """The two scores to the point; three queries where the contact was scored by the model in force."""
    score = getattr(sheet.contact, "score", None)
    if score is not None and score.model.agreement.state == State.IN_FORCE:
        return explained(remembered(score.model, sheet.rule_count), sheet.contact.pk, at=at)
    return explain(sheet.contact, at=at)


def stage_reason(sheet: Sheet) -> Reason | None:
    """Why the contact entered its stage; None without a stage."""
    entry = sheet.entry
    if entry is None:
        return None
    if entry.origin != Origin.RULE or entry.criteria is None:
        return Reason(entry.at, _moved_by(entry))
    catalogue, language = _catalogue(), get_language() or "en"
    definition = criteria_in_words(entry.criteria)
    leaves = deciding_verdicts(_as_transition(entry, sheet.contact), catalogue)
    said = dict.fromkeys(reason(leaf, catalogue, language, at=entry.at) for leaf in leaves)
    return Reason(
        entry.at, as_sentence(conjunction(list(said), language) or definition), definition, entry.number
    )


def wanted_for_next(sheet: Sheet) -> str:
    """What the next stage asks for, as a sentence without a full stop; empty where nothing follows."""
    return criteria_in_words(sheet.next_stage.criteria) if sheet.next_stage else ""


def criteria_in_words(criteria: Any) -> str:
    """The sentence; empty where the catalogue has moved on."""
    catalogue = _catalogue()
    try:
        return sentence(parse(criteria, catalogue), catalogue, get_language() or "en")
    except CriteriaError:
        return ""


def as_sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _moved_by(entry: Entry) -> str:
    match entry.origin:
        case Origin.PERSON if entry.reason:
            return _("%(name)s moved the contact here: “%(reason)s”") % {
                "name": entry.actor,
                "reason": entry.reason,
            }
        case Origin.PERSON:
            return _("%(name)s moved the contact here.") % {"name": entry.actor}
        case Origin.IMPORT:
            return _("An import brought the contact in at this stage.")
        case Origin.API:
            return _("Another system reported this stage.")
        case _:
            return _("A definition in force at the time decided; its facts are not on record.")


def _as_transition(entry: Entry, contact: Contact) -> Transition:
    """The ledger row as `leads.evaluation` reads it back; never saved."""
    definition = StageDefinition(
        stage_id=contact.stage_id or "",
        criteria=entry.criteria,
        agreement=Agreement(number=entry.number or 0),
    )
    return Transition(definition=definition, facts=entry.facts)


def _catalogue() -> Catalogue:
    """The words of the criteria, remembered by this process for a minute."""
    return _remembered_catalogue(int(time.monotonic() // CACHE_SECONDS))


@lru_cache(maxsize=1)
def _remembered_catalogue(minute: int) -> Catalogue:
    return contact_catalogue()


# The way so far


def track(sheet: Sheet, handoff: Handoff | None, *, at: datetime) -> list[Step]:
    """The stages in use in their order, with the rep's acceptance as a step of its own behind MQL."""
    steps: list[Step] = []
    here, today = sheet.contact.stage, timezone.localtime(at).date()
    for stage in sheet.stages:
        is_behind = here is not None and stage.position < here.position
        is_here = here is not None and stage.key == here.key
        entered = sheet.entered.get(stage.key) if is_behind or is_here else None
        state = "now" if is_here else "done" if is_behind else ""
        steps.append(Step(stage.name, stage.side, state, _when(entered, today)))
        if stage.key == StageKey.MARKETING_QUALIFIED:
            steps.append(_acceptance(handoff, is_behind=is_behind, is_here=is_here, today=today))
    return steps


def _acceptance(handoff: Handoff | None, *, is_behind: bool, is_here: bool, today: date) -> Step:
    name = _("Accepted")
    if handoff is None or not (is_behind or is_here):
        return Step(name, "sales", "done" if is_behind else "")
    if handoff.state == Handoff.State.ACCEPTED:
        return Step(name, "sales", "done", _when(handoff.decided_at, today))
    if is_behind:
        return Step(name, "sales", "done")
    if handoff.rep is None:
        return Step(name, "sales", "next", _("waits for a rep"))
    return Step(name, "sales", "next", _("%(name)s decides") % {"name": handoff.rep.first_name})


def _when(at: datetime | None, today: date) -> str:
    """18 Nov in the reader's zone; empty when it is not known."""
    return formats.day(timezone.localtime(at).date(), get_language() or "en", today=today) if at else ""
