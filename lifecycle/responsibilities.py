"""Who answers for what by stage, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycle.models import Accountable, By, Responsibility


def who(version: Responsibility) -> str:
    """The person or the role."""
    if version.accountable == Accountable.PERSON:
        return str(version.person)
    return str(version.get_accountable_display())


def by_when(version: Responsibility) -> str:
    match version.by:
        case By.CLOCK:
            return _("by the deadline of the contract’s clock")
        case By.DAYS:
            days = version.days or 0
            return ngettext("%(n)s day after coming there", "%(n)s days after coming there", days) % {
                "n": days
            }
        case _open:
            return ""
