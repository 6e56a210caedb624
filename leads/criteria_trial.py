"""Criteria tried on the contacts there are, within a time a page can wait: counts, and who is in or nearly in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from psycopg.errors import QueryCanceled

from accounts.models import User
from leads.facts import count_matching, matching, snapshots
from leads.models import Contact
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.evaluate import Verdict, evaluate
from lifecycle.criteria.near import distance, with_one_given
from lifecycle.criteria.nodes import AllOf, AnyOf, Node, Not, Path, walk
from lifecycle.criteria.reasons import decisive, reason, turning
from lifecycle.vocabulary import Example, TakesLongError, Trial

PATIENCE_MS: Final = 2_000
"""What the database may take for one statement of a page."""

COSTLY: Final = 50_000_000.0
"""What the planner may think of a statement, in its own units, for it to be tried at all."""

BATCH: Final = 20_000
"""Contacts that a definition must answer for within the patience, however many there are."""

SHOWN: Final = 5
CANDIDATES: Final = 60
SAID: Final = 2
"""Leaves that are named of whom several keep out."""
LEAVES: Final = 20
"""Leaves of which each is taken as given in search of those who miss by one; the rest of a large tree is not."""


def count_bounded(nodes: Sequence[Node], *, reader: User, at: datetime, catalogue: Catalogue) -> list[int]:
    """Of how many of the contacts the person sees each tree is true. Raise TakesLongError with the place in the first,
    the whole."""
    if not nodes:
        return []
    with patient(nodes[0], at=at, catalogue=catalogue):
        return count_matching(Contact.objects.visible_to(reader), nodes, at=at, catalogue=catalogue)


def count_where(
    conditions: Sequence[Q], *, node: Node, at: datetime, catalogue: Catalogue, among: Q | None = None
) -> list[int]:
    """Of how many contacts each condition is true, in one reading of all or of those `among` whom all of them are.

    Raise TakesLongError; `node` is what they are of.
    """
    counts = {f"count_{place}": Count("pk", filter=which) for place, which in enumerate(conditions)}
    with patient(node, at=at, catalogue=catalogue):
        found = Contact.objects.filter(among or Q()).order_by().aggregate(**counts)
    return [found[name] for name in counts]


def grouped(
    column: str, *, node: Node, at: datetime, catalogue: Catalogue, wanted: Any
) -> list[tuple[Any, Any, int]]:
    """How many contacts that are there have each value of the column and of the expression. Raise TakesLongError."""
    rows = Contact.objects.filter(deleted_at=None).order_by().annotate(wanted=wanted).values(column, "wanted")
    with patient(node, at=at, catalogue=catalogue):
        return list(rows.annotate(n=Count("pk")).values_list(column, "wanted", "n"))


def check_time(node: Node, *, at: datetime, catalogue: Catalogue) -> None:
    """Raise TakesLongError where the newest 20,000 contacts cannot be held against the tree in time."""
    last = Contact.objects.aggregate(last=Max("pk"))["last"] or 0
    batch = Contact.objects.filter(pk__gt=last - BATCH)
    with patient(node, at=at, catalogue=catalogue):
        if _cost(batch.filter(matching(node, at=at, catalogue=catalogue))) > COSTLY:
            raise TakesLongError(_costliest(node, at=at, catalogue=catalogue))
        count_matching(batch, [node], at=at, catalogue=catalogue)


def examine(node: Node, *, reader: User, at: datetime, catalogue: Catalogue) -> Trial:
    """How many of the contacts the person sees are let in, five of them, and five who are nearest to it: those whom one
    leaf keeps out come first."""
    contacts = Contact.objects.visible_to(reader)
    holds = matching(node, at=at, catalogue=catalogue)
    with patient(node, at=at, catalogue=catalogue):
        count = contacts.filter(holds).count()
        inside = _some(contacts.filter(holds), SHOWN) if count else []
        candidates = _some(contacts.filter(~holds & _by_one(node, at=at, catalogue=catalogue)), CANDIDATES)
        if len(candidates) < SHOWN:  # few contacts, or criteria far from all of them: those who lack least
            known = {contact.pk for contact in candidates}
            others = _some(contacts.filter(~holds), CANDIDATES)
            candidates += [contact for contact in others if contact.pk not in known]
        verdicts = _verdicts(node, [*inside, *candidates], at=at, catalogue=catalogue)
    nearly = sorted(
        (
            (len(leaves), min(map(distance, leaves)), place, contact, leaves)
            for place, contact, leaves in _missing(candidates, verdicts)
        ),
        key=lambda found: found[:3],
    )
    return Trial(
        count=count,
        matching=tuple(
            _example(contact, _telling(verdicts[contact.pk]), at=at, catalogue=catalogue)
            for contact in inside
        ),
        nearly=tuple(
            _example(contact, sorted(leaves, key=distance)[:SAID], at=at, catalogue=catalogue)
            for *_, contact, leaves in nearly[:SHOWN]
        ),
    )


def _some(contacts: QuerySet[Contact], number: int) -> list[Contact]:
    """The newest; scores and companies are not read."""
    return list(contacts.order_by("-pk").only("first_name", "last_name", "email")[:number])


def _by_one(node: Node, *, at: datetime, catalogue: Catalogue) -> Q:
    given = islice(with_one_given(node), LEAVES)
    conditions = [matching(tree, at=at, catalogue=catalogue) for tree in given]
    return reduce(or_, conditions) if conditions else Q(pk__in=())


def _verdicts(
    node: Node, contacts: Sequence[Contact], *, at: datetime, catalogue: Catalogue
) -> dict[int, Verdict]:
    rows = Contact.objects.filter(pk__in=[contact.pk for contact in contacts])
    known = snapshots(rows, at=at, catalogue=catalogue, node=node)
    return {pk: evaluate(node, facts, at=at, catalogue=catalogue) for pk, facts in known.items()}


def _missing(
    contacts: Sequence[Contact], verdicts: dict[int, Verdict]
) -> Iterator[tuple[int, Contact, tuple[Verdict, ...]]]:
    for place, contact in enumerate(contacts):
        leaves = turning(verdicts[contact.pk]) if contact.pk in verdicts else None
        if leaves:
            yield place, contact, leaves


def _telling(verdict: Verdict) -> list[Verdict]:
    """Two of the leaves the answer rests on: what was measured says more than a yes or a no."""
    return sorted(decisive(verdict), key=lambda leaf: isinstance(leaf.actual, bool | None))[:2]


def _example(contact: Contact, leaves: Sequence[Verdict], *, at: datetime, catalogue: Catalogue) -> Example:
    language = get_language() or "en"
    why = dict.fromkeys(reason(leaf, catalogue, language, at=timezone.localtime(at)) for leaf in leaves)
    return Example(contact.name, contact.get_absolute_url(), ", ".join(why))


# Time


@contextmanager
def patient(node: Node, *, at: datetime, catalogue: Catalogue) -> Iterator[None]:
    """Statements inside are stopped when they take too long; the time limit ends with the block.

    Raise TakesLongError; `node` is what they ask.
    """
    try:
        with transaction.atomic():
            _set_timeout(str(PATIENCE_MS))
            yield
            _set_timeout("DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TakesLongError(_costliest(node, at=at, catalogue=catalogue)) from error
        raise


def _set_timeout(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout TO {value}")


def _cost(rows: QuerySet[Contact]) -> float:
    """What the planner expects of reading these rows."""
    plan = json.loads(rows.order_by().values("pk").explain(format="JSON"))
    return float(plan[0]["Plan"]["Total Cost"])


def _costliest(node: Node, *, at: datetime, catalogue: Catalogue) -> Path:
    """Where the leaf stands that the planner likes least."""
    leaves = [(path, leaf) for path, leaf in walk(node) if not isinstance(leaf, AllOf | AnyOf | Not)]
    costs = {
        path: _cost(Contact.objects.filter(matching(leaf, at=at, catalogue=catalogue)))
        for path, leaf in leaves
    }
    return max(costs, key=lambda path: costs[path], default=())
