"""Creates companies, one for each domain."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Value

from leads.models import Company
from lib.folding import Fold


@transaction.atomic
def find_or_create_company(*, name: str, at: datetime, domain: str = "") -> tuple[Company, bool]:
    """The company of that domain, else of that name whatever its capitals and accents, else a new one."""
    name = " ".join(name.split())
    domain = bare_domain(domain)
    if domain:
        return Company.objects.get_or_create(
            domain=domain, defaults={"name": name or domain, "created_at": at, "updated_at": at}
        )
    found = Company.objects.filter(name_key=Fold(Value(name))).order_by("pk").first()
    if found:
        return found, False
    return Company.objects.create(name=name, created_at=at, updated_at=at), True


def bare_domain(text: str) -> str:
    """`client.example` from `https://www.Client.example/contact`; empty when there is none."""
    host = text.strip().lower().partition("://")[2] or text.strip().lower()
    return host.partition("/")[0].partition(":")[0].removeprefix("www.")
