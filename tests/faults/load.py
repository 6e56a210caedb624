"""Writes contacts into a running installation and says each one that was acknowledged; run as a program.

Usage: python -m tests.faults.load FIRST COUNT. One line per contact, `id e-mail`, after its transaction. While the
database is away it tries again: what was never acknowledged may be there or not, but only once.
"""

import sys
import time

from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.utils import timezone

from leads.actions.dirty import mark_dirty
from leads.models import Contact
from tests.factories.leads import ContactFactory


def write(email: str) -> int:
    """The contact of that address, marked for the worker, whose bell is rung after commit."""
    with transaction.atomic():
        contact = Contact.objects.filter(email=email).first() or ContactFactory.create(email=email)
        mark_dirty([contact.pk], at=timezone.now())
    return contact.pk


def main(first: int, count: int) -> None:
    for number in range(first, first + count):
        email = f"person{number}@load.example"
        while True:
            try:
                print(write(email), email, flush=True)
                break
            except (OperationalError, InterfaceError):
                close_old_connections()
                time.sleep(0.1)
        time.sleep(0.01)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
