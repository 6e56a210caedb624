"""What the rulebook wants to know of a person before there is a contact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from leads.models import Contact
from lifecycle.keys import RuleKey
from lifecycle.models import RuleMode, RuleVersion

FACTS: Final = (
    *("first_name", "last_name", "email", "phone", "job_title", "function", "seniority", "city", "country"),
    *("language", "company", "source", "campaign"),
)
"""The facts that the rule may ask for: those that a contact has of its own."""
LINKS: Final = ("company", "source", "campaign")
"""Those of them that are rows of other tables."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """One of these facts must be known; `rule` and `version` are the numbers of what says so."""

    any_of: tuple[str, ...]
    rule: int
    version: int

    def is_met(self, known: Iterable[str]) -> bool:
        return not set(self.any_of).isdisjoint(known)


def in_words(names: Sequence[str]) -> str:
    """`e-mail or phone`, in the reader's words."""
    words = [str(getattr(Contact._meta.get_field(name), "verbose_name", name)) for name in names]
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s or %(last)s") % {"some": ", ".join(words[:-1]), "last": words[-1]}


def known_of(contact: Contact) -> dict[str, object]:
    """What the rule may ask for, as it stands; links by their number, without a query."""
    return {name: getattr(contact, f"{name}_id" if name in LINKS else name) for name in FACTS}


def asked_for(rule: RuleVersion) -> tuple[str, ...]:
    """The facts of which a version of the rule wants one to be known."""
    return tuple(name for name in rule.parameters.get("any_of", ()) if name in FACTS)


def lacking(any_of: Sequence[str]) -> Q:
    """Contacts of whom none of these is known; whom another system knows by a number counts as known."""
    if not any_of:
        return Q(pk__in=())
    found = Q(external_ids=None)
    for name in any_of:
        found &= Q(**{name: None if name in LINKS else ""})
    return found


def minimum_in_force() -> Minimum | None:
    """What the rule blocks without; None when it does not block, or names nothing we know. One query."""
    rules = RuleVersion.objects.in_force().filter(rule__key=RuleKey.MINIMUM_INFORMATION, mode=RuleMode.BLOCK)
    rule = rules.select_related("rule", "agreement").first()
    wanted = asked_for(rule) if rule else ()
    if rule is None or not wanted:
        return None
    return Minimum(any_of=wanted, rule=rule.rule.number, version=rule.agreement.number)
