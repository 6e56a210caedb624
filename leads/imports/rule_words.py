"""What the rules say that the report of an import names by number and version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leads.policies import words_of
from lifecycle.models import RuleVersion


class RuleTexts:
    """Texts in the reader's language, read when the first is asked for. One query."""

    def __init__(self) -> None:
        self._texts: dict[tuple[int, int], str] | None = None

    def of(self, rule: int, version: int) -> str:
        if self._texts is None:
            self._texts = {
                (found.rule.number, found.agreement.number): str(words_of(found)["text"])
                for found in RuleVersion.objects.select_related("rule", "agreement")
            }
        return self._texts.get((rule, version), "")

    def filled(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a refusal, with what its rule says where there is one."""
        if "rule" not in params:
            return dict(params)
        return {**params, "text": self.of(params["rule"], params["version"])}


def warnings_in(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The warnings of the rulebook that a rehearsal met: rule, version, text, count and lines."""
    texts = RuleTexts()
    return [
        {"rule": rule, "version": version, "text": texts.of(rule, version)}
        | {"count": told["count"], "lines": told["lines"]}
        for told in report.get("warnings", ())
        if told["code"] == "rule_asks"
        for rule, version in [numbers_of(told["column"])]
    ]


def numbers_of(label: str) -> tuple[int, int]:
    """Rule and version, as `leads.imports.ruling.label_of` writes them."""
    rule, _, version = label.partition(".")
    return int(rule), int(version)
