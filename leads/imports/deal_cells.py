"""Deal rows as lines for COPY, and the words in which other tools tell how a deal stands; pure."""

import re
from collections.abc import Callable
from typing import ClassVar, Final

from leads.imports import cells, values
from leads.imports.converting import Converter, Step
from leads.imports.headings import folded
from leads.imports.staging import DEAL_STAGE
from leads.imports.values import KEPT_CHARS, ValueRefused

WON_WORDS: Final = frozenset(
    {
        "won",
        "closed won",
        "closedwon",
        "gagne",
        "gagnee",
        "conclu",
        "conclue",
        "signe",
        "signee",
        "win",
        "ganho",
        "ferme gagne",
        "fermee gagnee",
    }
)
LOST_WORDS: Final = frozenset(
    {
        "lost",
        "closed lost",
        "closedlost",
        "perdu",
        "perdue",
        "abandonne",
        "abandonnee",
        "ferme perdu",
        "fermee perdue",
    }
)
OPEN_STAGES: Final[dict[str, str]] = {
    "open": "qualified",
    "ouvert": "qualified",
    "ouverte": "qualified",
    "en cours": "qualified",
    "new": "qualified",
    "nouveau": "qualified",
    "qualified": "qualified",
    "qualification": "qualified",
    "qualifie": "qualified",
    "quote": "quote",
    "quote sent": "quote",
    "proposal": "quote",
    "proposition": "quote",
    "devis": "quote",
    "devis envoye": "quote",
    "proposal price quote": "quote",
    "negotiation": "negotiation",
    "negotiation review": "negotiation",
    "negociation": "negotiation",
    # HubSpot, in its order; likewise below.
    "appointment scheduled": "qualified",
    "qualified to buy": "qualified",
    "presentation scheduled": "qualified",
    "decision maker bought in": "quote",
    "contract sent": "negotiation",
    "contrat envoye": "negotiation",
    # Salesforce
    "prospecting": "qualified",
    "needs analysis": "qualified",
    "value proposition": "qualified",
    "id decision makers": "qualified",
    "perception analysis": "qualified",
    # Pipedrive
    "contact made": "qualified",
    "demo scheduled": "qualified",
    "proposal made": "quote",
    "negotiations started": "negotiation",
}
# HubSpot's own names of its stages have no blanks, and the pipeline may stand behind: "Contract Sent (Sales)".
_STAGES: Final = {
    word.replace(" ", ""): stage
    for word, stage in (
        *OPEN_STAGES.items(), *((word, "won") for word in WON_WORDS), *((word, "lost") for word in LOST_WORDS)
    )
}  # fmt: skip
_BEHIND: Final = re.compile(r"(?<!\s)\s*\([^()]*\)$")
LOST_REASONS: Final[dict[str, tuple[str, ...]]] = {
    "price": ("price", "prix", "budget", "too expensive", "trop cher"),
    "competitor": ("competitor", "competition", "concurrent", "concurrence"),
    "no_project": ("no project", "project", "projet", "abandon"),
    "timing": ("timing", "not now", "later", "plus tard", "calendrier"),
    "fit": ("fit", "feature", "fonction", "besoin", "need"),
    "silent": ("silent", "no answer", "no response", "unresponsive", "sans reponse", "injoignable"),
}


class DealConverter(Converter):
    columns: ClassVar[dict[str, str]] = DEAL_STAGE

    def _finish(self, out: list[str], custom: dict[str, object]) -> None:
        places = self.places
        closed = str(custom.pop("\0closed", ""))
        day = str(custom.pop("\0day", ""))
        stage = out[places["stage"]]
        if stage not in ("won", "lost"):
            # Tools keep the stage in which a deal was won or lost: the date of it says more.
            stage = closed or stage or self.mapping.deal_stage
        out[places["stage"]] = stage
        if stage in ("won", "lost") and day and not closed:
            out[places["closed_at"]] = self._closed_at(day)
        if stage in ("won", "lost") and not out[places["closed_at"]]:
            raise ValueRefused("closed_without_date")
        if stage not in ("won", "lost"):
            # A close date of an open deal is a hope; tools write it into the same column.
            out[places["closed_at"]] = ""
            if day and not out[places["expected_close_on"]]:
                out[places["expected_close_on"]] = values.day(day, order=self.mapping.date_order).isoformat()
        if stage != "lost":
            out[places["lost_reason"]] = ""
        elif not out[places["lost_reason"]]:
            out[places["lost_reason"]] = "not_told"

    def _own_step(self, group: str, key: str) -> Step:
        if group != "deal":
            return self._plain(group, values.email if group == "email" else self._contact_id)
        steps: dict[str, Step] = {
            "stage": self._deal_stage,
            "closed_at": self._close_date,
            "won_at": self._closing("won"),
            "lost_at": self._closing("lost"),
            "lost_reason": self._lost_reason,
        }
        if key in steps:
            return steps[key]
        reads: dict[str, Callable[[str], str]] = {
            "amount": self._amount,
            "currency": cells.currency,
            "opened_at": self._past_moment,
            "expected_close_on": lambda text: values.day(text, order=self.mapping.date_order).isoformat(),
            "owner": self._owner,
        }
        name = {"external_id": "deal_id", "amount": "amount_cents"}.get(key, key)
        return self._plain(name, reads[key]) if key in reads else self._text(name)

    def _amount(self, text: str) -> str:
        cents = values.cents(text, decimal=self.mapping.decimal)
        if cents < 0:
            raise ValueRefused("negative_amount", value=text[:KEPT_CHARS])
        return str(cents)

    def _deal_stage(self, text: str, out: list[str], custom: dict[str, object]) -> None:
        stage = next(
            (
                _STAGES[word]
                for told in (text, _BEHIND.sub("", text))
                if (word := folded(told).replace(" ", "")) in _STAGES
            ),
            None,
        )
        if stage is None:
            raise ValueRefused("unknown_deal_stage", value=text[:KEPT_CHARS])
        out[self.places["stage"]] = stage

    def _closing(self, stage: str) -> Step:
        def step(text: str, out: list[str], custom: dict[str, object]) -> None:
            out[self.places["closed_at"]] = self._past_moment(text)
            custom["\0closed"] = stage

        return step

    def _close_date(self, text: str, out: list[str], custom: dict[str, object]) -> None:
        """Only when the whole row is read is it known whether this has happened or is hoped for."""
        values.moment(text, order=self.mapping.date_order, zone=self.zone)
        custom["\0day"] = text

    def _closed_at(self, text: str) -> str:
        try:
            return self._past_moment(text)
        except ValueRefused as refusal:
            column = self.mapping.column_of("deal.closed_at")
            raise ValueRefused(refusal.code, **{**refusal.params, "column": column}) from None

    def _contact_id(self, text: str) -> str:
        # A deal of several contacts lists them: "101;102". It is that of the first.
        return cells.short("external_id", text.split(";", maxsplit=1)[0].strip())

    def _lost_reason(self, text: str, out: list[str], custom: dict[str, object]) -> None:
        word = folded(text)
        found = next((key for key, words in LOST_REASONS.items() if any(told in word for told in words)), "")
        out[self.places["lost_reason"]] = found or "not_told"
        if not found:
            place = self.places["note"]
            out[place] = "\n".join(filter(None, (out[place], text)))
