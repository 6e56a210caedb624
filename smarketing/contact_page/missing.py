"""What definitions and rules want that does not hold of a contact yet; knows nothing of why it is where it is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from django.db.models import BooleanField, Case, DateTimeField, F, Func, QuerySet, Value, When
from django.utils.translation import get_language

from leads.deciding import understood
from leads.facts import contact_catalogue, matching
from leads.models import Contact
from leads.scoring.loading import CACHE_SECONDS
from lib.statements import Statement, stand_in
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import AllOf, AnyOf, Node, Not, Path, walk
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.sentences import sentence
from smarketing.contact_page.sheet import Sheet
from smarketing.contact_page.words import catalogue, remembered_catalogue

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


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
