"""The lines of the contacts' list: the columns one query reads, and each line drawn by one pattern.

A list is open all day and its lines are most of its cost, so that they go from the row to the markup without model or
template. `format_html` escapes every value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from leads.models import Contact, ContactScore
from leads.models.companies import company_url
from leads.models.contacts import contact_url, name_of
from lib.pagination import IN_ALL
from lib.templatetags.formats import UNKNOWN
from lifecycle.models import in_reader_language

OF_CONTACT: Final = (
    "first_name", "last_name", "email", "job_title", "company_id", "company__name",
    "stage_id", "stage__name_en", "stage__name_fr", "stage__side", "status_id", "status__name_en", "status__name_fr",
    "owner_id", "owner__first_name", "owner__last_name", "owner__email", "source__name_en", "source__name_fr",
)  # fmt: skip


def read(contacts: QuerySet[Contact]) -> QuerySet[Contact, Any]:
    """The newest first need the contact's own moment beside the columns."""
    return contacts.values_list(
        "id", *OF_CONTACT, "score__fit", "score__engagement", "created_at", IN_ALL, named=True
    )


def read_scores(scores: QuerySet[ContactScore]) -> QuerySet[ContactScore, Any]:
    """The same columns in the same order, read along the scores' own index."""
    columns = (f"contact__{name}" for name in OF_CONTACT)
    return scores.values_list("contact_id", *columns, "fit", "engagement", IN_ALL, named=True)


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One line as its reader sees it."""

    pk: int
    url: str
    name: str
    job: str
    company: str
    company_url: str
    stage: str
    covers: str
    side: str
    status: str
    status_covers: str
    owner: str
    initials: str
    fit: str
    engagement: str
    source: str


def lines_of(rows: Iterable[Any], *, kept: Mapping[str, str], first: int) -> list[ContactLine]:
    """Each opens its contact with the way back (`kept`), and which of all it is."""
    way, owners = urlencode(kept), _Owners()
    return [_line(row, f"{way}&n={number}", owners) for number, row in enumerate(rows, start=first)]


class _Owners(dict[int, User]):
    """The few owners of a page, each made once."""

    def of(self, pk: int, first_name: str, last_name: str, email: str) -> User:
        if pk not in self:
            self[pk] = User(pk=pk, first_name=first_name, last_name=last_name, email=email)
        return self[pk]


def _line(row: Any, way: str, owners: _Owners) -> ContactLine:
    (
        pk, first_name, last_name, email, job, company, company_name, stage, stage_en, stage_fr, side,
        status, status_en, status_fr, owner_id, *owner_facts, source_en, source_fr, fit, engagement,
    ) = row[:LAST]  # fmt: skip
    owner = owners.of(owner_id, *owner_facts) if owner_id else None
    return ContactLine(
        pk=pk,
        url=f"{contact_url(pk)}?{way}",
        name=name_of(first_name, last_name, email, pk),
        job=job,
        company=company_name or "",
        company_url=company_url(company) if company else "",
        stage=in_reader_language(stage_en, stage_fr) if stage else "",
        covers=f"stage:{stage}" if stage else "",
        side=side or "",
        status=in_reader_language(status_en, status_fr),
        status_covers=f"status:{status}",
        owner=owner.get_full_name() if owner else "",
        initials=owner.initials if owner else "",
        fit=UNKNOWN if fit is None else str(fit),
        engagement=UNKNOWN if engagement is None else str(engagement),
        source=in_reader_language(source_en, source_fr) if source_en else UNKNOWN,
    )


LAST: Final = len(OF_CONTACT) + 3
"""Columns of a line; what follows are the order's and the count."""

LINE: Final = (
    '<tr data-row>{check}<td class="sm-list-name"><a class="sm-bold" href="{url}" data-row-link>{name}</a>'
    '<span class="sm-sub sm-tiny">{job}</span></td><td class="sm-list-company">{company}</td>'
    '<td class="sm-list-top">{stage}</td><td class="sm-list-middle">{status}</td>'
    '<td class="sm-list-bottom">{owner}</td><td class="is-number">{fit}</td><td class="is-number">{engagement}</td>'
    "<td>{source}</td></tr>\n"
)
CHECK: Final = (
    '<td class="sm-list-check"><input type="checkbox" name="contact" value="{}" aria-label="{}"></td>'
)
COMPANY: Final = '<a href="{}">{}</a>'
OWNER: Final = (
    '<span class="sm-row is-nowrap">'
    '<span class="sm-avatar is-small is-sales" aria-hidden="true">{}</span>{}</span>'
)
NOBODY: Final = mark_safe(f'<span class="sm-sub">{UNKNOWN}</span>')  # noqa: S308 - ours


def drawn(
    lines: Iterable[ContactLine],
    *,
    stages: Mapping[str, SafeString],
    statuses: Mapping[str, SafeString],
    selectable: bool,
) -> SafeString:
    """The body of the table; `stages`, `statuses`: what the cell of each shows, by what it covers."""
    return mark_safe(  # noqa: S308 - escaped
        "".join(_drawn(line, stages, statuses, selectable=selectable) for line in lines)
    )


def _drawn(
    line: ContactLine,
    stages: Mapping[str, SafeString],
    statuses: Mapping[str, SafeString],
    *,
    selectable: bool,
) -> str:
    return format_html(
        LINE,
        check=format_html(CHECK, line.pk, line.name) if selectable else "",
        url=line.url,
        name=line.name,
        job=line.job,
        company=_company(line.company_url, line.company) if line.company_url else "",
        stage=stages[line.covers] if line.covers else "",
        status=statuses[line.status_covers],
        owner=_owner(line.initials, line.owner) if line.owner else NOBODY,
        fit=line.fit,
        engagement=line.engagement,
        source=line.source,
    )


@lru_cache(maxsize=1024)
def _company(url: str, name: str) -> SafeString:
    return format_html(COMPANY, url, name)


@lru_cache(maxsize=512)
def _owner(initials: str, name: str) -> SafeString:
    return format_html(OWNER, initials, name)
