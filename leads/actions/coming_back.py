"""Brings back whom we agreed to leave alone until a day: on that day their wait is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import Side, User
from accounts.notifications import News, notify_all
from leads.actions.statuses import set_status_of
from leads.models import Contact, Origin
from lifecycle.keys import StatusKey

BATCH: Final = 500
BACK_TODAY: Final = gettext_noop("%(contact)s comes back today, as agreed.")


class Brought(NamedTuple):
    """How many came back, and the id to go on behind; None at the end."""

    moved: int
    reached: int | None


@transaction.atomic
def bring_back(*, at: datetime, after: int = 0, limit: int = BATCH) -> Brought:
    """End the bad timing of at most `limit` contacts behind that id whose day has come.

    In progress where sales has the stage, new elsewhere. They are looked at again: a move back by a person no longer
    holds them, so that whoever still meets the definition of a further stage enters it. Their people are told.
    Whom a rule holds stays, tells nobody, and is asked again the next time.
    """
    due = Contact.objects.filter(status=StatusKey.BAD_TIMING, recontact_on__lte=at.date(), pk__gt=after)
    contacts = list(
        due.select_related("stage", "owner", "marketing_owner")
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)[:limit]
    )
    by_status: dict[str, list[int]] = defaultdict(list)
    for contact in contacts:
        is_of_sales = contact.stage is not None and contact.stage.side == Side.SALES
        by_status[StatusKey.IN_PROGRESS if is_of_sales else StatusKey.NEW].append(contact.pk)
    back = {
        entry.contact_id
        for status, ids in by_status.items()
        for entry in set_status_of(ids, to=status, actor=None, at=at, origin=Origin.RULE)
    }
    notify_all((_news(contact) for contact in contacts if contact.pk in back), at=at)
    return Brought(len(back), contacts[-1].pk if contacts else None)


def _news(contact: Contact) -> News:
    key = f"back:{contact.pk}:{contact.recontact_on}"
    params = {"contact": contact.name}
    return News(
        _active(contact.owner, contact.marketing_owner),
        "contact_back",
        BACK_TODAY,
        contact.get_absolute_url(),
        key,
        params,
        email=False,
    )


def _active(*people: User | None) -> Iterable[User]:
    return [person for person in people if person and person.is_active]
