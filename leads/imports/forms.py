"""The upload and the mapping as forms: they parse and validate; what a mapping means is decided elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from leads.imports.mapping import Column, Mapping, field_key
from leads.imports.wording import ENCODINGS, SEPARATORS, encoding_name
from leads.models import DealStage
from lib.currencies import reporting_currency
from lib.zones import zone_choices, zone_name
from lifecycle.models import Field, Stage

MOST_UPLOADED: Final = 200 * 1024 * 1024
NEW: Final = "new:"

CONTACT_GROUPS: Final = (
    (
        _("Contact"),
        (
            ("email", _("E-mail")),
            ("first_name", _("First name")),
            ("last_name", _("Last name")),
            ("full_name", _("Full name")),
            ("phone", _("Phone")),
            ("job_title", _("Job title")),
            ("function", _("Function")),
            ("seniority", _("Seniority")),
            ("city", _("City")),
            ("country", _("Country")),
            ("language", _("Language")),
            ("external_id", _("External id")),
        ),
    ),
    (
        _("Company"),
        (
            ("company.name", _("Company")),
            ("company.domain", _("Web domain")),
            ("company.sector", _("Sector")),
            ("company.headcount", _("Headcount")),
        ),
    ),
    (
        _("Where from, whose"),
        (
            ("source", _("Source")),
            ("campaign", _("Campaign")),
            ("owner", _("Owner")),
            ("consent", _("Consent, e-mail")),
            ("opt_out", _("Opted out")),
        ),
    ),
    (
        _("History"),
        (("created_at", _("First contact")), ("stage", _("Stage")), ("status", _("Status"))),
    ),
)
DEAL_GROUPS: Final = (
    (_("Contact"), (("email", _("E-mail")), ("external_id", _("External id")))),
    (
        _("Deal"),
        (
            ("deal.external_id", _("Deal id")),
            ("deal.name", _("Name of the deal")),
            ("deal.amount", _("Amount")),
            ("deal.currency", _("Currency")),
            ("deal.stage", _("Stage of the deal")),
            ("deal.owner", _("Owner of the deal")),
            ("deal.note", _("Note")),
        ),
    ),
    (
        _("History"),
        (
            ("deal.opened_at", _("Opened on")),
            ("deal.won_at", _("Won on")),
            ("deal.lost_at", _("Lost on")),
            ("deal.closed_at", _("Closed on")),
            ("deal.expected_close_on", _("Expected close")),
            ("deal.lost_reason", _("Why it was lost")),
            ("deal.won_reason", _("Why it was won")),
        ),
    ),
)
# Beside a chosen target: what will be done with the cells.
NOTES: Final = {
    "email": _("one contact each, capitals do not matter"),
    "external_id": _("the contact’s id in the other system"),
    "company.name": _("created when unknown"),
    "company.domain": _("finds the company first"),
    "source": _("created when unknown"),
    "campaign": _("created when unknown"),
    "owner": _("e-mail or name of somebody here"),
    "consent": _("yes = given, no = withdrawn"),
    "opt_out": _("yes = withdrawn"),
    "full_name": _("split into first and last name"),
    "stage": _("entered at the first contact"),
    "created_at": _("kept as the date of the record"),
    "deal.external_id": _("the same id is the same deal"),
    "deal.amount": _("zero when empty"),
    "deal.won_at": _("makes a customer on that day"),
}


class UploadForm(forms.Form):
    file = forms.FileField(label=_("CSV or Excel file"), allow_empty_file=True)

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_UPLOADED:
            raise forms.ValidationError(
                _("The file is larger than 200 MB. Split it, or use the command import_contacts.")
            )
        return file


class MappingForm(forms.Form):
    """One choice a column and the options of the whole; `mapping()` is what was chosen."""

    kind = forms.ChoiceField(
        label=_("Each row is"),
        choices=[("contacts", _("a contact")), ("deals", _("a deal"))],
        widget=forms.HiddenInput,
    )
    identify_by = forms.ChoiceField(
        label=_("A contact is known by"),
        choices=[
            ("email", _("its e-mail")),
            ("external_id", _("its external id")),
            ("both", _("either of them")),
        ],
    )
    system = forms.RegexField(
        r"^[a-z0-9_-]{1,40}$",
        label=_("The ids come from"),
        required=False,
        help_text=_("The system’s name in small letters. The same name next time finds the same contacts."),
    )
    date_order = forms.ChoiceField(
        label=_("Dates are written"),
        choices=[("dmy", _("31/12/2026")), ("mdy", _("12/31/2026")), ("ymd", _("2026/12/31"))],
    )
    decimal = forms.ChoiceField(
        label=_("Decimals are written"), choices=[(",", "1 200,50"), (".", "1,200.50")]
    )
    region = forms.RegexField(
        r"^[A-Za-z]{2}$", label=_("Country of phones that name none"), help_text=_("Two letters: FR, GB, DE.")
    )
    currency = forms.RegexField(r"^[A-Za-z]{3}$", label=_("Currency"))
    source = forms.CharField(label=_("Source of rows without one"), required=False, max_length=80)
    campaign = forms.CharField(label=_("Campaign of rows without one"), required=False, max_length=120)
    stage = forms.ChoiceField(label=_("Stage reached by every row"), required=False)
    deal_stage = forms.ChoiceField(label=_("Stage of deals that do not say"), choices=DealStage.choices)
    on_conflict = forms.ChoiceField(
        label=_("What is already known"),
        choices=[
            ("fill", _("stays; only empty facts are filled")),
            ("overwrite", _("is replaced by the file")),
        ],
    )
    on_bad_value = forms.ChoiceField(
        label=_("A value that cannot be read"),
        choices=[("refuse", _("refuses its row")), ("leave_out", _("is left out, and said"))],
    )
    on_unknown_contact = forms.ChoiceField(
        label=_("A deal of an unknown contact"),
        choices=[("refuse", _("is refused")), ("create", _("creates the contact"))],
    )
    opens_clock = forms.BooleanField(
        label=_("Hand over imported MQLs to sales: open clocks and notify"), required=False
    )

    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    separator = forms.ChoiceField(label=_("Separator"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Times are in"), required=False, help_text=_("Of moments that name no zone themselves.")
    )
    reading = forms.CharField(required=False, widget=forms.HiddenInput)

    READING_OF: Final = {"csv": ("encoding", "separator", "time_zone"), "xlsx": ("time_zone",)}
    OPTIONS_OF: Final = {
        "contacts": ("identify_by", "system", "date_order", "decimal", "region", "source", "campaign", "stage",
                     "on_conflict", "on_bad_value"),
        "deals": ("identify_by", "system", "date_order", "decimal", "currency", "deal_stage", "on_unknown_contact",
                  "on_conflict", "on_bad_value"),
    }  # fmt: skip

    def __init__(self, data: Any = None, *, shape: dict[str, Any], mapping: Mapping) -> None:
        self.shape = shape
        self.base = mapping
        super().__init__(data, initial=_initial(mapping) | {"reading": _reading(shape)})
        self._offer_readings()
        stages = Stage.objects.active()
        stage = self.fields["stage"]
        assert isinstance(stage, forms.ChoiceField)
        stage.choices = [("", _("none")), *((stage.key, stage.name) for stage in stages)]
        for name in set(self.fields) - set(self.OPTIONS_OF[mapping.kind]) - {"kind", "opens_clock"}:
            self.fields[name].required = False
        groups = target_groups(mapping.kind, stages)
        for index, heading in enumerate(shape["headings"]):
            column = mapping.columns.get(heading, Column())
            self.fields[f"column-{index}"] = forms.ChoiceField(
                label=heading,
                required=False,
                initial=_choice_of(column),
                choices=[
                    ("", _("Choose, or leave out")),
                    ("-", _("Leave out")),
                    *groups,
                    (_("New field"), _new_types(shape["types"][index])),
                ],
            )

    def _offer_readings(self) -> None:
        """What was guessed comes first and is named; what a mapping says by another door is offered too."""
        guessed = self.shape.get("guessed", self.shape)
        seen = {
            name: guessed[name] if getattr(self.base, name) else self.shape[name]
            for name in ("encoding", "separator")
        }
        known = {
            "encoding": {self.base.encoding: encoding_name(self.base.encoding)} | ENCODINGS,
            "separator": SEPARATORS,
        }
        names = {
            "encoding": encoding_name(seen["encoding"]),
            "separator": SEPARATORS.get(seen["separator"], ""),
        }
        for name, words in known.items():
            found = (_("recognised: %(what)s") % {"what": names[name]}) if names[name] else _("recognised")
            self._choose(name, [("", found), *((key, word) for key, word in words.items() if key)])
        zone = self.base.time_zone
        zones = zone_choices()
        self._choose("time_zone", zones if zone in dict(zones) else [(zone, zone_name(zone)), *zones])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def columns(self) -> Iterator[dict[str, Any]]:
        """One row of the mapping table for each column of the file."""
        for index, heading in enumerate(self.shape["headings"]):
            bound: BoundField = self[f"column-{index}"]
            value = str(bound.value() or "")
            yield {
                "heading": heading,
                "values": " · ".join(self.shape["samples"][index]),
                "filled": self.shape["filled"][index],
                "bound": bound,
                "widget": bound.as_widget(
                    attrs={"class": "form-select" if value else "form-select is-asking"}
                ),
                "is_new": value.startswith(NEW),
                "is_open": not value,
                "note": NOTES.get(value, ""),
            }

    def options(self) -> list[BoundField]:
        return [self[name] for name in self.OPTIONS_OF[self.base.kind]]

    def readings(self) -> list[BoundField]:
        """How the file is read: of a sheet, only whose clock its moments are by."""
        return [self[name] for name in self.READING_OF[self.shape["kind"]]]

    def is_reading_wrong(self) -> bool:
        return any(bound.errors for bound in self.readings())

    def reading_told(self) -> str:
        """The three of them in one line."""
        told = [_("times in %(zone)s") % {"zone": zone_name(self.base.time_zone)}]
        if self.shape["kind"] == "csv":
            separator = SEPARATORS.get(self.shape["separator"], self.shape["separator"])
            told = [encoding_name(self.shape["encoding"]), str(separator), *told]
        return " · ".join(map(str, told))

    def is_of_another_reading(self) -> bool:
        """Whether it was filled in on a page that showed the file as it was read before: its columns are not these."""
        return self.is_bound and self.data.get("reading", _reading(self.shape)) != _reading(self.shape)

    def reads_otherwise(self) -> str:
        """The field by which the file is to be read otherwise than it is; only after `is_valid`."""
        return next(
            (
                name
                for name in ("separator", "encoding")
                if name in self.READING_OF[self.shape["kind"]]
                and self.cleaned_data[name] != getattr(self.base, name)
            ),
            "",
        )

    def recognised_count(self) -> int:
        return sum(1 for column in self.columns() if not column["is_open"])

    def mapping(self) -> Mapping:
        """Only after `is_valid`."""
        data = self.cleaned_data
        columns: dict[str, Column] = {}
        keys = set(
            Field.objects.filter(
                entity=Field.Entity.CONTACT if self.base.kind == "contacts" else Field.Entity.DEAL
            ).values_list("key", flat=True)
        )
        for index, heading in enumerate(self.shape["headings"]):
            chosen = data.get(f"column-{index}") or ""
            if chosen.startswith(NEW):
                known = self.base.columns.get(heading, Column()).target
                is_own = known.startswith("custom.")
                key = known.removeprefix("custom.") if is_own else field_key(heading, taken=keys)
                keys.add(key)
                columns[heading] = Column(f"custom.{key}", chosen.removeprefix(NEW), heading[:80])
            else:
                columns[heading] = Column("" if chosen == "-" else chosen)
        options = {name: data[name] for name in self.OPTIONS_OF[self.base.kind]}
        options |= {name: data[name] for name in self.READING_OF[self.shape["kind"]]}
        options["time_zone"] = options["time_zone"] or self.base.time_zone
        for name in ("region", "currency"):
            if name in options:
                options[name] = options[name].upper()
        if "source" in options:
            options["empty_source"] = options["source"]
        return replace(self.base, **options, opens_clock=data["opens_clock"], columns=columns)


def target_groups(kind: str, stages: Iterable[Stage]) -> list[tuple[Any, Any]]:
    """What a column may become, in groups, with the company's own fields."""
    groups: list[tuple[Any, Any]] = [*(CONTACT_GROUPS if kind == "contacts" else DEAL_GROUPS)]
    if kind == "contacts":
        reached = [
            (f"entered.{stage.key}", _("Became %(stage)s on") % {"stage": stage.name}) for stage in stages
        ]
        groups.append((_("Stages reached"), reached))
    entity = Field.Entity.CONTACT if kind == "contacts" else Field.Entity.DEAL
    own = [(f"custom.{field.key}", field.label) for field in Field.objects.filter(entity=entity)]
    if own:
        groups.append((_("Your fields"), own))
    return groups


