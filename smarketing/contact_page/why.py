"""Why the contact is where it is: the definition that decided and its facts, who moved it, and the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agreements.models import Agreement, State
from leads.deciding import BY_DEFINITION, deciding_verdicts
from leads.models import Contact, Origin, Transition
from leads.scoring.explain import Why, explain
from leads.scoring.explain import why as explained
from leads.scoring.loading import remembered
from lib import formats
from lifecycle.criteria.evaluate import Verdict
from lifecycle.criteria.nodes import AllOf, FactTest, Node
from lifecycle.criteria.reasons import reason
from lifecycle.criteria.sentences import sentence
from lifecycle.criteria.wording import conjunction
from lifecycle.keys import StatusKey
from lifecycle.models import StageDefinition
from smarketing.contact_page.sheet import Entry, Sheet
from smarketing.contact_page.words import as_sentence, capital, catalogue, criteria_in_words

TRIGGER: Final = "score.triggered_at"


@dataclass(frozen=True, slots=True)
class Reason:
    """Since when, and what decided: the facts on record, else who moved it; `definition` is the whole sentence."""

    at: datetime
    text: str
    definition: str = ""
    number: int | None = None


def scores(sheet: Sheet, *, at: datetime) -> Why | None:
    """The two scores to the point; two queries where the contact was scored by the model in force."""
    score = getattr(sheet.contact, "score", None)
    if score is not None and score.model.agreement.state == State.IN_FORCE:
        return explained(remembered(score.model, sheet.rule_count), sheet.contact.pk, at=at)
    return explain(sheet.contact, at=at)


def stage_reason(sheet: Sheet, scored: Why | None) -> Reason | None:
    """Why the contact entered its stage; None without a stage."""
    entry = sheet.entry
    if entry is None:
        return None
    if entry.origin != Origin.RULE or entry.criteria is None:
        return Reason(entry.at, _moved_by(entry))
    definition = criteria_in_words(entry.criteria)
    leaves = deciding_verdicts(_as_transition(entry, sheet.contact), catalogue())
    return Reason(
        entry.at, _because(leaves, entry, scored) or as_sentence(definition), definition, entry.number
    )


def _because(leaves: Sequence[Verdict], entry: Entry, scored: Why | None) -> str:
    """The facts on record as a sentence, what speaks for the contact in bold, what does not speak against it last."""
    language = get_language() or "en"
    known = tuple(leaf.node for leaf in leaves if leaf.holds and _is_known(leaf.node))
    others = [leaf for leaf in leaves if leaf.node not in known]
    ordered = sorted(others, key=lambda leaf: (not leaf.holds, not _is_trigger(leaf)))
    said = {_leaf_words(leaf, entry, scored): leaf.holds for leaf in ordered}
    if known:
        said[sentence(AllOf(known), catalogue(), language)] = False
    parts = [
        format_html("<b>{}</b>" if is_bold else "{}", capital(text) if not place else text)
        for place, (text, is_bold) in enumerate(said.items())
    ]
    return format_html("{}.", mark_safe(conjunction(parts, language))) if parts else ""  # noqa: S308  # each part is escaped


def _is_known(node: Node) -> bool:
    return isinstance(node, FactTest) and node.op == "known"


def _is_trigger(leaf: Verdict) -> bool:
    return isinstance(leaf.node, FactTest) and leaf.node.fact == TRIGGER


def _leaf_words(leaf: Verdict, entry: Entry, scored: Why | None) -> str:
    """One fact; a hard trigger by its name where the model in force knows it, and in the reader's zone."""
    language, at = get_language() or "en", leaf.actual
    if not (_is_trigger(leaf) and leaf.holds and isinstance(at, datetime)):
        return reason(leaf, catalogue(), language, at=timezone.localtime(entry.at))
    named = next((words.of(language) for words, when in scored.triggers if when == at), "") if scored else ""
    text = named or _("a hard trigger")
    if abs(entry.at - at) < timedelta(hours=1):
        return text
    return f"{text}, {formats.moment(timezone.localtime(at), language, now=timezone.localtime(entry.at))}"


def status_reason(sheet: Sheet) -> Reason | None:
    """Why the contact has its status; None for one that it has had since we know it."""
    entry = sheet.status_entry
    if entry is None:
        return None
    definition = criteria_in_words(entry.criteria) if entry.criteria else ""
    leaves = deciding_verdicts(_as_transition(entry, sheet.contact), catalogue()) if definition else []
    if entry.facts.get(BY_DEFINITION):
        text = _because(leaves, entry, None) or as_sentence(definition)
    else:
        text = f"{_set_by(entry)} {_against(leaves, entry)}".strip()
    return Reason(entry.at, text, definition, entry.number)


def _set_by(entry: Entry) -> str:
    """Who set the status, or what of ours."""
    match entry.origin:
        case Origin.PERSON if entry.reason:
            return _("%(name)s set it: “%(reason)s”.") % {"name": entry.actor, "reason": entry.reason}
        case Origin.PERSON:
            return _("%(name)s set it.") % {"name": entry.actor}
        case Origin.IMPORT:
            return _("An import brought it.")
        case Origin.API:
            return _("Another system reported it.")
        case _:
            return _set_by_us(entry)


def _set_by_us(entry: Entry) -> str:
    if "touchpoint" in entry.facts:
        return _("The first call, e-mail or meeting set it.")
    if entry.before == StatusKey.BAD_TIMING and not entry.reason:
        return _("The wait that was agreed on is over.")
    return as_sentence(entry.reason)


def _against(leaves: Sequence[Verdict], entry: Entry) -> str:
    """What the definition said of it then; empty where it was held against nothing that is on record."""
    if not leaves or "holds" not in entry.facts:
        return ""
    language = get_language() or "en"
    said = dict.fromkeys(
        reason(leaf, catalogue(), language, at=timezone.localtime(entry.at)) for leaf in leaves
    )
    wording = (
        _("The definition holds: %(facts)s.")
        if entry.facts["holds"]
        else _("The definition did not hold: %(facts)s.")
    )
    return wording % {"facts": ", ".join(said)}


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
