"""The contacts of a list as the rows of a file, which our own import reads back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import override, pgettext_lazy

from leads.imports.headings import folded
from leads.models import Consent, Contact, ContactScore
from leads.playbooks.reading import kind_now
from leads.playbooks.text import kind_names
from lifecycle.models import Field
from personas.models import PersonaVersion

CHUNK: Final = 2000
"""Contacts in memory at once."""

_JOINED: Final = ("company", "owner", "source", "campaign", "score")


def rows_of_file(contacts: QuerySet[Contact]) -> Iterator[Sequence[object]]:
    """The headings in the language of now, then one row for each contact; a company's own fields stand last.

    What it needs of the language is read at once: it goes on when the reader's language is no longer set.
    """
    own = list(Field.objects.filter(entity=Field.Entity.CONTACT).order_by("key"))
    headings = [str(heading) for heading, _cell in COLUMNS]
    headings += own_headings(own)
    return _rows(contacts, headings, own)


def own_headings(fields: Sequence[Field]) -> list[str]:
    """The names of the fields; "custom.<key>" of one whose name could mean something else in either language."""
    means, ours = meanings(fields), words_of_ours()
    return [
        field.label
        if (word := folded(field.label)) not in ours and means.get(word) == field.key
        else f"custom.{field.key}"
        for field in fields
    ]


def meanings(fields: Iterable[Field]) -> dict[str, str]:
    """Word of a heading, folded → the key of the one field that it means: its names and key, and "custom.<key>"."""
    found: dict[str, set[str]] = {}
    for field in fields:
        for word in (field.label_en, field.label_fr, field.key, f"custom.{field.key}"):
            found.setdefault(folded(word), set()).add(field.key)
    return {word: keys.pop() for word, keys in found.items() if word and len(keys) == 1}


def words_of_ours() -> frozenset[str]:
    """The headings of `COLUMNS` in every language, folded."""
    words: set[str] = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            words |= {folded(str(heading)) for heading, _cell in COLUMNS}
    return frozenset(words)


def _rows(
    contacts: QuerySet[Contact], headings: list[str], own: Sequence[Field]
) -> Iterator[Sequence[object]]:
    yield headings
    sheets = PersonaVersion.objects.in_force().filter(persona=OuterRef("persona")).order_by()
    persona = Subquery(sheets.values("name_en")[:1])
    found = contacts.select_related(*_JOINED).annotate(**kind_now(), persona_name=persona).order_by("pk")
    for contact in found.iterator(chunk_size=CHUNK):
        yield [
            *(cell(contact) for _heading, cell in COLUMNS),
            *(own_cell(field.type, contact.custom.get(field.key)) for field in own),
        ]


def own_cell(kind: str, value: Any) -> object:
    """As the import reads it: money in units of the currency, yes and no in words."""
    if value is None:
        return None
    if kind == Field.Type.MONEY:
        return Decimal(value).scaleb(-2)
    if kind == Field.Type.BOOLEAN:
        return "yes" if value else "no"
    return value


def _score(name: str) -> Callable[[Contact], int | None]:
    def cell(contact: Contact) -> int | None:
        score: ContactScore | None = getattr(contact, "score", None)
        return getattr(score, name) if score else None

    return cell


def _kind(contact: Contact) -> str:
    return kind_names(contact.kinds or (), "en").get(contact.kind, "")  # type: ignore[attr-defined]  # annotated


COLUMNS: Final[tuple[tuple[str | Promise, Callable[[Contact], object]], ...]] = (
    (pgettext_lazy("column of a file", "Id"), lambda contact: contact.pk),
    (pgettext_lazy("column of a file", "First name"), lambda contact: contact.first_name),
    (pgettext_lazy("column of a file", "Last name"), lambda contact: contact.last_name),
    (pgettext_lazy("column of a file", "Email"), lambda contact: contact.email),
    (pgettext_lazy("column of a file", "Phone"), lambda contact: contact.phone),
    (pgettext_lazy("column of a file", "Job title"), lambda contact: contact.job_title),
    (pgettext_lazy("column of a file", "Job function"), lambda contact: contact.function),
    (pgettext_lazy("column of a file", "Seniority"), lambda contact: contact.seniority),
    (pgettext_lazy("column of a file", "Company"), lambda contact: contact.company and contact.company.name),
    (pgettext_lazy("column of a file", "City"), lambda contact: contact.city),
    (pgettext_lazy("column of a file", "Country"), lambda contact: contact.country),
    (pgettext_lazy("column of a file", "Language"), lambda contact: contact.language),
    (pgettext_lazy("column of a file", "Stage"), lambda contact: contact.stage_id),
    (pgettext_lazy("column of a file", "Status"), lambda contact: contact.status_id),
    (pgettext_lazy("column of a file", "Owner"), lambda contact: contact.owner and contact.owner.email),
    (pgettext_lazy("column of a file", "Source"), lambda contact: contact.source and contact.source.name_en),
    (
        pgettext_lazy("column of a file", "Campaign"),
        lambda contact: contact.campaign and contact.campaign.name,
    ),
    (
        pgettext_lazy("column of a file", "Persona"),
        lambda contact: contact.persona_name,  # type: ignore[attr-defined]  # annotated
    ),
    (
        pgettext_lazy("column of a file", "Consent"),
        lambda contact: "" if contact.consent == Consent.UNKNOWN else contact.consent,
    ),
    (pgettext_lazy("column of a file", "Fit"), _score("fit")),
    (pgettext_lazy("column of a file", "Engagement"), _score("engagement")),
    (
        pgettext_lazy("column of a file", "Created at"),
        lambda contact: contact.created_at.isoformat(timespec="seconds"),
    ),
    (pgettext_lazy("column of a file", "Kind"), _kind),
)
"""Headings in the reader's language, which our import knows in both (`leads.imports.headings`); cells in none."""
