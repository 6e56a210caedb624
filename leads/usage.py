"""How a term is used after it was agreed: words that are never said and still written, moves against its definition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.db.models.fields.json import KT
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import SavedView, Side, User
from leads.facts import contact_catalogue, snapshots
from leads.models import Campaign, Contact, Origin, Touchpoint, Transition
from leads.replay.asked import speaks_of_scores
from leads.replay.known import SCORES
from leads.replay.scores import scores_then
from leads.scoring.arithmetic import Scores
from lifecycle.criteria.evaluate import Snapshot, evaluate
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.reasons import reason
from lifecycle.models import ProcedureVersion, Responsibility, RuleVersion, StageDefinition
from lifecycle.procedure_text import texts_of
from lifecycle.term_text import LANGUAGES

LOOKED_BACK: Final = timedelta(days=90)
"""How far notes and moves are looked at: an old note is not somebody's word of today."""
NOTE_KINDS: Final = ("note", "call", "meeting", "sales_email", "event_met")
MOST: Final = 100
"""Findings of one kind; a list of more is not worked off, it is a new definition."""
RULE_TEXTS: Final = ("question_en", "question_fr", "text_en", "text_fr")


@dataclass(frozen=True)
class Found:
    """One place where a word that is never said is written."""

    kind: str | Promise
    text: str
    word: str
    url: str
    side: str = ""
    at: datetime | None = None


def pattern_of(words: Sequence[str]) -> str:
    """Any of the words as a whole, for PostgreSQL and for Python; never what is part of another word."""
    wanted = "|".join(
        re.escape(word.strip()) for word in sorted(words, key=len, reverse=True) if word.strip()
    )
    return rf"(?<!\w)(?:{wanted})(?!\w)" if wanted else ""


def misuse(words: Sequence[str], *, reader: User, at: datetime) -> list[Found]:
    """Where the words stand in names of campaigns and views, in what was agreed and in notes the reader may see.

    One query each; the newest first within a kind, at most a hundred of it.
    """
    pattern = pattern_of(words)
    if not pattern:
        return []
    wanted = re.compile(pattern, re.IGNORECASE)
    return [
        Found(kind, _around(text, wanted), found[0], url, side or "", moment)
        for kind, text, url, side, moment in _written(pattern, reader=reader, at=at)
        if (found := wanted.search(text))
    ]


def places(words: Sequence[str], *, at: datetime) -> list[tuple[str | Promise, int]]:
    """In how many places of each kind one of the words stands, whoever may read them; six queries.

    Views of one's own are nobody's business and are left out.
    """
    pattern = pattern_of(words)
    if not pattern:
        return []
    wanted = re.compile(pattern, re.IGNORECASE)
    agreed = ProcedureVersion.objects.in_force()
    owed = Responsibility.objects.in_force()
    return [
        (_("Campaign"), Campaign.objects.filter(name__iregex=pattern).count()),
        (_("Saved view"), SavedView.objects.filter(shared=True, name__iregex=pattern).count()),
        (_("Rule"), RuleVersion.objects.in_force().filter(_saying(RULE_TEXTS, pattern)).count()),
        (
            _("Procedure"),
            sum(
                any(wanted.search(text) for language in LANGUAGES for text in texts_of(one, language))
                for one in agreed
            ),
        ),
        (_("Responsibility"), owed.filter(_saying(("owes_en", "owes_fr"), pattern)).count()),
        (_("Note"), _noted(pattern, at=at).count()),
    ]


def _saying(columns: Sequence[str], pattern: str) -> Q:
    said = Q()
    for column in columns:
        said |= Q(**{f"{column}__iregex": pattern})
    return said


Written = tuple[str | Promise, str, str, str | None, datetime | None]


def _written(pattern: str, *, reader: User, at: datetime) -> Iterator[Written]:
    """What may hold one of the words; procedures and responsibilities are few and come whole."""
    campaigns = Campaign.objects.visible_to(reader).filter(name__iregex=pattern).order_by("-pk")[:MOST]
    for pk, name in campaigns.values_list("pk", "name"):
        yield _("Campaign"), name, reverse("leads:campaign-detail", args=[pk]), Side.MARKETING, None
    views = SavedView.objects.filter(_read_by(reader), name__iregex=pattern).order_by("-pk")[:MOST]
    for name, page, query, side in views.values_list("name", "page", "query", "user__team__side"):
        url = f"{reverse('leads:contact-list')}?{query}" if page == "contacts" else ""
        yield _("Saved view"), name, url, side, None
    rules = RuleVersion.objects.visible_to(reader).in_force().select_related("rule")
    for rule in rules.filter(_saying(RULE_TEXTS, pattern)):
        text = " ".join(getattr(rule, column) for column in RULE_TEXTS)
        yield _("Rule"), text, f"{reverse('lifecycle:rule-list')}#rule-{rule.rule.number}", "", None
    procedures = ProcedureVersion.objects.visible_to(reader).in_force().select_related("procedure")
    for procedure in procedures:
        url = procedure.procedure.get_absolute_url()
        for text in (text for language in LANGUAGES for text in texts_of(procedure, language)):
            yield _("Procedure"), text, url, "", None
    owed = Responsibility.objects.visible_to(reader).in_force()
    for stage, english, french in owed.values_list("stage", "owes_en", "owes_fr"):
        url = reverse("lifecycle:definition-detail", args=[stage])
        for text in (english, french):
            yield _("Responsibility"), text, url, "", None
    for contact, note, side, moment in _notes(pattern, reader=reader, at=at):
        yield _("Note"), note, f"/contacts/{contact}/", side, moment


