"""Words that are one slip away from a typed one: two letters exchanged, one missing, one too many, one wrong."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Lookup, Q, TextField

SHORTEST: Final = 5
"""Letters of a word from which on one may be any letter; of a shorter one too many words would be meant."""
LONGEST: Final = 14
"""Letters from which on the similarity of a whole word finds a slip as well."""


@TextField.register_lookup
class Like(Lookup):
    """`column LIKE pattern`, which a trigram index answers; the pattern is the caller's, wildcards and all."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", (*left_params, *right_params)


def slips(word: str) -> list[str]:
    """`LIKE` patterns of what somebody who typed this word, folded, may have meant; without the word itself.

    Two letters that changed places, or one too many, are looked for anywhere. A letter that is wrong or missing may be
    any, and so only where a word begins.
    """
    n = len(word)
    if n > LONGEST or not word.isalnum():
        return []
    exchanged = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(n - 1)}
    shorter = {word[:i] + word[i + 1 :] for i in range(n)} if n >= SHORTEST else set()
    found = [f"%{text}%" for text in sorted((exchanged | shorter) - {word})]
    if n >= SHORTEST:
        wrong = [f"{word[:i]}_{word[i + 1 :]}" for i in range(n)]
        missing = [f"{word[:i]}_{word[i:]}" for i in range(1, n)]
        found += [begun for text in (*wrong, *missing) for begun in (f"{text}%", f"% {text}%")]
    return found


def slipped(word: str) -> Q:
    """Whose `search` holds what may have been meant; nobody's for a word of which nothing can be guessed."""
    patterns = slips(word)
    return reduce(or_, (Q(search__like=pattern) for pattern in patterns)) if patterns else Q(pk__lt=0)
