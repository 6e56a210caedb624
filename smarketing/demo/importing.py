"""The list that the demo company brought home from a trade show: most of it came in, some waits, some was refused."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Final

from accounts.models import User
from leads.imports import mapping as mappings
from leads.imports import running, runs
from leads.models import Contact
from smarketing.demo.loading import forget_old_news

DAYS_AGO: Final = 6
FILE_NAME: Final = "salon-energie-visiteurs.csv"
HEADINGS: Final = ("Prénom", "Nom", "E-mail", "Téléphone", "Société", "Fonction", "Ville")
MET_AGAIN: Final = 5
SOURCE: Final = "Trade shows"

NEW: Final = (
    ("Bérénice", "Caradec", "b.caradec@brisa-salon.example", "02 40 41 52 63", "Brisaform", "Directrice", "Nantes"),
    ("Yanis", "Lemoine", "y.lemoine@altigapack-salon.example", "", "Altigapack", "Responsable énergie", "Lyon"),
    ("Ruth", "Ashdown", "ruth.ashdown@thornwick-salon.example", "", "Thornwick Ltd", "Energy Manager", "Leeds"),
    ("Gaël", "Tessier", "g.tessier@ferro-salon.example", "03 20 11 22 33", "Ferroverre", "Maintenance", "Lille"),
    ("Anke", "Vogel", "anke.vogel@helioplast-salon.example", "", "Helioplast GmbH", "Head of Operations", "Hamburg"),
    ("Margaux", "Delmas", "m.delmas@sequa-salon.example", "05 56 10 20 30", "Sequagri", "Acheteuse", "Bordeaux"),
    ("Owen", "Radford", "owen.radford@novatech-salon.example", "", "Novatech Foods", "Plant Director", "Bristol"),
    ("Solène", "Pasquier", "s.pasquier@loire-salon.example", "02 51 44 55 66", "Loirebois", "DAF", "Nantes"),
)  # fmt: skip
WAITING: Final = (
    ("Cédric", "Marchand", "", "", "Arbofresh", "Chef d’équipe", "Rennes"),
    ("Niamh", "Doyle", "", "", "Kestrelform", "", "Dublin"),
)
"""Cards without an address or a number: whoever can be reached by nothing waits in quarantine."""

REFUSED: Final = (
    ("Louis", "Hervé", "louis.herve(at)dorapack.example", "", "Dorapack", "", "Paris"),
    ("Freya", "Grant", "freya.grant@", "", "Zephimont Ltd", "", "Bristol"),
)


def bring_in_a_file(actor: User, *, now: datetime) -> None:
    """As a marketer does it. Of the few that were known nothing changes, or a telephone is new.

    Apart from the rest of the company, since it keeps a file: scores and stages follow once the worker runs.
    """
    at = now - timedelta(days=DAYS_AGO)
    run = runs.receive(
        [_file(at).encode()], file_name=FILE_NAME, actor=actor, at=at, time_zone="Europe/Paris"
    )
    mapping = replace(mappings.from_json(run.mapping), source=SOURCE)
    runs.map_columns(run, mapping=mapping, actor=actor, at=at)
    runs.start(run, at=at)
    running.run_batches(run.pk, clock=lambda: at + timedelta(seconds=2))
    forget_old_news(now)


def _file(at: datetime) -> str:
    known = Contact.objects.filter(created_at__lt=at, stage="lead", country="FR")
    met = [
        (
            one.first_name,
            one.last_name,
            one.email,
            one.phone or f"06 39 98 17 {40 + number}",
            "",
            one.job_title,
            one.city,
        )
        for number, one in enumerate(known.order_by("-created_at", "pk")[:MET_AGAIN])
    ]
    file = StringIO()
    csv.writer(file, delimiter=";").writerows((HEADINGS, *NEW[:4], *met, *WAITING, *NEW[4:], *REFUSED))
    return file.getvalue()
