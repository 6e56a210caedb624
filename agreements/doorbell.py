"""Rings after commit when a version comes into force; a receiver only asks for its own sweep or drops a cache."""

from __future__ import annotations

from django.db import transaction
from django.dispatch import Signal

from agreements.models import Agreement

agreement_in_force = Signal()
"""Sent with `subject` and `agreement_id`."""


def announce(agreement: Agreement) -> None:
    transaction.on_commit(
        lambda: agreement_in_force.send_robust(
            sender=Agreement, subject=agreement.subject, agreement_id=agreement.pk
        ),
        robust=True,
    )
