"""What a new installation starts with, app by app, from the bottom."""

from datetime import datetime

from django.db import transaction

from leads import defaults as leads_defaults
from lifecycle import defaults as lifecycle_defaults
from sla import defaults as sla_defaults


@transaction.atomic
def install_defaults(*, at: datetime) -> None:
    """Stages, definitions, scoring, tactics, playbooks, terms, rules, sources and contract, in force from `at`.

    Only what is missing is written: running it again, or after the company changed something, is harmless.
    """
    lifecycle_defaults.install(at=at)
    leads_defaults.install(at=at)
    sla_defaults.install(at=at)
