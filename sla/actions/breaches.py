"""What its people say of a breach, beside the cause that was found."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from leads.errors import Refused
from sla.models import Breach


class NotYourBreach(Refused):
    """`rep`: it was somebody else's lead."""

    message: ClassVar[Promise] = _("What happened is for %(rep)s or a manager to say.")


class ToldMeanwhile(Refused):
    """`person`: who."""

    message: ClassVar[Promise] = _(
        "%(person)s said something else while you were writing. Compare and save again."
    )


class CauseUnknown(Refused):
    """`cause`: none of the list."""

    message: ClassVar[Promise] = _("Choose the cause closest to what happened.")


def may_tell(user: User, breach: Breach) -> bool:
    """Its rep, and those who steer."""
    return breach.rep_id == user.pk or user.has_role(Role.MANAGER, Role.ADMIN)


@transaction.atomic
def tell_cause(
    breach: Breach, *, actor: User, at: datetime, cause: str, note: str = "", seen: datetime | None = None
) -> Breach:
    """Say what happened, in place of what was said before. The cause that was found stays, and is what is counted.

    `seen` is when that was said which the person read. Raise NotYourBreach, CauseUnknown, ToldMeanwhile.
    """
    reading = Breach.objects.select_for_update(of=("self",)).select_related("rep", "told_by")
    found = reading.get(pk=breach.pk)
    if not may_tell(actor, found):
        raise NotYourBreach(rep=found.rep or "–")
    if cause not in Breach.Cause.values:
        raise CauseUnknown(cause=cause)
    if (found.told_cause, found.told_note) == (cause, note.strip()):
        return found
    if found.told_at not in (None, seen):
        raise ToldMeanwhile(person=found.told_by or "–")
    found.told_cause, found.told_note, found.told_by, found.told_at = cause, note.strip(), actor, at
    found.save(update_fields=("told_cause", "told_note", "told_by", "told_at"))
    return found
