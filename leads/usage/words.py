"""Words that are never said and still written: in names, in what was agreed, and in notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import SavedView, Side, User
from leads.models import Campaign, Contact, Deal, PlaybookVersion, Source, TacticsVersion, Touchpoint
from leads.models.deals import DEAL_TEXTS, DealQuerySet
from leads.playbooks import text as playbook_text
from leads.tactics import text as tactic_text
from lib.folding import Fold
from lib.inflection import Phrases, pattern_of
from lifecycle.models import Field, ProcedureVersion, Responsibility, RuleVersion, Stage, Status
from lifecycle.procedure_text import texts_of
from lifecycle.term_text import LANGUAGES
from personas.models import PersonaVersion

LOOKED_BACK: Final = timedelta(days=90)
"""How far notes and moves are looked at: an old note is not somebody's word of today."""
BOUNDED: Final = (_("Note"), _("Deal"))
MOST: Final = 5_000
"""Notes, and deals, that one reading lists: the newest ones. A word that stands in more of them is no slip."""
RULE_TEXTS: Final = ("question_en", "question_fr", "text_en", "text_fr")
NAMED: Final[Mapping[str, str | Promise]] = {
    "stage": _("Stage"),
    "status": _("Status"),
    "field": _("Field"),
    "source": _("Source"),
    "persona": _("Persona"),
}
"""What has a name that everybody reads all day."""


@dataclass(frozen=True)
class Found:
    """One place where a word that is never said is written; `side` is whose it is, empty for what is of both."""

    kind: str | Promise
    text: str
    word: str
    url: str
    side: str = ""
    at: datetime | None = None


def misuse(words: Sequence[str], *, reader: User, at: datetime) -> list[Found]:
    """Where the words stand in what the reader may see: all places, the newest first within a kind. Ten queries."""
    return misuses({0: words}, reader=reader, at=at).get(0, [])


def misuses(words: Mapping[int, Sequence[str]], *, reader: User, at: datetime) -> dict[int, list[Found]]:
    """The same for the words of many terms at once, by term; ten queries whatever their number."""
    wanted = {term: phrases for term, said in words.items() if (phrases := Phrases.of(said))}
    if not wanted:
        return {}
    found: dict[int, list[Found]] = {}
    everything = pattern_of([word for said in words.values() for word in said])
    for kind, text, url, side, moment in _written(everything, reader=reader, at=at):
        for term, phrases in wanted.items():
            if hit := phrases.first_in(text):
                start, end = hit
                place = Found(kind, _around(text, start, end), text[start:end], url, side or "", moment)
                found.setdefault(term, []).append(place)
    return found


def places(words: Sequence[str], *, at: datetime) -> list[tuple[str | Promise, int]]:
    """In how many places of each kind one of the words stands, whoever may read them; ten queries.

    Views of one's own are nobody's business and are left out.
    """
    phrases = Phrases.of(words)
    if phrases is None:
        return []
    pattern = phrases.pattern.pattern
    named = Counter(kind for kind, *_rest in _names(pattern))
    agreed = ProcedureVersion.objects.in_force()
    owed = Responsibility.objects.in_force().filter(stage__is_active=True)
    return [
        *((label, named[kind]) for kind, label in NAMED.items()),
        (_("Campaign"), Campaign.objects.filter(name__folded__regex=pattern).count()),
        (_("Saved view"), SavedView.objects.filter(shared=True, name__folded__regex=pattern).count()),
        (_("Rule"), RuleVersion.objects.in_force().filter(_saying(RULE_TEXTS, pattern)).count()),
        (
            _("Procedure"),
            sum(
                any(phrases.first_in(text) for language in LANGUAGES for text in texts_of(one, language))
                for one in agreed
            ),
        ),
        (
            _("Tactics"),
            sum(
                any(
                    phrases.first_in(text)
                    for language in LANGUAGES
                    for text in tactic_text.texts_of(one, language)
                )
                for one in TacticsVersion.objects.in_force()
            ),
        ),
        (
            _("Playbook"),
            sum(
                any(
                    phrases.first_in(text)
                    for language in LANGUAGES
                    for text in playbook_text.texts_of(one, language)
                )
                for one in PlaybookVersion.objects.in_force()
            ),
        ),
        (_("Responsibility"), owed.filter(_saying(("owes_en", "owes_fr"), pattern)).count()),
        (_("Deal"), _dealt(pattern, at=at).count()),
        (_("Note"), _noted(pattern, at=at).count()),
    ]


def by_side(findings: Sequence[Found]) -> list[tuple[str, int]]:
    """How many of each team, in its order; what is of no team is left out."""
    counted = Counter(finding.side for finding in findings)
    return [(side, counted[side]) for side in Side.values if counted[side]]


def _saying(columns: Sequence[str], pattern: str) -> Q:
    said = Q()
    for column in columns:
        said |= Q(**{f"{column}__folded__regex": pattern})
    return said


