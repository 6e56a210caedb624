"""What the cells of a file may say, as the installation stands: people, stages, statuses, countries, fields."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from babel import Locale
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import override
from django_countries import countries

from accounts.models import User
from leads.contact_file import meanings, words_of_ours
from leads.imports.converting import Known
from leads.imports.headings import folded
from leads.imports.mapping import Column, Mapping
from lifecycle.keys import StatusKey
from lifecycle.models import Field, Stage, Status


def create_fields(mapping: Mapping, *, actor: User | None, at: datetime) -> None:
    """The custom fields that the mapping asks for and the data dictionary does not have yet."""
    entity = _entity(mapping)
    known = set(Field.objects.filter(entity=entity).values_list("key", flat=True))
    Field.objects.bulk_create(
        [
            Field(
                entity=entity,
                key=key,
                label_en=(column.label or heading)[:80],
                type=column.type or Field.Type.TEXT,
                created_by=actor,
                created_at=at,
            )
            for heading, column in mapping.custom_columns().items()
            if (key := column.target.removeprefix("custom.")) not in known
        ],
        ignore_conflicts=True,
    )


def with_own_fields(mapping: Mapping, *, is_ours: bool) -> Mapping:
    """Columns that nothing else claims go to the company's own field of that name, in either language, or key.

    In a file of ours every column is either one of our headings or such a field, whatever others mean by its name.
    """
    own = meanings(Field.objects.filter(entity=_entity(mapping)))
    ours = words_of_ours() if is_ours else frozenset()
    columns, taken = dict(mapping.columns), set[str]()
    for heading, column in mapping.columns.items():
        word = folded(heading)
        key = own.get(word, "")
        if key in ("", *taken) or word in ours or (column.target and not is_ours):
            continue
        columns[heading] = Column(f"custom.{key}")
        taken.add(key)
    return replace(mapping, columns=columns)


def known_words(mapping: Mapping, *, at: datetime) -> Known:
    """What cells may say, as the installation stands: people, stages, statuses, countries, fields."""
    stages = list(Stage.objects.active().order_by("position"))
    fields = list(Field.objects.filter(entity=_entity(mapping)))
    return Known(
        at=at,
        owners=_owners(),
        stages={folded(word): key for word, key in STAGE_WORDS.items()} | _words_of(stages),
        stage_order=tuple(stage.key for stage in stages),
        statuses=_statuses(),
        countries=country_words(),
        languages=language_words(),
        field_types={field.key: field.type for field in fields},
        choices={field.key: _choices(field) for field in fields if field.choices},
    )


def _owners() -> dict[str, int]:
    """By address, and by a name that only one of them bears; one of signs, or none, is nobody's."""
    people = list(User.objects.filter(is_active=True).only("pk", "email", "first_name", "last_name"))
    named = Counter(folded(person.get_full_name()) for person in people)
    by_name = {word: one.pk for one in people if named[word := folded(one.get_full_name())] == 1 and word}
    return by_name | {person.email.lower(): person.pk for person in people}


def _choices(field: Field) -> dict[str, str]:
    """What a cell may say, with its capitals and without → the value; a choice is text, or key and labels."""
    told = [
        [str(one[name]) for name in ("key", "value", "label", "label_en", "label_fr") if one.get(name)]
        if isinstance(one, dict)
        else [str(one)]
        for one in field.choices
    ]
    words = {word.casefold(): said[0] for said in reversed(told) for word in said}
    return words | {said[0]: said[0] for said in told if said}


STAGE_WORDS: Final = {
    "marketing qualified lead": "mql",
    "marketingqualifiedlead": "mql",
    "sales qualified lead": "sql",
    "salesqualifiedlead": "sql",
    "lead qualifie marketing": "mql",
    "lead qualifie commercial": "sql",
    "evangelist": "promoter",
    "evangeliste": "promoter",
    # HubSpot's stage for whoever is in none.
    "other": "",
    "autre": "",
}
# The statuses that HubSpot and Salesforce come with, as ours.
STATUS_WORDS: Final = {
    "open": StatusKey.IN_PROGRESS,
    "open deal": StatusKey.IN_PROGRESS,
    "attempted to contact": StatusKey.IN_PROGRESS,
    "connected": StatusKey.IN_PROGRESS,
    "open not contacted": StatusKey.NEW,
    "working contacted": StatusKey.IN_PROGRESS,
    "working": StatusKey.IN_PROGRESS,
    "contacted": StatusKey.IN_PROGRESS,
    "qualified": StatusKey.IN_PROGRESS,
    "closed converted": StatusKey.IN_PROGRESS,
    "closed not converted": StatusKey.UNQUALIFIED,
    "nurturing": StatusKey.BAD_TIMING,
}


def _statuses() -> dict[str, str]:
    own = _words_of(Status.objects.all())
    known = set(own.values())
    # The company's words win, and a status that it does not keep is nobody's.
    return {word: key for word, key in STATUS_WORDS.items() if key in known} | own


def _words_of(rows: Iterable[Stage | Status]) -> dict[str, str]:
    words: dict[str, str] = {}
    for row in rows:
        for word in (row.key, row.name_en, row.name_fr):
            words.setdefault(folded(word), row.key)
    return words


COUNTRY_WORDS: Final = {
    **dict.fromkeys(("uk", "u k", "great britain", "england", "angleterre"), "GB"),
    **dict.fromkeys(("usa", "u s a", "united states", "etats unis"), "US"),
    **dict.fromkeys(("czech republic", "tchequie"), "CZ"),
    "turkey": "TR",
    "the netherlands": "NL",
    "ivory coast": "CI",
}
"""What people write beside the names of the standard."""


def country_words() -> dict[str, str]:
    """Names of countries in English and French, folded, and their two letters → ISO code."""
    words: dict[str, str] = {code.lower(): code for code, _name in countries}
    for language, _ in settings.LANGUAGES:
        with override(language):
            words |= {folded(str(name)): code for code, name in countries}
    return words | COUNTRY_WORDS


def language_words() -> dict[str, str]:
    """Codes and names of languages, in English, in French and in themselves, folded → code of two or three letters."""
    words = {folded(told["name_local"]): code for code, told in LANG_INFO.items() if "name_local" in told}
    words = {word: code.partition("-")[0] for word, code in words.items()}
    for language, _ in settings.LANGUAGES:
        for code, name in Locale(language).languages.items():
            if code.isalpha() and len(code) <= 3:
                words |= {folded(name): code, code: code}
    words.pop("", None)
    return words


def _entity(mapping: Mapping) -> str:
    return Field.Entity.CONTACT if mapping.kind == "contacts" else Field.Entity.DEAL
