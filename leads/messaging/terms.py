"""Reads what the rulebook in force says of messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import F, QuerySet

from leads.messaging.verdict import Cap, Due, Pause, Spoken, Terms
from lifecycle.default_rules import BOTH_COUNT
from lifecycle.keys import RuleKey
from lifecycle.models import RuleMode, RuleVersion
from lifecycle.pausing import pausing_of
from lifecycle.retention_delays import DELAYS, delays_of

CELLS: Final = {
    "key": F("rule__key"),
    "rule_number": F("rule__number"),
    "number": F("agreement__number"),
    "version_id": F("pk"),
    "mode": F("mode"),
    "parameters": F("parameters"),
}
"""What `terms_of` reads of each rule."""


def speaking() -> QuerySet[RuleVersion]:
    """The rules in force about messages, and the one by which nobody writes to whom it wants erased."""
    keys = [*RuleKey.OF_MESSAGES, RuleKey.RETENTION]
    return RuleVersion.objects.in_force().filter(rule__key__in=keys).order_by("rule__number")


def terms_in_force() -> Terms:
    """One query."""
    return terms_of(
        {
            "key": version.rule.key,
            "rule_number": version.rule.number,
            "number": version.agreement.number,
            "version_id": version.pk,
            "mode": version.mode,
            "parameters": version.parameters,
        }
        for version in speaking().select_related("rule", "agreement")
    )


def terms_of(rows: Iterable[Mapping[str, Any]]) -> Terms:
    """Of rows with the `CELLS`."""
    pause: Pause | None = None
    cap: Cap | None = None
    due: Due | None = None
    for row in rows:
        stops = row["mode"] == RuleMode.BLOCK
        rule = Spoken(row["key"], row["rule_number"], row["number"], stops, row["version_id"])
        if row["key"] == RuleKey.MARKETING_PAUSE:
            pause = Pause(rule, pausing_of(row["parameters"]))
        elif row["key"] == RuleKey.MESSAGE_FREQUENCY:
            cap = cap_of(rule, row["parameters"])
        elif DELAYS in row["parameters"]:  # one from before was signed when it held nobody up
            due = Due(rule, delays_of(row["parameters"]))
    return Terms(pause, cap, due)


def cap_of(rule: Spoken, said: Mapping[str, Any]) -> Cap:
    """At least one message in at least one day: a rule that admits none is a pause without end, not a cap."""
    return Cap(
        rule,
        max(int(said.get("messages", 1)), 1),
        max(int(said.get("within_days", 1)), 1),
        said.get("counted") == BOTH_COUNT,
    )


def spoken(version: RuleVersion) -> Spoken:
    """Of a version with its rule and agreement."""
    stops = version.mode == RuleMode.BLOCK
    return Spoken(version.rule.key, version.rule.number, version.agreement.number, stops, version.pk)