def _read_by(reader: User) -> Q:
    """One's own views, and those that colleagues of the team share."""
    shared = Q(shared=True, user__team=reader.team_id) if reader.team_id else Q(pk=None)
    return Q(user=reader) | shared


def _notes(pattern: str, *, reader: User, at: datetime) -> QuerySet[Touchpoint, Any]:
    written = _noted(pattern, at=at).filter(contact__in=Contact.objects.visible_to(reader))
    told = written.annotate(note=KT("attributes__note")).order_by("-occurred_at")
    return told.values_list("contact", "note", "actor__team__side", "occurred_at")[:MOST]


def _noted(pattern: str, *, at: datetime) -> QuerySet[Touchpoint]:
    """Notes that somebody wrote of late."""
    notes = Touchpoint.objects.filter(
        kind__in=NOTE_KINDS, occurred_at__gt=at - LOOKED_BACK, occurred_at__lte=at, actor__isnull=False
    )
    return notes.alias(said=KT("attributes__note")).filter(said__iregex=pattern)


def _around(text: str, wanted: re.Pattern[str], *, width: int = 60) -> str:
    """The words before and after it, cut at blanks."""
    found = wanted.search(text)
    if found is None or len(text) <= 2 * width:
        return text
    start, end = max(0, found.start() - width), min(len(text), found.end() + width)
    before, after = ("…" if start else ""), ("…" if end < len(text) else "")
    return f"{before}{text[start:end].strip()}{after}"


# Moves by hand


@dataclass(frozen=True)
class MoveAgainst:
    """A contact that a person moved into the stage though the definition then in force did not hold of it."""

    contact: Contact
    at: datetime
    side: str
    lacking: str


def moves_against(definition: StageDefinition, *, reader: User, at: datetime) -> list[MoveAgainst]:
    """Of the last ninety days and of contacts the reader sees, since the definition is in force; five queries.

    Touches and scores are those of the moment of the move; what has been learned of a contact since speaks for it,
    so that nobody is counted for what they knew and had not written yet.
    """
    since = max(definition.agreement.in_force_from or at, at - LOOKED_BACK)
    moves = _moves(definition.stage_id, since=since, reader=reader, at=at)
    catalogue = contact_catalogue()
    try:
        node = parse(definition.criteria, catalogue)
    except CriteriaError:
        return []
    contacts = Contact.objects.filter(pk__in=[move.contact_id for move in moves])
    known = snapshots(contacts, at=at, catalogue=catalogue, node=node)
    asked = [(move.contact_id, move.at) for move in moves] if speaks_of_scores(node) else []
    scored = scores_then(asked, catalogue)
    found = []
    for move, scores in zip_longest(moves, scored):
        snapshot = _as_then(known[move.contact_id], scores)
        verdict = evaluate(node, snapshot, at=move.at, catalogue=catalogue)
        if not verdict.holds:
            language = get_language() or "en"
            lacking = [
                reason(leaf, catalogue, language, at=move.at) for leaf in verdict.leaves() if not leaf.holds
            ]
            side = move.actor.side if move.actor else None
            found.append(
                MoveAgainst(move.contact, move.at, side or "", ", ".join(dict.fromkeys(lacking[:3])))
            )
    return found


def _moves(stage: str, *, since: datetime, reader: User, at: datetime) -> list[Transition]:
    rows = (
        Transition.objects.visible_to(reader)
        .of_stage()
        .filter(to_value=stage, origin=Origin.PERSON, at__gte=since, at__lte=at, undoes=None, undone_by=None)
    )
    return list(rows.select_related("contact", "actor__team").order_by(F("at").desc(), "-pk")[:MOST])


def _as_then(known: Snapshot, scores: Scores | None) -> Snapshot:
    """With the scores of the moment of the move."""
    then = {
        fact: getattr(scores, column) for fact, column in SCORES.items() if scores and fact in known.facts
    }
    return Snapshot({**known.facts, **then}, known.touches)


def by_side(findings: Sequence[Found | MoveAgainst]) -> list[tuple[str, int]]:
    """How many of each team, in its order; what is of no team is left out."""
    counted = Counter(finding.side for finding in findings)
    return [(side, counted[side]) for side in Side.values if counted[side]]
