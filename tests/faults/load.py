"""People who write in while servers fall: each gets a contact and a demo request; run as a program.

`python -m tests.faults.load people` makes those who answer for them. `python -m tests.faults.load FIRST COUNT` writes
and says each one that was acknowledged: one line per contact, its id, that of its touchpoint and its address, after
both are committed. While the database is away it tries again, as a client would who was told nothing: what was never
acknowledged may be there or not, but only once.
"""

import sys
import time

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from accounts.models import Role
from leads.actions.contacts import find_or_create_contact
from leads.actions.touchpoints import record_touchpoint
from leads.models import Origin
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.sla import SeatFactory

REPS = 3
MANAGERS = 2


def make_people() -> None:
    """Reps who take whatever comes, and a manager of each side."""
    for number in range(REPS):
        SeatFactory.create(user__email=f"rep{number}@load.example", daily_cap=30_000)
    UserFactory.create(email="sales@load.example", role=Role.MANAGER)
    MarketerFactory.create(email="marketing@load.example", role=Role.MANAGER)


def write(number: int) -> str:
    """Until it is acknowledged; the line that says so."""
    email, occurred_at = f"person{number}@load.example", timezone.now()
    values = {"first_name": "Nadia", "last_name": f"Benali{number}", "email": email}
    while True:
        try:
            contact, _ = find_or_create_contact(values=values, actor=None, at=occurred_at, origin=Origin.API)
            touchpoint, _ = record_touchpoint(
                contact,
                kind="demo_request",
                occurred_at=occurred_at,
                at=occurred_at,
                origin="load",
                key=str(number),
            )
        except (OperationalError, InterfaceError):
            close_old_connections()
            time.sleep(0.1)
        else:
            return f"{contact.pk} {touchpoint.pk} {email}"


def main(arguments: list[str]) -> None:
    if arguments == ["people"]:
        make_people()
        return
    first, count = map(int, arguments)
    for number in range(first, first + count):
        print(write(number), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
