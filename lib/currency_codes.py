"""Which three letters are a currency; pure."""

from babel import Locale


def is_currency(code: str) -> bool:
    """Whether these are the three letters of a currency; XXX stands for none and XTS for a test."""
    return code in Locale("en").currencies and code not in ("XXX", "XTS")
