"""Why a change was refused, with the refused values; worded for the person who asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lib.formats import day, full_moment


class Worded(Exception):  # noqa: N818  # an answer, not a fault
    """Said to the person who asked for a change. `values`, by name, fill the message."""

    message: ClassVar[str | Promise]

    def __init__(self, **values: object) -> None:
        super().__init__(values)
        self.values = values

    def __str__(self) -> str:
        language = get_language() or "en"
        return str(self.message) % {name: _said(value, language) for name, value in self.values.items()}


class Refused(Worded):
    """A change that was not made."""


def _said(value: object, language: str) -> object:
    """Moments and days as the reader writes them, in the reader's zone."""
    match value:
        case datetime():
            return full_moment(timezone.localtime(value), language)
        case date():
            return day(value, language, today=date.min, weekday=True)
        case _:
            return value


# The rulebook


class RuleForbids(Refused):
    """`rule`, `version`: numbers; `text`: what the rule says."""

    message = _("Rule %(rule)s (v%(version)s) does not allow this. It says: %(text)s")


class RuleAsks(Worded):
    """`rule`, `version`, `text`: a warning. No refusal yet: a person may go on with a reason, which is kept.

    `rules`: that and each other rule that warns of the same change; one reason answers all of them.
    """

    message = _("Rule %(rule)s (v%(version)s) says: %(text)s Give the reason to go on all the same.")

    def __init__(self, *others: Mapping[str, object], **values: object) -> None:
        super().__init__(**values)
        self.rules = [values, *others]


class TooManyAsked(Refused):
    """`asked`, `most`: a send check for nobody, or for more than one answer holds."""

    message = _("A send check answers for 1 to %(most)s contacts; %(asked)s were asked for.")


class ErasureChanged(Refused):
    """`read`, `found`: how many stood on the list, and how many are due now."""

    message = _(
        "The list changed while you read it: %(found)s are due now, %(read)s were shown. Read it again."
    )


class RetentionReplaced(Refused):
    """`version`: the number of the version that is in force now."""

    message = _(
        "The rule changed while you read the list: v%(version)s is in force now and may erase others, or otherwise. "
        "Read it again."
    )


class AlreadyErased(Refused):
    """The person is known no more: there is nobody left to keep."""

    message = _("This contact was erased: there is nothing left to keep.")


class ContactDeleted(Refused):
    """Somebody approved the deletion while this was being written."""

    message = _("This contact has just been deleted, as the rule on retention says. Nothing was changed.")


class ErasureRuns(Refused):
    """`total`."""

    message = _("An erasure is under way. Wait until it has finished.")


# Stages


class RuleMovesBack(Refused):
    """`from_stage`, `to_stage`: a definition, an import or another system only moves forward."""

    message = _("%(from_stage)s is further than %(to_stage)s: only a person moves a contact back.")


class BackNeedsReason(Refused):
    """`from_stage`, `to_stage`."""

    message = _("Moving back from %(from_stage)s to %(to_stage)s needs a reason.")


class BackIsForManagers(Refused):
    """`from_stage`, `to_stage`: the rule on going back leaves this way to them."""

    message = _("By the rulebook, only a manager moves a contact back from %(from_stage)s to %(to_stage)s.")


class BackIsNotYours(Refused):
    """`from_stage`, `to_stage`, `side`: neither the stage nor the owner is of the person's side."""

    message = _("Moving back from %(from_stage)s is for the team that is responsible for it.")


class BeforeEntry(Refused):
    """`at`, `entered_at`: the contact was not yet in the stage it would leave."""

    message = _("The contact entered its stage later than %(at)s: a change cannot be dated before that.")


class StageIsRetired(Refused):
    """`to_stage`."""

    message = _("The stage %(to_stage)s is not used any more.")


# Statuses, owners, consent


class StatusNeedsReason(Refused):
    """`to_status`."""

    message = _("The status %(to_status)s needs a reason.")


class StatusNeedsDay(Refused):
    """`to_status`."""

    message = _("The status %(to_status)s needs the day to come back.")


class DayIsPast(Refused):
    """`day`."""

    message = _("%(day)s is past: choose a day to come.")


class OwnerIsGone(Refused):
    """`owner`."""

    message = _("%(owner)s does not work here any more and cannot take a contact.")


class ConsentWithdrawn(Refused):
    """`origin`: only a person may record that somebody consents again."""

    message = _(
        "The consent was withdrawn. Only a person may record that it was given again, with the reason."
    )


# Edits that met each other


class ContactMoved(Refused):
    """`seen`, `found`: the value changed since the caller read it."""

    message = _("Somebody else changed this contact meanwhile: it was %(seen)s and is now %(found)s.")


