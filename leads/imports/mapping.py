"""What each column of a file becomes, and the choices that go with it; JSON in, JSON out, checked once."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final
from zoneinfo import ZoneInfo

from leads.imports.headings import CONTACT_HEADINGS, DEAL_HEADINGS, folded
from leads.imports.values import DATE_ORDERS
from lib.currency_codes import is_currency

KINDS: Final = ("contacts", "deals")
IDENTITIES: Final = ("email", "external_id", "both")
CONFLICTS: Final = ("fill", "overwrite")
UNKNOWN_CONTACTS: Final = ("refuse", "create")
BAD_VALUES: Final = ("refuse", "leave_out")
FIELD_TYPES: Final = ("text", "number", "money", "date", "boolean")
"""Of a new field; which choices there are a file does not say."""
CONTACT_TARGETS: Final = tuple(target for target in CONTACT_HEADINGS if not target.startswith("entered."))
DEAL_TARGETS: Final = tuple(DEAL_HEADINGS)

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Column:
    """`target`: one of the targets, `entered.<stage>`, `custom.<key>`, or empty to leave the column out.

    `type` and `label` are for a custom field that does not exist yet: it is created with them.
    """

    target: str = ""
    type: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the mapping cannot be run with; `column` is empty when it concerns the whole."""

    code: str
    column: str = ""
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one file is read. Everything but `columns` has a default that does no harm.

    `system` names whose ids the external ids are. `empty_source` is the source of rows whose source is
    empty. `stage` is reached by every row at its created_at (contacts); `deal_stage` is that of deals whose
    file does not say. `currency` is that of amounts without one; empty means the reporting currency.
    `opens_clock` is false: history opens no clock and notifies nobody unless asked. `encoding` and `separator`
    are guessed where they are empty.
    """

    columns: dict[str, Column]
    kind: str = "contacts"
    identify_by: str = "email"
    system: str = ""
    date_order: str = "dmy"
    decimal: str = "."
    time_zone: str = "UTC"
    region: str = "FR"
    currency: str = ""
    encoding: str = ""
    separator: str = ""
    source: str = ""
    empty_source: str = ""
    campaign: str = ""
    stage: str = ""
    deal_stage: str = "won"
    on_conflict: str = "fill"
    on_unknown_contact: str = "refuse"
    on_bad_value: str = "refuse"
    opens_clock: bool = False

    def as_json(self) -> dict[str, Any]:
        data = asdict(self)
        data["columns"] = {
            heading: {key: value for key, value in column.items() if value}
            for heading, column in data["columns"].items()
        }
        return data

    def column_of(self, target: str) -> str | None:
        """The heading that carries this target."""
        return next((heading for heading, column in self.columns.items() if column.target == target), None)

    def custom_columns(self) -> dict[str, Column]:
        """Columns that become fields of the data dictionary, by heading."""
        return {
            heading: column for heading, column in self.columns.items() if column.target.startswith("custom.")
        }


class MappingRefused(ValueError):  # noqa: N818 - an answer of the domain, not a fault
    """`problems` says everything that is wrong, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


def from_json(data: object) -> Mapping:
    """The mapping that JSON describes; a column may be given as its target alone. Raises MappingRefused."""
    if not isinstance(data, dict) or not isinstance(data.get("columns"), dict):
        raise MappingRefused([Problem("not_a_mapping")])
    known = {item.name: item for item in fields(Mapping)}
    problems = [Problem("unknown_option", params={"option": str(name)}) for name in data if name not in known]
    for name, value in data.items():
        wanted = bool if name == "opens_clock" else str
        if name in known and name != "columns" and not isinstance(value, wanted):
            problems.append(Problem("bad_option", params={"option": name, "value": str(value)[:80]}))
    columns: dict[str, Column] = {}
    for heading, described in data["columns"].items():
        column = _column(described)
        if column is None:
            problems.append(Problem("bad_column", column=str(heading)))
        else:
            columns[str(heading)] = column
    if problems:
        raise MappingRefused(problems)
    return Mapping(**{**data, "columns": columns})


def _column(described: object) -> Column | None:
    if described is None:
        return Column()
    if isinstance(described, str):
        return Column(target=described)
    if not isinstance(described, dict) or not set(described) <= {item.name for item in fields(Column)}:
        return None
    if not all(isinstance(value, str) for value in described.values()):
        return None
    return Column(**described)


