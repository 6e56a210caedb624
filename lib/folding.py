"""Text as search sees it: small letters without accents, computed by the database."""

from django.db.models import CharField, Func, TextField, Transform

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


def folded(text: str) -> str:
    """The same here, of letters whose accents are marks of their own: enough to guess what was meant."""
    return bare(text.lower())
