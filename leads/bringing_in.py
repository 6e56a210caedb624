"""Tells whoever is about to bring contacts in what the rule on that has against it; the doors ask it all the same."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from lifecycle.creation import is_named, named_in
from lifecycle.keys import RuleKey
from lifecycle.mode_words import mode_in_words
from lifecycle.rulebook import rule_in_force


def told_before(user: User, way: str) -> dict[str, Any]:
    """For a page that begins it: the rule that speaks against this person, and what its mode does. One query."""
    rule = rule_in_force(RuleKey.CONTACT_CREATION)
    if rule is None or is_named(user, named_in(rule.parameters, way)):
        return {}
    return {"speaks_against": rule, "its_mode": mode_in_words(rule)}