class StaleContact(Refused):
    """`seen`, `found`: versions; `fields`: those that differ."""

    message = _("This contact changed while you were writing. Compare and save again.")


class StaleCompany(Refused):
    """`seen`, `found`: versions."""

    message = _("This company changed while you were writing. Compare and save again.")


class StaleCampaign(Refused):
    """`seen`, `found`: versions."""

    message = _("This campaign changed while you were writing. Compare and save again.")


class CampaignNamed(Refused):
    """`name`: the one it was to get; `namings`: the versions (`leads.campaign_names.Naming`), `versions` in words."""

    message = _(
        "Under the name “%(name)s” other contacts would be meant by %(versions)s."
        " Agree first on a version that names both."
    )

    def __init__(self, *, name: str, namings: Sequence[Any]) -> None:
        super().__init__(name=name, versions="; ".join(map(str, namings)))
        self.namings = namings


class DomainTaken(Refused):
    """`domain`."""

    message = _("Another company has the domain %(domain)s.")


class CannotUndo(Refused):
    """`transition`: too old, already taken back, somebody else's, or no longer the last word."""

    message = _("This change cannot be undone any more.")


# Tactics


class TacticNotAgreed(Refused):
    """`version`: the number of a version that is not in force any more, or says nothing of that tactic."""

    message = _("Version %(version)s of these tactics is not in force any more. Read what is agreed now.")


class TacticOfAnotherCell(Refused):
    """`cell`: where the contact would have to stand."""

    message = _("This contact does not stand there any more: the tactic is for “%(cell)s”.")


# Playbooks


class TaskSettled(Refused):
    """`task`: the id of one that somebody has done or left out meanwhile, or of a stay that is over."""

    message = _("This task is settled, or the contact has left the stage.")


class KindNotAgreed(Refused):
    """`kind`: no kind of the playbook of the stage in which the contact stands."""

    message = _("The playbook of this stage has no such kind. Choose one of those it names.")


# Contacts


class EmailRefused(Refused):
    """`email`."""

    message = _("%(email)s is not an e-mail address.")


class PhoneRefused(Refused):
    """`phone`."""

    message = _("%(phone)s is not a phone number we can dial.")


class EmailTaken(Refused):
    """`email`, `contact`: the id of the contact that has it."""

    message = _("Another contact has the e-mail address %(email)s.")


class NothingKnown(Refused):
    """`rule`, `version`, `facts`: what rule 1 of the rulebook wants to know of a contact, one of them at least."""

    message = _("Rule %(rule)s (v%(version)s) does not allow this. What must be known: %(facts)s.")


class AlreadySettled(Refused):
    """Somebody has let the person in, or discarded what was sent, meanwhile."""

    message = _("Somebody has settled this one meanwhile.")


class FieldUnknown(Refused):
    """`field`."""

    message = _("A contact has no field %(field)s that can be edited.")


# Touchpoints and outcomes


class KindUnknown(Refused):
    """`kind`."""

    message = _("There is no touchpoint of kind %(kind)s.")


class OutcomeRefused(Refused):
    """`kind`, `outcome`: unknown, or not one of this kind."""

    message = _("%(outcome)s is no outcome of %(kind)s.")


class KeyReused(Refused):
    """`origin`, `key`: the same key was used for another event."""

    message = _("The key %(key)s was already used for another event.")


class TouchpointInFuture(Refused):
    """`occurred_at`."""

    message = _("%(occurred_at)s is still to come: only what happened is recorded.")


# Deals


class DealIsClosed(Refused):
    """`deal`."""

    message = _("The deal %(deal)s is closed. Reopen it first.")


class DealIsOpen(Refused):
    """`deal`."""

    message = _("The deal %(deal)s is open.")


class LossNeedsReason(Refused):
    """`reason`."""

    message = _("A lost deal needs one of the reasons.")


class DealStageRefused(Refused):
    """`stage`: unknown, or one that is reached by winning or losing."""

    message = _("A deal is not moved to %(stage)s: win it or lose it.")


class DealMoved(Refused):
    """`deal`, `seen`, `found`."""

    message = _("Somebody else changed the deal %(deal)s meanwhile: it was %(seen)s and is now %(found)s.")


class DealEdited(Refused):
    """`deal`: somebody wrote on it after it was read."""

    message = _(
        "Somebody else changed the deal %(deal)s meanwhile. Compare with what it says now, then save again."
    )


class BeforeOpening(Refused):
    """`at`, `opened_at`."""

    message = _("The deal was opened later than %(at)s.")


# Money


class RateOfReportingCurrency(Refused):
    """`currency`."""

    message = _("%(currency)s is what sums are in: it needs no rate.")


class RateNotYet(Refused):
    """`day`."""

    message = _("%(day)s has not begun: a rate is known on its day at the earliest.")