TYPE_WORDS: Final = {
    "text": _("New field, text"),
    "number": _("New field, number"),
    "money": _("New field, money"),
    "date": _("New field, date"),
    "boolean": _("New field, yes or no"),
}


def _new_types(guessed: str) -> list[tuple[str, Any]]:
    """The types of a new field, the one that holds the column's values first."""
    order = [guessed, *(type_ for type_ in TYPE_WORDS if type_ != guessed)]
    return [(NEW + type_, TYPE_WORDS[type_]) for type_ in order if type_ in TYPE_WORDS]


def _choice_of(column: Column) -> str:
    if column.target.startswith("custom.") and column.type:
        exists = Field.objects.filter(key=column.target.removeprefix("custom.")).exists()
        return column.target if exists else NEW + column.type
    return column.target


def _initial(mapping: Mapping) -> dict[str, Any]:
    names = {*MappingForm.base_fields} - {"kind", "reading"}
    initial = {name: getattr(mapping, name) for name in names}
    initial["currency"] = mapping.currency or reporting_currency()
    return initial | {"kind": mapping.kind, "source": mapping.empty_source or mapping.source}


def _reading(shape: dict[str, Any]) -> str:
    """The same as long as the file is read in one way, so that its columns are those that the page showed."""
    seen = [shape["encoding"], shape["separator"], shape["headings"]]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]
