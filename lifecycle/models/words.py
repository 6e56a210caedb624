"""Keys, and names in two languages, as every model of this app has them."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

KEY = RegexValidator(r"^[a-z][a-z0-9_]{0,39}\Z", _("Use small letters, digits and underscores."))


def in_reader_language(english: str, french: str) -> str:
    """The wording of the active language; English where the French is missing, and the reverse."""
    if (get_language() or "en").startswith("fr"):
        return french or english
    return english or french
