"""The moments that factories and tests agree on; a working Friday in Paris, no holiday, no clock change near."""

from datetime import UTC, datetime, timedelta

INSTALLED = datetime(2025, 1, 1, tzinfo=UTC)
"""When the defaults of the test installation came into force."""

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""Friday, ten o'clock in Paris."""


def ago(**parts: float) -> datetime:
    """`ago(days=3)`: that long before NOW."""
    return NOW - timedelta(**parts)


def later(**parts: float) -> datetime:
    """`later(hours=2)`: that long after NOW."""
    return NOW + timedelta(**parts)
