"""Changes of a definition round: started, written in, revealed, voted on, closed with a text that becomes a draft."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import Role, User
from accounts.notifications import News, in_each_language, notify, notify_all, when
from agreements.actions import draft_from, save_draft
from agreements.models import Agreement, State
from lifecycle.glossary import entry_of
from lifecycle.models import DefinitionRound, RoundEntry, RoundVote, Term, TermVersion
from lifecycle.term_text import other

REMINDED_BEFORE: Final = timedelta(hours=24)
SHORT_ROUND: Final = timedelta(hours=48)


class RoundError(Exception):
    """A refused step of a round; nothing was written."""


class RoundRunningError(RoundError):
    """The term has a round already."""


class NotAskedError(RoundError):
    """Only those who were asked write and vote."""


class RevealedError(RoundError):
    """Too late to write: the texts are open."""


class NotRevealedError(RoundError):
    """Too early to vote or to choose: the texts are blind."""


class ClosedError(RoundError):
    """The round is over."""


class ProposedError(RoundError):
    """A version of the term is proposed: it is signed or sent back before another is drafted."""

    def __init__(self, agreement: Agreement) -> None:
        super().__init__(f"{agreement} is proposed")
        self.agreement = agreement


def may_close(user: User, one: DefinitionRound) -> bool:
    """Whoever started it, and those who bring definitions together."""
    return user.pk == one.started_by_id or user.has_role(Role.MANAGER, Role.ADMIN)


@transaction.atomic
def start_round(
    term: Term, *, people: Collection[User], due_at: datetime, actor: User, at: datetime
) -> DefinitionRound:
    """Ask the people to write by `due_at` what the term means. RoundRunningError when others are asked already."""
    try:
        with transaction.atomic():
            started = DefinitionRound.objects.create(
                term=term, started_by=actor, started_at=at, due_at=due_at
            )
    except IntegrityError as error:
        raise RoundRunningError from error
    RoundEntry.objects.bulk_create(RoundEntry(round=started, user=person) for person in people)
    notify(
        users=[person for person in people if person.pk != actor.pk],
        kind="round",
        text=gettext_noop(
            "%(who)s asks what “%(term)s” means to you. Write it before %(due)s, unseen by the others."
        ),
        params={"who": actor.get_full_name(), "term": _name(term), "due": when(due_at)},
        url=_url(started),
        key=f"round:{started.pk}:started",
        at=at,
    )
    return started


@transaction.atomic
def write_entry(one: DefinitionRound, *, text: str, language: str, actor: User, at: datetime) -> RoundEntry:
    """Keep what the person means, or means now; the last of them reveals the round."""
    current = _locked(one)
    entry = RoundEntry.objects.filter(round=current, user=actor).first()
    if entry is None:
        raise NotAskedError
    if current.revealed_at is not None:
        raise RevealedError
    entry.text, entry.language, entry.written_at = text, language, at
    entry.save(update_fields=("text", "language", "written_at"))
    if not current.entries.awaited().exists():
        _reveal(current, at=at)
    return entry


def _reveal(one: DefinitionRound, *, at: datetime) -> None:
    """On a locked row. A round in which nobody wrote is over at once."""
    one.revealed_at = at
    written = one.entries.written().count()
    if not written:
        one.closed_at = at
    one.save(update_fields=("revealed_at", "closed_at"))
    if written:
        notify(
            users=User.objects.active().filter(pk__in=one.entries.values("user")),
            kind="round",
            text=gettext_noop("“%(term)s”: the definitions are revealed. Compare them and give your vote."),
            params={"term": _name(one.term)},
            url=_url(one),
            key=f"round:{one.pk}:revealed",
            at=at,
        )


@transaction.atomic
def vote(entry: RoundEntry, *, actor: User, at: datetime) -> None:
    """Give the person's one voice to that text, or take it there from another."""
    current = _locked(entry.round)
    if current.revealed_at is None:
        raise NotRevealedError
    if current.closed_at is not None:
        raise ClosedError
    if not RoundEntry.objects.filter(round=current, user=actor).exists():
        raise NotAskedError
    RoundVote.objects.update_or_create(round=current, user=actor, defaults={"entry": entry, "voted_at": at})


@transaction.atomic
def close_round(
    one: DefinitionRound, *, chosen: RoundEntry | None, actor: User, at: datetime
) -> TermVersion | None:
    """End the vote; the chosen text becomes the sentence of the term's draft, which is answered.

    The sentence of the other language no longer says the same and is left out of the draft, to be written anew.
    ProposedError when a version waits for signatures.
    """
    current = _locked(one)
    if current.revealed_at is None:
        raise NotRevealedError
    if current.closed_at is not None:
        raise ClosedError
    draft = _drafted(current.term, chosen, actor=actor, at=at) if chosen else None
    current.chosen, current.closed_at = chosen, at
    current.save(update_fields=("chosen", "closed_at"))
    return draft


def _drafted(term: Term, chosen: RoundEntry, *, actor: User, at: datetime) -> TermVersion:
    entry = entry_of(term)
    opened = entry.opened if entry else None
    if opened and opened.agreement.state == State.PROPOSED:
        raise ProposedError(opened.agreement)
    if opened is None:
        latest = entry.shown if entry else term.versions.select_related("agreement").order_by("-pk")[0]
        opened = draft_from(latest, actor=actor, at=at)
    language = chosen.language or "en"
    values = {f"sentence_{language}": chosen.text, f"sentence_{other(language)}": ""}
    return save_draft(opened, values=values, revision=opened.agreement.revision, actor=actor, at=at)


# What time does


def sweep_rounds(*, at: datetime) -> int:
    """Reveal what is due and remind once of what soon will be; answer how many were revealed. Safe to run twice."""
    revealed = 0
    for one in DefinitionRound.objects.blind().filter(due_at__lte=at).order_by("pk"):
        revealed += _reveal_due(one, at=at)
    remind(at=at)
    return revealed


@transaction.atomic
def _reveal_due(one: DefinitionRound, *, at: datetime) -> bool:
    current = _locked(one)
    if current.revealed_at is not None:
        return False
    _reveal(current, at=at)
    return True


def remind(*, at: datetime) -> int:
    """Tell those who have not written once, a day before the end or half-way of a short round; never who is away."""
    blind = DefinitionRound.objects.blind().filter(due_at__gt=at).select_related("term")
    rounds = [one for one in blind if at >= _reminded_at(one)]
    present = User.objects.active().present(at=at)
    news = [
        News(
            users=present.filter(pk__in=one.entries.awaited().values("user")),
            kind="round",
            text=gettext_noop("“%(term)s” still wants your definition, before %(due)s."),
            url=_url(one),
            key=f"round:{one.pk}:reminded",
            params={"term": _name(one.term), "due": when(one.due_at)},
        )
        for one in rounds
    ]
    return notify_all(news, at=at)


def _reminded_at(one: DefinitionRound) -> datetime:
    lasting = one.due_at - one.started_at
    return one.due_at - (REMINDED_BEFORE if lasting >= SHORT_ROUND else lasting / 2)


def _locked(one: DefinitionRound) -> DefinitionRound:
    """Writing and revealing wait for each other: no text enters a round that is open."""
    return DefinitionRound.objects.select_for_update(of=("self",)).select_related("term").get(pk=one.pk)


def _name(term: Term) -> dict[str, str]:
    entry: Any = entry_of(term)
    return in_each_language(lambda: entry.shown.name if entry else term.slug)


def _url(one: DefinitionRound) -> str:
    return reverse("lifecycle:round-detail", args=[one.pk])
