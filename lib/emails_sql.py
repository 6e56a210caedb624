"""The one spelling of an e-mail address (lib.emails) as the database holds it, and how a table comes to it."""

from typing import Any

from django.db import connection
from django.db.models import CheckConstraint, Func, Q, TextField
from django.db.models.functions import Lower

from lib import emails

_UNSEEN = r"\u0001-\u0020\u007f-\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
"""Blanks, controls and what does not show, by their numbers: classes differ with the locale."""
WORD_AT_WORD = rf"^[^@{_UNSEEN}]+@[^@{_UNSEEN}]+$"
CODED = r"@(.*\.)?xn--"
"""A part of a domain in letters that nobody reads; the readable ones are the same domain."""


class Composed(Func):
    """Accents joined to their letters."""

    template = "normalize(%(expressions)s, NFC)"
    output_field = TextField()
    arity = 1


def is_spelled_once(field: str) -> Q:
    """Small letters, composed, one @, nothing unseen, the domain readable: whatever `emails.normalised` returns.

    Whether it could be an address at all is the question of that function, not of the database.
    """
    spelled = Q(**{field: Lower(Composed(field)), f"{field}__regex": WORD_AT_WORD})
    return spelled & ~Q(**{f"{field}__regex": CODED})


def spelled_once(field: str, *, name: str, blank: bool = False) -> CheckConstraint:
    condition = Q(**{field: ""}) | is_spelled_once(field) if blank else is_spelled_once(field)
    return CheckConstraint(condition=condition, name=name)


def respell(model: Any, field: str) -> None:
    """Give the rows of a table, before its constraint, the one spelling of their addresses.

    Changes nothing and names the rows, ValueError, where two would come to have one address, or one is none: which
    of two people is meant, or what was, is for somebody who knows them.
    """
    wrong = model.objects.exclude(is_spelled_once(field)).exclude(**{field: ""})
    wanted, problems = {}, []
    for pk, address in wrong.order_by("pk").values_list("pk", field):
        try:
            wanted[pk] = emails.normalised(address)
        except ValueError:
            problems.append(f"{pk}: {address!r} is no address")
    holders: dict[str, list[Any]] = {}
    for pk, address in [
        *model.objects.filter(**{f"{field}__in": set(wanted.values())}).values_list("pk", field),
        *wanted.items(),
    ]:
        holders.setdefault(address, []).append(pk)
    problems += [
        f"{', '.join(map(str, pks))}: all {address!r}" for address, pks in holders.items() if pks[1:]
    ]
    if problems:
        raise ValueError(f"{model._meta.db_table}: correct these addresses first. " + "; ".join(problems))
    for pk, address in wanted.items():
        model.objects.filter(pk=pk).update(**{field: address})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come is not altered
