"""The two teams of the demo company, and the password that is made for them on this installation."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.contrib.auth.hashers import make_password

from accounts.models import Absence, Language, Role, Side, Team, User
from sla.models import Seat

DOMAIN: Final = "demo.example"

PEOPLE: Final = (
    # first name, last name, role, side, may sign, language
    ("Hugo", "Mercier", Role.REP, Side.SALES, False, Language.ENGLISH),
    ("Élodie", "Garnier", Role.REP, Side.SALES, False, Language.FRENCH),
    ("Tom", "Becker", Role.REP, Side.SALES, False, Language.ENGLISH),
    ("Paul", "Rivière", Role.REP, Side.SALES, True, Language.FRENCH),
    ("Maya", "Okafor", Role.REP, Side.SALES, False, Language.ENGLISH),
    ("Claire", "Vasseur", Role.MANAGER, Side.SALES, True, Language.FRENCH),
    ("Inès", "Carvalho", Role.MARKETER, Side.MARKETING, True, Language.ENGLISH),
    ("Bastien", "Lefort", Role.MARKETER, Side.MARKETING, False, Language.FRENCH),
    ("Marc", "Delaunay", Role.MANAGER, Side.MARKETING, True, Language.FRENCH),
    ("Nadia", "Benali", Role.MANAGER, None, False, Language.ENGLISH),
    ("Sofia", "Lindqvist", Role.ADMIN, None, False, Language.ENGLISH),
)

MARKETER: Final = f"ines@{DOMAIN}"

AWAY_SEAT: Final = 3
"""Who of the reps is on leave today."""

SHOWN: Final = ("Hugo", "Inès", "Nadia", "Sofia")
"""Those whose logins are told at the start: one of each role."""

WORDS: Final = (
    "amber birch cedar delta ember fjord grove harbor indigo juniper kelp linen maple north olive quartz"
).split()


@dataclass(frozen=True)
class Staff:
    """Everybody by what they do; `reps` in the order of their seats."""

    reps: list[User]
    marketers: list[User]
    sales_manager: User
    marketing_manager: User


def hire(*, at: datetime) -> tuple[Staff, str]:
    """Insert teams, people, seats and absences; answers them and the password all of them share."""
    sales = Team.objects.create(name="Sales", side=Side.SALES)
    marketing = Team.objects.create(name="Marketing", side=Side.MARKETING)
    password = new_password()
    hashed = make_password(password)
    people = User.objects.bulk_create(
        User(
            email=f"{_plain(first)}@{DOMAIN}",
            first_name=first,
            last_name=last,
            role=role,
            team={Side.SALES: sales, Side.MARKETING: marketing}.get(side) if side else None,
            may_sign=may_sign,
            language=language,
            password=hashed,
            joined_at=at,
        )
        for first, last, role, side, may_sign, language in PEOPLE
    )
    reps = [person for person in people if person.role == Role.REP]
    Seat.objects.bulk_create(Seat(user=rep, daily_cap=20) for rep in reps)
    return (
        Staff(
            reps,
            [person for person in people if person.role == Role.MARKETER],
            next(p for p in people if p.role == Role.MANAGER and p.team == sales),
            next(p for p in people if p.role == Role.MANAGER and p.team == marketing),
        ),
        password,
    )


def send_on_leave(staff: Staff, *, at: datetime) -> None:
    """One rep is away this week, others were: some deadlines passed for that reason."""
    spans = (
        (AWAY_SEAT, -1, 6),
        (1, -110, -96),
        (2, -120, -108),
        (0, -52, -43),
        (4, -34, -27),
        (2, -20, -14),
        (1, -300, -289),
    )
    Absence.objects.bulk_create(
        Absence(
            user=staff.reps[index], starts_at=at + timedelta(days=starts), ends_at=at + timedelta(days=ends)
        )
        for index, starts, ends in spans
    )


def new_password() -> str:
    """Readable, and known to this installation only."""
    return "-".join((*(secrets.choice(WORDS) for _ in range(3)), str(secrets.randbelow(9000) + 1000)))


def write_logins(path: Path, password: str) -> None:
    """Keep what the start prints, readable by the owner only."""
    logins = [
        {"role": role, "email": f"{_plain(first)}@{DOMAIN}"}
        for first, _, role, *_ in PEOPLE
        if first in SHOWN
    ]
    path.touch(mode=0o600)
    path.write_text(json.dumps({"password": password, "logins": logins}, indent=2))


def _plain(name: str) -> str:
    return name.lower().translate(str.maketrans("éèïîçà", "eeiica"))
