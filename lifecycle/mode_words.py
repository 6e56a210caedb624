"""Says what each mode of a rule does to whoever acts against it, for the rule's page and for those who sign it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agreements.consequences import Meaning
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleMode, RuleVersion

Words = Mapping[str, str | Promise]

_CHANGES: Final[Words] = {
    RuleMode.ADVISE: _("Nobody is held up; what is done otherwise is noted."),
    RuleMode.WARN: _(
        "A person may go on with a reason, which is kept; an import is asked once for all its rows, a job is "
        "noted."
    ),
    RuleMode.BLOCK: _("A person is refused and told why; a job leaves the contact as it is."),
}
_MESSAGES: Final[Words] = {
    RuleMode.ADVISE: _("A send check advises against; what was sent all the same is noted."),
    RuleMode.WARN: _(
        "A send check advises against; whoever has a message sent all the same gives a reason, which is kept. What was "
        "sent is noted."
    ),
    RuleMode.BLOCK: _("A send check says no; what was sent all the same is noted."),
}
_DELAYS: Final[Words] = {
    RuleMode.ADVISE: _("How soon is answered is measured; an answer that comes late is noted."),
    RuleMode.WARN: _("Whoever answers late is asked once for the reason, which is kept."),
    RuleMode.BLOCK: _(
        "Whoever owes more overdue answers than the rule admits is given no further lead, by hand or by the "
        "distribution, before they have answered. An answer that comes late is noted."
    ),
}
_OF: Final[Mapping[str, Words]] = {
    RuleKey.MINIMUM_INFORMATION: {
        **_CHANGES,
        RuleMode.BLOCK: _(
            "Whoever comes with less waits in quarantine; a person who takes the last of it away is refused and told "
            "why."
        ),
    },
    RuleKey.MARKETING_PAUSE: _MESSAGES,
    RuleKey.MESSAGE_FREQUENCY: _MESSAGES,
    RuleKey.REQUEST_DELAY: _DELAYS,
    RuleKey.HANDOFF_DELAY: _DELAYS,
    RuleKey.RETENTION: {
        RuleMode.ADVISE: _(
            "Work on somebody who is due to be erased is noted: a stage, status, owner, deal or message. A send check "
            "advises against."
        ),
        RuleMode.WARN: _(
            "Whoever works on somebody who is due to be erased gives a reason first, which is kept. A send check warns."
        ),
        RuleMode.BLOCK: _(
            "Nobody works on somebody who is due to be erased: a person is refused and told to record an exception, "
            "a job leaves the contact as it is, a send check says no."
        ),
    },
    RuleKey.DISTRIBUTION: {
        RuleMode.ADVISE: _("A lead that is given or taken by hand against it is noted."),
        RuleMode.WARN: _(
            "Whoever gives or takes a lead by hand against it gives a reason first, which is kept."
        ),
        RuleMode.BLOCK: _(
            "Whoever gives or takes a lead by hand against it is refused and told why; an import leaves the row out."
        ),
    },
}
_OF_EVENT: Final[Mapping[str, Words]] = {
    RuleEvent.OWNER: {
        **_CHANGES,
        RuleMode.BLOCK: _(
            "A person is refused and told why; a lead that would be dealt waits for a rep and names the rule, unless "
            "the contact’s owner can take it."
        ),
    },
    RuleEvent.ADVANCE: {
        **_CHANGES,
        RuleMode.BLOCK: _("A person is refused and told why; an import refuses the row."),
    },
    RuleEvent.MESSAGE: {
        **_MESSAGES,
        RuleMode.WARN: _(
            "A send check advises against; whoever has a message sent all the same gives a reason, and so does whoever "
            "logs what they wrote. The reason is kept, what was sent is noted."
        ),
    },
}
"""Of the company's own rules, by what they speak at."""
ICONS: Final = {RuleMode.ADVISE: "info", RuleMode.WARN: "triangle-alert", RuleMode.BLOCK: "octagon-alert"}


@dataclass(frozen=True)
class ModeLine:
    """One mode, what it does, and whether it is the one that was chosen."""

    label: str
    icon: str
    text: str | Promise
    is_chosen: bool


def modes_of(version: RuleVersion) -> list[ModeLine]:
    """All three, as the rule's next version would have them."""
    words = _words_of(version)
    return [ModeLine(str(mode.label), ICONS[mode], words[mode], mode == version.mode) for mode in RuleMode]


def mode_in_words(version: RuleVersion) -> str:
    """What the mode of this version does."""
    if version.is_asked or version.is_of_messages:
        return str(_words_of(version)[version.mode])
    return str(_("The product acts by it and holds nobody up; what is done otherwise is counted."))


def at_the_door(new: RuleVersion, old: RuleVersion | None) -> Meaning:
    """For those who sign it: what its mode does, and what it was until now."""
    states = {RuleMode.ADVISE: "ok", RuleMode.WARN: "risk", RuleMode.BLOCK: "breach"}
    note = ""
    if old is not None and old.mode != new.mode:
        note = gettext("Until now: %(mode)s.") % {"mode": str(old.get_mode_display()).lower()}
    elif old is not None and new.is_asked and not old.is_asked:
        note = gettext("Until now its mode held nobody up.")
    return Meaning(states[RuleMode(new.mode)], mode_in_words(new), note)


def _words_of(version: RuleVersion) -> Words:
    if version.event:
        return _OF_EVENT.get(version.event, _CHANGES)
    return _OF.get(version.rule.key, _CHANGES)
