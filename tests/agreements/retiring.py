"""Procedures, and other things, that both teams retire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from agreements.actions import propose_retirement
from agreements.models import AgreedVersion, Agreement
from tests.agreements.scenes import signed
from tests.factories.lifecycle import ProcedureVersionFactory
from tests.factories.moments import NOW

REASON = "The desk does it now."


def retirement(
    actor: User, version: AgreedVersion | None = None, at: datetime = NOW, **more: Any
) -> Agreement:
    """Proposed and not signed yet."""
    version = version or ProcedureVersionFactory.create()
    return propose_retirement(version.agreement, **{"actor": actor, "reason": REASON, "at": at, **more})


def retired(
    *people: User, version: AgreedVersion | None = None, at: datetime = NOW, **more: Any
) -> Agreement:
    """Signed by these people, the first of whom proposed it."""
    return signed(retirement(people[0], version, at, **more), *people, at=at)
