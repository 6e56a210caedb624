"""What a figure of the consequences counts: one condition for the number and for the list behind it.

A kind of thing says its figures by name, and tells of each contact of a page why it is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import User
from agreements.consequences import Change, Flow, figure
from agreements.models import AgreedVersion
from leads.criteria_trial import count_where, patient
from leads.facts import snapshots
from leads.models import Contact
from leads.models.contacts import ContactQuerySet
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.evaluate import Verdict, evaluate
from lifecycle.criteria.nodes import AllOf, Node, walk
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.reasons import decisive, reason
from lifecycle.models import StageDefinition, StatusDefinition
from lifecycle.vocabulary import TakesLongError

THERE: Final = Q(deleted_at=None)
"""Whom a figure may count: a tombstone is on no list."""

WIDEST: Final = ("was", "would", "inside", "now", "then")
"""The figures that hold all others, where a kind has them."""

SAID: Final = 3
"""Reasons in a line; of more, the number."""


@dataclass(frozen=True)
class Held:
    """What one version says of a contact, and the values it rests on in words."""

    holds: bool
    because: str


@dataclass(frozen=True)
class Told:
    """A contact by this version and by the one it replaces, None where there is none; and what follows for it."""

    then: Held
    now: Held | None = None
    follows: str = ""


@dataclass(frozen=True)
class Figure:
    """Whom it counts, in words and as a condition."""

    words: str
    where: Q


def differing(would: Q, was: Q) -> dict[str, Q]:
    """Whom either version holds, and who leaves, stays and enters between them."""
    return {"was": was, "would": would, "leave": was & ~would, "stay": was & would, "enter": would & ~was}


def readable(definition: StageDefinition | StatusDefinition | None, catalogue: Catalogue) -> Node | None:
    """Its criteria; None where it has none, or they cannot be read any more."""
    try:
        return parse(definition.criteria, catalogue) if definition and definition.criteria else None
    except CriteriaError:
        return None


Telling = Callable[[Sequence[Contact]], Mapping[int, Told]]


@dataclass(frozen=True)
class Behind:
    """The figures of one version by name. `node` is what is asked of each contact, whose time is bounded.

    `everybody` may carry columns that the conditions speak of; `note` says among whom it was counted, if not among all.
    """

    version: AgreedVersion
    figures: Mapping[str, Figure]
    node: Node
    tell: Telling
    at: datetime
    catalogue: Catalogue
    everybody: ContactQuerySet = field(default_factory=Contact.objects.all)
    note: str = ""

    def url(self, name: str) -> str:
        return reverse("leads:counted", args=[self.version.agreement_id, name])

    def counts(self) -> dict[str, int]:
        """Every figure, in one reading of all contacts. Raise TakesLongError."""
        wheres = [one.where for one in self.figures.values()]
        counted = count_where(wheres, node=self.node, at=self.at, catalogue=self.catalogue, among=THERE)
        return dict(zip(self.figures, counted, strict=True))

    def flow(self, counts: Mapping[str, int]) -> Flow:
        """Who leaves, stays and enters, of a kind that has these figures."""
        return Flow(
            leave=counts["leave"],
            stay=counts["stay"],
            enter=counts["enter"],
            leave_url=self.url("leave"),
            stay_url=self.url("stay"),
            enter_url=self.url("enter"),
        )

    def today(self, counts: Mapping[str, int], *, replaces: bool) -> Change:
        """How many meet the criteria, by the version it replaces and by this one."""
        return Change(
            _("Contacts that meet the criteria today"),
            figure(counts["was"]),
            figure(counts["would"]),
            url=self.url("would"),
            before_url=self.url("was") if replaces else "",
        )

    def contacts(self, name: str) -> ContactQuerySet:
        return self.everybody.filter(THERE, self.figures[name].where)

    def hidden_from(self, reader: User) -> int:
        """How many of those that any figure counts the reader may not open; 0 too where that would take long."""
        widest = [self.figures[name] for name in WIDEST if name in self.figures] or self.figures.values()
        anywhere = reduce(or_, (one.where for one in widest))
        try:
            with patient(self.node, at=self.at, catalogue=self.catalogue):
                return self.everybody.hidden_from(reader).filter(anywhere).count()
        except TakesLongError:
            return 0


def held(
    new: Node, old: Node | None, contacts: Sequence[Contact], *, at: datetime, catalogue: Catalogue
) -> dict[int, tuple[Held, Held | None]]:
    """Each contact by both trees, what they rest on in the reader's language. Two queries."""
    rows = Contact.objects.filter(pk__in=[contact.pk for contact in contacts])
    both: Node = new if old is None else AllOf((new, old))
    found: dict[int, tuple[Held, Held | None]] = {}
    for pk, facts in snapshots(rows, at=at, catalogue=catalogue, node=both).items():
        then = evaluate(new, facts, at=at, catalogue=catalogue)
        now = None if old is None else evaluate(old, facts, at=at, catalogue=catalogue)
        found[pk] = (
            _in_words(then, old, at=at, catalogue=catalogue),
            None if now is None else _in_words(now, new, at=at, catalogue=catalogue),
        )
    return found


def _in_words(verdict: Verdict, other: Node | None, *, at: datetime, catalogue: Catalogue) -> Held:
    """What the other tree does not ask is said first: it is what divides them."""
    shared: list[Any] = [] if other is None else [node for _path, node in walk(other)]
    leaves = sorted(decisive(verdict), key=lambda leaf: leaf.node in shared)
    language, local = get_language() or "en", timezone.localtime(at)
    said = list(dict.fromkeys(reason(leaf, catalogue, language, at=local) for leaf in leaves))
    more = len(said) - SAID
    return Held(verdict.holds, ", ".join(said[:SAID]) + (_and_more(more) if more > 0 else ""))


def _and_more(number: int) -> str:
    return ngettext(", and %(n)s more", ", and %(n)s more", number) % {"n": figure(number)}
