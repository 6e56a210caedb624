"""Contact rows as lines for COPY; pure."""

import json
import re
from collections.abc import Callable
from typing import ClassVar, Final

from leads.imports import cells, values
from leads.imports.converting import Converter, Step
from leads.imports.headings import folded
from leads.imports.staging import CONTACT_STAGE
from leads.imports.values import KEPT_CHARS, ValueRefused

_BEHIND: Final = re.compile(r"\s*(\(.*\)|\s[-–]\s.*|[,;/].*)$")
"""What tools write behind a language: English (US), French - Canada."""
LONGEST_LANGUAGE: Final = 120
_REGION: Final = re.compile(r"[A-Za-z]{2}")


class ContactConverter(Converter):
    columns: ClassVar[dict[str, str]] = CONTACT_STAGE

    def _finish(self, out: list[str], custom: dict[str, object]) -> None:
        mapping, places = self.mapping, self.places
        if not out[places["source"]]:
            out[places["source"]] = mapping.empty_source if mapping.column_of("source") else mapping.source
        if not out[places["campaign"]]:
            out[places["campaign"]] = mapping.campaign
        entered = custom.pop("\0entered", {})
        stage = custom.pop("\0stage", mapping.stage)
        if not isinstance(entered, dict) or not (entered or stage):
            return
        if stage and stage not in entered:
            entered[str(stage)] = out[places["created_at"]] or self.known.at.isoformat()
        out[places["stages"]] = json.dumps(entered)

    def _own_step(self, group: str, key: str) -> Step:
        if group == "entered":
            return self._entered_step(key)
        name = f"{group}_{key}" if key else group
        if name == "full_name":
            return self._full_name
        if name == "stage":
            return self._stage
        reads: dict[str, Callable[[str], str]] = {
            "email": values.email,
            "phone": lambda text: values.phone(text, region=self.mapping.region),
            "country": self._country,
            "language": self._language,
            "company_domain": cells.domain,
            "company_headcount": self._headcount,
            "owner": self._owner,
            "consent": values.consent,
            "opt_out": lambda text: values.consent(text, asks_opt_out=True),
            "created_at": self._past_moment,
            "status": lambda text: cells.word(self.known.statuses, text, "unknown_status"),
        }
        read = reads.get(name)
        return self._plain("consent" if name == "opt_out" else name, read) if read else self._text(name)

    def _full_name(self, text: str, out: list[str], custom: dict[str, object]) -> None:
        first, last = values.names(cells.short("full_name", text))
        out[self.places["first_name"]] = out[self.places["first_name"]] or cells.short("first_name", first)
        out[self.places["last_name"]] = out[self.places["last_name"]] or cells.short("last_name", last)

    def _country(self, text: str) -> str:
        countries = self.known.countries
        return countries.get(text.lower()) or cells.word(countries, text, "unknown_country")

    def _language(self, text: str) -> str:
        """A code with its country, "en-us", where two letters follow one; else that of the language: "English (US)"."""
        language, _, region = text.replace("_", "-").partition("-")
        bare = _BEHIND.sub("", text.strip()[:LONGEST_LANGUAGE] if len(language) > 3 else language[:3])
        code = self.known.languages.get(folded(bare))
        if code is None:
            raise ValueRefused("unknown_language", value=text[:KEPT_CHARS])
        return f"{code}-{region.lower()}" if len(code) == 2 and _REGION.fullmatch(region) else code

    def _headcount(self, text: str) -> str:
        # "51-200" and "200+" are how directories tell it: the lower bound is what is certain.
        lower = text.replace("–", "-").removesuffix("+").split("-")[0] or text
        number = values.whole_number(lower, decimal=self.mapping.decimal)
        if not 0 <= number <= 2_000_000_000:
            raise ValueRefused("bad_number", value=text[:KEPT_CHARS])
        return str(number)

    def _stage(self, text: str, out: list[str], custom: dict[str, object]) -> None:
        custom["\0stage"] = cells.word(self.known.stages, text, "unknown_stage")

    def _entered_step(self, stage: str) -> Step:
        def step(text: str, out: list[str], custom: dict[str, object]) -> None:
            entered = custom.setdefault("\0entered", {})
            if isinstance(entered, dict):
                entered[stage] = self._past_moment(text)

        return step
