"""Which contacts make a quiz: those that the definition admits by little, and those that it misses by one criterion."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from itertools import islice
from operator import or_
from typing import Final

from django.db.models import Q, QuerySet

from leads.facts import matching, snapshots
from leads.models import Contact
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.evaluate import Verdict, evaluate
from lifecycle.criteria.near import distance, with_one_given
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.reasons import turning

CASES: Final = 12
CANDIDATES: Final = 200
"""The newest contacts of each side of the border that are measured; the border runs through any of them."""
LEAVES: Final = 20


def choose(node: Node, *, at: datetime, catalogue: Catalogue, seed: int) -> list[tuple[int, bool]]:
    """At most twelve contacts with whether the definition holds, half of them where possible, in a shuffled order.

    Six queries.
    """
    holds = matching(node, at=at, catalogue=catalogue)
    contacts = Contact.objects.filter(erasure=None).exclude(stage=None)
    inside = _nearest(contacts.filter(holds), node, at=at, catalogue=catalogue)
    nearly = _nearest(
        contacts.filter(~holds & _by_one(node, at=at, catalogue=catalogue)), node, at=at, catalogue=catalogue
    )
    half = CASES // 2
    few = min(len(inside), max(half, CASES - len(nearly)))
    chosen = [(pk, True) for pk in inside[:few]] + [(pk, False) for pk in nearly[: CASES - few]]
    random.Random(seed).shuffle(chosen)  # noqa: S311 # an order that tells nothing, not a secret
    return chosen


def _by_one(node: Node, *, at: datetime, catalogue: Catalogue) -> Q:
    given = [matching(tree, at=at, catalogue=catalogue) for tree in islice(with_one_given(node), LEAVES)]
    return reduce(or_, given) if given else Q(pk__in=())


def _nearest(rows: QuerySet[Contact], node: Node, *, at: datetime, catalogue: Catalogue) -> list[int]:
    """The newest of them, those nearest to the border first."""
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[:CANDIDATES])
    known = snapshots(Contact.objects.filter(pk__in=ids), at=at, catalogue=catalogue, node=node)
    ranked = sorted(
        (_to_border(evaluate(node, facts, at=at, catalogue=catalogue)), -pk) for pk, facts in known.items()
    )
    return [-place for _, place in ranked]


def _to_border(verdict: Verdict) -> tuple[int, float]:
    """How many leaves must turn for the answer to turn, and how far the nearest of them is."""
    leaves: Iterable[Verdict] = turning(verdict) or ()
    distances = [distance(leaf) for leaf in leaves]
    return (len(distances) or LEAVES, min(distances, default=1.0))