def _names(pattern: str) -> QuerySet[Any, Any]:
    """Kind, key, names in both languages and side of whatever is called by one of the words. One query."""
    names, labels = ("name_en", "name_fr"), ("label_en", "label_fr")
    nobody = Value("", output_field=CharField())
    stages = Stage.objects.active().filter(_saying(names, pattern))
    statuses = Status.objects.filter(_saying(names, pattern))
    fields = Field.objects.filter(_saying(labels, pattern))
    sources = Source.objects.filter(_saying(names, pattern))
    personas = PersonaVersion.objects.in_force().filter(_saying(names, pattern), persona__is_active=True)
    first, *others = (
        stages.values_list(Value("stage"), "key", *names, "side"),
        statuses.values_list(Value("status"), "key", *names, nobody),
        fields.values_list(Value("field"), "key", *labels, nobody),
        sources.values_list(Value("source"), Cast("pk", CharField()), *names, "side"),
        personas.values_list(Value("persona"), "persona__slug", *names, nobody),
    )
    return first.order_by().union(*(rows.order_by() for rows in others), all=True)


def _url_of(kind: str, key: str) -> str:
    match kind:
        case "stage":
            return reverse("lifecycle:definition-detail", args=[key])
        case "status":
            return reverse("lifecycle:definition-list")
        case "field":
            return reverse("lifecycle:field-list")
        case "persona":
            return reverse("personas:persona-detail", args=[key])
        case _:
            return f"{reverse('leads:contact-list')}?source={key}"


Written = tuple[str | Promise, str, str, str | None, datetime | None]


def _written(pattern: str, *, reader: User, at: datetime) -> Iterator[Written]:
    """What may hold one of the words; procedures, tactics and responsibilities are few and come whole."""
    for kind, key, english, french, side in _names(pattern):
        for name in dict.fromkeys((english, french)):
            yield NAMED[kind], name, _url_of(kind, key), side, None
    campaigns = Campaign.objects.visible_to(reader).filter(name__folded__regex=pattern).order_by("-pk")
    for pk, name in campaigns.values_list("pk", "name"):
        yield _("Campaign"), name, reverse("leads:campaign-detail", args=[pk]), Side.MARKETING, None
    views = SavedView.objects.visible_to(reader).filter(name__folded__regex=pattern).order_by("-pk")
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
    yield from _done(reader)
    owed = Responsibility.objects.visible_to(reader).in_force().filter(stage__is_active=True)
    for stage, english, french in owed.values_list("stage", "owes_en", "owes_fr"):
        url = reverse("lifecycle:definition-detail", args=[stage])
        for text in (english, french):
            yield _("Responsibility"), text, url, "", None
    yield from _deals(pattern, reader=reader, at=at)
    for contact, note, side, moment in _notes(pattern, reader=reader, at=at):
        yield _("Note"), note, f"/contacts/{contact}/", side, moment


def _done(reader: User) -> Iterator[Written]:
    """What is agreed to be done, by cell and by stage."""
    for version in TacticsVersion.objects.visible_to(reader).in_force():
        url = reverse("leads:tactics-cell", args=[version.cell])
        for text in (text for language in LANGUAGES for text in tactic_text.texts_of(version, language)):
            yield _("Tactics"), text, url, "", None
    for playbook in PlaybookVersion.objects.visible_to(reader).in_force():
        url = reverse("leads:playbook", args=[playbook.stage_id])
        for text in (text for language in LANGUAGES for text in playbook_text.texts_of(playbook, language)):
            yield _("Playbook"), text, url, "", None


def _notes(pattern: str, *, reader: User, at: datetime) -> QuerySet[Touchpoint, Any]:
    written = _noted(pattern, at=at).filter(contact__in=Contact.objects.visible_to(reader))
    told = written.annotate(note=KT("attributes__note")).order_by("-occurred_at")
    return told.values_list("contact", "note", "actor__team__side", "occurred_at")[:MOST]


def _noted(pattern: str, *, at: datetime) -> QuerySet[Touchpoint]:
    """Notes that somebody wrote of late; found by an index of their letters, so that the others are not read."""
    notes = Touchpoint.objects.noted().filter(occurred_at__gt=at - LOOKED_BACK, occurred_at__lte=at)
    return notes.alias(said=Fold(KT("attributes__note"))).filter(said__regex=pattern)


def _deals(pattern: str, *, reader: User, at: datetime) -> Iterator[Written]:
    """What deals are called, why they were won, and what is noted of them, the newest first."""
    told = _dealt(pattern, at=at).visible_to(reader).order_by("-opened_at", "-pk")
    columns = ("pk", "owner__team__side", "closed_at", "opened_at", "name", "won_reason", "note")
    for pk, side, closed_at, opened_at, *texts in told.values_list(*columns)[:MOST]:
        for text in texts:
            yield _("Deal"), text, reverse("leads:deal-detail", args=[pk]), side, closed_at or opened_at


def _dealt(pattern: str, *, at: datetime) -> DealQuerySet:
    """Deals that are open or were of late; by an index as well."""
    lately = Deal.objects.filter(Q(closed_at=None) | Q(closed_at__gt=at - LOOKED_BACK))
    return lately.alias(said=DEAL_TEXTS).filter(said__regex=pattern)


def _around(text: str, start: int, end: int, *, width: int = 60) -> str:
    """The words before and after what stands there, cut at blanks."""
    if len(text) <= 2 * width:
        return text
    start, end = max(0, start - width), min(len(text), end + width)
    before, after = ("…" if start else ""), ("…" if end < len(text) else "")
    return f"{before}{text[start:end].strip()}{after}"
