"""Knows after how many months in which status the retention rule wants somebody erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

DELAYS: Final = "delays"
ALONE: Final = ("status", "months")
"""What a version says that was written when the rule knew one status; its signed content stays as it is."""


def delays_of(parameters: Mapping[str, Any]) -> dict[str, int]:
    """Status → months; the statuses that the rule does not name keep their people."""
    if DELAYS in parameters:
        return {str(status): int(months) for status, months in parameters[DELAYS].items()}
    status = str(parameters.get("status", ""))
    return {status: int(parameters.get("months", 12))} if status else {}


def in_delays(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The same parameters as a version says them today."""
    rest = {name: value for name, value in parameters.items() if name not in ALONE}
    return rest | {DELAYS: delays_of(parameters)}
