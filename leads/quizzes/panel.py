"""What the page of a term says of how far people agree on it."""

from __future__ import annotations

from accounts.access import SignedIn
from leads.quizzes.actions import definition_of
from leads.quizzes.reading import latest_quiz
from lifecycle.glossary import Entry
from lifecycle.term_page import Panel


def quiz_panel(request: SignedIn, entry: Entry) -> Panel | None:
    """Only for terms about a stage or a status: there the definition can be held against people."""
    definition = definition_of(entry.term)
    if definition is None:
        return None
    reading = latest_quiz(entry.term.pk, request.user)
    return Panel("leads/quizzes/_gap.html", "side", {"reading": reading, "term": entry.term})
