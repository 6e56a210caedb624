"""Words that are never said and still written: in names, in what was agreed, and in notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.expressions import Combinable
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
from lib.folding import Fold, LikeAny, Matches
from lib.inflection import Folded, Phrases, likes_of, pattern_of
from lifecycle.models import Field, ProcedureVersion, Responsibility, RuleVersion, Stage, Status
from lifecycle.procedure_text import texts_of
from lifecycle.term_text import LANGUAGES, looked_for
from personas.models import PersonaVersion

LOOKED_BACK: Final = timedelta(days=90)
"""How far notes and moves are looked at: an old note is not somebody's word of today."""
BOUNDED: Final = (_("Note"), _("Deal"))
MOST: Final = 5_000
"""Notes, and deals, that one reading lists: the newest ones. A word that stands in more of them is no slip."""
MOST_IN_ONE: Final = 50
"""Words that one pattern of the database holds."""
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


@dataclass(frozen=True)
class Sought:
    """The words as the database looks for them: by what they are LIKE, and of those few in all forms and no others.

    The pattern of many takes it seconds to read. Without one a little more is found, and Python tells.
    """

    likes: Sequence[str]
    pattern: str = ""

    @classmethod
    def of(cls, words: Sequence[str]) -> Sought:
        return cls(likes_of(words), pattern_of(words) if len(words) <= MOST_IN_ONE else "")

    def stands_in(self, folded: Combinable) -> Q:
        like = Q(LikeAny(folded, self.likes))
        if not self.pattern:
            return like
        return like & Q(Matches(folded, self.pattern))


def misuse(words: Sequence[str], *, reader: User, at: datetime) -> list[Found]:
    """Where the words stand in what the reader may see: all places, the newest first within a kind. Ten queries."""
    return misuses({0: words}, reader=reader, at=at).get(0, [])


def misuses(words: Mapping[int, Sequence[str]], *, reader: User, at: datetime) -> dict[int, list[Found]]:
    """The same for the words of many terms at once, by term; ten queries whatever their number."""
    words = {term: looked_for(said) for term, said in words.items()}
    wanted = {term: phrases for term, said in words.items() if (phrases := Phrases.of(said))}
    if not wanted:
        return {}
    found: dict[int, list[Found]] = {}
    everything = Sought.of([word for said in words.values() for word in said])
    for kind, text, url, side, moment in _written(everything, reader=reader, at=at):
        read = Folded.of(text)
        for term, phrases in wanted.items():
            if hit := phrases.first_in(read):
                start, end = hit
                place = Found(kind, _around(text, start, end), text[start:end], url, side or "", moment)
                found.setdefault(term, []).append(place)
    return found


def places(words: Sequence[str], *, at: datetime) -> list[tuple[str | Promise, int]]:
    """In how many places of each kind one of the words stands, whoever may read them; ten queries.

    Views of one's own are nobody's business and are left out.
    """
    words = looked_for(words)
    phrases = Phrases.of(words)
    if phrases is None:
        return []
    sought = Sought.of(words)
    named = Counter(kind for kind, *_rest in _names(sought))
    agreed = ProcedureVersion.objects.in_force()
    owed = Responsibility.objects.in_force().filter(stage__is_active=True)
    return [
        *((label, named[kind]) for kind, label in NAMED.items()),
        (_("Campaign"), Campaign.objects.filter(_saying(("name",), sought)).count()),
        (_("Saved view"), SavedView.objects.filter(_saying(("name",), sought), shared=True).count()),
        (_("Rule"), RuleVersion.objects.in_force().filter(_saying(RULE_TEXTS, sought)).count()),
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
        (_("Responsibility"), owed.filter(_saying(("owes_en", "owes_fr"), sought)).count()),
        (_("Deal"), _dealt(sought, at=at).count()),
        (_("Note"), _noted(sought, at=at).count()),
    ]


def by_side(findings: Sequence[Found]) -> list[tuple[str, int]]:
    """How many of each team, in its order; what is of no team is left out."""
    counted = Counter(finding.side for finding in findings)
    return [(side, counted[side]) for side in Side.values if counted[side]]


