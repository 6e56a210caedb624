"""Text as search sees it: small letters without accents, computed by the database."""

from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, CharField, Func, TextField, Transform, Value
from django.db.models.expressions import Combinable

from lib.tidy import bare


class Fold(Func):
    """`sm_fold(text)`: an immutable wrapper of lower(unaccent()), so that it can be indexed and generated."""

    function = "sm_fold"
    output_field = TextField()
    arity = 1


@CharField.register_lookup
@TextField.register_lookup
class Folded(Transform):
    """`name__folded__regex`: the same of a column in a condition."""

    lookup_name = "folded"
    function = "sm_fold"
    output_field = TextField()


class LikeAny(Func):
    """`LikeAny(text, likes)`: whether it is LIKE one of them; of an indexed text by its index of letters."""

    template = "(%(expressions)s))"
    arg_joiner = " LIKE ANY ("
    output_field = BooleanField()
    arity = 2

    def __init__(self, text: Combinable, likes: Sequence[str]) -> None:
        super().__init__(text, Value(list(likes), output_field=ArrayField(TextField())))


class Matches(Func):
    """`Matches(text, pattern)`: whether the pattern is found in it, read row by row.

    Joined to nothing, the text is none that has an index: to ask an index for a long pattern costs seconds.
    """

    template = "(%(expressions)s)"
    arg_joiner = " || '' ~ "
    output_field = BooleanField()
    arity = 2

    def __init__(self, text: Combinable, pattern: str) -> None:
        super().__init__(text, Value(pattern, output_field=TextField()))


def folded(text: str) -> str:
    """The same here, of letters whose accents are marks of their own: enough to guess what was meant."""
    return bare(text.lower())
