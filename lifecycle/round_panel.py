"""What the page of a term says of its definition round."""

from __future__ import annotations

from accounts.access import SignedIn
from lifecycle.glossary import Entry
from lifecycle.round_reading import latest_round
from lifecycle.term_page import Panel


def round_panel(request: SignedIn, entry: Entry) -> Panel:
    """The running or the last round, or the way to start one."""
    reading = latest_round(entry.term.pk, request.user)
    return Panel("lifecycle/_round_panel.html", "main", {"reading": reading, "term": entry.term})