def _saying(columns: Sequence[str], sought: Sought) -> Q:
    said = Q()
    for column in columns:
        said |= sought.stands_in(Fold(column))
    return said


def _names(sought: Sought) -> QuerySet[Any, Any]:
    """Kind, key, names in both languages and side of whatever is called by one of the words. One query."""
    names, labels = ("name_en", "name_fr"), ("label_en", "label_fr")
    nobody = Value("", output_field=CharField())
    stages = Stage.objects.active().filter(_saying(names, sought))
    statuses = Status.objects.filter(_saying(names, sought))
    fields = Field.objects.filter(_saying(labels, sought))
    sources = Source.objects.filter(_saying(names, sought))
    personas = PersonaVersion.objects.in_force().filter(_saying(names, sought), persona__is_active=True)
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


def _written(sought: Sought, *, reader: User, at: datetime) -> Iterator[Written]:
    """What may hold one of the words; procedures, tactics and responsibilities are few and come whole."""
    for kind, key, english, french, side in _names(sought):
        for name in dict.fromkeys((english, french)):
            yield NAMED[kind], name, _url_of(kind, key), side, None
    campaigns = Campaign.objects.visible_to(reader).filter(_saying(("name",), sought)).order_by("-pk")
    for pk, name in campaigns.values_list("pk", "name"):
        yield _("Campaign"), name, reverse("leads:campaign-detail", args=[pk]), Side.MARKETING, None
    views = SavedView.objects.visible_to(reader).filter(_saying(("name",), sought)).order_by("-pk")
    for name, page, query, side in views.values_list("name", "page", "query", "user__team__side"):
        url = f"{reverse('leads:contact-list')}?{query}" if page == "contacts" else ""
        yield _("Saved view"), name, url, side, None
    rules = RuleVersion.objects.visible_to(reader).in_force().select_related("rule")
    for rule in rules.filter(_saying(RULE_TEXTS, sought)):
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
    yield from _deals(sought, reader=reader, at=at)
    for contact, note, side, moment in _notes(sought, reader=reader, at=at):
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


def _notes(sought: Sought, *, reader: User, at: datetime) -> QuerySet[Touchpoint, Any]:
    written = _noted(sought, at=at).filter(contact__in=Contact.objects.visible_to(reader))
    told = written.annotate(note=KT("attributes__note")).order_by("-occurred_at")
    return told.values_list("contact", "note", "actor__team__side", "occurred_at")[:MOST]


def _noted(sought: Sought, *, at: datetime) -> QuerySet[Touchpoint]:
    """Notes that somebody wrote of late; found by an index of their letters, so that the others are not read."""
    notes = Touchpoint.objects.noted().filter(occurred_at__gt=at - LOOKED_BACK, occurred_at__lte=at)
    return notes.filter(sought.stands_in(Fold(KT("attributes__note"))))


def _deals(sought: Sought, *, reader: User, at: datetime) -> Iterator[Written]:
    """What deals are called, why they were won, and what is noted of them, the newest first."""
    told = _dealt(sought, at=at).visible_to(reader).order_by("-opened_at", "-pk")
    columns = ("pk", "owner__team__side", "closed_at", "opened_at", "name", "won_reason", "note")
    for pk, side, closed_at, opened_at, *texts in told.values_list(*columns)[:MOST]:
        for text in texts:
            yield _("Deal"), text, reverse("leads:deal-detail", args=[pk]), side, closed_at or opened_at


def _dealt(sought: Sought, *, at: datetime) -> DealQuerySet:
    """Deals that are open or were of late; by an index as well."""
    lately = Deal.objects.filter(Q(closed_at=None) | Q(closed_at__gt=at - LOOKED_BACK))
    return lately.filter(sought.stands_in(DEAL_TEXTS))


def _around(text: str, start: int, end: int, *, width: int = 60) -> str:
    """The words before and after what stands there, cut at blanks."""
    if len(text) <= 2 * width:
        return text
    start, end = max(0, start - width), min(len(text), end + width)
    before, after = ("…" if start else ""), ("…" if end < len(text) else "")
    return f"{before}{text[start:end].strip()}{after}"