def problems_of(
    mapping: Mapping, *, headings: Iterable[str], stages: Iterable[str] = (), known_fields: Iterable[str] = ()
) -> list[Problem]:
    """Everything that stands against running the mapping on a file with these headings."""
    headings = list(headings)
    found = [*_option_problems(mapping), *_identity_problems(mapping)]
    targets: dict[str, str] = {}
    for heading, column in mapping.columns.items():
        if not column.target:
            continue
        if heading not in headings:
            found.append(Problem("no_such_column", column=heading))
        found += _column_problems(
            mapping, heading, column, stages=set(stages), known_fields=set(known_fields)
        )
        if column.target in targets:
            params: dict[str, object] = {"other": targets[column.target], "target": column.target}
            found.append(Problem("target_twice", column=heading, params=params))
        targets.setdefault(column.target, heading)
    if mapping.stage and mapping.stage not in set(stages):
        found.append(Problem("unknown_stage", params={"stage": mapping.stage}))
    return found


def _option_problems(mapping: Mapping) -> list[Problem]:
    allowed: dict[str, tuple[str, ...]] = {
        "kind": KINDS,
        "identify_by": IDENTITIES,
        "on_conflict": CONFLICTS,
        "on_unknown_contact": UNKNOWN_CONTACTS,
        "on_bad_value": BAD_VALUES,
        "date_order": DATE_ORDERS,
        "decimal": (".", ","),
        "separator": ("", ",", ";", "\t", "|"),
    }
    found = [
        Problem("bad_option", params={"option": name, "value": getattr(mapping, name)})
        for name, values in allowed.items()
        if getattr(mapping, name) not in values
    ]
    try:
        ZoneInfo(mapping.time_zone)
    except (KeyError, ValueError, OSError):
        found.append(Problem("bad_option", params={"option": "time_zone", "value": mapping.time_zone}))
    for name, shape in (
        ("region", r"[A-Z]{2}"),
        ("system", r"[a-z0-9_-]{0,40}"),
    ):
        if not re.fullmatch(shape, getattr(mapping, name)):
            found.append(Problem("bad_option", params={"option": name, "value": getattr(mapping, name)}))
    if mapping.encoding and not _is_encoding(mapping.encoding):
        found.append(Problem("bad_option", params={"option": "encoding", "value": mapping.encoding}))
    if mapping.currency and not is_currency(mapping.currency):
        found.append(Problem("bad_option", params={"option": "currency", "value": mapping.currency}))
    return found


def _is_encoding(name: str) -> bool:
    try:
        return "a".encode(name).decode(name) == "a"
    except (LookupError, UnicodeError, ValueError):
        return False


def _identity_problems(mapping: Mapping) -> list[Problem]:
    found = []
    if mapping.identify_by in ("email", "both") and not mapping.column_of("email"):
        found.append(Problem("no_email_column"))
    if mapping.identify_by in ("external_id", "both") and not mapping.column_of("external_id"):
        found.append(Problem("no_external_id_column"))
    if mapping.column_of("external_id") and not mapping.system:
        found.append(Problem("no_system"))
    return found


def _column_problems(
    mapping: Mapping, heading: str, column: Column, *, stages: set[str], known_fields: set[str]
) -> list[Problem]:
    group, _, key = column.target.partition(".")
    if group == "custom":
        if not _KEY.fullmatch(key):
            return [Problem("bad_field_key", column=heading, params={"key": key})]
        if key not in known_fields and column.type not in FIELD_TYPES:
            return [Problem("new_field_without_type", column=heading, params={"key": key})]
        return []
    if group == "entered" and mapping.kind == "contacts":
        return [] if key in stages else [Problem("unknown_stage", column=heading, params={"stage": key})]
    targets = CONTACT_TARGETS if mapping.kind == "contacts" else DEAL_TARGETS
    if column.target not in targets:
        return [Problem("unknown_target", column=heading, params={"target": column.target})]
    return []


def field_key(heading: str, *, taken: Iterable[str]) -> str:
    """A key for a new field: its heading in small letters, with a number where there is such a one."""
    key = re.sub(r"[^a-z0-9]+", "_", folded(heading)).strip("_")[:34] or "field"
    if not key[0].isalpha():
        key = f"f_{key}"
    number, free = 1, key
    while free in set(taken):
        number += 1
        free = f"{key}_{number}"
    return free
