"""Lists whose first contact was late, for procedures whose steps the rules about delays tell of."""

from __future__ import annotations

from collections.abc import Callable

from leads.adherence import of_rule, rule_in_force
from leads.models import Contact
from lifecycle.adherence import SHOWN, Adherence, Asked, Case, provide
from lifecycle.keys import RuleKey
from sla.models import Clock, Handoff


def _late(lane: str) -> Callable[[Asked], Adherence | None]:
    """A clock belongs to the time in which it started, as in the rule's own figure."""
    clocks = Clock.objects.filter(kind=Clock.Kind.FIRST_CONTACT, handoff__lane=lane).exclude(breached_at=None)

    def measure(asked: Asked) -> Adherence | None:
        version = rule_in_force(asked)
        if version is None:
            return None
        late = clocks.filter(
            started_at__gte=asked.since,
            started_at__lt=asked.until,
            handoff__contact__in=Contact.objects.visible_to(asked.reader),
        )
        rows = late.select_related("handoff__contact").order_by("-breached_at", "-pk")[:SHOWN]
        cases = [
            Case(row.handoff.contact.name, row.handoff.contact.get_absolute_url(), row.breached_at)
            for row in rows
        ]
        return of_rule(asked, version, cases)

    return measure


def provide_adherence() -> None:
    provide(f"rule:{RuleKey.REQUEST_DELAY}", _late(Handoff.Lane.REQUEST))
    provide(f"rule:{RuleKey.HANDOFF_DELAY}", _late(Handoff.Lane.STANDARD))
