"""What is seen of a file and the mapping proposed for it: what its headings suggest, or what is remembered of them.

How a file is read, its encoding and its separator, is guessed, unless somebody says otherwise.
"""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts.models import User
from leads.imports import inspecting
from leads.imports import mapping as mappings
from leads.imports.headings import OURS, fingerprint, known_by, zone_told
from leads.imports.mapping import Column, Mapping, MappingRefused, field_key
from leads.imports.reading import FileRefused
from leads.imports.vocabulary import with_own_fields
from leads.models import ImportMapping


def first_look(path: Path, *, time_zone: str) -> tuple[dict[str, Any], Mapping]:
    """Moments are those of `time_zone`, unless the headings name another. Raises FileRefused."""
    shape = inspecting.shape_of(path)
    found = _remembered(path, shape)
    if found:
        shape, mapping = found
        return shape | {"system": proposed(shape)[1], "is_remembered": True}, mapping
    mapping, system = proposed(shape)
    return shape | {"system": system}, replace(mapping, time_zone=zone_told(shape["headings"]) or time_zone)


def proposed(shape: dict[str, Any], *, kind: str = "") -> tuple[Mapping, str]:
    """The mapping that the headings suggest, a company's own fields included, and whose export the file seems to be."""
    mapping, system = inspecting.suggested(shape, kind=kind)
    return with_own_fields(mapping, is_ours=system == OURS), system


def looked_at(path: Path, *, encoding: str, separator: str, before: dict[str, Any]) -> dict[str, Any]:
    """The file read as somebody says; `guessed` is how it was read before anybody said anything.

    Raises FileRefused, also where less can be made of it than `before`: no row, or one column of several.
    """
    shape = inspecting.shape_of(path, encoding=encoding, separator=separator)
    if not (encoding or separator):
        return shape
    if shape["rows"] == shape["unreadable"] and before["rows"] > before["unreadable"]:
        raise FileRefused("no_row_readable")
    if len(shape["headings"]) == 1 < len(before["headings"]):
        raise FileRefused("one_column")
    guessed = {name: before[name] for name in ("encoding", "separator", "headings")}
    return shape | {"guessed": before.get("guessed") or guessed}


def remember(shape: dict[str, Any], mapping: Mapping, *, actor: User | None, at: datetime) -> None:
    """For files with the same headings: as they were read, and as they are guessed, before it is known how to read."""
    guessed = shape.get("guessed", shape)
    for known in {fingerprint(shape["headings"]), fingerprint(guessed["headings"])}:
        ImportMapping.objects.update_or_create(
            fingerprint=known,
            defaults={
                "target": mapping.kind,
                "mapping": mapping.as_json(),
                "saved_by": actor,
                "saved_at": at,
            },
        )


def _remembered(path: Path, shape: dict[str, Any]) -> tuple[dict[str, Any], Mapping] | None:
    """How such a file was understood the last time, and what is seen of this one read in the same way.

    Another program may write the same headings with another separator: then it is read as it is guessed.
    """
    kept = _kept(shape["headings"])
    if kept is None:
        return None
    as_guessed = replace(kept, encoding="", separator="")
    if shape["kind"] == "csv" and _says_otherwise(kept, shape):
        try:
            other = looked_at(path, encoding=kept.encoding, separator=kept.separator, before=shape)
        except FileRefused:
            other = shape
        mapping = _spelled(kept, other["headings"])
        if mapping and other is not shape:
            return other, mapping
    mapping = _spelled(as_guessed, shape["headings"])
    return (shape, mapping) if mapping else None


def _kept(headings: Iterable[str]) -> Mapping | None:
    kept = ImportMapping.objects.filter(fingerprint=fingerprint(headings)).first()
    try:
        return mappings.from_json(kept.mapping) if kept else None
    except MappingRefused:
        return None


def _says_otherwise(mapping: Mapping, shape: dict[str, Any]) -> bool:
    return any(getattr(mapping, name) not in ("", shape[name]) for name in ("encoding", "separator"))


def _spelled(mapping: Mapping, headings: list[str]) -> Mapping | None:
    """The mapping with this file's spelling of its headings; None where one of them is missing."""
    spelled = {known_by(heading): heading for heading in headings}
    columns = {spelled.get(known_by(heading), heading): column for heading, column in mapping.columns.items()}
    return replace(mapping, columns=columns) if set(columns) <= set(headings) else None


# What was chosen of a file, carried over to what is seen of it now


def carried(
    chosen: Mapping, *, before: dict[str, Any], now: dict[str, Any], shown_zone: str
) -> tuple[Mapping, str]:
    """The choices of a reading in another one of the same file, and whose export it seems to be now.

    What nobody has chosen follows the file: what is remembered of its headings as they are now, or what they suggest.
    `shown_zone` is the time zone that was proposed.
    """
    was, _ = proposed(before)
    kind = "" if chosen.kind == was.kind else chosen.kind
    fresh, system = proposed(now, kind=kind)
    told = zone_told(now["headings"])
    kept = _kept(now["headings"])
    kept = _spelled(kept, now["headings"]) if kept else None
    if kept and kind in ("", kept.kind):
        fresh, told = kept, kept.time_zone
    options = {
        item.name: getattr(
            fresh if getattr(chosen, item.name) == getattr(was, item.name) else chosen, item.name
        )
        for item in fields(Mapping)
        if item.name not in ("columns", "encoding", "separator", "time_zone")
    }
    zone = told if told and chosen.time_zone == shown_zone else chosen.time_zone
    columns = fresh.columns
    if fresh.kind == chosen.kind:
        columns = _carried_columns(
            chosen, was=was, fresh=fresh, before=before["headings"], now=now["headings"]
        )
    return replace(chosen, **options, time_zone=zone, columns=columns), system


def _carried_columns(
    chosen: Mapping, *, was: Mapping, fresh: Mapping, before: list[str], now: list[str]
) -> dict[str, Column]:
    """A heading that is spelled otherwise in another encoding is known by its place."""
    places = dict(zip(now, before, strict=True)) if len(now) == len(before) else {}
    same = {known_by(heading): heading for heading in before}
    columns: dict[str, Column] = {}
    for heading in now:
        old = same.get(known_by(heading)) or places.get(heading, "")
        column = chosen.columns.get(old)
        if column and _was_chosen(
            column, was.columns.get(old, Column()), fresh.columns.get(heading, Column())
        ):
            columns[heading] = column if old == heading else _renamed(column, heading, chosen)
    taken = {column.target for column in columns.values()}
    return {
        heading: columns[heading]
        if heading in columns
        else Column()
        if (column := fresh.columns.get(heading, Column())).target in taken and column.target
        else column
        for heading in now
    }


def _was_chosen(column: Column, suggested: Column, fresh: Column) -> bool:
    """Not where it is what was suggested, and the file as it is read now suggests something, or nothing was."""
    if column.target == suggested.target:
        return bool(column.target) and not fresh.target
    return True


def _renamed(column: Column, heading: str, chosen: Mapping) -> Column:
    """A new field is called as its column is now."""
    if not column.type:
        return column
    taken = {other.target.removeprefix("custom.") for other in chosen.custom_columns().values()}
    return replace(column, target=f"custom.{field_key(heading, taken=taken)}", label=heading[:80])
