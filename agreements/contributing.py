"""Who had a part in a version, by team: wrote, commented, disagreed, answered, settled, signed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Side, User
from agreements.models import Comment, Settlement, Signature, Writing


@dataclass(frozen=True)
class Contributor:
    """One person and what they did, in words."""

    person: User
    deeds: tuple[str, ...]


@dataclass(frozen=True)
class Contribution:
    """Those of one side in the order of their names; of neither with an empty `side`."""

    side: str
    people: list[Contributor]


def contributions(
    writings: Iterable[Writing], comments: Iterable[Comment], signatures: Iterable[Signature]
) -> list[Contribution]:
    """Both sides, also one of whom nobody has spoken, and people of neither where there are any. No query.

    Comments come with their replies and settlements, everybody with their team.
    """
    people: dict[int, User] = {}
    did: dict[int, Counter[str]] = defaultdict(Counter)

    def note(person: User, deed: str) -> None:
        people[person.pk] = person
        did[person.pk][deed] += 1

    for writing in writings:
        note(writing.user, "wrote")
    for comment in comments:
        note(comment.author, "disagreed" if comment.is_disagreement else "commented")
        for reply in comment.replies.all():
            note(reply.author, "answered")
        settlement: Settlement | None = getattr(comment, "settlement", None)
        if settlement:
            note(settlement.settled_by, "settled")
    for signature in signatures:
        note(signature.user, "signed")

    by_side: dict[str, list[Contributor]] = {side: [] for side in Side.values}
    for person in sorted(people.values(), key=lambda one: (one.last_name, one.first_name, one.pk)):
        one = Contributor(person, tuple(_in_words(did[person.pk])))
        by_side.setdefault(person.side or "", []).append(one)
    return [Contribution(side, found) for side, found in by_side.items()]


def _in_words(did: Counter[str]) -> Iterable[str]:
    if did["wrote"]:
        yield _("wrote")
    if did["commented"]:
        yield ngettext("%(n)s comment", "%(n)s comments", did["commented"]) % {"n": did["commented"]}
    if did["disagreed"]:
        yield ngettext("%(n)s disagreement", "%(n)s disagreements", did["disagreed"]) % {
            "n": did["disagreed"]
        }
    if did["answered"]:
        yield ngettext("%(n)s answer", "%(n)s answers", did["answered"]) % {"n": did["answered"]}
    if did["settled"]:
        yield ngettext("settled %(n)s", "settled %(n)s", did["settled"]) % {"n": did["settled"]}
    if did["signed"]:
        yield _("signed")
