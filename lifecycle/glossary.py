"""The glossary as its pages read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from agreements.models import State
from lifecycle.models import Stage, Status, Term, TermVersion
from lifecycle.term_text import untranslated

GROUPS = ("stage", "status", "deal", "kpi", "")
"""What a term covers, in the order of the list; the last is a word of its own."""


@dataclass(frozen=True)
class Entry:
    """A term with its version in force, or the one that retired it, its open one, or two of them."""

    term: Term
    in_force: TermVersion | None
    opened: TermVersion | None
    retired: TermVersion | None = None

    @property
    def shown(self) -> TermVersion:
        """In force, else what is being written, else what is retired."""
        version = self.in_force or self.opened or self.retired
        assert version is not None  # `entries` makes none without
        return version

    @property
    def group(self) -> str:
        prefix = self.term.covers.partition(":")[0]
        return prefix if prefix in GROUPS else ""

    @property
    def untranslated(self) -> list[str]:
        """The languages that lack something the other one says."""
        return untranslated(self.shown)


def entries(versions: Iterable[TermVersion]) -> list[Entry]:
    """One entry a term, by name; `versions` in force, open and retired, with term and agreement."""
    found: dict[int, dict[str, TermVersion]] = {}
    for version in versions:
        found.setdefault(version.term_id, {})[version.agreement.state] = version
    made = [
        Entry(
            term=next(iter(by.values())).term,
            in_force=by.get(State.IN_FORCE),
            opened=by.get(State.DRAFT) or by.get(State.PROPOSED),
            retired=by.get(State.RETIRED),
        )
        for by in found.values()
    ]
    return sorted(made, key=lambda entry: entry.shown.name.casefold())


def current_versions(search: str = "") -> list[TermVersion]:
    """Versions in force or open of terms in use, found by their words in either language; one query."""
    current = TermVersion.objects.filter(
        agreement__state__in=(State.IN_FORCE, State.DRAFT, State.PROPOSED), term__is_retired=False
    ).select_related("term", "agreement")
    for word in search.split():
        found = Q()
        for name in ("name_en", "name_fr", "sentence_en", "sentence_fr", "formula", "formula_fr"):
            found |= Q(**{f"{name}__unaccent__icontains": word})
        current = current.filter(found | Q(synonyms__icontains=word) | Q(forbidden_synonyms__icontains=word))
    return list(current)


def retired_entries() -> list[Entry]:
    """Terms that both teams gave up and nobody takes back at the moment; one query."""
    current = TermVersion.objects.filter(agreement__state=State.RETIRED).exclude(
        term__versions__agreement__state__in=(State.DRAFT, State.PROPOSED)
    )
    return entries(current.select_related("term", "agreement"))


def entry_of(term: Term) -> Entry | None:
    """None for a term whose only draft was dropped."""
    states = (State.IN_FORCE, State.DRAFT, State.PROPOSED, State.RETIRED)
    versions = term.versions.filter(agreement__state__in=states).select_related("agreement", "term")
    return next(iter(entries(versions)), None)


def term_of(covers: str) -> Term | None:
    """The term that explains a label: the one made for it, else one in force that links to it."""
    if own := Term.objects.filter(covers=covers).first():
        return own
    linking = TermVersion.objects.in_force().filter(links__contains=covers, term__is_retired=False)
    version = linking.select_related("term").order_by("pk").first()
    return version.term if version else None


def stage_order() -> dict[str, int]:
    """What stages and statuses are covered as → their place in the loop; two queries."""
    return {
        f"{prefix}:{key}": position
        for prefix, rows in (("stage", Stage.objects.all()), ("status", Status.objects.all()))
        for key, position in rows.values_list("key", "position")
    }
