"""Who can sign in as what the demo wrote down, for the line that the start ends with; changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

from django.contrib.auth.hashers import check_password

from accounts.models import User


def write_down(path: Path, demo: Path) -> None:
    """Into `path`: whether nobody works here yet, and of the people in `demo` who still do, if by its password."""
    told = {"is_empty": not User.objects.exists(), "people": _people(demo)}
    path.write_text(json.dumps(told))


def _people(demo: Path) -> list[dict[str, object]]:
    if not demo.exists():
        return []
    written = json.loads(demo.read_text())
    emails = [login["email"] for login in written["logins"]]
    found = {user.email: user for user in User.objects.active().filter(email__in=emails)}
    holds: dict[str, bool] = {}  # all of them begin with one hash, and hashing is slow on purpose
    for user in found.values():
        if user.password not in holds:
            holds[user.password] = check_password(written["password"], user.password)
    return [
        {"role": found[email].role, "email": email, "is_as_written": holds[found[email].password]}
        for email in emails
        if email in found
    ]
