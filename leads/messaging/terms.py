"""Reads what the rulebook in force says of messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from leads.messaging.verdict import Cap, Due, Own, Pause, Spoken, Terms
from lifecycle.default_rules import BOTH_COUNT
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleMode, RuleVersion
from lifecycle.pausing import pausing_of
from lifecycle.retention_delays import DELAYS, delays_of

CELLS: Final = {
    "key": F("rule__key"),
    "rule_number": F("rule__number"),
    "number": F("agreement__number"),
    "version_id": F("pk"),
    "mode": F("mode"),
    "parameters": F("parameters"),
    "event": F("event"),
    "target": F("target"),
    "criteria": F("criteria"),
    "since": F("agreement__in_force_from"),
}
"""What `terms_of` reads of each rule."""


def speaking() -> QuerySet[RuleVersion]:
    """The rules in force about messages, those of the company's own among them, and the one by which nobody writes to
    whom it wants erased."""
    about = Q(rule__key__in=[*RuleKey.OF_MESSAGES, RuleKey.RETENTION]) | Q(event=RuleEvent.MESSAGE)
    return RuleVersion.objects.in_force().filter(about).order_by("rule__number")


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
            "event": version.event,
            "target": version.target,
            "criteria": version.criteria,
            "since": version.agreement.in_force_from,
        }
        for version in speaking().select_related("rule", "agreement")
    )


def terms_of(rows: Iterable[Mapping[str, Any]]) -> Terms:
    """Of rows with the `CELLS`."""
    pause: Pause | None = None
    cap: Cap | None = None
    due: Due | None = None
    own: list[Own] = []
    for row in rows:
        rule = _spoken(row["key"], row["rule_number"], row["number"], row["version_id"], row["mode"])
        if row["event"]:
            own.append(Own(rule, row["criteria"], row["target"], _moment(row["since"])))
        elif row["key"] == RuleKey.MARKETING_PAUSE:
            pause = Pause(rule, pausing_of(row["parameters"]))
        elif row["key"] == RuleKey.MESSAGE_FREQUENCY:
            cap = cap_of(rule, row["parameters"])
        elif DELAYS in row["parameters"]:  # one from before was signed when it held nobody up
            due = Due(rule, delays_of(row["parameters"]))
    return Terms(pause, cap, due, tuple(own))


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
    return _spoken(version.rule.key, version.rule.number, version.agreement.number, version.pk, version.mode)


def _spoken(key: str, number: int, version: int, version_id: int, mode: str) -> Spoken:
    return Spoken(key, number, version, mode == RuleMode.BLOCK, version_id, mode == RuleMode.WARN)


def _moment(value: datetime | str | None) -> datetime | None:
    """A row that was read as JSON tells a moment as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
