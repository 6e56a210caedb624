"""A refusal speaks to the person who asked, in their language and their zone."""

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from leads.errors import BeforeEntry, DayIsPast
from tests.factories.moments import NOW


def test_moments_and_days_are_written_as_the_reader_writes_them() -> None:
    with timezone.override(ZoneInfo("Europe/Paris")):
        assert str(DayIsPast(day=date(2026, 11, 19))) == "Thu 19\u00a0Nov 2026 is past: choose a day to come."
        with translation.override("fr"):
            refused = BeforeEntry(at=NOW, entered_at=NOW)
            assert "vendredi 20 novembre 2026" in str(refused)
            assert "10\u202fh\u202f00" in str(refused) or "10\u00a0h\u00a000" in str(refused)
