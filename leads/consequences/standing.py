"""What a version of the definition of a stage does to each contact of a page: where it goes, or why it stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads.changes import Change
from leads.consequences.behind import Held, Telling, Told, held
from leads.evaluation import MoveBack, Step, furthest, load_steps, moves_back, without_held_back
from leads.models import Contact
from leads.policies import closed_by, words_of
from lib import formats
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.models import RuleEvent, RuleVersion, StageDefinition


def telling(
    new: StageDefinition, node: Node, before: Node | None, *, at: datetime, catalogue: Catalogue
) -> Telling:
    """A dozen queries for a page, however many contacts are on it."""

    def tell(contacts: Sequence[Contact]) -> Mapping[int, Told]:
        verdicts = held(node, before, contacts, at=at, catalogue=catalogue)
        moving = _moving(new, node, contacts, at=at, catalogue=catalogue)
        return {
            contact.pk: Told(*verdicts[contact.pk], _follows(new, contact, verdicts[contact.pk][0], moving))
            for contact in contacts
            if contact.pk in verdicts
        }

    return tell


@dataclass(frozen=True)
class _Moving:
    """Of some contacts: whom which definition would take, whom no move back binds, and whom a rule holds."""

    reached: Mapping[int, Step]
    free: Mapping[int, Step]
    backs: Mapping[int, MoveBack]
    closed: Mapping[int, RuleVersion]


def _moving(
    new: StageDefinition, node: Node, contacts: Sequence[Contact], *, at: datetime, catalogue: Catalogue
) -> _Moving:
    """As if the version were in force: it stands in the place of the definition of its stage that is."""
    others = [step for step in load_steps(catalogue) if step.definition.stage_id != new.stage_id]
    own = [Step(new, node, new.stage.position)] if new.is_automatic and new.stage.is_active else []
    steps = sorted([*own, *others], key=lambda step: -step.position)
    ids = [contact.pk for contact in contacts]
    reached = furthest(ids, steps, at=at, catalogue=catalogue)
    free = without_held_back(reached, at=at)
    entering = [pk for pk, step in free.items() if step.definition.pk == new.pk]
    closed = closed_by(Change(RuleEvent.STAGE, new.stage_id), entering, at=at)
    return _Moving(reached, free, moves_back(ids), closed)


def _follows(new: StageDefinition, contact: Contact, then: Held, moving: _Moving) -> str:
    """One sentence: where the contact goes, or why it stays."""
    stage, name = contact.stage, new.stage.name
    if stage is not None and stage.pk == new.stage_id:
        if then.holds:
            return _("Stays in %(stage)s.") % {"stage": name}
        return _("Stays in %(stage)s: automatic rules only move forward.") % {"stage": name}
    if stage is not None and stage.position > new.stage.position:
        return _("Stays in %(stage)s, which is further.") % {"stage": stage.name}
    if not then.holds:
        return _("Stays where it is: it is not let in.")
    return _goes(new, contact, moving)


def _goes(new: StageDefinition, contact: Contact, moving: _Moving) -> str:
    """Of one that stands before the stage and meets what it asks."""
    step = moving.reached.get(contact.pk)
    if not new.is_automatic:
        return _("Stays until a person moves it: the criteria are the yardstick.")
    if not new.stage.is_active:
        return _("Stays where it is: nobody enters a stage that is retired.")
    if new.reach == StageDefinition.Reach.NEWS and not _is_taken(new, step):
        return _("Not moved to %(stage)s until something new is known of it, as was chosen.") % {
            "stage": new.stage.name
        }
    if step is None:
        return _("Stays where it is: its data were erased.")
    return _taken(new, contact, step, moving)


def _is_taken(new: StageDefinition, step: Step | None) -> bool:
    """By a definition of a further stage, or by one in force since which something new became known."""
    if step is None:
        return False
    is_own = step.definition.pk == new.pk and new.agreement.in_force_from is not None
    return is_own or step.position > new.stage.position


def _taken(new: StageDefinition, contact: Contact, step: Step, moving: _Moving) -> str:
    """Of one that a definition takes, this or that of a further stage."""
    if contact.pk not in moving.free:
        day = formats.full_day(timezone.localtime(moving.backs[contact.pk].at), get_language() or "en")
        return _("Stays where it is: a person moved it back on %(day)s.") % {"day": day}
    stage = {"stage": step.definition.stage.name}
    if step.definition.pk != new.pk:
        return _("Moves forward to %(stage)s, by the definition of that stage.") % stage
    if rule := moving.closed.get(contact.pk):
        return _("Not moved to %(stage)s: rule %(rule)s, v%(version)s, holds it back.") % (
            words_of(rule) | stage
        )
    return _("Moves forward to %(stage)s.") % stage
