"""Creates companies, one for each domain, and edits them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Value

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.history import sign_changes
from leads.errors import DomainTaken, StaleCompany
from leads.models import Company, Origin
from lib.folding import Fold
from lib.tidy import tidy


@transaction.atomic
def find_or_create_company(*, name: str, at: datetime, domain: str = "") -> tuple[Company, bool]:
    """The company of that domain, else of that name whatever its capitals and accents, else a new one."""
    name = tidy(name)
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


@transaction.atomic
def update_company(
    company: Company, *, changes: Mapping[str, Any], version: int, at: datetime, actor: User | None = None
) -> Company:
    """Write what a form that was filled in on `version` changes; a domain is made bare.

    Raise StaleCompany when the company changed meanwhile, DomainTaken when another has the domain.
    """
    found = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    cleaned = (
        {**changes, "domain": bare_domain(changes.get("domain") or "")}
        if "domain" in changes
        else dict(changes)
    )
    wanted = {name: value for name, value in cleaned.items() if getattr(found, name) != value}
    if not wanted:
        return found
    if found.version != version:
        raise StaleCompany(seen=version, found=found.version)
    domain = wanted.get("domain")
    if domain and Company.objects.filter(domain=domain).exclude(pk=found.pk).exists():
        raise DomainTaken(domain=domain)
    for name, value in wanted.items():
        setattr(found, name, value)
    found.version, found.updated_at = version + 1, at
    sign_changes(at=at, origin=Origin.PERSON, actor=actor)
    found.save(update_fields=[*wanted, "version", "updated_at"])
    mark_dirty(found.contacts.values_list("pk", flat=True), at=at)
    return found
