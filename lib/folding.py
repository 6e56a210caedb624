"""Text as search sees it: small letters without accents, computed by the database."""

from django.db.models import Func, TextField

from lib.tidy import bare


class Fold(Func):
    """`sm_fold(text)`: an immutable wrapper of lower(unaccent()), so that it can be indexed and generated."""

    function = "sm_fold"
    output_field = TextField()
    arity = 1


def folded(text: str) -> str:
    """The same here, of letters whose accents are marks of their own: enough to guess what was meant."""
    return bare(text.lower())
