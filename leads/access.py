"""What a person may do with a contact or a deal they see; which ones they see is `visible_to`."""

from __future__ import annotations

from accounts.models import Role, User
from leads.models import Contact, Deal

STEERING = (Role.MARKETER, Role.MANAGER, Role.ADMIN)
"""Those who look after contacts that are not their own: they assign, import, export and change many at once."""

OWNING = (Role.REP, Role.MANAGER)
"""Those to whom a contact may be given."""


def may_steer(user: User) -> bool:
    """Import, export, and change contacts of everybody in bulk."""
    return user.is_active and user.has_role(*STEERING)


def may_edit(user: User, contact: Contact) -> bool:
    """Facts, status, answers and touchpoints. A rep: of free contacts, their own and their team's."""
    if not user.is_active:
        return False
    return may_steer(user) or contact.owner is None or _is_near(user, contact.owner)


def may_assign(user: User, contact: Contact, to: User | None) -> bool:
    """Give a contact to somebody or to nobody. A rep takes a free one, and gives away only their own."""
    if not user.is_active:
        return False
    if may_steer(user):
        return True
    if contact.owner_id is None:
        return to == user
    return contact.owner_id == user.pk and (to is None or _is_near(user, to))


def may_work(user: User, deal: Deal) -> bool:
    """Move, win or lose a deal: its owner, a colleague of the team while they are away, a manager."""
    if not user.is_active:
        return False
    if user.has_role(Role.MANAGER, Role.ADMIN):
        return True
    return user.has_role(Role.REP) and (deal.owner is None or _is_near(user, deal.owner))


def _is_near(user: User, other: User) -> bool:
    """The same person, or a colleague of the same team."""
    return user == other or (user.team_id is not None and user.team_id == other.team_id)
