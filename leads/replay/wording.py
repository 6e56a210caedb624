"""What the page of a replay says of a stage, of a status that gives itself, and of one that people set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.models import Replay
from lifecycle.models import StageDefinition, StatusDefinition


@dataclass(frozen=True)
class Words:
    """`kinds` are the titles of the lists behind the figures; the rest stands beside or above these."""

    kinds: Mapping[str, str | Promise]
    sums: str | Promise
    drops: str | Promise
    both: str | Promise
    adds: str | Promise
    nobody: str | Promise
    months: tuple[str | Promise, str | Promise]
    columns: tuple[str | Promise, str | Promise, str | Promise]
    did: str | Promise
    would: str | Promise
    invites: str | Promise


OF_STAGE: Final = Words(
    kinds={
        "adds": _("It would have let in, and did not enter"),
        "drops": _("It would have kept out, and did enter by the definition"),
        "both": _("In either way"),
        "by_hand": _("Moved by a person or an import, or on from a retired stage"),
    },
    sums=_("entries by the definition, as it was and as it would have been"),
    drops=_("would have stayed out"),
    both=_("in either way"),
    adds=_("would have come in"),
    nobody=_("Nobody entered, in either way."),
    months=(_("Happened"), _("Would have")),
    columns=(_("Kept out"), _("Let in"), _("Either way")),
    did=_("Entered"),
    would=_("Would have entered"),
    invites=_(
        "See whom it would have let in month by month, against what happened, and what became of those who differ."
    ),
)
OF_STATUS: Final = Words(
    kinds={
        "adds": _("It would have set it, and did not"),
        "drops": _("It would not have set it, and did"),
        "both": _("In either way"),
        "by_hand": _("Set by a person, an import or another rule"),
    },
    sums=_("set by the definition, as it was and as it would have been"),
    drops=_("would not have been set"),
    both=_("in either way"),
    adds=_("would have been set besides"),
    nobody=_("It was set for nobody, in either way."),
    months=(_("Happened"), _("Would have")),
    columns=(_("Not set"), _("Set besides"), _("Either way")),
    did=_("Was set"),
    would=_("Would have been set"),
    invites=_(
        "See for whom it would have set the status month by month, against what happened, and what became of those "
        "who differ."
    ),
)
OF_YARDSTICK: Final = Words(
    kinds={
        "adds": _("It held, and nobody set the status"),
        "drops": _("The status was set, and it did not hold"),
        "both": _("It held, and the status was set"),
        "by_hand": _("Set by a person, an import or another rule"),
    },
    sums=_("times the status was set, and times its criteria began to hold"),
    drops=_("set though they did not hold"),
    both=_("held and set"),
    adds=_("held and not set"),
    nobody=_("It was set for nobody, and held of nobody."),
    months=(_("Set"), _("Held")),
    columns=(_("Only set"), _("Only held"), _("Both")),
    did=_("Was set"),
    would=_("Began to hold"),
    invites=_(
        "See of whom it would have held month by month, against those whose status was set, and what became of those "
        "who differ."
    ),
)


def words_of(replay: Replay) -> Words:
    if replay.definition_id is not None:
        return OF_STAGE
    return OF_YARDSTICK if replay.is_yardstick else OF_STATUS


def words_for(definition: StageDefinition | StatusDefinition) -> Words:
    """The same before it was tried."""
    if isinstance(definition, StageDefinition):
        return OF_STAGE
    return OF_STATUS if definition.is_automatic else OF_YARDSTICK
