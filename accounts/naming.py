"""How people are called where several are listed: those of one name by their address as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from accounts.models import User


def told_apart(people: Iterable[User]) -> dict[int, str]:
    """Id → full name, in the order given; with the e-mail address where another of them is called the same."""
    names = {person.pk: (person.get_full_name(), person.email) for person in people}
    known = Counter(name.casefold() for name, _email in names.values())
    return {
        pk: f"{name} ({email})" if known[name.casefold()] > 1 else name for pk, (name, email) in names.items()
    }
