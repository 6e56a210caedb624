"""Why the contact is where it is: the definition that decided and its facts, the way so far, and the scores."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final

from django.db.models import BooleanField, Case, DateTimeField, F, Func, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agreements.models import Agreement, State
from leads.deciding import BY_DEFINITION, deciding_verdicts, understood
from leads.facts import contact_catalogue, matching
from leads.models import Contact, Origin, Transition
from leads.scoring.explain import Why, explain
from leads.scoring.explain import why as explained
from leads.scoring.loading import CACHE_SECONDS, remembered
from lib import formats
from lib.statements import Statement, stand_in
from lib.templatetags.components import Step
from lifecycle.criteria.catalogue import Catalogue, Fact, FactType
from lifecycle.criteria.evaluate import Verdict
from lifecycle.criteria.nodes import AllOf, AnyOf, FactTest, Node, Not, Path, walk
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.reasons import reason
from lifecycle.criteria.sentences import say_value, sentence
from lifecycle.criteria.wording import conjunction
from lifecycle.keys import FigureKey, StageKey, StatusKey
from lifecycle.models import StageDefinition
from sla.models import Handoff
from smarketing.contact_page.sheet import Entry, Sheet

TRIGGER: Final = "score.triggered_at"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


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
        format_html("<b>{}</b>" if is_bold else "{}", _capital(text) if not place else text)
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


def missing_for_next(sheet: Sheet, *, at: datetime) -> list[str] | None:
    """What of the next stage's definition does not hold yet, part by part; None where nothing follows.

    One query, whatever the criteria and however much the contact did.
    """
    if sheet.next_stage is None:
        return None
    wanted = wanted_of(json.dumps(sheet.next_stage.criteria), int(time.monotonic() // CACHE_SECONDS))
    if wanted is None:
        return None
    left = left_of(wanted.node, wanted.held(sheet.contact.pk, at=at))
    parts = left.children if isinstance(left, AllOf) else (left,) if left else ()
    return [sentence(part, catalogue(), get_language() or "en") for part in parts]


class _Moment(Func):
    """Microseconds since 1970, so that a moment is a whole number as ids are."""

    template = "(timestamptz 'epoch' + %(expressions)s * interval '1 microsecond')"
    arity = 1
    output_field = DateTimeField()


class Wanted:
    """Criteria whose leaves are answered by the database, so that no touch is read; put into SQL once."""

    def __init__(self, node: Node, words: Catalogue) -> None:
        self.node, self.words = node, words
        leaves = [(path, leaf) for path, leaf in walk(node) if not isinstance(leaf, AllOf | AnyOf | Not)]
        self.paths = [path for path, _leaf in leaves]
        self.leaves = [leaf for _path, leaf in leaves]
        self.answers: Statement[Any] = Statement(self._asked, is_planned_once=False)

    def held(self, contact_id: int, *, at: datetime) -> dict[Path, bool]:
        """Which leaves hold of the contact."""
        found = self.answers.rows(contact_id, (at - EPOCH) // MICROSECOND) if self.leaves else []
        return dict(zip(self.paths, map(bool, found[0]), strict=True)) if found else {}

    def _asked(self) -> QuerySet[Contact, Any]:
        """One row of one column a leaf, of two whole numbers: the contact, and the moment in microseconds."""
        columns = {
            f"leaf_{place}": Case(
                When(matching(leaf, at=F("asked_at"), catalogue=self.words), then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            )
            for place, leaf in enumerate(self.leaves)
        }
        one = Contact.objects.filter(pk=stand_in(0)).order_by().annotate(asked_at=_Moment(Value(stand_in(1))))
        return one.annotate(**columns).values_list(*columns)


def unmet_rules(sheet: Sheet, *, at: datetime) -> dict[int, str]:
    """By version, what each rule of the company's own on messages wants that does not hold of the contact, in words.

    One query for all of them, none where there is no such rule.
    """
    if not sheet.terms.own:
        return {}
    said = tuple((one.rule.version_id, json.dumps(one.criteria)) for one in sheet.terms.own)
    together = rules_of(said, int(time.monotonic() // CACHE_SECONDS))
    held = together.held(sheet.contact.pk, at=at)
    assert isinstance(together.node, AllOf)
    left = {
        version: left_of(node, held, ("all", place))
        for place, ((version, _criteria), node) in enumerate(zip(said, together.node.children, strict=True))
    }
    language = get_language() or "en"
    return {version: sentence(node, together.words, language) for version, node in left.items() if node}


@lru_cache(maxsize=32)
def rules_of(said: tuple[tuple[int, str], ...], minute: int) -> Wanted:
    """Of several rules at once; of a field that this minute's words do not have yet they are read anew.

    One that cannot be read any more wants nothing.
    """
    words = remembered_catalogue(minute)
    try:
        nodes = tuple(parse(json.loads(criteria), words) for _version, criteria in said)
    except CriteriaError:
        words = contact_catalogue()
        nodes = tuple(
            understood(json.loads(criteria), words, f"version {version} of a rule") or AllOf()
            for version, criteria in said
        )
    return Wanted(AllOf(nodes), words)


@lru_cache(maxsize=32)
def wanted_of(criteria: str, minute: int) -> Wanted | None:
    """Of these criteria with the words of that minute; None where the catalogue has moved on."""
    try:
        words = remembered_catalogue(minute)
        return Wanted(parse(json.loads(criteria), words), words)
    except CriteriaError:
        return None


def left_of(node: Node, held: Mapping[Path, bool], path: Path = ()) -> Node | None:
    """The tree without the parts that hold already; None where it holds. A choice stays whole but for these."""
    match node:
        case AllOf(children):
            kept = [left_of(child, held, (*path, "all", place)) for place, child in enumerate(children)]
            wanting = tuple(child for child in kept if child is not None)
            return AllOf(wanting) if wanting else None
        case AnyOf(children):
            kept = [left_of(child, held, (*path, "any", place)) for place, child in enumerate(children)]
            return None if None in kept else AnyOf(tuple(child for child in kept if child is not None))
        case Not(child):
            return node if left_of(child, held, (*path, "not")) is None else None
        case _:
            return None if held.get(path) else node


def criteria_in_words(criteria: Any) -> str:
    """The sentence; empty where the catalogue has moved on."""
    try:
        return sentence(parse(criteria, catalogue()), catalogue(), get_language() or "en")
    except CriteriaError:
        return ""


def own_fields(contact: Contact) -> list[tuple[str, str]]:
    """What is known in the fields that the company added, with their labels; no query."""
    language = get_language() or "en"
    return [
        (fact.label.of(language), _own_value(fact, value, language))
        for fact in catalogue().facts
        if fact.path == "custom" and (value := contact.custom.get(fact.json_key)) not in (None, "")
    ]


def _own_value(fact: Fact, value: Any, language: str) -> str:
    """As its type writes it; what does not fit the type any more is shown as it stands."""
    match fact.type, value:
        case FactType.MONEY, int():
            return say_value(fact, Decimal(value) / 100, language)
        case FactType.DATE, str():
            try:
                return say_value(fact, date.fromisoformat(value), language)
            except ValueError:
                return value
        case (FactType.NUMBER, int() | float()) | (FactType.BOOLEAN, bool()) | (FactType.CHOICE, str()):
            return say_value(fact, value, language)
        case _:
            return str(value)


def as_sentence(text: str) -> str:
    return f"{_capital(text)}." if text else ""


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


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


def catalogue() -> Catalogue:
    """The words of the criteria, remembered by this process for a minute."""
    return remembered_catalogue(int(time.monotonic() // CACHE_SECONDS))


@lru_cache(maxsize=1)
def remembered_catalogue(minute: int) -> Catalogue:
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
        steps.append(Step(stage.name, stage.side, state, _when(entered, today), about("stage", stage.key)))
        if stage.key == StageKey.MARKETING_QUALIFIED:
            steps.append(_acceptance(handoff, is_behind=is_behind, is_here=is_here, today=today))
    return steps


def _acceptance(handoff: Handoff | None, *, is_behind: bool, is_here: bool, today: date) -> Step:
    state, note = "done" if is_behind else "", ""
    if handoff is not None and (is_behind or is_here):
        if handoff.state == Handoff.State.ACCEPTED:
            state, note = "done", _when(handoff.decided_at, today)
        elif is_here and handoff.decided_at:
            note = f"{handoff.get_state_display()}, {_when(handoff.decided_at, today)}"
        elif is_here:
            state, note = "next", _who_decides(handoff)
    return Step(_("Accepted"), "sales", state, note, about("kpi", FigureKey.MQL_ACCEPTED))


def _who_decides(handoff: Handoff) -> str:
    if handoff.rep is None:
        return _("waits for a rep")
    return _("%(name)s decides") % {"name": handoff.rep.first_name}


@cache
def about(prefix: str, key: str) -> str:
    """Where the definition of a stage, a status or a figure is asked when somebody opens it; costs no query here."""
    return reverse("lifecycle:term-covering", args=(f"{prefix}:{key}",))


def _when(at: datetime | None, today: date) -> str:
    """18 Nov in the reader's zone; empty when it is not known."""
    return formats.day(timezone.localtime(at).date(), get_language() or "en", today=today) if at else ""
