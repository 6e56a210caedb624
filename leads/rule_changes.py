"""The changes that a rule speaks at, as rows, and which of them are on record against it.

A change and the note of it are of one contact at one moment. Of several changes at that moment as many are against
the rule as are on record, those recorded last. A note may also stand alone: an edit of a contact is no row of its own,
a rule may have spoken at something else before, and of somebody deleted the note alone is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from leads.messaging.sets import messages
from leads.models import (
    Contact,
    Deal,
    Entity,
    FieldChange,
    RuleException,
    Transition,
    TransitionKind,
)
from leads.touchpoint_kinds import MESSAGES, PERSONAL_MESSAGES
from lifecycle.compliance import OWN
from lifecycle.default_rules import BOTH_COUNT
from lifecycle.keys import MessageKind, RuleKey
from lifecycle.models import RuleEvent, RuleVersion, Stage

MOVES: Final = {
    RuleEvent.STAGE: TransitionKind.STAGE,
    RuleEvent.STATUS: TransitionKind.STATUS,
    RuleEvent.OWNER: TransitionKind.OWNER,
}
SENT: Final = {
    MessageKind.BRANDED: MESSAGES,
    MessageKind.PERSONAL: PERSONAL_MESSAGES,
    "": MESSAGES | PERSONAL_MESSAGES,
}


@dataclass(frozen=True)
class Changes:
    """Rows with the column of their moment and the one that names their contact.

    `subject`: the column that tells two changes of one moment apart from a third, where it is not the contact.
    `noted`: those that an outer note is of, where they are not found by the contact.
    """

    rows: QuerySet[Any]
    moment: str
    contact: str = "contact"
    subject: str = ""
    noted: QuerySet[Any] | None = None

    def behind_note(self) -> QuerySet[Any]:
        """Those of the contact and the moment of an outer note."""
        if self.noted is not None:
            return self.noted
        return self.rows.filter(**{self.contact: OuterRef("contact"), self.moment: OuterRef("at")})

    def since_outer(self) -> QuerySet[Any]:
        """An outer change, and those of its moment that were recorded after it."""
        subject = self.subject or self.contact
        same = {subject: OuterRef(subject), self.moment: OuterRef(self.moment)}
        return self.rows.filter(**same, pk__gte=OuterRef("pk"))


def against(version: RuleVersion) -> QuerySet[RuleException]:
    """What is on record against any version of the rule."""
    return RuleException.objects.filter(version__rule=version.rule_id)


def without_noted(version: RuleVersion) -> list[Changes]:
    """The changes that kept the rule."""
    found = []
    for changes in changes_of(version):
        noted = against(version).filter(contact=OuterRef(changes.contact), at=OuterRef(changes.moment))
        # The numbers are asked for where something is noted, which of most changes nothing is.
        kept = ~Exists(noted) | Q(_since__gt=F("_noted"))
        numbered = changes.rows.alias(_since=_number(changes.since_outer()), _noted=_number(noted))
        found.append(Changes(numbered.filter(kept), changes.moment, changes.contact))
    return found


def noted_alone(versions: Sequence[RuleVersion]) -> QuerySet[RuleException]:
    """Of what is on record against their rules, that which none of their changes stands behind. One query for all."""
    rules = [version.rule_id for version in versions]
    same = RuleException.objects.filter(
        version__rule=OuterRef("version__rule"),
        contact=OuterRef("contact"),
        at=OuterRef("at"),
        pk__lte=OuterRef("pk"),
    )
    behind = Case(
        *(When(version__rule=version.rule_id, then=_behind(version)) for version in versions),
        default=Value(0),
        output_field=IntegerField(),
    )
    noted = RuleException.objects.filter(version__rule__in=rules)
    return noted.alias(_place=_number(same), _behind=behind).filter(_place__gt=F("_behind"))


def _behind(version: RuleVersion) -> Combinable:
    """How many changes an outer note may be of."""
    first, *others = (_number(changes.behind_note()) for changes in changes_of(version))
    found: Combinable = first
    for number in others:
        found = found + number
    return found


def _number(rows: QuerySet[Any]) -> Subquery:
    counted = rows.order_by().annotate(_n=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return Subquery(counted.values("_n"), output_field=IntegerField())


# What each rule speaks at


def changes_of(version: RuleVersion) -> list[Changes]:
    return SPOKEN_AT[OWN if version.event else version.rule.key](version)


def _own(version: RuleVersion) -> list[Changes]:
    match version.event:
        case RuleEvent.DEAL:
            return [Changes(Deal.objects.all(), "opened_at")]
        case RuleEvent.CONTACT:
            return [Changes(Contact.objects.all(), "created_at", "pk")]
        case RuleEvent.ADVANCE:
            return _deal_steps(version.target)
        case RuleEvent.MESSAGE:
            return [Changes(messages().filter(kind__in=SENT[version.target]), "occurred_at")]
        case _:
            rows = Transition.objects.filter(kind=MOVES[RuleEvent(version.event)]).exclude(to_value="")
            return [Changes(rows.filter(to_value=version.target) if version.target else rows, "at")]


def _deal_steps(target: str) -> list[Changes]:
    """Deals that came to the stage, or to any: opened there, which is what the first change of their stage found, or
    come there."""
    steps = FieldChange.objects.filter(entity=Entity.DEAL, field="stage").annotate(to_stage=_text("after"))
    opened = Deal.objects.all()
    if target:
        first = FieldChange.objects.filter(entity=Entity.DEAL, field="stage", subject_id=OuterRef("pk"))
        before = first.order_by("known_at", "pk").annotate(stood=_text("before")).values("stood")[:1]
        opened = opened.annotate(left=Subquery(before)).filter(Q(left=target) | Q(left=None, stage=target))
        steps = steps.filter(to_stage=target)
    deal = Deal.objects.filter(pk=OuterRef("subject_id"))
    of_contact = Deal.objects.filter(contact=OuterRef(OuterRef("contact"))).values("pk")
    return [
        Changes(opened, "opened_at"),
        Changes(
            steps.annotate(of_contact=Subquery(deal.values("contact")[:1])),
            "known_at",
            "of_contact",
            subject="subject_id",
            noted=steps.filter(subject_id__in=of_contact, known_at=OuterRef("at")),
        ),
    ]


def _text(column: str) -> Func:
    return Func(F(column), template="%(expressions)s #>> '{}'", output_field=CharField())


def moves_back() -> QuerySet[Transition]:
    positions = dict(Stage.objects.values_list("key", "position"))
    back = Q()
    for before, high in positions.items():
        lower = [after for after, low in positions.items() if low < high]
        if lower:
            back |= Q(from_value=before, to_value__in=lower)
    return Transition.objects.of_stage().filter(back)


def branded() -> QuerySet[Any]:
    return messages().filter(kind__in=MESSAGES)


def counted_messages(version: RuleVersion) -> QuerySet[Any]:
    """What the cap counts."""
    both = version.parameters.get("counted") == BOTH_COUNT
    return messages() if both else branded()


def brought_in() -> QuerySet[Contact]:
    """Contacts that somebody created, by hand or by a file."""
    return Contact.objects.filter(created_by__isnull=False)


SPOKEN_AT: Final[Mapping[str, Callable[[RuleVersion], list[Changes]]]] = {
    OWN: _own,
    RuleKey.REGRESSION: lambda version: [Changes(moves_back(), "at")],
    RuleKey.DEAL_CREATION: lambda version: [Changes(Deal.objects.all(), "opened_at")],
    RuleKey.MARKETING_PAUSE: lambda version: [Changes(branded(), "occurred_at")],
    RuleKey.MESSAGE_FREQUENCY: lambda version: [Changes(counted_messages(version), "occurred_at")],
    RuleKey.CONTACT_CREATION: lambda version: [Changes(brought_in(), "created_at", "pk")],
}
"""Of the rules whose exceptions are on record; what the others count is in `compliance`."""
