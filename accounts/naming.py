"""How people are called where several are listed: those of one name by their address as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from accounts.models import User


def told_apart(people: Iterable[User]) -> dict[int, str]:
    """Id → full name, in the order given; with the e-mail address where anybody else is called the same.

    Whoever is not among them counts too: a name means one person wherever it is read. One query more.
    """
    names = {person.pk: (person.get_full_name(), person.email) for person in people}
    everybody = User.objects.values_list("first_name", "last_name").order_by()
    known = Counter(f"{first} {last}".strip().casefold() for first, last in everybody) if names else Counter()
    return {
        pk: f"{name} ({email})" if known[name.casefold()] > 1 else name for pk, (name, email) in names.items()
    }
