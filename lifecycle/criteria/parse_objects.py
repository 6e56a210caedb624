"""Which keys an object of the JSON may have, and which words may stand under them; knows no node."""

from __future__ import annotations

from typing import Any

from lifecycle.criteria.nodes import Path
from lifecycle.criteria.problems import brief, refused


def only(data: dict[Any, Any], path: Path, allowed: set[str]) -> None:
    """Raise `CriteriaError` at the first key that is none of these."""
    for key in data:
        if key not in allowed:
            raise refused(path, "unknown_key", key=brief(key))


def word(data: dict[Any, Any], key: str, allowed: tuple[str, ...], path: Path) -> str:
    """The word under the key. Raise `CriteriaError` where there is none, or another than these."""
    if key not in data:
        raise refused((*path, key), "missing", key=key)
    found = data[key]
    if not isinstance(found, str) or found not in allowed:
        raise refused((*path, key), "unknown_operator", key=brief(found), allowed=", ".join(allowed))
    return found
