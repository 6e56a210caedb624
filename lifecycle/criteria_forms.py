"""The builder: criteria as a form of nested lines that works without JavaScript, and takes and gives the JSON tree.

A page embeds it with `{% include "lifecycle/criteria/_builder.html" with criteria=form %}` inside its own
`<form method="post">` and its view asks, in this order:

    form = CriteriaForm(request.POST or None, catalogue=contact_catalogue(), initial=definition.criteria)
    if form.is_command:      # a line was added, moved, changed: show the page again, nothing is saved
    elif form.is_valid():    # save form.tree
    else:                    # 422, the errors stand at their lines
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.compare import Piece, changed_leaves, compare_words, short_change
from lifecycle.criteria.draft import (
    EMPTY,
    GROUP_KINDS,
    NEW_TOUCH,
    Draft,
    Kind,
    Place,
    add,
    apply,
    from_json,
    levels,
    nodes,
    rooted,
    to_json,
    write_place,
)
from lifecycle.criteria.nodes import FactTest, Node, Path, TouchCount, TouchRecency, walk
from lifecycle.criteria.parse import (
    MAX_ATTRIBUTES,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_NODES,
    dump,
    parse,
    parse_written,
)
from lifecycle.criteria.problems import CriteriaError, Problem
from lifecycle.criteria.sentences import sentence
from lifecycle.criteria.values import MAX_LIST
from lifecycle.criteria_controls import Control, Finding, controls, find, settled
from lifecycle.vocabulary import TakesLongError, Trial

Counter = Callable[[Sequence[Node]], Sequence[int]]
"""How many contacts each of these trees is true of, in their order. Raise TakesLongError."""

Examiner = Callable[[Node], Trial]
"""Whom the tree lets in and whom nearly. Raise TakesLongError."""

Timer = Callable[[Node], None]
"""Raise TakesLongError for a tree that is not to be saved."""

LINE_END = re.compile(r"\r\n?|\n")
"""What a browser sends between lines; `splitlines` would break a value at signs that are no line end."""

LOOK, CHECK, FIND = "look", "check", "find"
"""Commands that change no line: what is counted, what is wrong, which facts are called so."""

KINDS: Mapping[str, Kind] = {"all": "all", "any": "any", "none": "none", "fact": "fact", "touch": "touch"}
MOST_SHOWN = 4 * MAX_LIST
"""Values of a field that are read and drawn again: a list is refused long before, and each may be a choice of its own
on the page."""

LEAF_FIELDS = ("fact", "op", "value", "touch", "count", "days", "human_only", "having")


@dataclass(frozen=True)
class Line:
    """One node as the page draws it."""

    key: str
    kind: str
    controls: tuple[Control, ...]
    errors: tuple[str, ...]
    count: int | None
    change: str
    children: tuple[Line, ...]
    is_root: bool
    can_rise: bool
    can_sink: bool
    can_leave: bool
    can_nest: bool
    can_grow: bool
    has_focus: bool

    @property
    def is_group(self) -> bool:
        return self.kind in GROUP_KINDS

    @property
    def keys(self) -> list[str]:
        """Of this line and all below it."""
        return [self.key, *(key for child in self.children for key in child.keys)]


@dataclass(frozen=True)
class _Marks:
    """What stands beside the lines, by their places."""

    errors: Mapping[Place, list[str]]
    counts: Mapping[Place, int]
    changes: Mapping[Place, str]


class CriteriaForm:
    """Criteria being written.

    `touches=False` allows facts only; `counter` adds how many match each line, `examiner` whom they let in;
    `timer` refuses what would take long; `previous` marks what changed against the tree it would replace. `is_quiet`,
    where a page has several of them: another one's button was pressed, and what is wrong here is not said yet.
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        catalogue: Catalogue,
        initial: Mapping[str, Any] | None = None,
        prefix: str = "criteria",
        touches: bool = True,
        counter: Counter | None = None,
        examiner: Examiner | None = None,
        timer: Timer | None = None,
        previous: Mapping[str, Any] | None = None,
    ) -> None:
        self.catalogue = catalogue if touches else replace(catalogue, touches=())
        self.prefix = prefix
        self.touches = touches
        self.counter, self.examiner, self.timer = counter, examiner, timer
        self.previous = _parsed_or_none(previous, catalogue)
        self.is_bound = data is not None and f"{prefix}-r-kind" in data
        self.search = (data.get(f"{prefix}-find", "") if data else "")[:60].strip()
        self.command = self._command(data) if data is not None and self.is_bound else ""
        self.focus: Place | None = None
        self.undo = ""
        self.is_quiet = False
        self.draft = self._read(data) if data is not None and self.is_bound else self._initial(initial)
        if self.command:
            self._obey(self.command, data.get(f"{prefix}-undo", "") if data else "")

    @property
    def is_command(self) -> bool:
        """Whether a button of the builder was pressed, rather than the page's own."""
        return bool(self.command)

    def is_valid(self) -> bool:
        return self.is_bound and not self.is_command and self.node is not None and self._slow is None

    @property
    def is_tried(self) -> bool:
        """Whether the page has a panel that says whom the criteria let in."""
        return self.examiner is not None

    @cached_property
    def trial(self) -> Trial | None:
        """Whom they let in; None while they are incomplete or where it would take too long to say."""
        if self.node is None or self.examiner is None or self._slow is not None:
            return None
        with suppress(TakesLongError):
            return self.examiner(self.node)
        return None

    @property
    def takes_long(self) -> bool:
        """Whether the criteria are complete and yet cannot be tried in time."""
        return self.node is not None and self.is_tried and self.trial is None

    @cached_property
    def found(self) -> Finding | None:
        """The facts and touches whose name holds the words searched for; None without any."""
        return find(self.search, self.catalogue) if self.search else None

    @property
    def node(self) -> Node | None:
        return self._parsed[0]

    @property
    def tree(self) -> dict[str, Any]:
        """The tree to be kept. Raises CriteriaError where there is none."""
        if self.node is None:
            raise CriteriaError(self.problems)
        return dump(self.node)

    @property
    def problems(self) -> tuple[Problem, ...]:
        if self.shows_errors and self._slow is not None:
            return (Problem(self._slow, "takes_long"),)
        return self._parsed[1]

    @property
    def sentences(self) -> list[tuple[str, str]]:
        """The language and words of the tree, the reader's first; empty while it is incomplete."""
        if self.node is None:
            return []
        other = {"en": "fr", "fr": "en"}
        mine = "fr" if (get_language() or "en").startswith("fr") else "en"
        return [(language, sentence(self.node, self.catalogue, language)) for language in (mine, other[mine])]

    @property
    def shows_errors(self) -> bool:
        return self.is_bound and not self.is_quiet and self.command in ("", CHECK)

    @cached_property
    def root(self) -> Line:
        """What the page draws."""
        return self._line(self.draft, (), _Marks(self._errors(), self._counts(), self._changes()))

    @property
    def comparison(self) -> list[Piece]:
        """The sentence in the reader's language against that of `previous`; empty while there is none."""
        if self.node is None or self.previous is None:
            return []
        language = get_language() or "en"
        old, new = (sentence(node, self.catalogue, language) for node in (self.previous, self.node))
        return compare_words(old, new)

    # reading

    def _initial(self, tree: Mapping[str, Any] | None) -> Draft:
        return rooted(from_json(tree, self.catalogue)) if tree else EMPTY

    def _read(self, data: QueryDict) -> Draft:
        budget = [MAX_NODES]

        def read(place: Place) -> Draft | None:
            base = f"{self.prefix}-{write_place(place)}-"
            kind = KINDS.get(data.get(base + "kind", ""))
            if kind is None or budget[0] <= 0 or len(place) > MAX_DEPTH:
                return None
            budget[0] -= 1
            if kind not in GROUP_KINDS:
                return settled(Draft(kind, fields=self._fields(data, base)), self.catalogue)
            children: list[Draft] = []
            while (child := read((*place, len(children)))) is not None:
                children.append(child)
            return Draft(kind, tuple(children))

        return rooted(read(()) or EMPTY)

    def _fields(self, data: QueryDict, base: str) -> dict[str, tuple[str, ...]]:
        starts = (base + "has.", base + "where.")
        attributes = [name.removeprefix(base) for name in data if name.startswith(starts)][
            : 4 * MAX_ATTRIBUTES
        ]
        return {
            name: tuple(islice(_lines(data.getlist(base + name)), MOST_SHOWN))
            for name in (*LEAF_FIELDS, *attributes)
            if base + name in data
        }

    def _command(self, data: QueryDict) -> str:
        """The button pressed; Enter in the search field searches instead of saving."""
        asked = data.get(f"{self.prefix}-do", "")
        is_new = self.search != data.get(f"{self.prefix}-found", "").strip()
        return FIND if not asked and self.search and is_new and f"{self.prefix}-default" in data else asked

    def _obey(self, command: str, undo: str) -> None:
        if command in (LOOK, CHECK, FIND):
            return
        if command == "undo":
            self.draft = _restored(undo, self.catalogue) or self.draft
            return
        if command.startswith("with-"):
            self._add_found(command)
            return
        before = self.draft
        self.draft, self.focus = apply(self.draft, command)
        if command.startswith("remove:"):
            self.undo = json.dumps(to_json(before, self.catalogue)[0])
        elif command.startswith("refresh:"):
            self.focus = None  # a script keeps it in the field; without one the line of the button takes it

    def _add_found(self, command: str) -> None:
        """What the search found, as a line of its own at the end."""
        verb, _, key = command.partition(":")
        new = replace(NEW_TOUCH, fields={**NEW_TOUCH.fields, "touch": (key,)})
        if verb == "with-fact":
            new = settled(Draft("fact", fields={"fact": (key,)}), self.catalogue)
        self.draft, self.focus = add(self.draft, (), new)
        self.search = ""

    # showing

    @cached_property
    def _written(self) -> tuple[dict[str, Any], dict[Path, Place]]:
        return to_json(self.draft, self.catalogue)

    @cached_property
    def _parsed(self) -> tuple[Node | None, tuple[Problem, ...]]:
        read = parse_written if self.is_bound else parse
        try:
            return read(self._written[0], self.catalogue), ()
        except CriteriaError as error:
            return None, error.problems

    @cached_property
    def _slow(self) -> Path | None:
        """Where the criterion stands that would take too long; None where all is well or nobody asks."""
        if self.timer is None or self.node is None or not self.shows_errors:
            return None
        try:
            self.timer(self.node)
        except TakesLongError as error:
            return error.path
        return None

    def _errors(self) -> dict[Place, list[str]]:
        """What is wrong at each line: the nearest one above the place of the problem."""
        found: dict[Place, list[str]] = {}
        if self.shows_errors:
            places = self._written[1]
            for problem in self.problems:
                nearest = max((path for path in places if problem.path[: len(path)] == path), key=len)
                found.setdefault(places[nearest], []).append(problem.say(get_language() or "en"))
        return found

    def _counts(self) -> dict[Place, int]:
        """How many match at each line; of a group of which none may hold, how many it leaves."""
        if self.node is None or self.counter is None:
            return {}
        places = self._written[1]
        wanted = [(places[path], node) for path, node in walk(self.node) if path in places]
        try:
            counted = self.counter([node for _, node in wanted])
        except TakesLongError:
            return {}
        return {place: number for (place, _), number in zip(wanted, counted, strict=True)}

    def _changes(self) -> dict[Place, str]:
        """The mark of each line that `previous` has not."""
        if self.node is None or self.previous is None:
            return {}
        nodes_now, places = dict(walk(self.node)), self._written[1]
        found: dict[Place, str] = {}
        for path, was in changed_leaves(self.previous, self.node).items():
            leaf = nodes_now[path]
            if path in places and isinstance(leaf, FactTest | TouchCount | TouchRecency):
                told = short_change(was, leaf, self.catalogue, get_language() or "en") if was else _("new")
                found[places[path]] = told or _("changed")
        return found

    def _line(self, draft: Draft, place: Place, marks: _Marks) -> Line:
        siblings = len(around.children) if place and (around := self.draft.at(place[:-1])) else 0
        room = nodes(self.draft) < MAX_NODES
        return Line(
            key=write_place(place),
            kind=draft.kind,
            controls=() if draft.is_group else tuple(controls(draft, self.catalogue, touches=self.touches)),
            errors=tuple(marks.errors.get(place, ())),
            count=marks.counts.get(place),
            change=marks.changes.get(place, ""),
            children=tuple(
                self._line(child, (*place, number), marks) for number, child in enumerate(draft.children)
            ),
            is_root=not place,
            can_rise=bool(place) and place[-1] > 0,
            can_sink=bool(place) and place[-1] + 1 < siblings,
            can_leave=len(place) > 1,
            can_nest=bool(place) and room and len(place) + 1 + levels(draft) <= MAX_DEPTH,
            can_grow=room and len(place) + 2 <= MAX_DEPTH,
            has_focus=place == self.focus,
        )


def _lines(texts: Sequence[str]) -> Iterator[str]:
    return (line.strip() for text in texts for line in LINE_END.split(text))


def _parsed_or_none(tree: Mapping[str, Any] | None, catalogue: Catalogue) -> Node | None:
    """An older tree, unless the catalogue no longer knows what it speaks of."""
    with suppress(CriteriaError):
        return parse(tree, catalogue) if tree else None
    return None


def _restored(text: str, catalogue: Catalogue) -> Draft | None:
    """The draft that a removal left behind, if that is what it is."""
    if len(text) > MAX_CHARACTERS:
        return None
    with suppress(ValueError, RecursionError, LookupError, TypeError, AttributeError):
        draft = rooted(from_json(json.loads(text), catalogue))
        return draft if nodes(draft) <= MAX_NODES and levels(draft) <= MAX_DEPTH else None
    return None
